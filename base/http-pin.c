/* SPDX-License-Identifier: MIT */

/*
 * The comparison stands in for chain and name, and for nothing less: without
 * it a handshake fails. No connection or session is taken from other handles,
 * and none is left to them. libcurl's own pinning is of the public key, by
 * SHA-256, which the thumbprint is not.
 */

#include "base/http-pin.h"

#include <openssl/ssl.h>

#include "base/http.h"

static int verify_pinned(X509_STORE_CTX *context, void *data)
{
	X509 *shown = X509_STORE_CTX_get0_cert(context);
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	if (shown && X509_digest(shown, EVP_sha1(), digest, &n) == 1 &&
	    n == HTTP_SHA1_SIZE && CRYPTO_memcmp(digest, data, n) == 0) {
		X509_STORE_CTX_set_error(context, X509_V_OK);
		return 1;
	}
	X509_STORE_CTX_set_error(context, X509_V_ERR_CERT_REJECTED);
	return 0;
}

void http_pin_context(SSL_CTX *context, const unsigned char *sha1)
{
	SSL_CTX_set_cert_verify_callback(context, verify_pinned,
					 (void *)(uintptr_t)sha1);
}

int http_pin(CURL *easy)
{
	if (curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L) != CURLE_OK ||
	    curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L) !=
		    CURLE_OK ||
	    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L) != CURLE_OK ||
	    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L) != CURLE_OK)
		return -ENOMEM;
	return 0;
}
