/* SPDX-License-Identifier: MIT */

/*
 * The callback stands where OpenSSL's own check of the chain would, and calls
 * just that. libcurl compares the name afterwards, as always.
 */

#include "base/http-peer.h"

#include <openssl/ssl.h>
#include <time.h>

static void name_take(char ret[HTTP_PEER_NAME_SIZE], const X509_NAME *name,
		      int nid)
{
	int at = X509_NAME_get_index_by_NID(name, nid, -1);
	unsigned char *text = NULL;
	int n = -1;

	if (at >= 0)
		n = ASN1_STRING_to_UTF8(&text,
					X509_NAME_ENTRY_get_data(
						X509_NAME_get_entry(name, at)));
	if (n >= 0)
		(void)snprintf(ret, HTTP_PEER_NAME_SIZE, "%.*s", n,
			       (const char *)text);
	OPENSSL_free(text);
}

static int64_t time_take(const ASN1_TIME *when)
{
	struct tm parts;

	return when && ASN1_TIME_to_tm(when, &parts) == 1 ? timegm(&parts) : -1;
}

static void peer_note(HttpPeer *peer, X509_STORE_CTX *context)
{
	const X509 *shown = X509_STORE_CTX_get0_cert(context);
	const SSL *ssl = X509_STORE_CTX_get_ex_data(
		context, SSL_get_ex_data_X509_STORE_CTX_idx());

	if (ssl)
		(void)snprintf(peer->version, sizeof(peer->version), "%s",
			       SSL_get_version(ssl));
	if (!shown)
		return;
	name_take(peer->subject, X509_get_subject_name(shown), NID_commonName);
	name_take(peer->issuer, X509_get_issuer_name(shown), NID_commonName);
	name_take(peer->organization, X509_get_issuer_name(shown),
		  NID_organizationName);
	peer->expires_s = time_take(X509_get0_notAfter(shown));
}

static int verify_watched(X509_STORE_CTX *context, void *data)
{
	HttpPeer *peer = data;
	int r = X509_verify_cert(context);

	peer_note(peer, context);
	if (r <= 0)
		peer->fault = X509_verify_cert_error_string(
			X509_STORE_CTX_get_error(context));
	return r;
}

void http_peer_context(SSL_CTX *context, HttpPeer *peer)
{
	SSL_CTX_set_cert_verify_callback(context, verify_watched, peer);
}

int http_peer_watch(CURL *easy, HttpPeer *peer)
{
	*peer = (HttpPeer){.expires_s = -1, .fault = ""};
	if (curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L) !=
		    CURLE_OK ||
	    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L) != CURLE_OK ||
	    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L) != CURLE_OK)
		return -ENOMEM;
	return 0;
}
