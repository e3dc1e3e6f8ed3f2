/* SPDX-License-Identifier: MIT */

/*
 * OpenSSL loads its texts once, or is told once not to. After that the only
 * way to them are functions that OpenSSL 3 calls deprecated; where those are
 * gone, the texts are loaded at once, as ever. Called by memory.c and by the
 * lanes of http.c.
 */

/* Before its first header. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "base/crypto-text.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

enum { CODE_DIGITS = 8, CODE_TEXT_MAX = 256 };

#if OPENSSL_VERSION_MAJOR == 3 && !defined(OPENSSL_NO_DEPRECATED_3_0)

void crypto_text_defer(void)
{
	(void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS, NULL);
	(void)OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_SSL_STRINGS, NULL);
}

/* Of the libraries that a TLS connection or a certificate can fail in. */
static void text_load(void)
{
	static bool loaded;

	if (loaded)
		return;
	loaded = true;
	(void)ERR_load_ERR_strings();
	(void)ERR_load_SSL_strings();
	(void)ERR_load_X509_strings();
	(void)ERR_load_X509V3_strings();
	(void)ERR_load_ASN1_strings();
	(void)ERR_load_PEM_strings();
	(void)ERR_load_EVP_strings();
	(void)ERR_load_RSA_strings();
	(void)ERR_load_EC_strings();
	(void)ERR_load_DH_strings();
	(void)ERR_load_BN_strings();
	(void)ERR_load_BIO_strings();
	(void)ERR_load_RAND_strings();
	(void)ERR_load_CRYPTO_strings();
}

#else

void crypto_text_defer(void)
{
}

static void text_load(void)
{
}

#endif

/* The number of an error that has no words yet, or 0. */
static unsigned long code_read(const char *digits)
{
	unsigned long code = 0;

	for (int i = 0; i < CODE_DIGITS; i++) {
		int digit = OPENSSL_hexchar2int((unsigned char)digits[i]);

		if (digit < 0)
			return 0;
		code = code << 4 | (unsigned long)digit;
	}
	return strncmp(digits + CODE_DIGITS, ":lib(", 5) == 0 ? code : 0;
}

void crypto_text_fill(char *text, size_t size)
{
	static const char mark[] = "error:";
	char words[CODE_TEXT_MAX], behind[CODE_TEXT_MAX];
	char *at = strstr(text, mark);
	unsigned long code = at ? code_read(at + strlen(mark)) : 0;

	if (code == 0)
		return;
	text_load();
	(void)snprintf(behind, sizeof(behind), "%s", at + strcspn(at, " ,"));
	ERR_error_string_n(code, words, sizeof(words));
	(void)snprintf(at, size - (size_t)(at - text), "%s%s", words, behind);
}
