/* SPDX-License-Identifier: MIT */

/* Handshakes in memory, with a certificate that is trusted and one that is not:
 * what is noted, and that the outcome stays what it is. */

#include <openssl/ssl.h>

#include "base/http-peer.h"
#include "check.h"
#include "pki.h"

static EVP_PKEY *issuer_key, *leaf_key;
static X509 *issuer, *leaf;
static HttpPeer peer;

static SSL_CTX *client_context(bool trusting)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());

	if (!context)
		abort();
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	if (trusting &&
	    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), issuer) != 1)
		abort();
	peer = (HttpPeer){.expires_s = -1, .fault = ""};
	http_peer_context(context, &peer);
	return context;
}

static SSL_CTX *server_context(void)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());

	if (!context || SSL_CTX_use_certificate(context, leaf) != 1 ||
	    SSL_CTX_use_PrivateKey(context, leaf_key) != 1)
		abort();
	return context;
}

/* Both ends in turn, until the client knows: 1, or what its failure is. */
static int shake_hands(SSL *client, SSL *server)
{
	int r = -1;

	for (int i = 0; i < 8; i++) {
		r = SSL_connect(client);
		if (r == 1 || SSL_get_error(client, r) != SSL_ERROR_WANT_READ)
			return r;
		(void)SSL_accept(server);
	}
	return r;
}

static int meet(bool trusting)
{
	SSL_CTX *ours = client_context(trusting), *theirs = server_context();
	SSL *client = SSL_new(ours), *server = SSL_new(theirs);
	BIO *near_end = NULL, *far_end = NULL;
	int r;

	if (!client || !server ||
	    BIO_new_bio_pair(&near_end, 0, &far_end, 0) != 1)
		abort();
	SSL_set_bio(client, near_end, near_end);
	SSL_set_bio(server, far_end, far_end);
	r = shake_hands(client, server);
	SSL_free(client);
	SSL_free(server);
	SSL_CTX_free(ours);
	SSL_CTX_free(theirs);
	return r;
}

static void test_one_that_is_trusted(void)
{
	CHECK_EQ(meet(true), 1);
	CHECK_STR(peer.version, "TLSv1.3");
	CHECK_STR(peer.subject, "vault.example");
	CHECK_STR(peer.issuer, "The Issuer");
	CHECK_STR(peer.organization, "");
	CHECK_STR(peer.fault, "");
	CHECK(peer.expires_s > 0);
}

static void test_one_that_is_not(void)
{
	CHECK(meet(false) != 1);
	CHECK_STR(peer.subject, "vault.example");
	CHECK_STR(peer.issuer, "The Issuer");
	CHECK(strstr(peer.fault, "unable to get local issuer certificate"));
}

int main(void)
{
	issuer_key = pki_ec("P-256");
	leaf_key = pki_ec("P-256");
	issuer = pki_issue("The Issuer", issuer_key, NULL, NULL);
	leaf = pki_issue("vault.example", leaf_key, issuer, issuer_key);
	RUN(test_one_that_is_trusted);
	RUN(test_one_that_is_not);
	X509_free(leaf);
	X509_free(issuer);
	EVP_PKEY_free(leaf_key);
	EVP_PKEY_free(issuer_key);
	return check_report();
}
