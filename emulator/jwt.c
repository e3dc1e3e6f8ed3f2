/* SPDX-License-Identifier: MIT */

/* The header is always {"typ":"JWT","alg":"RS256","kid":...,"x5t":...}. */

#include "emulator/jwt.h"

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

static int signature_check(EVP_PKEY *key, const char *token, size_t signed_size,
			   const char *text, size_t n)
{
	AKV_CLEANUP(digest_freep) EVP_MD_CTX *context = EVP_MD_CTX_new();
	AKV_BUF Buf signature = BUF_INIT(BUF_MAX_LINE);
	int r;

	if (!context)
		return -ENOMEM;
	r = base64_decode(&signature, BASE64_URL, text, n);
	if (r == -ENOMEM)
		return r;
	if (r != 0)
		return JWT_E_SIGNATURE;
	if (EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) != 1)
		return -EIO;
	if (EVP_DigestVerify(context, (unsigned char *)signature.p, signature.n,
			     (const unsigned char *)token, signed_size) != 1)
		return JWT_E_SIGNATURE;
	return 0;
}

int jwt_verify(cJSON **ret_claims, EVP_PKEY *key, const char *kid,
	       const char *token, size_t n)
{
	AKV_JSON cJSON *header = NULL;
	AKV_JSON cJSON *claims = NULL;
	const char *first, *second;
	size_t header_size, signed_size;
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
	signed_size = (size_t)(second - token);

	r = part_parse(&header, token, header_size);
	if (r == 0)
		r = part_parse(&claims, first + 1,
			       signed_size - header_size - 1);
	if (r == 0)
		r = header_check(header, kid);
	if (r == 0)
		r = signature_check(key, token, signed_size, second + 1,
				    n - signed_size - 1);
	if (r != 0)
		return r;
	*ret_claims = AKV_TAKE(claims);
	return 0;
}
