/* SPDX-License-Identifier: MIT */

/* Whatever held a private number is wiped: Buf and BN_clear_free() do. */

#include "emulator/jwk.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>

#include "base/base64.h"
#include "base/json.h"
#include "emulator/certificate.h"

enum {
	NUMBER_SIZE_MAX = 1 + KEY_RSA_BITS_MAX / 8, /* a leading zero may be */
	POINT_UNCOMPRESSED = 4,                     /* SEC 1 2.3.3 */
};

typedef struct Number {
	const char *member;    /* of the JWK */
	const char *parameter; /* of OpenSSL */
} Number;

static const Number rsa_numbers[] = {
	{"n", OSSL_PKEY_PARAM_RSA_N},
	{"e", OSSL_PKEY_PARAM_RSA_E},
	{"d", OSSL_PKEY_PARAM_RSA_D},
	{"p", OSSL_PKEY_PARAM_RSA_FACTOR1},
	{"q", OSSL_PKEY_PARAM_RSA_FACTOR2},
	{"dp", OSSL_PKEY_PARAM_RSA_EXPONENT1},
	{"dq", OSSL_PKEY_PARAM_RSA_EXPONENT2},
	{"qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1},
};

AKV_UNUSED static inline void number_freep(BIGNUM **number)
{
	BN_clear_free(*number);
}
AKV_UNUSED static inline void builder_freep(OSSL_PARAM_BLD **builder)
{
	OSSL_PARAM_BLD_free(*builder);
}
AKV_UNUSED static inline void context_freep(EVP_PKEY_CTX **context)
{
	EVP_PKEY_CTX_free(*context);
}

static int bytes_get(Buf *ret, const cJSON *jwk, const char *member)
{
	const char *text;
	int r = json_get_string(&text, jwk, member);

	if (r != 0)
		return JWK_E_INVALID;
	r = base64_decode(ret, BASE64_URL, text, strlen(text));
	return r == -ENOMEM ? r : r != 0 ? JWK_E_INVALID : 0;
}

static int number_get(BIGNUM **ret, const cJSON *jwk, const char *member)
{
	AKV_BUF Buf bytes = BUF_INIT(NUMBER_SIZE_MAX);
	BIGNUM *number;
	int r = bytes_get(&bytes, jwk, member);

	if (r != 0)
		return r;
	number = BN_secure_new();
	if (!number ||
	    !BN_bin2bn((const unsigned char *)bytes.p, (int)bytes.n, number)) {
		BN_clear_free(number);
		return -ENOMEM;
	}
	*ret = number;
	return 0;
}

/* A key pair of what was collected, checked to be one. */
static int pkey_make(EVP_PKEY **ret, const char *type, OSSL_PARAM_BLD *builder)
{
	AKV_CLEANUP(context_freep)
	EVP_PKEY_CTX *maker = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	AKV_CLEANUP(context_freep) EVP_PKEY_CTX *checker = NULL;
	AKV_CLEANUP(pkey_freep) EVP_PKEY *pkey = NULL;
	OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(builder);
	bool made = maker && parameters && EVP_PKEY_fromdata_init(maker) == 1 &&
		    EVP_PKEY_fromdata(maker, &pkey, EVP_PKEY_KEYPAIR,
				      parameters) == 1;

	OSSL_PARAM_free(parameters);
	if (!made)
		return JWK_E_INVALID;
	checker = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
	if (!checker)
		return -ENOMEM;
	if (EVP_PKEY_pairwise_check(checker) != 1)
		return JWK_E_INVALID;
	*ret = AKV_TAKE(pkey);
	return 0;
}

static int rsa_parse(EVP_PKEY **ret, const cJSON *jwk)
{
	AKV_CLEANUP(builder_freep)
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	BIGNUM *numbers[AKV_ARRAY_LEN(rsa_numbers)] = {NULL};
	int r = builder ? 0 : -ENOMEM;

	for (size_t i = 0; i < AKV_ARRAY_LEN(rsa_numbers) && r == 0; i++) {
		r = number_get(&numbers[i], jwk, rsa_numbers[i].member);
		if (r == 0 &&
		    OSSL_PARAM_BLD_push_BN(builder, rsa_numbers[i].parameter,
					   numbers[i]) != 1)
			r = -ENOMEM;
	}
	if (r == 0 && BN_num_bits(numbers[0]) > KEY_RSA_BITS_MAX)
		r = JWK_E_INVALID;
	if (r == 0)
		r = pkey_make(ret, "RSA", builder);
	for (size_t i = 0; i < AKV_ARRAY_LEN(rsa_numbers); i++)
		BN_clear_free(numbers[i]);
	return r;
}

/* x and y, each as long as the curve's, after the byte for "both are here". */
static int point_get(Buf *ret, const cJSON *jwk, const KeyCurve *curve)
{
	static const char *const members[] = {"x", "y"};
	int r = buf_append_char(ret, POINT_UNCOMPRESSED);

	for (size_t i = 0; i < AKV_ARRAY_LEN(members) && r == 0; i++) {
		AKV_CLEANUP(number_freep) BIGNUM *number = NULL;
		unsigned char bytes[NUMBER_SIZE_MAX];
		int size = (int)curve->size;

		r = number_get(&number, jwk, members[i]);
		if (r == 0 && BN_bn2binpad(number, bytes, size) != size)
			r = JWK_E_INVALID;
		if (r == 0)
			r = buf_append(ret, bytes, curve->size);
	}
	return r;
}

static int ec_parse(EVP_PKEY **ret, const cJSON *jwk)
{
	AKV_CLEANUP(builder_freep)
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	AKV_CLEANUP(number_freep) BIGNUM *private = NULL;
	AKV_BUF Buf point = BUF_INIT(BUF_MAX_LINE);
	const KeyCurve *curve;
	const char *name;
	int r;

	if (!builder)
		return -ENOMEM;
	if (json_get_string(&name, jwk, "crv") != 0)
		return JWK_E_INVALID;
	curve = key_curve_find(name);
	if (!curve)
		return JWK_E_INVALID;
	r = point_get(&point, jwk, curve);
	if (r == 0)
		r = number_get(&private, jwk, "d");
	if (r != 0)
		return r;
	if (OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME,
					    curve->group, 0) != 1 ||
	    OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY,
					     point.p, point.n) != 1 ||
	    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_PRIV_KEY,
				   private) != 1)
		return -ENOMEM;
	return pkey_make(ret, "EC", builder);
}

static int octets_parse(KeyMaterial **ret, const cJSON *jwk, bool hsm)
{
	AKV_BUF Buf octets = BUF_INIT(NUMBER_SIZE_MAX);
	int r = bytes_get(&octets, jwk, "k");

	if (r == 0)
		r = key_material_import_octets(ret, octets.p, octets.n, hsm);
	return r;
}

static int pair_parse(KeyMaterial **ret, const cJSON *jwk,
		      const KeyShape *shape)
{
	AKV_CLEANUP(pkey_freep) EVP_PKEY *pkey = NULL;
	int r = shape->type == KEY_TYPE_RSA ? rsa_parse(&pkey, jwk)
					    : ec_parse(&pkey, jwk);

	if (r == 0)
		r = key_material_import(ret, pkey, shape->hsm);
	return r;
}

static int operations_parse(KeyMaterial *material, const cJSON *jwk)
{
	const cJSON *words;
	int r = json_get_array(&words, jwk, "key_ops");

	if (r == JSON_E_ABSENT)
		return 0;
	if (r == 0)
		r = key_operations_parse(&material->operations,
					 material->shape.type, words);
	return r == 0 ? 0 : JWK_E_INVALID;
}

int jwk_parse(KeyMaterial **ret, const cJSON *jwk, bool hsm)
{
	AKV_CLEANUP(key_material_freep) KeyMaterial *material = NULL;
	KeyShape shape;
	const char *kty;
	int r;

	if (json_get_string(&kty, jwk, "kty") != 0 ||
	    !key_shape_parse(&shape, kty))
		return JWK_E_INVALID;
	shape.hsm |= hsm;
	if (shape.type == KEY_TYPE_OCT)
		r = octets_parse(&material, jwk, shape.hsm);
	else
		r = pair_parse(&material, jwk, &shape);
	if (r == 0)
		r = operations_parse(material, jwk);
	if (r == 0)
		*ret = AKV_TAKE(material);
	return r > 0 ? JWK_E_INVALID : r;
}

/* @size 0: as many bytes as the number has. */
static void number_write(Writer *writer, const EVP_PKEY *pkey,
			 const char *member, const char *parameter, size_t size)
{
	AKV_CLEANUP(number_freep) BIGNUM *number = NULL;
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_LINE);
	unsigned char bytes[NUMBER_SIZE_MAX];
	int r = -EIO;

	if (EVP_PKEY_get_bn_param(pkey, parameter, &number) == 1) {
		if (size == 0)
			size = (size_t)BN_num_bytes(number);
		if (size <= sizeof(bytes) &&
		    BN_bn2binpad(number, bytes, (int)size) == (int)size)
			r = base64_encode(&text, BASE64_URL, bytes, size);
	}
	if (r < 0 && writer->fault == 0)
		writer->fault = r;
	writer_string(writer, member, text.p);
}

void jwk_write_public(Writer *writer, const KeyMaterial *material)
{
	const KeyCurve *curve = material->shape.curve;
	const EVP_PKEY *pkey = material->pkey;

	writer_string(writer, "kty", key_material_kty(material));
	key_operations_write(writer, material->operations);
	switch (material->shape.type) {
	case KEY_TYPE_RSA:
		number_write(writer, pkey, "n", OSSL_PKEY_PARAM_RSA_N, 0);
		number_write(writer, pkey, "e", OSSL_PKEY_PARAM_RSA_E, 0);
		break;
	case KEY_TYPE_EC:
		writer_string(writer, "crv", curve->name);
		number_write(writer, pkey, "x", OSSL_PKEY_PARAM_EC_PUB_X,
			     curve->size);
		number_write(writer, pkey, "y", OSSL_PKEY_PARAM_EC_PUB_Y,
			     curve->size);
		break;
	case KEY_TYPE_OCT:
		break;
	}
}
