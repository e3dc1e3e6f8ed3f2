/* SPDX-License-Identifier: MIT */

/*
 * The header of what is made is always {"typ":"JWT","alg":"RS256","x5t":...,
 * "kid":...}.
 */

#include "emulator/jwt.h"

#include <openssl/rsa.h>

#include "base/base64.h"
#include "base/json.h"
#include "emulator/writer.h"

AKV_UNUSED static inline void digest_freep(EVP_MD_CTX **context)
{
	EVP_MD_CTX_free(*context);
}

static int header_append(Buf *ret, const char *kid)
{
	AKV_BUF Buf header = BUF_INIT(BUF_MAX_LINE);
	Writer writer = WRITER_INIT(&header);

	writer_begin(&writer, NULL, '{');
	writer_string(&writer, "typ", "JWT");
	writer_string(&writer, "alg", "RS256");
	writer_string(&writer, "x5t", kid);
	writer_string(&writer, "kid", kid);
	writer_end(&writer, '}');
	if (writer.fault < 0)
		return writer.fault;
	return base64_encode(ret, BASE64_URL, header.p, header.n);
}

static int signature_append(Buf *ret, EVP_PKEY *key, const char *text, size_t n)
{
	AKV_CLEANUP(digest_freep) EVP_MD_CTX *context = EVP_MD_CTX_new();
	unsigned char signature[1024];
	size_t size = sizeof(signature);

	if (!context)
		return -ENOMEM;
	if (EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) != 1 ||
	    EVP_DigestSign(context, signature, &size,
			   (const unsigned char *)text, n) != 1)
		return -EIO;
	return base64_encode(ret, BASE64_URL, signature, size);
}

int jwt_sign(Buf *ret, EVP_PKEY *key, const char *kid, const char *claims,
	     size_t claims_size)
{
	AKV_BUF Buf token = BUF_INIT(JWT_MAX);
	size_t signed_size;
	int r;

	r = header_append(&token, kid);
	if (r == 0)
		r = buf_append_char(&token, '.');
	if (r == 0)
		r = base64_encode(&token, BASE64_URL, claims, claims_size);
	signed_size = token.n;
	if (r == 0)
		r = buf_append_char(&token, '.');
	if (r == 0)
		r = signature_append(&token, key, token.p, signed_size);
	if (r == 0)
		r = buf_append(ret, token.p, token.n);
	return r;
}

/* One base64url part holding a JSON object. */
static int part_parse(cJSON **ret, const char *text, size_t n)
{
	AKV_BUF Buf json = BUF_INIT(JWT_MAX);
	AKV_JSON cJSON *value = NULL;
	int r;

	r = base64_decode(&json, BASE64_URL, text, n);
	if (r == 0)
		r = json_parse(&value, json.p, json.n, NULL);
	if (r < 0)
		return r;
	if (r > 0 || !cJSON_IsObject(value))
		return JWT_E_MALFORMED;
	*ret = AKV_TAKE(value);
	return 0;
}

int jwt_parse(Jwt *ret, const char *token, size_t n)
{
	Jwt jwt = {.text = token, .size = n};
	const char *first, *second;
	size_t header_size;
	int r;

	if (n > JWT_MAX)
		return JWT_E_MALFORMED;
	first = memchr(token, '.', n);
	if (!first)
		return JWT_E_MALFORMED;
	header_size = (size_t)(first - token);
	second = memchr(first + 1, '.', n - header_size - 1);
	if (!second)
		return JWT_E_MALFORMED;
	jwt.signed_size = (size_t)(second - token);

	r = part_parse(&jwt.header, token, header_size);
	if (r == 0)
		r = part_parse(&jwt.claims, first + 1,
			       jwt.signed_size - header_size - 1);
	if (r != 0) {
		jwt_done(&jwt);
		return r;
	}
	*ret = jwt;
	return 0;
}

void jwt_done(Jwt *jwt)
{
	cJSON_Delete(jwt->header);
	cJSON_Delete(jwt->claims);
	*jwt = (Jwt){0};
}

/* The salt is as long as the digest: exactly that, or it is not PS256. */
static bool padding_set(EVP_PKEY_CTX *context)
{
	return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) ==
		       1 &&
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(context,
						RSA_PSS_SALTLEN_DIGEST) == 1 &&
	       EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256()) == 1;
}

static int signature_check(const Jwt *jwt, EVP_PKEY *key, bool pss)
{
	AKV_CLEANUP(digest_freep) EVP_MD_CTX *context = EVP_MD_CTX_new();
	AKV_BUF Buf signature = BUF_INIT(BUF_MAX_LINE);
	EVP_PKEY_CTX *padding = NULL;
	int r;

	if (!context)
		return -ENOMEM;
	r = base64_decode(&signature, BASE64_URL,
			  jwt->text + jwt->signed_size + 1,
			  jwt->size - jwt->signed_size - 1);
	if (r == -ENOMEM)
		return r;
	if (r != 0)
		return JWT_E_SIGNATURE;
	if (EVP_DigestVerifyInit(context, &padding, EVP_sha256(), NULL, key) !=
		    1 ||
	    (pss && !padding_set(padding)))
		return -EIO;
	if (EVP_DigestVerify(context, (unsigned char *)signature.p, signature.n,
			     (const unsigned char *)jwt->text,
			     jwt->signed_size) != 1)
		return JWT_E_SIGNATURE;
	return 0;
}

int jwt_check(const Jwt *jwt, EVP_PKEY *key)
{
	const char *alg;
	bool pss;

	if (json_get_string(&alg, jwt->header, "alg") != 0 ||
	    EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA)
		return JWT_E_KEY;
	pss = strcmp(alg, "PS256") == 0;
	if (!pss && strcmp(alg, "RS256") != 0)
		return JWT_E_KEY;
	return signature_check(jwt, key, pss);
}

static int header_check(const cJSON *header, const char *kid)
{
	const char *alg, *found;

	if (json_get_string(&alg, header, "alg") != 0)
		return JWT_E_MALFORMED;
	if (strcmp(alg, "RS256") != 0 ||
	    json_get_string(&found, header, "kid") != 0 ||
	    strcmp(found, kid) != 0)
		return JWT_E_KEY;
	return 0;
}

int jwt_verify(cJSON **ret_claims, EVP_PKEY *key, const char *kid,
	       const char *token, size_t n)
{
	AKV_CLEANUP(jwt_done) Jwt jwt = {0};
	int r;

	r = jwt_parse(&jwt, token, n);
	if (r == 0)
		r = header_check(jwt.header, kid);
	if (r == 0)
		r = jwt_check(&jwt, key);
	if (r != 0)
		return r;
	*ret_claims = AKV_TAKE(jwt.claims);
	return 0;
}
