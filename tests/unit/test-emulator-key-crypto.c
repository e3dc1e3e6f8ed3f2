/* SPDX-License-Identifier: MIT */

/* Keys at work: published vectors, and there and back. */

#include "emulator/key-aes.h"
#include "emulator/key-crypto.h"
#include "tests/unit/check.h"

static int hex_append(Buf *ret, const char *hex)
{
	for (; *hex; hex += 2) {
		unsigned byte;
		int r = -EINVAL;

		if (sscanf(hex, "%2x", &byte) == 1)
			r = buf_append_char(ret, (char)byte);
		if (r < 0)
			return r;
	}
	return 0;
}

static bool buf_is(const Buf *buf, const char *hex)
{
	AKV_BUF Buf expected = BUF_INIT(BUF_MAX_LINE);

	return hex_append(&expected, hex) == 0 && expected.n == buf->n &&
	       memcmp(expected.p, buf->p, buf->n) == 0;
}

static int octets_new(KeyMaterial **ret, const char *hex)
{
	AKV_BUF Buf octets = BUF_INIT(KEY_OCTETS_MAX);
	int r = hex_append(&octets, hex);

	if (r == 0)
		r = key_material_import_octets(ret, octets.p, octets.n, true);
	return r;
}

static int generate(KeyMaterial **ret, const char *kty, const char *curve)
{
	KeyShape shape;

	if (!key_shape_parse(&shape, kty))
		return -EINVAL;
	shape.curve = curve ? key_curve_find(curve) : NULL;
	return key_material_generate(ret, &shape);
}

static void test_rsa_ciphers(void)
{
	static const char *const names[] = {"RSA1_5", "RSA-OAEP",
					    "RSA-OAEP-256"};
	AKV_CLEANUP(key_material_freep) KeyMaterial *key = NULL;
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_LINE);

	CHECK_OK(generate(&key, "RSA", NULL));
	CHECK_OK(buf_append_string(&text, "attack at dawn"));
	for (size_t i = 0; i < AKV_ARRAY_LEN(names); i++) {
		const KeyAlgorithm *algorithm = key_algorithm_find(names[i]);
		AKV_BUF Buf sealed = BUF_INIT(BUF_MAX_LINE);
		AKV_BUF Buf opened = BUF_INIT(BUF_MAX_LINE);
		AKV_BUF Buf none = BUF_INIT(BUF_MAX_LINE);

		CHECK(key_crypto_fits(key, algorithm));
		CHECK_OK(key_crypto_encrypt(&sealed, key, algorithm, &text));
		CHECK_EQ(sealed.n, 256);
		CHECK_OK(key_crypto_decrypt(&opened, key, algorithm, &sealed));
		CHECK_STR(opened.p, text.p);
		/* Too long to encrypt, too short to decrypt. */
		CHECK_EQ(key_crypto_encrypt(&none, key, algorithm, &sealed),
			 KEY_CRYPTO_E_SIZE);
		CHECK_EQ(key_crypto_decrypt(&none, key, algorithm, &text),
			 KEY_CRYPTO_E_REFUSED);
		CHECK_EQ(none.n, 0);
	}
}

static void check_signature(const KeyMaterial *key, const char *name)
{
	const KeyAlgorithm *algorithm = key_algorithm_find(name);
	AKV_BUF Buf digest = BUF_INIT(BUF_MAX_LINE);
	AKV_BUF Buf signature = BUF_INIT(BUF_MAX_LINE);
	bool good = false;

	CHECK(algorithm);
	CHECK(key_crypto_fits(key, algorithm));
	for (size_t i = 0; i < algorithm->digest_size; i++)
		CHECK_OK(buf_append_char(&digest, (char)i));
	CHECK_OK(key_crypto_sign(&signature, key, algorithm, &digest));
	if (algorithm->type == KEY_TYPE_EC)
		CHECK_EQ(signature.n, 2 * key->shape.curve->size);
	CHECK_OK(key_crypto_verify(&good, key, algorithm, &digest, &signature));
	CHECK(good);
	digest.p[0] ^= 1;
	CHECK_OK(key_crypto_verify(&good, key, algorithm, &digest, &signature));
	CHECK(!good);
	digest.n--;
	CHECK_EQ(key_crypto_sign(&signature, key, algorithm, &digest),
		 KEY_CRYPTO_E_SIZE);
	CHECK_EQ(key_crypto_verify(&good, key, algorithm, &digest, &signature),
		 KEY_CRYPTO_E_SIZE);
}

static void test_rsa_signatures(void)
{
	static const char *const names[] = {"RS256", "RS384", "RS512",
					    "PS256", "PS384", "PS512"};
	AKV_CLEANUP(key_material_freep) KeyMaterial *key = NULL;

	CHECK_OK(generate(&key, "RSA", NULL));
	for (size_t i = 0; i < AKV_ARRAY_LEN(names); i++)
		check_signature(key, names[i]);
}

static void test_ec_signatures(void)
{
	static const char *const names[][2] = {
		{"P-256", "ES256"},
		{"P-384", "ES384"},
		{"P-521", "ES512"},
		{"P-256K", "ES256K"},
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(names); i++) {
		AKV_CLEANUP(key_material_freep) KeyMaterial *key = NULL;

		CHECK_OK(generate(&key, "EC", names[i][0]));
		check_signature(key, names[i][1]);
	}
}

static void test_fit(void)
{
	AKV_CLEANUP(key_material_freep) KeyMaterial *curve = NULL;
	AKV_CLEANUP(key_material_freep) KeyMaterial *octets = NULL;

	CHECK_OK(generate(&curve, "EC", "P-256"));
	CHECK_OK(octets_new(&octets, "00112233445566778899aabbccddeeff"));
	CHECK(!key_crypto_fits(curve, key_algorithm_find("ES384")));
	CHECK(!key_crypto_fits(curve, key_algorithm_find("ES256K")));
	CHECK(!key_crypto_fits(curve, key_algorithm_find("RS256")));
	CHECK(!key_crypto_fits(octets, key_algorithm_find("A256GCM")));
	CHECK(key_crypto_fits(octets, key_algorithm_find("A128GCM")));
	CHECK(!key_algorithm_find("none"));
	CHECK(!key_algorithm_find("rs256"));
}

/* RFC 3394 4.1. */
static void test_aes_wrap(void)
{
	const KeyAlgorithm *algorithm = key_algorithm_find("A128KW");
	AKV_CLEANUP(key_material_freep) KeyMaterial *key = NULL;
	AKV_CLEANUP(key_aes_sides_done) KeyAesSides sides = KEY_AES_SIDES_INIT;
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_LINE);
	AKV_BUF Buf sealed = BUF_INIT(BUF_MAX_LINE);
	AKV_BUF Buf opened = BUF_INIT(BUF_MAX_LINE);
	AKV_BUF Buf none = BUF_INIT(BUF_MAX_LINE);

	CHECK_OK(octets_new(&key, "000102030405060708090a0b0c0d0e0f"));
	CHECK_OK(hex_append(&text, "00112233445566778899aabbccddeeff"));
	CHECK_OK(key_aes_encrypt(&sealed, &sides, key, algorithm, &text));
	CHECK(buf_is(&sealed,
		     "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5"));
	CHECK_OK(key_aes_decrypt(&opened, &sides, key, algorithm, &sealed));
	CHECK(buf_is(&opened, "00112233445566778899aabbccddeeff"));
	sealed.p[3] ^= 1;
	CHECK_EQ(key_aes_decrypt(&none, &sides, key, algorithm, &sealed),
		 KEY_CRYPTO_E_REFUSED);
	/* Eight bytes at a time, and two times at least. */
	text.n = 15;
	CHECK_EQ(key_aes_encrypt(&none, &sides, key, algorithm, &text),
		 KEY_CRYPTO_E_SIZE);
}

/* SP 800-38A F.2.1. */
static void test_aes_cbc(void)
{
	const KeyAlgorithm *plain = key_algorithm_find("A128CBC");
	const KeyAlgorithm *padded = key_algorithm_find("A128CBCPAD");
	AKV_CLEANUP(key_material_freep) KeyMaterial *key = NULL;
	AKV_CLEANUP(key_aes_sides_done) KeyAesSides sides = KEY_AES_SIDES_INIT;
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_LINE);
	AKV_BUF Buf sealed = BUF_INIT(BUF_MAX_LINE);
	AKV_BUF Buf opened = BUF_INIT(BUF_MAX_LINE);

	CHECK_OK(octets_new(&key, "2b7e151628aed2a6abf7158809cf4f3c"));
	CHECK_OK(hex_append(&text, "6bc1bee22e409f96e93d7e117393172a"));
	CHECK_EQ(key_aes_encrypt(&sealed, &sides, key, plain, &text),
		 KEY_CRYPTO_E_SIZE);
	CHECK_OK(hex_append(&sides.iv, "000102030405060708090a0b0c0d0e0f"));
	CHECK_OK(key_aes_encrypt(&sealed, &sides, key, plain, &text));
	CHECK(buf_is(&sealed, "7649abac8119b246cee98e9b12e9197d"));
	text.n = 5;
	buf_reset(&sealed);
	CHECK_EQ(key_aes_encrypt(&sealed, &sides, key, plain, &text),
		 KEY_CRYPTO_E_SIZE);
	CHECK_OK(key_aes_encrypt(&sealed, &sides, key, padded, &text));
	CHECK_EQ(sealed.n, 16);
	CHECK_OK(key_aes_decrypt(&opened, &sides, key, padded, &sealed));
	CHECK(buf_is(&opened, "6bc1bee22e"));
}

/* The second test case that GCM was proposed with. */
static void test_aes_gcm(void)
{
	const KeyAlgorithm *algorithm = key_algorithm_find("A128GCM");
	AKV_CLEANUP(key_material_freep) KeyMaterial *key = NULL;
	AKV_CLEANUP(key_aes_sides_done) KeyAesSides sides = KEY_AES_SIDES_INIT;
	AKV_CLEANUP(key_aes_sides_done) KeyAesSides made = KEY_AES_SIDES_INIT;
	AKV_BUF Buf sealed = BUF_INIT(BUF_MAX_LINE);
	AKV_BUF Buf opened = BUF_INIT(BUF_MAX_LINE);
	AKV_BUF Buf again = BUF_INIT(BUF_MAX_LINE);
	AKV_BUF Buf back = BUF_INIT(BUF_MAX_LINE);

	CHECK_OK(octets_new(&key, "00000000000000000000000000000000"));
	CHECK_OK(hex_append(&sealed, "0388dace60b6a392f328c2b971b2fe78"));
	CHECK_OK(hex_append(&sides.iv, "000000000000000000000000"));
	CHECK_OK(hex_append(&sides.tag, "ab6e47d42cec13bdf53a67b21257bddf"));
	CHECK_OK(key_aes_decrypt(&opened, &sides, key, algorithm, &sealed));
	CHECK(buf_is(&opened, "00000000000000000000000000000000"));
	CHECK_OK(buf_append_string(&made.aad, "header"));
	CHECK_OK(key_aes_encrypt(&again, &made, key, algorithm, &opened));
	CHECK_OK(key_aes_decrypt(&back, &made, key, algorithm, &again));
	CHECK(buf_is(&back, "00000000000000000000000000000000"));
	made.aad.p[0] ^= 1;
	CHECK_EQ(key_aes_decrypt(&back, &made, key, algorithm, &again),
		 KEY_CRYPTO_E_REFUSED);
	sides.tag.n = 8;
	CHECK_EQ(key_aes_decrypt(&back, &sides, key, algorithm, &sealed),
		 KEY_CRYPTO_E_SIZE);
}

int main(void)
{
	RUN(test_rsa_ciphers);
	RUN(test_rsa_signatures);
	RUN(test_ec_signatures);
	RUN(test_fit);
	RUN(test_aes_wrap);
	RUN(test_aes_cbc);
	RUN(test_aes_gcm);
	return check_report();
}
