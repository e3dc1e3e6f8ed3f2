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

/* A PFX that wants its password hashed for hours, in its MAC. */
static Secret *pfx_of_rounds(long rounds)
{
	Secret *file = key_pfx(key, other, own, "pass w");
	const unsigned char *p = secret_bytes(file);
	PKCS12 *pfx = d2i_PKCS12(NULL, &p, (long)secret_size(file));
	const ASN1_INTEGER *kept = NULL;
	BIO *bio = BIO_new(BIO_s_mem());

	key_must(pfx != NULL);
	PKCS12_get0_mac(NULL, NULL, NULL, &kept, pfx);
	key_must(ASN1_INTEGER_set((ASN1_INTEGER *)(uintptr_t)kept, rounds) ==
			 1 &&
		 i2d_PKCS12_bio(bio, pfx) == 1);
	PKCS12_free(pfx);
	(void)secret_unref(file);
	return key_bio_take(bio);
}

/* An encrypted key in PEM, as openssl pkcs8 writes it. */
static Secret *pem_of(X509_ALGOR *algorithm)
{
	X509_SIG *encrypted = X509_SIG_new();
	BIO *bio = BIO_new(BIO_s_mem());
	ASN1_OCTET_STRING *content = NULL;
	X509_ALGOR *to = NULL;

	key_must(algorithm && encrypted);
	X509_SIG_getm(encrypted, &to, &content);
	key_must(X509_ALGOR_copy(to, algorithm) == 1 &&
		 ASN1_OCTET_STRING_set(content, (const unsigned char *)"0",
				       1) == 1 &&
		 PEM_write_bio_PKCS8(bio, encrypted) == 1 &&
		 PEM_write_bio_X509(bio, own) == 1);
	X509_SIG_free(encrypted);
	X509_ALGOR_free(algorithm);
	return key_bio_take(bio);
}

static void test_too_much_work(void)
{
	static const char words[] = "hashed too many times";

	refused(pfx_of_rounds(INT32_MAX), password, words);
	refused(pfx_of_rounds(INT32_MAX), NULL, words);
	refused(pfx_of_rounds(0), password, words);
	refused(pem_of(PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), INT32_MAX, NULL, 0,
					 NULL, -1)),
		password, words);
	refused(pem_of(PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), NULL, 0, NULL,
					     1 << 14, 8, 1 << 13)),
		password, words);
	/* What many recommend is not too much. */
	refused(pem_of(PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), 600000, NULL, 0,
					 NULL, -1)),
		NULL, "is encrypted: set ");
}

/* OpenSSL reads on behind a zero byte, and so do we. */
static void test_behind_a_zero_byte(void)
{
	static const char lead[] = "-----BEGIN \n\0\n";
	BIO *bio = BIO_new(BIO_s_mem());
	Secret *hostile = pem_of(PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), INT32_MAX,
						   NULL, 0, NULL, -1));

	key_must(BIO_write(bio, lead, sizeof(lead) - 1) > 0);
	key_must(BIO_write(bio, secret_bytes(hostile),
			   (int)secret_size(hostile)) > 0);
	refused(key_bio_take(bio), password, "hashed too many times");
	(void)secret_unref(hostile);
	bio = BIO_new(BIO_s_mem());
	key_must(BIO_write(bio, lead, sizeof(lead) - 1) > 0);
	key_must(PEM_write_bio_PrivateKey_traditional(
			 bio, key, EVP_aes_128_cbc(), secret_bytes(password),
			 (int)secret_size(password), NULL, NULL) == 1);
	key_must(PEM_write_bio_X509(bio, own) == 1);
	refused(key_bio_take(bio), password, "DEK-Info");
}

/* A key that is encrypted and a second one in clear, whichever is taken. */
static void test_the_work_of_all(void)
{
	BIO *bio = BIO_new(BIO_s_mem());
	Secret *hostile = pem_of(PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), INT32_MAX,
						   NULL, 0, NULL, -1));
	Secret *good = key_pem(key, NULL, own, "pass w");

	key_must(BIO_write(bio, secret_bytes(good), (int)secret_size(good)) >
		 0);
	key_must(BIO_write(bio, secret_bytes(hostile),
			   (int)secret_size(hostile)) > 0);
	refused(key_bio_take(bio), password, "hashed too many times");
	(void)secret_unref(hostile);
	(void)secret_unref(good);
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
	RUN(test_too_much_work);
	RUN(test_behind_a_zero_byte);
	RUN(test_the_work_of_all);
	RUN(test_too_many_certificates);
	EVP_PKEY_free(key);
	EVP_PKEY_free(stranger);
	X509_free(own);
	X509_free(other);
	(void)secret_unref(password);
	(void)secret_unref(wrong);
	return check_report();
}
