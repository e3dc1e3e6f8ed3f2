/* SPDX-License-Identifier: MIT */

/* Files that OpenSSL wrote, in each form, and what is said of the others. */

#include "auth/key-file.h"
#include "check.h"
#include "key-material.h"

static EVP_PKEY *key;
static X509 *own, *other;
static Secret *password, *wrong;
static char why[300];

/* Takes @file over. */
static int read_file(KeyFile *ret, Secret *file, const Secret *with)
{
	int r;

	why[0] = '\0';
	r = key_file_read(ret, file, with, why, sizeof(why));
	(void)secret_unref(file);
	return r;
}

static void check_both(KeyFile *key_file)
{
	CHECK_EQ(key_file->n, 2);
	CHECK_EQ(X509_cmp(key_file->certificates[0], own), 0);
	CHECK_EQ(X509_cmp(key_file->certificates[1], other), 0);
	CHECK_EQ(EVP_PKEY_eq(key_file->key, key), 1);
	key_file_done(key_file);
	CHECK_EQ(key_file->n, 0);
}

static void test_each_form(void)
{
	KeyFile key_file = {0};

	CHECK_OK(read_file(&key_file, key_pem(key, other, own, NULL), NULL));
	check_both(&key_file);
	CHECK_OK(read_file(&key_file, key_pem(key, other, own, "pass w"),
			   password));
	check_both(&key_file);
	CHECK_OK(read_file(&key_file, key_pfx(key, other, own, "pass w"),
			   password));
	check_both(&key_file);
	CHECK_OK(read_file(&key_file, key_pfx(key, other, own, ""), NULL));
	check_both(&key_file);
	CHECK_OK(read_file(&key_file, key_pfx(key, other, own, NULL), NULL));
	check_both(&key_file);
	/* A password that is not needed does no harm. */
	CHECK_OK(read_file(&key_file, key_pem(key, NULL, own, NULL), password));
	CHECK_EQ(key_file.n, 1);
	key_file_done(&key_file);
}

static void refused(Secret *file, const Secret *with, const char *words)
{
	KeyFile key_file = {0};

	CHECK_EQ(read_file(&key_file, file, with), KEY_FILE_E_INVALID);
	CHECK(strstr(why, words) != NULL);
	CHECK(key_file.key == NULL);
}

static Secret *text(const char *content)
{
	Secret *secret = NULL;

	key_must(secret_new(&secret, content, strlen(content)) == 0);
	return secret;
}

static void test_what_is_wrong_is_said(void)
{
	EVP_PKEY *curve = EVP_EC_gen("P-256");
	X509 *curved = key_certificate(curve, "curve");

	refused(key_pem(key, other, own, "pass w"), NULL, "is encrypted: set ");
	refused(key_pem(key, other, own, "pass w"), wrong, "cannot be decrypt");
	refused(key_pfx(key, other, own, "pass w"), NULL, "it has a password");
	refused(key_pfx(key, other, own, "pass w"), wrong, "is another one");
	refused(key_pem(key, NULL, NULL, NULL), NULL, "no certificate");
	refused(key_pem(key, NULL, other, NULL), NULL, "none of its certif");
	refused(key_pem(NULL, other, own, NULL), NULL, "no private key");
	refused(key_pem(curve, NULL, curved, NULL), NULL, "not an RSA key");
	refused(text("hello"), NULL, "neither PEM nor PKCS#12");
	refused(text(""), NULL, "empty");
	refused(text("-----BEGIN RSA PRIVATE KEY-----\n"
		     "Proc-Type: 4,ENCRYPTED\n"
		     "DEK-Info: DES-EDE3-CBC,0011223344556677\n\nAAAA\n"
		     "-----END RSA PRIVATE KEY-----\n"),
		password, "DEK-Info");
	EVP_PKEY_free(curve);
	X509_free(curved);
}

static void test_too_many_certificates(void)
{
	BIO *bio = BIO_new(BIO_s_mem());

	key_must(PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL,
					       NULL) == 1);
	for (int i = 0; i <= KEY_FILE_CERTIFICATES_MAX; i++)
		key_must(PEM_write_bio_X509(bio, own) == 1);
	refused(key_bio_take(bio), NULL, "too many");
}

int main(void)
{
	EVP_PKEY *stranger;

	if (secret_heap_init(NULL, 1 << 20) < 0)
		return 1;
	key = key_rsa();
	stranger = key_rsa();
	own = key_certificate(key, "own");
	other = key_certificate(stranger, "other");
	password = text("pass w");
	wrong = text("pass x");
	RUN(test_each_form);
	RUN(test_what_is_wrong_is_said);
	RUN(test_too_many_certificates);
	EVP_PKEY_free(key);
	EVP_PKEY_free(stranger);
	X509_free(own);
	X509_free(other);
	(void)secret_unref(password);
	(void)secret_unref(wrong);
	return check_report();
}
