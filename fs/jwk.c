/* SPDX-License-Identifier: MIT */

/*
 * Numbers are read as numbers, whatever their length in bytes, within bounds
 * that are checked before OpenSSL computes with them. Used by key-files.c.
 */

#include "fs/jwk.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>

#include "base/base64.h"

/* RFC 7518 6.2.1.1, RFC 8812 3.1, and the names that the vault has. */
static const struct {
	const char *vault_name;
	const char *jose_name;
	const char *group;
	size_t size; /* of a coordinate, in bytes */
} curves[] = {
	{"P-256", "P-256", "prime256v1", 32},
	{"P-384", "P-384", "secp384r1", 48},
	{"P-521", "P-521", "secp521r1", 66},
	{"P-256K", "secp256k1", "secp256k1", 32},
	{"SECP256K1", "secp256k1", "secp256k1", 32},
};

enum { ED25519_SIZE = 32, UNCOMPRESSED = 4 };

static void param_bld_freep(OSSL_PARAM_BLD **builder)
{
	OSSL_PARAM_BLD_free(*builder);
}

static void params_freep(OSSL_PARAM **params)
{
	OSSL_PARAM_free(*params);
}

static void ctx_freep(EVP_PKEY_CTX **ctx)
{
	EVP_PKEY_CTX_free(*ctx);
}

static void bn_freep(BIGNUM **number)
{
	BN_free(*number);
}

/*
 * The bytes of a number, without the zeros in front, of which there must be
 * at least one and at most @max.
 */
static int number_bytes(Buf *ret, const cJSON *jwk, const char *name,
			size_t max, const Why *why)
{
	AKV_BUF Buf bytes = BUF_INIT(BUF_MAX_LINE);
	const char *text = NULL;
	size_t zeros = 0;
	int r = json_get_string(&text, jwk, name);

	if (r != 0)
		return why_say(why, JWK_E_UNTRUSTED, "the key's \"%s\" %s",
			       name, json_answer_text(r));
	r = base64_decode(&bytes, BASE64_URL, text, strlen(text));
	if (r == -ENOMEM)
		return r;
	if (r != 0)
		return why_say(why, JWK_E_UNTRUSTED,
			       "the key's \"%s\" is not base64url", name);
	while (zeros < bytes.n && bytes.p[zeros] == '\0')
		zeros++;
	if (zeros == bytes.n || bytes.n - zeros > max)
		return why_say(why, JWK_E_UNTRUSTED,
			       "the key's \"%s\" is zero or too large", name);
	return buf_append(ret, bytes.p + zeros, bytes.n - zeros);
}

static int key_from_params(EVP_PKEY **ret, const char *type,
			   OSSL_PARAM_BLD *builder, const Why *why)
{
	AKV_CLEANUP(params_freep) OSSL_PARAM *params = NULL;
	AKV_CLEANUP(ctx_freep) EVP_PKEY_CTX *ctx = NULL;
	EVP_PKEY *key = NULL;

	params = OSSL_PARAM_BLD_to_param(builder);
	ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	if (!params || !ctx || EVP_PKEY_fromdata_init(ctx) <= 0)
		return why_crypto(why, -ENOMEM, "");
	if (EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) <= 0)
		return why_crypto(why, JWK_E_UNTRUSTED,
				  "the key is not one of its type");
	*ret = key;
	return 0;
}

/* --- RSA ---------------------------------------------------------------- */

static int rsa_numbers(BIGNUM **ret_n, BIGNUM **ret_e, const cJSON *jwk,
		       const Why *why)
{
	AKV_BUF Buf n = BUF_INIT(JWK_RSA_BITS_MAX / 8);
	AKV_BUF Buf e = BUF_INIT(JWK_EXPONENT_MAX);
	int r = number_bytes(&n, jwk, "n", n.max, why);

	if (r == 0)
		r = number_bytes(&e, jwk, "e", e.max, why);
	if (r != 0)
		return r;
	if (n.n < JWK_RSA_BITS_MIN / 8 || !(n.p[n.n - 1] & 1))
		return why_say(why, JWK_E_UNTRUSTED,
			       "the key's \"n\" is no RSA modulus");
	if (!(e.p[e.n - 1] & 1) || (e.n == 1 && e.p[0] == 1))
		return why_say(why, JWK_E_UNTRUSTED,
			       "the key's \"e\" is no RSA exponent");
	*ret_n = BN_bin2bn((const unsigned char *)n.p, (int)n.n, NULL);
	*ret_e = BN_bin2bn((const unsigned char *)e.p, (int)e.n, NULL);
	return *ret_n && *ret_e ? 0 : -ENOMEM;
}

static int rsa_read(EVP_PKEY **ret, const cJSON *jwk, const Why *why)
{
	AKV_CLEANUP(param_bld_freep)
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	AKV_CLEANUP(bn_freep) BIGNUM *n = NULL;
	AKV_CLEANUP(bn_freep) BIGNUM *e = NULL;
	int r = builder ? rsa_numbers(&n, &e, jwk, why) : -ENOMEM;

	if (r != 0)
		return r;
	if (!OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) ||
	    !OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e))
		return -ENOMEM;
	return key_from_params(ret, "RSA", builder, why);
}

/* --- elliptic curves ---------------------------------------------------- */

static int coordinate(Buf *point, const cJSON *jwk, const char *name,
		      size_t size, const Why *why)
{
	static const char zeros[JWK_COORDINATE_MAX];
	AKV_BUF Buf bytes = BUF_INIT(JWK_COORDINATE_MAX);
	int r = number_bytes(&bytes, jwk, name, size, why);

	if (r == 0)
		r = buf_append(point, zeros, size - bytes.n);
	if (r == 0)
		r = buf_append(point, bytes.p, bytes.n);
	return r;
}

static int ec_key(EVP_PKEY **ret, const char *group, const Buf *point,
		  const Why *why)
{
	AKV_CLEANUP(param_bld_freep)
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();

	if (!builder ||
	    !OSSL_PARAM_BLD_push_utf8_string(
		    builder, OSSL_PKEY_PARAM_GROUP_NAME, group, 0) ||
	    !OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY,
					      point->p, point->n))
		return -ENOMEM;
	return key_from_params(ret, "EC", builder, why);
}

/* Is the point on the curve, and of the right order? */
static int ec_check(EVP_PKEY *key, const Why *why)
{
	AKV_CLEANUP(ctx_freep) EVP_PKEY_CTX *ctx = NULL;

	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	if (!ctx)
		return -ENOMEM;
	if (EVP_PKEY_public_check(ctx) != 1)
		return why_crypto(why, JWK_E_UNTRUSTED,
				  "the key is no point of its curve");
	return 0;
}

static int ec_read(EVP_PKEY **ret, const cJSON *jwk, const Why *why)
{
	AKV_CLEANUP(evp_pkey_freep) EVP_PKEY *key = NULL;
	AKV_BUF Buf point = BUF_INIT(1 + 2 * JWK_COORDINATE_MAX);
	const char *name = NULL;
	size_t i = 0;
	int r = json_get_string(&name, jwk, "crv");

	while (r == 0 && i < AKV_ARRAY_LEN(curves) &&
	       strcmp(curves[i].vault_name, name) != 0)
		i++;
	if (r != 0 || i == AKV_ARRAY_LEN(curves))
		return why_say(why, JWK_E_UNTRUSTED,
			       "the key is of no curve that is known");
	r = buf_append_char(&point, UNCOMPRESSED);
	if (r == 0)
		r = coordinate(&point, jwk, "x", curves[i].size, why);
	if (r == 0)
		r = coordinate(&point, jwk, "y", curves[i].size, why);
	if (r == 0)
		r = ec_key(&key, curves[i].group, &point, why);
	if (r == 0)
		r = ec_check(key, why);
	if (r == 0)
		*ret = AKV_TAKE(key);
	return r;
}

/* RFC 8037; of a managed HSM. Here x is a string of bytes, not a number. */
static int okp_read(EVP_PKEY **ret, const cJSON *jwk, const Why *why)
{
	AKV_BUF Buf bytes = BUF_INIT(ED25519_SIZE);
	const char *curve = NULL;
	const char *x = NULL;
	int r = json_get_string(&curve, jwk, "crv");

	if (r != 0 || strcmp(curve, "Ed25519") != 0)
		return why_say(why, JWK_E_UNTRUSTED,
			       "the key is of no curve that is known");
	r = json_get_string(&x, jwk, "x");
	if (r == 0)
		r = base64_decode(&bytes, BASE64_URL, x, strlen(x));
	if (r == -ENOMEM)
		return r;
	if (r != 0 || bytes.n != ED25519_SIZE)
		return why_say(why, JWK_E_UNTRUSTED,
			       "the key's \"x\" is not one of its curve");
	*ret = EVP_PKEY_new_raw_public_key_ex(
		NULL, "ED25519", NULL, (const unsigned char *)bytes.p, bytes.n);
	return *ret ? 0
		    : why_crypto(why, JWK_E_UNTRUSTED,
				 "the key is not one of its type");
}

/* --- reading ------------------------------------------------------------ */

int jwk_read(EVP_PKEY **ret, const cJSON *jwk, const Why *why)
{
	static const struct {
		const char *type;
		int (*read)(EVP_PKEY **ret, const cJSON *jwk, const Why *why);
	} types[] = {
		{"RSA", rsa_read}, {"RSA-HSM", rsa_read},
		{"EC", ec_read},   {"EC-HSM", ec_read},
		{"OKP", okp_read}, {"OKP-HSM", okp_read},
		{"oct", NULL},     {"oct-HSM", NULL},
	};
	const char *type = NULL;
	int r = json_get_string(&type, jwk, "kty");

	if (r != 0)
		return why_say(why, JWK_E_UNTRUSTED, "the key's \"kty\" %s",
			       json_answer_text(r));
	for (size_t i = 0; i < AKV_ARRAY_LEN(types); i++) {
		EVP_PKEY *key = NULL;

		if (strcmp(types[i].type, type) != 0)
			continue;
		if (!types[i].read)
			return JWK_E_SYMMETRIC;
		r = types[i].read(&key, jwk, why);
		if (r == 0)
			*ret = key;
		return r;
	}
	return why_say(why, JWK_E_UNTRUSTED,
		       "the key is of no type that is known");
}

/* --- writing ------------------------------------------------------------ */

static int append_base64url(Buf *buf, const char *name, const void *bytes,
			    size_t n)
{
	int r = buf_printf(buf, "\"%s\":\"", name);

	if (r == 0)
		r = base64_encode(buf, BASE64_URL, bytes, n);
	return r == 0 ? buf_append_char(buf, '"') : r;
}

/* With at least @size bytes, zeros in front. */
static int append_number(Buf *buf, const char *name, EVP_PKEY *key,
			 const char *param, size_t size)
{
	AKV_CLEANUP(bn_freep) BIGNUM *number = NULL;
	unsigned char bytes[JWK_RSA_BITS_MAX / 8];
	size_t n;

	if (!EVP_PKEY_get_bn_param(key, param, &number))
		return -ENOMEM;
	n = AKV_MAX((size_t)BN_num_bytes(number), size);
	if (n > sizeof(bytes) || BN_bn2binpad(number, bytes, (int)n) < 0)
		return -EINVAL;
	return append_base64url(buf, name, bytes, n);
}

static int append_kid(Buf *buf, const char *kid)
{
	AKV_JSON cJSON *string = cJSON_CreateString(kid);
	char *text = string ? cJSON_PrintUnformatted(string) : NULL;
	int r = text ? buf_printf(buf, "\"kid\":%s,", text) : -ENOMEM;

	cJSON_free(text);
	return r;
}

static int append_rsa(Buf *buf, EVP_PKEY *key, const char *kid)
{
	int r = buf_append_char(buf, '{');

	if (r == 0)
		r = append_number(buf, "e", key, OSSL_PKEY_PARAM_RSA_E, 1);
	if (r == 0)
		r = buf_append_char(buf, ',');
	if (r == 0)
		r = append_kid(buf, kid);
	if (r == 0)
		r = buf_append_string(buf, "\"kty\":\"RSA\",");
	if (r == 0)
		r = append_number(buf, "n", key, OSSL_PKEY_PARAM_RSA_N, 1);
	return r;
}

static int append_ec(Buf *buf, EVP_PKEY *key, const char *kid)
{
	char group[32];
	size_t i = 0;
	int r;

	if (!EVP_PKEY_get_group_name(key, group, sizeof(group), NULL))
		return -EINVAL;
	while (i < AKV_ARRAY_LEN(curves) && strcmp(curves[i].group, group) != 0)
		i++;
	if (i == AKV_ARRAY_LEN(curves))
		return -EINVAL;
	r = buf_printf(buf, "{\"crv\":\"%s\",", curves[i].jose_name);
	if (r == 0)
		r = append_kid(buf, kid);
	if (r == 0)
		r = buf_append_string(buf, "\"kty\":\"EC\",");
	if (r == 0)
		r = append_number(buf, "x", key, OSSL_PKEY_PARAM_EC_PUB_X,
				  curves[i].size);
	if (r == 0)
		r = buf_append_char(buf, ',');
	if (r == 0)
		r = append_number(buf, "y", key, OSSL_PKEY_PARAM_EC_PUB_Y,
				  curves[i].size);
	return r;
}

static int append_okp(Buf *buf, EVP_PKEY *key, const char *kid)
{
	unsigned char bytes[ED25519_SIZE];
	size_t n = sizeof(bytes);
	int r = buf_append_string(buf, "{\"crv\":\"Ed25519\",");

	if (!EVP_PKEY_get_raw_public_key(key, bytes, &n))
		return -EINVAL;
	if (r == 0)
		r = append_kid(buf, kid);
	if (r == 0)
		r = buf_append_string(buf, "\"kty\":\"OKP\",");
	if (r == 0)
		r = append_base64url(buf, "x", bytes, n);
	return r;
}

int jwk_append(Buf *buf, EVP_PKEY *key, const char *kid)
{
	int r;

	if (EVP_PKEY_is_a(key, "RSA"))
		r = append_rsa(buf, key, kid);
	else if (EVP_PKEY_is_a(key, "EC"))
		r = append_ec(buf, key, kid);
	else
		r = append_okp(buf, key, kid);
	return r == 0 ? buf_append_string(buf, "}\n") : r;
}
