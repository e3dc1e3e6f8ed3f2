/* SPDX-License-Identifier: MIT */

/*
 * OpenSSL reads both formats. It is never left to ask for a password itself:
 * without a callback it would do so on a terminal and wait. Used by
 * client-certificate.c.
 */

#include "auth/key-file.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include "auth/key-work.h"

/* In sum: a few seconds, and three times what is recommended for one. */
#define WORK_MAX INT64_C(4000000)

static int say(char *why, size_t why_size, const char *what)
{
	(void)snprintf(why, why_size, "%s", what);
	/* What OpenSSL has to say is of bytes, not of files. */
	ERR_clear_error();
	return KEY_FILE_E_INVALID;
}

void key_file_done(KeyFile *key_file)
{
	EVP_PKEY_free(key_file->key);
	for (size_t i = 0; i < key_file->n; i++)
		X509_free(key_file->certificates[i]);
	*key_file = (KeyFile){0};
}

/* Takes @certificate over. */
static int add_certificate(KeyFile *key_file, X509 *certificate)
{
	if (key_file->n == KEY_FILE_CERTIFICATES_MAX) {
		X509_free(certificate);
		return KEY_FILE_E_INVALID;
	}
	key_file->certificates[key_file->n++] = certificate;
	return 0;
}

/* Move the certificate of the key to the front; the rest keeps its order. */
static int find_signing(KeyFile *key_file, char *why, size_t why_size)
{
	for (size_t i = 0; i < key_file->n; i++) {
		X509 *found = key_file->certificates[i];

		if (X509_check_private_key(found, key_file->key) != 1)
			continue;
		memmove(key_file->certificates + 1, key_file->certificates,
			i * sizeof(X509 *));
		key_file->certificates[0] = found;
		ERR_clear_error();
		return 0;
	}
	return say(why, why_size,
		   key_file->n == 0
			   ? "there is no certificate in it, only a key"
			   : "none of its certificates belongs to its key");
}

/* What OpenSSL does not know either, it refuses without any work. */
static int work_judge(int answer, char *why, size_t why_size)
{
	if (answer == 0 || answer == KEY_WORK_E_UNKNOWN)
		return 0;
	return say(why, why_size,
		   answer == KEY_WORK_E_TOO_MUCH
			   ? "its password is to be hashed too many times: "
			     "encrypt it anew"
			   : "how it is encrypted is not well-formed");
}

/* --- PEM ---------------------------------------------------------------- */

typedef struct PasswordAsked {
	const Secret *password;
	bool asked;
} PasswordAsked;

/* pem_password_cb: -1 is "there is none", and an error. */
static int password_give(char *to, int size, AKV_UNUSED int writing, void *data)
{
	PasswordAsked *asked = data;
	size_t n;

	asked->asked = true;
	if (!asked->password)
		return -1;
	n = secret_size(asked->password);
	if (n > (size_t)size)
		return -1;
	memcpy(to, secret_bytes(asked->password), n);
	return (int)n;
}

static int pem_read_key(KeyFile *key_file, BIO *bio, const Secret *password,
			char *why, size_t why_size)
{
	PasswordAsked asked = {.password = password};

	key_file->key =
		PEM_read_bio_PrivateKey(bio, NULL, password_give, &asked);
	if (key_file->key)
		return 0;
	if (asked.asked && !password)
		return say(why, why_size,
			   "its key is encrypted: set "
			   "AZURE_CLIENT_CERTIFICATE_PASSWORD");
	if (asked.asked)
		return say(why, why_size,
			   "its key cannot be decrypted: check "
			   "AZURE_CLIENT_CERTIFICATE_PASSWORD");
	return say(why, why_size,
		   "there is no private key in it that can be read");
}

/* Of all encrypted keys in it, whichever OpenSSL takes: it goes on past those
 * that cannot be read. */
static int pem_work(BIO *bio, char *why, size_t why_size)
{
	KeyWork work = {.max = WORK_MAX};
	size_t left = BIO_ctrl_pending(bio);
	size_t before;
	int r = 0;

	do {
		X509_SIG *encrypted = PEM_read_bio_PKCS8(
			bio, NULL, password_give, &(PasswordAsked){0});
		const X509_ALGOR *algorithm = NULL;

		before = left;
		left = BIO_ctrl_pending(bio);
		if (!encrypted)
			continue;
		X509_SIG_get0(encrypted, &algorithm, NULL);
		r = work_judge(key_work_add_algorithm(&work, algorithm), why,
			       why_size);
		X509_SIG_free(encrypted);
	} while (r == 0 && left < before);
	ERR_clear_error();
	return r == 0 && BIO_reset(bio) < 0 ? -EIO : r;
}

/* Also behind a zero byte, where OpenSSL reads on. */
static bool holds(const Secret *file, const char *text)
{
	return memmem(secret_bytes(file), secret_size(file), text,
		      strlen(text)) != NULL;
}

static int pem_read(KeyFile *key_file, const Secret *file,
		    const Secret *password, char *why, size_t why_size)
{
	BIO *bio;
	X509 *certificate;
	int r;

	/* One round of MD5 over the password, as OpenSSL once wrote them. */
	if (holds(file, "\nDEK-Info:"))
		return say(why, why_size,
			   "its key is encrypted in a form that protects "
			   "nothing (DEK-Info): convert it with openssl pkcs8 "
			   "-topk8");
	bio = BIO_new_mem_buf(secret_bytes(file), (int)secret_size(file));
	if (!bio)
		return -ENOMEM;
	r = pem_work(bio, why, why_size);
	if (r == 0)
		r = pem_read_key(key_file, bio, password, why, why_size);
	if (BIO_reset(bio) < 0)
		r = -EIO;
	while (r == 0 &&
	       (certificate = PEM_read_bio_X509(bio, NULL, password_give,
						&(PasswordAsked){0}))) {
		r = add_certificate(key_file, certificate);
		if (r > 0)
			(void)say(why, why_size,
				  "there are too many certificates in it");
	}
	BIO_free(bio);
	return r;
}

/* --- PKCS#12 ------------------------------------------------------------ */

/* The password by which the file's check is right; NULL and "" are two. */
static const char *pfx_password(PKCS12 *pfx, const Secret *password, bool *ok)
{
	const char *text = password ? secret_bytes(password) : NULL;

	*ok = true;
	if (!PKCS12_mac_present(pfx) || PKCS12_verify_mac(pfx, text, -1) == 1)
		return text;
	if (!password && PKCS12_verify_mac(pfx, "", 0) == 1)
		return "";
	*ok = false;
	return NULL;
}

typedef STACK_OF(PKCS12_SAFEBAG) Bags;
typedef STACK_OF(PKCS7) Safes;

static int bags_work(KeyWork *work, const Bags *bags)
{
	int r = 0;

	for (int i = 0; r == 0 && i < sk_PKCS12_SAFEBAG_num(bags); i++) {
		const PKCS12_SAFEBAG *bag = sk_PKCS12_SAFEBAG_value(bags, i);
		const X509_ALGOR *algorithm = NULL;

		switch (PKCS12_SAFEBAG_get_nid(bag)) {
		case NID_safeContentsBag:
			r = bags_work(work, PKCS12_SAFEBAG_get0_safes(bag));
			break;
		case NID_pkcs8ShroudedKeyBag:
			X509_SIG_get0(PKCS12_SAFEBAG_get0_pkcs8(bag),
				      &algorithm, NULL);
			r = key_work_add_algorithm(work, algorithm);
			break;
		default:
			break;
		}
		if (r == KEY_WORK_E_UNKNOWN)
			r = 0;
	}
	return r;
}

/* An encrypted one is opened to see what is in it; that is work, too. */
static int safe_work(KeyWork *work, PKCS7 *safe, const char *password)
{
	Bags *bags = NULL;
	int r = 0;

	if (PKCS7_type_is_data(safe)) {
		bags = PKCS12_unpack_p7data(safe);
	} else if (PKCS7_type_is_encrypted(safe) && safe->d.encrypted &&
		   safe->d.encrypted->enc_data) {
		r = key_work_add_algorithm(
			work, safe->d.encrypted->enc_data->algorithm);
		if (r == 0)
			bags = PKCS12_unpack_p7encdata(safe, password, -1);
	}
	if (bags)
		r = bags_work(work, bags);
	sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
	return r;
}

static int pfx_work(KeyWork *work, const PKCS12 *pfx, const char *password)
{
	Safes *safes = PKCS12_unpack_authsafes(pfx);
	int r = 0;

	for (int i = 0; r == 0 && i < sk_PKCS7_num(safes); i++) {
		r = safe_work(work, sk_PKCS7_value(safes, i), password);
		if (r == KEY_WORK_E_UNKNOWN)
			r = 0;
	}
	sk_PKCS7_pop_free(safes, PKCS7_free);
	return r;
}

static int pfx_take(KeyFile *key_file, PKCS12 *pfx, const char *password,
		    char *why, size_t why_size)
{
	STACK_OF(X509) *others = NULL;
	X509 *first = NULL;
	int r = 0;

	if (PKCS12_parse(pfx, password, &key_file->key, &first, &others) != 1)
		return say(
			why, why_size,
			"its content cannot be decrypted; files of old "
			"software use RC2, which OpenSSL 3 has switched off: "
			"openssl pkcs12 -legacy -in FILE -nodes | openssl "
			"pkcs12 -export -out NEW");
	if (first)
		r = add_certificate(key_file, first);
	for (int i = 0; i < sk_X509_num(others); i++) {
		X509 *other = sk_X509_value(others, i);

		if (r == 0 && X509_up_ref(other) == 1)
			r = add_certificate(key_file, other);
	}
	sk_X509_pop_free(others, X509_free);
	if (r > 0)
		return say(why, why_size,
			   "there are too many certificates in it");
	if (!key_file->key)
		return say(why, why_size, "there is no private key in it");
	return 0;
}

static int pfx_read(KeyFile *key_file, const Secret *file,
		    const Secret *password, char *why, size_t why_size)
{
	const unsigned char *p = secret_bytes(file);
	PKCS12 *pfx = d2i_PKCS12(NULL, &p, (long)secret_size(file));
	KeyWork work = {.max = WORK_MAX};
	const char *text = NULL;
	bool ok = false;
	int r;

	if (!pfx)
		return say(why, why_size,
			   "it is neither PEM nor PKCS#12 (PFX)");
	r = work_judge(key_work_add_mac(&work, pfx), why, why_size);
	if (r == 0)
		text = pfx_password(pfx, password, &ok);
	if (ok)
		r = work_judge(pfx_work(&work, pfx, text), why, why_size);
	if (r == 0 && ok)
		r = pfx_take(key_file, pfx, text, why, why_size);
	else if (r == 0)
		r = say(why, why_size,
			password ? "its password is another one: check "
				   "AZURE_CLIENT_CERTIFICATE_PASSWORD"
				 : "it has a password: set "
				   "AZURE_CLIENT_CERTIFICATE_PASSWORD");
	PKCS12_free(pfx);
	return r;
}

int key_file_read(KeyFile *ret, const Secret *file, const Secret *password,
		  char *why, size_t why_size)
{
	KeyFile key_file = {0};
	int r;

	if (secret_size(file) == 0)
		return say(why, why_size, "it is empty");
	if (holds(file, "-----BEGIN"))
		r = pem_read(&key_file, file, password, why, why_size);
	else
		r = pfx_read(&key_file, file, password, why, why_size);
	if (r == 0)
		r = find_signing(&key_file, why, why_size);
	if (r == 0 && EVP_PKEY_get_base_id(key_file.key) != EVP_PKEY_RSA)
		r = say(why, why_size,
			"its key is not an RSA key, and Microsoft Entra ID "
			"takes no other");
	ERR_clear_error();
	if (r != 0) {
		key_file_done(&key_file);
		return r;
	}
	*ret = key_file;
	return 0;
}
