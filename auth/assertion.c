/* SPDX-License-Identifier: MIT */

/*
 * A thumbprint is base64url without padding (RFC 7515 4.1.8), a certificate in
 * x5c is standard base64 of its DER (4.1.6). JSON is written here, so that the
 * order of the members is fixed; what is not ours in it is escaped by cJSON.
 * Used by client-certificate.c.
 */

#include "auth/assertion.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "auth/token-endpoint.h"
#include "base/base64.h"

/* "text" as JSON has it. */
static int json_text(Buf *buf, const char *text)
{
	cJSON *value = cJSON_CreateString(text);
	char *printed = value ? cJSON_PrintUnformatted(value) : NULL;
	int r = printed ? buf_append_string(buf, printed) : -ENOMEM;

	cJSON_free(printed);
	cJSON_Delete(value);
	return r;
}

static int certificate_append(Buf *buf, X509 *certificate)
{
	unsigned char *der = NULL;
	int n = i2d_X509(certificate, &der);
	int r;

	if (n <= 0)
		return -ENOMEM;
	r = base64_encode(buf, BASE64_STANDARD, der, (size_t)n);
	OPENSSL_free(der);
	return r;
}

static int chain_append(Buf *buf, const KeyFile *key_file)
{
	int r = buf_append_string(buf, ",\"x5c\":[");

	for (size_t i = 0; i < key_file->n && r == 0; i++) {
		r = buf_append_string(buf, i > 0 ? ",\"" : "\"");
		if (r == 0)
			r = certificate_append(buf, key_file->certificates[i]);
		if (r == 0)
			r = buf_append_char(buf, '"');
	}
	return r == 0 ? buf_append_char(buf, ']') : r;
}

static int header_make(Buf *buf, const KeyFile *key_file,
		       const AssertionWish *wish)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	int r;

	if (X509_digest(key_file->certificates[0], EVP_sha256(), digest, &n) !=
	    1)
		return -EIO;
	r = buf_printf(buf, "{\"alg\":\"%s\",\"typ\":\"JWT\",\"x5t#S256\":\"",
		       wish->rs256 ? "RS256" : "PS256");
	if (r == 0)
		r = base64_encode(buf, BASE64_URL, digest, n);
	if (r == 0)
		r = buf_append_char(buf, '"');
	if (r == 0 && wish->send_chain)
		r = chain_append(buf, key_file);
	return r == 0 ? buf_append_char(buf, '}') : r;
}

static int claims_make(Buf *buf, const AssertionWish *wish)
{
	int64_t from_s = wish->wall_s - ASSERTION_EARLY_S;
	char uuid[UUID_TEXT_SIZE];
	int r = uuid_make(uuid);

	if (r == 0)
		r = buf_append_string(buf, "{\"aud\":");
	if (r == 0)
		r = json_text(buf, wish->audience);
	if (r == 0)
		r = buf_printf(buf,
			       ",\"exp\":%" PRId64 ",\"iat\":%" PRId64
			       ",\"iss\":",
			       from_s + ASSERTION_LIFE_S, from_s);
	if (r == 0)
		r = json_text(buf, wish->client_id);
	if (r == 0)
		r = buf_printf(buf,
			       ",\"jti\":\"%s\",\"nbf\":%" PRId64 ",\"sub\":",
			       uuid, from_s);
	if (r == 0)
		r = json_text(buf, wish->client_id);
	return r == 0 ? buf_append_char(buf, '}') : r;
}

/* OpenSSL's own choice of a salt is the longest; PS256 is as long as the hash.
 */
static bool sign_set(EVP_MD_CTX *context, EVP_PKEY *key, bool rs256)
{
	EVP_PKEY_CTX *parameters = NULL;

	if (EVP_DigestSignInit(context, &parameters, EVP_sha256(), NULL, key) !=
	    1)
		return false;
	if (rs256)
		return EVP_PKEY_CTX_set_rsa_padding(parameters,
						    RSA_PKCS1_PADDING) == 1;
	return EVP_PKEY_CTX_set_rsa_padding(parameters,
					    RSA_PKCS1_PSS_PADDING) == 1 &&
	       EVP_PKEY_CTX_set_rsa_mgf1_md(parameters, EVP_sha256()) == 1 &&
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters,
						RSA_PSS_SALTLEN_DIGEST) == 1;
}

/* Append "." and the signature of what is in @buf. */
static int sign_append(Buf *buf, EVP_PKEY *key, bool rs256)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	unsigned char signature[1024]; /* of a key of 8192 bits */
	size_t n = sizeof(signature);
	int r = -EIO;

	if (context && sign_set(context, key, rs256) &&
	    EVP_DigestSign(context, signature, &n, (unsigned char *)buf->p,
			   buf->n) == 1)
		r = buf_append_char(buf, '.');
	if (r == 0)
		r = base64_encode(buf, BASE64_URL, signature, n);
	EVP_MD_CTX_free(context);
	ERR_clear_error();
	return r;
}

int assertion_make(Secret **ret, const KeyFile *key_file,
		   const AssertionWish *wish)
{
	AKV_BUF Buf part = BUF_INIT(BUF_MAX_FORM);
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_FORM);
	int r = header_make(&part, key_file, wish);

	if (r == 0)
		r = base64_encode(&text, BASE64_URL, part.p, part.n);
	buf_reset(&part);
	if (r == 0)
		r = claims_make(&part, wish);
	if (r == 0)
		r = buf_append_char(&text, '.');
	if (r == 0)
		r = base64_encode(&text, BASE64_URL, part.p, part.n);
	if (r == 0)
		r = sign_append(&text, key_file->key, wish->rs256);
	return r == 0 ? secret_new(ret, text.p, text.n) : r;
}
