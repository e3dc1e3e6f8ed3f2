/* SPDX-License-Identifier: MIT */

/*
 * OpenSSL's words come when they are asked for, and are what `openssl errstr`
 * prints for the same number.
 */

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/crypto-text.h"
#include "base/memory.h"
#include "tests/unit/check.h"

static void test_what_has_no_number(void)
{
	static const char *const rows[] = {
		"",
		"Connection refused",
		"error:",
		"error:0A00010",
		"error:0A00010G:lib(20)::reason(267)",
		"error:00000000:lib(0)::reason(0)",
		"error:0A00010B:SSL routines::wrong version number",
		"error:0A000FFF:SSL routines::reason(4095)",
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(rows); i++) {
		char text[128];

		(void)snprintf(text, sizeof(text), "%s", rows[i]);
		crypto_text_fill(text, sizeof(text));
		CHECK_STR(text, rows[i]);
	}
}

/* A server that is none, as libcurl would say it. */
static void test_a_failed_handshake(void)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	SSL *ssl = context ? SSL_new(context) : NULL;
	BIO *said = BIO_new_mem_buf("SSH-2.0-hello\r\n", -1);
	BIO *heard = BIO_new(BIO_s_mem());
	char text[256];

	if (!ssl || !said || !heard)
		abort();
	SSL_set_bio(ssl, said, heard);
	CHECK(SSL_connect(ssl) <= 0);
	ERR_error_string_n(ERR_get_error(), text, sizeof(text));
	crypto_text_fill(text, sizeof(text));
	CHECK_STR(text, "error:0A00010B:SSL routines::wrong version number");
	SSL_free(ssl);
	SSL_CTX_free(context);
}

static void test_the_words(void)
{
	static const struct {
		const char *numbers, *words;
	} rows[] = {
		{"OpenSSL/3.0.19: error:0A000410:lib(20)::reason(1040)",
		 "OpenSSL/3.0.19: error:0A000410:SSL routines::"
		 "sslv3 alert handshake failure"},
		{"OpenSSL SSL_read: error:0A000126:lib(20)::reason(294), "
		 "errno 0",
		 "OpenSSL SSL_read: error:0A000126:SSL routines::"
		 "unexpected eof while reading, errno 0"},
		{"error:0580006C:lib(11)::reason(108)",
		 "error:0580006C:x509 certificate routines::"
		 "unable to get certs public key"},
		{"error:0A000FFF:lib(20)::reason(4095)",
		 "error:0A000FFF:SSL routines::reason(4095)"},
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(rows); i++) {
		char text[128];

		(void)snprintf(text, sizeof(text), "%s", rows[i].numbers);
		crypto_text_fill(text, sizeof(text));
		CHECK_STR(text, rows[i].words);
	}
}

static void test_no_room(void)
{
	char text[] = "error:0A00010B:lib(20)::reason(267)|";

	crypto_text_fill(text, sizeof(text) - 1);
	CHECK_STR(text, "error:0A00010B:SSL routines::wrong ");
}

int main(void)
{
	if (memory_init() != 0)
		abort();
	RUN(test_what_has_no_number);
	RUN(test_a_failed_handshake);
	RUN(test_the_words);
	RUN(test_no_room);
	return check_report();
}
