/* SPDX-License-Identifier: MIT */

/*
 * What is trusted is what is in the file or the folder at that time, and of
 * that only what a chain asked for is held. OpenSSL's own verification judges,
 * by the store of the context that was prepared.
 */

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/roots.h"
#include "tests/unit/check.h"
#include "tests/unit/pki.h"

enum { MANY = 150 };

typedef struct Authority {
	EVP_PKEY *key;
	X509 *root, *leaf;
} Authority;

static Authority ours, twin, other;
static EVP_PKEY *leaf_key;
static char folder[] = "/tmp/akvfs-roots-XXXXXX";
static char path_file[64], path_hashed[64];

/* --- what there is ------------------------------------------------------- */

static Authority authority_new(const char *name)
{
	Authority made = {.key = pki_ec("P-256")};

	made.root = pki_issue(name, made.key, NULL, NULL);
	made.leaf = pki_issue("leaf", leaf_key, made.root, made.key);
	return made;
}

static void authority_done(Authority *authority)
{
	EVP_PKEY_free(authority->key);
	X509_free(authority->root);
	X509_free(authority->leaf);
}

static void pem_append(Buf *buf, X509 *certificate)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text;
	long n;

	if (!bio || PEM_write_bio_X509(bio, certificate) != 1)
		abort();
	n = BIO_get_mem_data(bio, &text);
	if (buf_append(buf, text, (size_t)n) < 0)
		abort();
	(void)BIO_free(bio);
}

/* In place of what is there, as update-ca-certificates does it. */
static void file_put(const char *path, const char *text, size_t n)
{
	char beside[80];
	FILE *file;

	(void)snprintf(beside, sizeof(beside), "%s.new", path);
	file = fopen(beside, "we");
	if (!file || fwrite(text, 1, n, file) != n || fclose(file) != 0 ||
	    rename(beside, path) < 0)
		abort();
}

static void file_put_certificate(const char *path, X509 *certificate)
{
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_FILE);

	pem_append(&text, certificate);
	file_put(path, text.p, text.n);
}

/* --- looking ------------------------------------------------------------- */

static SSL_CTX *context_of(Roots *roots)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());

	if (!context || roots_trust(roots, context) != 0)
		abort();
	return context;
}

/* X509_V_OK, or why the chain of this one is not trusted. */
static int verify(SSL_CTX *context, X509 *leaf)
{
	X509_STORE_CTX *look = X509_STORE_CTX_new();
	int why;

	if (!look || X509_STORE_CTX_init(look, SSL_CTX_get_cert_store(context),
					 leaf, NULL) != 1)
		abort();
	why = X509_verify_cert(look) == 1 ? X509_V_OK
					  : X509_STORE_CTX_get_error(look);
	X509_STORE_CTX_free(look);
	return why;
}

static int verify_once(Roots *roots, X509 *leaf)
{
	SSL_CTX *context = context_of(roots);
	int why = verify(context, leaf);

	SSL_CTX_free(context);
	return why;
}

static int held(SSL_CTX *context)
{
	return sk_X509_OBJECT_num(
		X509_STORE_get0_objects(SSL_CTX_get_cert_store(context)));
}

/* --- given ones ---------------------------------------------------------- */

static void test_one_of_many(void)
{
	AKV_CLEANUP(roots_freep) Roots *roots = NULL;
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_FILE);
	Authority many[MANY];
	SSL_CTX *context;

	for (size_t i = 0; i < MANY; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "root-%zu", i);
		many[i] = authority_new(name);
		CHECK_OK(buf_printf(&text, "# %s\n", name));
		pem_append(&text, many[i].root);
	}
	CHECK_OK(roots_new(&roots, text.p, text.n));
	buf_done(&text); /* it was copied */
	context = context_of(roots);
	CHECK_EQ(held(context), 0);
	CHECK_EQ(verify(context, many[MANY - 1].leaf), X509_V_OK);
	CHECK_EQ(held(context), 1);
	CHECK_EQ(verify(context, many[MANY - 1].leaf), X509_V_OK);
	CHECK_EQ(held(context), 1);
	CHECK_EQ(verify(context, ours.leaf),
		 X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
	CHECK_EQ(held(context), 1);
	for (size_t i = 0; i < MANY; i++) {
		CHECK_EQ(verify(context, many[i].leaf), X509_V_OK);
		authority_done(&many[i]);
	}
	CHECK_EQ(held(context), MANY);
	SSL_CTX_free(context);
}

/* Contexts share what was read, and may outlive the one it came from. */
static void test_contexts_share(void)
{
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_FILE);
	Roots *roots = NULL;
	SSL_CTX *first, *second;

	pem_append(&text, ours.root);
	CHECK_OK(roots_new(&roots, text.p, text.n));
	first = context_of(roots);
	second = context_of(roots);
	CHECK_EQ(verify(first, ours.leaf), X509_V_OK);
	CHECK_EQ(held(second), 1);
	roots = roots_free(roots);
	SSL_CTX_free(first);
	CHECK_EQ(verify(second, ours.leaf), X509_V_OK);
	SSL_CTX_free(second);
}

/* Both are looked at; which one it is, is OpenSSL's to find out. */
static void test_two_of_one_name(void)
{
	AKV_CLEANUP(roots_freep) Roots *roots = NULL;
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_FILE);
	SSL_CTX *context;

	pem_append(&text, ours.root);
	pem_append(&text, other.root);
	pem_append(&text, twin.root);
	CHECK_OK(roots_new(&roots, text.p, text.n));
	context = context_of(roots);
	CHECK_EQ(verify(context, ours.root), X509_V_OK);
	CHECK_EQ(verify(context, twin.root), X509_V_OK);
	CHECK_EQ(held(context), 2);
	SSL_CTX_free(context);
}

/* The key of another under the same name is not the same authority. */
static void test_the_name_is_not_enough(void)
{
	AKV_CLEANUP(roots_freep) Roots *roots = NULL;
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_FILE);

	pem_append(&text, ours.root);
	CHECK_OK(roots_new(&roots, text.p, text.n));
	CHECK(verify_once(roots, twin.leaf) != X509_V_OK);
}

/* A trusted certificate ends a chain, whether its issuer is trusted or not. */
static void test_one_in_the_middle(void)
{
	AKV_CLEANUP(roots_freep) Roots *roots = NULL;
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_FILE);
	X509 *middle = pki_issue("middle", twin.key, ours.root, ours.key);
	X509 *leaf = pki_issue("below", leaf_key, middle, twin.key);

	pem_append(&text, middle);
	CHECK_OK(roots_new(&roots, text.p, text.n));
	CHECK_EQ(verify_once(roots, leaf), X509_V_OK);
	X509_free(leaf);
	X509_free(middle);
}

static void test_what_holds_none(void)
{
	static const char *const rows[] = {
		"",
		"no certificate",
		"-----BEGIN CERTIFICATE-----\n",
		"-----BEGIN CERTIFICATE-----\nAAAA\n-----END "
		"CERTIFICATE-----\n",
		"-----BEGIN CERTIFICATE-----\nMIIB\n-----END X509 CRL-----\n",
		/* OpenSSL would ask for a password. */
		"-----BEGIN CERTIFICATE-----\nProc-Type: 4,ENCRYPTED\n"
		"DEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\n"
		"AAAAAAAAAAAAAAAAAAAAAA==\n-----END CERTIFICATE-----\n",
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(rows); i++) {
		Roots *roots = NULL;

		CHECK_EQ(roots_new(&roots, rows[i], strlen(rows[i])),
			 ROOTS_E_NONE);
		CHECK(!roots);
	}
}

static void test_broken_ones_are_left_out(void)
{
	AKV_CLEANUP(roots_freep) Roots *roots = NULL;
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_FILE);
	Buf broken = BUF_INIT(BUF_MAX_FILE);
	char *at;

	pem_append(&broken, other.root);
	at = strstr(broken.p, "MII");
	if (!at)
		abort();
	at[0] = 'A';
	CHECK_OK(buf_append(&text, broken.p, broken.n));
	pem_append(&text, ours.root);
	CHECK_OK(buf_append(&text, broken.p, broken.n / 2));
	buf_done(&broken);
	CHECK_OK(roots_new(&roots, text.p, text.n));
	CHECK_EQ(verify_once(roots, ours.leaf), X509_V_OK);
	CHECK(verify_once(roots, other.leaf) != X509_V_OK);
}

/* --- the system's -------------------------------------------------------- */

static void hashed_put(X509 *certificate)
{
	char path[96];

	(void)snprintf(path, sizeof(path), "%s/%08lx.0", path_hashed,
		       X509_subject_name_hash(certificate));
	file_put_certificate(path, certificate);
}

static void hashed_remove(X509 *certificate)
{
	char path[96];

	(void)snprintf(path, sizeof(path), "%s/%08lx.0", path_hashed,
		       X509_subject_name_hash(certificate));
	if (unlink(path) < 0)
		abort();
}

static void test_file_and_folder(void)
{
	AKV_CLEANUP(roots_freep) Roots *roots = NULL;
	AKV_CLEANUP(roots_freep) Roots *file_only = NULL;
	AKV_CLEANUP(roots_freep) Roots *folder_only = NULL;

	file_put_certificate(path_file, ours.root);
	hashed_put(other.root);
	CHECK_OK(roots_new_system(&roots, path_file, path_hashed));
	CHECK_OK(roots_new_system(&file_only, path_file, NULL));
	CHECK_OK(roots_new_system(&folder_only, "/nonexistent", path_hashed));
	CHECK_EQ(verify_once(roots, ours.leaf), X509_V_OK);
	CHECK_EQ(verify_once(roots, other.leaf), X509_V_OK);
	CHECK_EQ(verify_once(file_only, ours.leaf), X509_V_OK);
	CHECK(verify_once(file_only, other.leaf) != X509_V_OK);
	CHECK(verify_once(folder_only, ours.leaf) != X509_V_OK);
	CHECK_EQ(verify_once(folder_only, other.leaf), X509_V_OK);
	hashed_remove(other.root);
}

static void test_neither_file_nor_folder(void)
{
	AKV_CLEANUP(roots_freep) Roots *roots = NULL;
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());

	if (!context)
		abort();
	CHECK_OK(roots_new_system(&roots, "/nonexistent/a", NULL));
	CHECK_EQ(roots_trust(roots, context), -ENOENT);
	CHECK(verify(context, ours.leaf) != X509_V_OK);
	SSL_CTX_free(context);
}

/* What is trusted now is what is there now, for the next connection. */
static void test_they_change(void)
{
	AKV_CLEANUP(roots_freep) Roots *roots = NULL;

	file_put_certificate(path_file, ours.root);
	CHECK_OK(roots_new_system(&roots, path_file, path_hashed));
	CHECK_EQ(verify_once(roots, ours.leaf), X509_V_OK);
	CHECK(verify_once(roots, other.leaf) != X509_V_OK);

	file_put_certificate(path_file, other.root);
	CHECK(verify_once(roots, ours.leaf) != X509_V_OK);
	CHECK_EQ(verify_once(roots, other.leaf), X509_V_OK);

	hashed_put(ours.root);
	CHECK_EQ(verify_once(roots, ours.leaf), X509_V_OK);
	hashed_remove(ours.root);
	CHECK(verify_once(roots, ours.leaf) != X509_V_OK);

	file_put(path_file, "", 0);
	CHECK(verify_once(roots, other.leaf) != X509_V_OK);
}

static void begin(void)
{
	if (!mkdtemp(folder))
		abort();
	(void)snprintf(path_file, sizeof(path_file), "%s/file", folder);
	(void)snprintf(path_hashed, sizeof(path_hashed), "%s/hashed", folder);
	if (mkdir(path_hashed, 0700) < 0)
		abort();
	leaf_key = pki_ec("P-256");
	ours = authority_new("ours");
	twin = authority_new("ours");
	other = authority_new("other");
}

static void end(void)
{
	authority_done(&ours);
	authority_done(&twin);
	authority_done(&other);
	EVP_PKEY_free(leaf_key);
	(void)unlink(path_file);
	(void)rmdir(path_hashed);
	(void)rmdir(folder);
}

int main(void)
{
	begin();
	RUN(test_one_of_many);
	RUN(test_contexts_share);
	RUN(test_two_of_one_name);
	RUN(test_the_name_is_not_enough);
	RUN(test_one_in_the_middle);
	RUN(test_what_holds_none);
	RUN(test_broken_ones_are_left_out);
	RUN(test_file_and_folder);
	RUN(test_neither_file_nor_folder);
	RUN(test_they_change);
	end();
	return check_report();
}
