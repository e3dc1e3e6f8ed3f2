/* SPDX-License-Identifier: MIT */

/* Pure. PEM and DER of private keys are in memory that wipes itself. */

#include "emulator/certificate-content.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>

#include "base/base64.h"
#include "emulator/certificate.h"

/* As many rounds as OpenSSL's own default; the password is empty anyway. */
enum { PFX_ROUNDS = 2048 };

AKV_UNUSED static inline void pkcs12_freep(PKCS12 **pfx)
{
	PKCS12_free(*pfx);
}

static void chain_freep(STACK_OF(X509) * *chain)
{
	sk_X509_pop_free(*chain, X509_free);
}

void certificate_content_done(CertificateContent *content)
{
	EVP_PKEY_free(content->key);
	sk_X509_pop_free(content->chain, X509_free);
	*content = (CertificateContent){0};
}

int certificate_content_copy(CertificateContent *ret,
			     const CertificateContent *content)
{
	CertificateContent copy = {.leaf = content->leaf};

	if (content->chain) {
		copy.chain = X509_chain_up_ref(content->chain);
		if (!copy.chain)
			return -ENOMEM;
	}
	if (content->key && EVP_PKEY_up_ref(content->key) == 1)
		copy.key = content->key;
	*ret = copy;
	return 0;
}

int certificate_content_push(CertificateContent *content, X509 **certificate)
{
	if (!content->chain)
		content->chain = sk_X509_new_null();
	if (!content->chain)
		return -ENOMEM;
	if (sk_X509_num(content->chain) == CONTENT_CERTIFICATES_MAX)
		return CONTENT_E_FORMAT;
	if (sk_X509_push(content->chain, *certificate) == 0)
		return -ENOMEM;
	*certificate = NULL;
	return 0;
}

int certificate_content_match(CertificateContent *content)
{
	for (int i = 0; i < sk_X509_num(content->chain); i++) {
		X509 *certificate = sk_X509_value(content->chain, i);
		EVP_PKEY *key = X509_get0_pubkey(certificate);

		if (key && EVP_PKEY_eq(key, content->key) == 1) {
			content->leaf = certificate;
			return 0;
		}
	}
	return CONTENT_E_MISMATCH;
}

void certificate_content_leaf_first(CertificateContent *content)
{
	int at = 0;

	while (sk_X509_value(content->chain, at) != content->leaf)
		at++;
	for (; at > 0; at--)
		(void)sk_X509_set(content->chain, at,
				  sk_X509_value(content->chain, at - 1));
	(void)sk_X509_set(content->chain, 0, content->leaf);
}

/* Hand over what was read, if it is whole. */
static int content_finish(CertificateContent *ret, CertificateContent *content)
{
	int r;

	if (!content->key)
		return CONTENT_E_KEY;
	r = certificate_content_match(content);
	if (r == 0) {
		*ret = *content;
		*content = (CertificateContent){0};
	}
	return r;
}

static int password_give(char *buffer, int size, AKV_UNUSED int writing,
			 void *data)
{
	const char *password = data;
	size_t n = strlen(password);

	if (n > (size_t)size)
		return -1;
	memcpy(buffer, password, n);
	return (int)n;
}

static int pem_read_key(CertificateContent *content, const char *pem, int n,
			const char *password)
{
	BIO *bio = BIO_new_mem_buf(pem, n);

	if (!bio)
		return -ENOMEM;
	content->key = PEM_read_bio_PrivateKey(bio, NULL, password_give,
					       (void *)(uintptr_t)password);
	(void)BIO_free(bio);
	ERR_clear_error();
	return 0;
}

static int pem_read_certificates(CertificateContent *content, const char *pem,
				 int n)
{
	BIO *bio = BIO_new_mem_buf(pem, n);
	X509 *certificate;
	int r = 0;

	if (!bio)
		return -ENOMEM;
	for (;;) {
		certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
		if (!certificate)
			break;
		r = certificate_content_push(content, &certificate);
		X509_free(certificate);
		if (r != 0)
			break;
	}
	/* The end of the text is one error; a block that is broken another. */
	if (r == 0 &&
	    ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		r = CONTENT_E_FORMAT;
	ERR_clear_error();
	(void)BIO_free(bio);
	return r;
}

int certificate_content_parse_pem(CertificateContent *ret, const char *pem,
				  size_t n, const char *password)
{
	AKV_CLEANUP(certificate_content_done) CertificateContent content = {0};
	int r;

	if (n > BUF_MAX_FILE || strlen(password) > CONTENT_PASSWORD_MAX)
		return CONTENT_E_FORMAT;
	r = pem_read_key(&content, pem, (int)n, password);
	if (r == 0)
		r = pem_read_certificates(&content, pem, (int)n);
	return r == 0 ? content_finish(ret, &content) : r;
}

static int bags_read(CertificateContent *content,
		     const STACK_OF(PKCS12_SAFEBAG) * bags);

static int bag_read(CertificateContent *content, const PKCS12_SAFEBAG *bag)
{
	X509 *certificate;
	int r;

	if (PKCS12_SAFEBAG_get_nid(bag) == NID_safeContentsBag)
		return bags_read(content, PKCS12_SAFEBAG_get0_safes(bag));
	if (PKCS12_SAFEBAG_get_nid(bag) != NID_certBag ||
	    PKCS12_SAFEBAG_get_bag_nid(bag) != NID_x509Certificate)
		return 0;
	certificate = PKCS12_SAFEBAG_get1_cert(bag);
	if (!certificate)
		return CONTENT_E_FORMAT;
	r = certificate_content_push(content, &certificate);
	X509_free(certificate);
	return r;
}

static int bags_read(CertificateContent *content,
		     const STACK_OF(PKCS12_SAFEBAG) * bags)
{
	int r = 0;

	for (int i = 0; i < sk_PKCS12_SAFEBAG_num(bags) && r == 0; i++)
		r = bag_read(content, sk_PKCS12_SAFEBAG_value(bags, i));
	return r;
}

/* PKCS12_parse() takes them apart; in what order they are, only these tell. */
static int safes_read(CertificateContent *content, PKCS12 *pfx,
		      const char *password)
{
	STACK_OF(PKCS7) *safes = PKCS12_unpack_authsafes(pfx);
	int r = safes ? 0 : CONTENT_E_FORMAT;

	for (int i = 0; i < sk_PKCS7_num(safes) && r == 0; i++) {
		PKCS7 *safe = sk_PKCS7_value(safes, i);
		STACK_OF(PKCS12_SAFEBAG) *bags = NULL;

		if (PKCS7_type_is_data(safe))
			bags = PKCS12_unpack_p7data(safe);
		else if (PKCS7_type_is_encrypted(safe))
			bags = PKCS12_unpack_p7encdata(safe, password, -1);
		r = bags ? bags_read(content, bags) : CONTENT_E_FORMAT;
		sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
	}
	sk_PKCS7_pop_free(safes, PKCS7_free);
	return r;
}

/* Most files there are were encrypted with RC2, which is in there. */
static void legacy_load(void)
{
	static OSSL_PROVIDER *legacy;

	/* Without it only newer files are read. */
	if (!legacy)
		legacy = OSSL_PROVIDER_try_load(NULL, "legacy", 1);
}

int certificate_content_parse_pfx(CertificateContent *ret, const void *der,
				  size_t n, const char *password)
{
	AKV_CLEANUP(certificate_content_done) CertificateContent content = {0};
	AKV_CLEANUP(pkcs12_freep) PKCS12 *pfx = NULL;
	AKV_CLEANUP(chain_freep) STACK_OF(X509) *others = NULL;
	AKV_CLEANUP(x509_freep) X509 *leaf = NULL;
	const unsigned char *at = der;
	int r = CONTENT_E_FORMAT;

	if (n > BUF_MAX_FILE || strlen(password) > CONTENT_PASSWORD_MAX)
		return CONTENT_E_FORMAT;
	legacy_load();
	pfx = d2i_PKCS12(NULL, &at, (long)n);
	/* Some writers mean nothing by no password, and some an empty text. */
	if (pfx && *password == '\0' && PKCS12_verify_mac(pfx, NULL, 0) == 1)
		password = NULL;
	if (pfx &&
	    PKCS12_parse(pfx, password, &content.key, &leaf, &others) == 1)
		r = safes_read(&content, pfx, password);
	ERR_clear_error();
	return r == 0 ? content_finish(ret, &content) : r;
}

int certificate_content_append_pem(Buf *ret, const CertificateContent *content,
				   bool with_key)
{
	int r = with_key ? private_key_append_pem(ret, content->key) : 0;

	for (int i = 0; i < sk_X509_num(content->chain) && r == 0; i++)
		r = certificate_append_pem(ret,
					   sk_X509_value(content->chain, i));
	return r;
}

/* The bags of the certificates; the leaf's bears the mark of the key's. */
static STACK_OF(PKCS12_SAFEBAG) *
	certificates_bag(const CertificateContent *content, unsigned char *id,
			 unsigned id_size)
{
	STACK_OF(PKCS12_SAFEBAG) *bags = NULL;

	for (int i = 0; i < sk_X509_num(content->chain); i++) {
		X509 *certificate = sk_X509_value(content->chain, i);
		PKCS12_SAFEBAG *bag = PKCS12_add_cert(&bags, certificate);

		if (!bag ||
		    (certificate == content->leaf &&
		     PKCS12_add_localkeyid(bag, id, (int)id_size) != 1)) {
			sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
			return NULL;
		}
	}
	return bags;
}

static bool key_pack(STACK_OF(PKCS7) * *safes,
		     const CertificateContent *content, unsigned char *id,
		     unsigned id_size)
{
	STACK_OF(PKCS12_SAFEBAG) *bags = NULL;
	PKCS12_SAFEBAG *bag =
		PKCS12_add_key_ex(&bags, content->key, 0, PFX_ROUNDS,
				  NID_aes_256_cbc, "", NULL, NULL);
	bool ok = bag && PKCS12_add_localkeyid(bag, id, (int)id_size) == 1 &&
		  PKCS12_add_safe(safes, bags, -1, 0, NULL) == 1;

	sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
	return ok;
}

static PKCS12 *content_pack(const CertificateContent *content, bool with_key)
{
	STACK_OF(PKCS12_SAFEBAG) * bags;
	STACK_OF(PKCS7) *safes = NULL;
	unsigned char id[EVP_MAX_MD_SIZE];
	unsigned id_size = 0;
	PKCS12 *pfx = NULL;
	bool ok;

	if (X509_digest(content->leaf, EVP_sha1(), id, &id_size) != 1)
		return NULL;
	bags = certificates_bag(content, id, id_size);
	ok = bags && PKCS12_add_safe(&safes, bags, NID_aes_256_cbc, PFX_ROUNDS,
				     "") == 1;
	if (ok && with_key)
		ok = key_pack(&safes, content, id, id_size);
	if (ok)
		pfx = PKCS12_add_safes(safes, 0);
	if (pfx && PKCS12_set_mac(pfx, "", -1, NULL, 0, PFX_ROUNDS,
				  EVP_sha256()) != 1) {
		PKCS12_free(pfx);
		pfx = NULL;
	}
	sk_PKCS7_pop_free(safes, PKCS7_free);
	sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
	return pfx;
}

int certificate_content_append_pfx(Buf *ret, const CertificateContent *content,
				   bool with_key)
{
	AKV_CLEANUP(pkcs12_freep) PKCS12 *pfx = content_pack(content, with_key);
	unsigned char *der = NULL;
	int n = pfx ? i2d_PKCS12(pfx, &der) : -1;
	int r;

	if (n <= 0)
		return -EIO;
	r = base64_encode(ret, BASE64_STANDARD, der, (size_t)n);
	OPENSSL_clear_free(der, (size_t)n);
	return r;
}

int certificate_append_base64(Buf *ret, const X509 *certificate)
{
	unsigned char *der = NULL;
	int n = i2d_X509(certificate, &der);
	int r;

	if (n <= 0)
		return -EIO;
	r = base64_encode(ret, BASE64_STANDARD, der, (size_t)n);
	OPENSSL_free(der);
	return r;
}
