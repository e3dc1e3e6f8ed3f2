/* SPDX-License-Identifier: MIT */

/*
 * The leaf is the "cer" of the bundle, always; the secret adds the private key,
 * which has to be that of the leaf, and the certificates that issued it. Used
 * by rendition.c.
 */

#include "fs/certificate-files.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include "fs/certificate-json.h"
#include "fs/chain.h"
#include "fs/document.h"
#include "fs/leaf.h"
#include "fs/pfx.h"

_Static_assert((int)MATERIAL_E_UNTRUSTED == (int)RENDITION_E_UNTRUSTED,
	       "answers go up unchanged");
_Static_assert((int)LEAF_E_UNTRUSTED == (int)RENDITION_E_UNTRUSTED,
	       "answers go up unchanged");

/* --- taking apart ------------------------------------------------------- */

static int key_check(const CertificateFiles *files, const Why *why)
{
	EVP_PKEY *public = X509_get0_pubkey(files->chain[0]);

	if (!files->material.key)
		return 0;
	if (!public || EVP_PKEY_eq(public, files->material.key) != 1)
		return why_crypto(why, RENDITION_E_UNTRUSTED,
				  "the private key of its secret is not that "
				  "of the certificate");
	return 0;
}

static int secret_read(CertificateFiles *files, const RenditionSources *sources)
{
	const Why why = {files->secret_why, sizeof(files->secret_why)};
	int r;

	if (!sources->secret)
		return why_say(&why, RENDITION_E_ABSENT, "%s",
			       sources->secret_why ? sources->secret_why
						   : "there is no secret");
	r = material_read(&files->material, sources->secret,
			  sources->secret_content_type, &why);
	if (r == 0)
		r = key_check(files, &why);
	if (r == 0)
		files->n += chain_order(files->chain + 1, files->chain[0],
					files->material.certificates,
					files->material.n);
	return r;
}

static int document_take(CertificateFiles *files, const Secret *body,
			 const Why *why)
{
	const char *id = NULL;
	int r = document_read(&files->document, body, why);

	if (r != 0)
		return r;
	if (json_get_string(&id, files->document, "id") != 0)
		return why_say(why, RENDITION_E_UNTRUSTED, "it has no \"id\"");
	r = document_name(files->name, id, why);
	if (r == 0)
		r = leaf_read(&files->chain[0], files->document, why);
	if (r == 0)
		files->n = 1;
	/* Then there is its JSON, and perhaps its policy. */
	return r == LEAF_E_ABSENT ? 0 : r;
}

int certificate_files_init(CertificateFiles *ret,
			   const RenditionSources *sources, bool with_secret,
			   const Why *why)
{
	CertificateFiles files = {.pending = sources->pending};
	int r = document_take(&files, sources->document, why);

	if (r == 0 && with_secret && files.n > 0) {
		files.secret_answer = secret_read(&files, sources);
		r = AKV_MIN(files.secret_answer, 0);
	}
	if (r != 0) {
		certificate_files_done(&files);
		return r;
	}
	*ret = files;
	return 0;
}

void certificate_files_done(CertificateFiles *files)
{
	cJSON_Delete(files->document);
	X509_free(files->chain[0]);
	material_done(&files->material);
	*files = (CertificateFiles){0};
}

/* --- PEM and DER -------------------------------------------------------- */

static int bio_take(Secret **ret, BIO *bio, bool whole)
{
	char *bytes = NULL;
	long n = whole ? BIO_get_mem_data(bio, &bytes) : 0;
	int r = n > 0 ? secret_new(ret, bytes, (size_t)n) : -ENOMEM;

	ERR_clear_error();
	BIO_free(bio);
	return r;
}

/* The key, if @key, and the certificates from @from to before @to. */
static int pem_make(Secret **ret, const CertificateFiles *files, bool key,
		    size_t from, size_t to)
{
	BIO *bio = BIO_new(key ? BIO_s_secmem() : BIO_s_mem());
	bool whole = bio;

	if (whole && key)
		whole = PEM_write_bio_PKCS8PrivateKey(bio, files->material.key,
						      NULL, NULL, 0, NULL,
						      NULL) == 1;
	for (size_t i = from; i < to && whole; i++)
		whole = PEM_write_bio_X509(bio, files->chain[i]) == 1;
	return bio_take(ret, bio, whole);
}

static int der_make(Secret **ret, const CertificateFiles *files)
{
	BIO *bio = BIO_new(BIO_s_mem());
	bool whole = bio && i2d_X509_bio(bio, files->chain[0]) == 1;

	return bio_take(ret, bio, whole);
}

static int secret_refused(const CertificateFiles *files, const Why *why)
{
	return why_say(why, files->secret_answer, "%s", files->secret_why);
}

static int chain_make(Secret **ret, const CertificateFiles *files, bool full,
		      const Why *why)
{
	bool alone = chain_is_self_signed(files->chain[0]);

	/* Of one that nobody else issued, all is known without its secret. */
	if (files->secret_answer != 0 && !alone)
		return secret_refused(files, why);
	if (full)
		return pem_make(ret, files, false, 0, files->n);
	if (files->n == 1)
		return why_say(why, RENDITION_E_ABSENT,
			       alone ? "the certificate is self-signed"
				     : "the vault has no certificate but the "
				       "leaf");
	return pem_make(ret, files, false, 1, files->n);
}

/* --- what has the private key ------------------------------------------- */

static bool is_exportable(const cJSON *document)
{
	const cJSON *policy = NULL;
	const cJSON *key = NULL;
	bool exportable = true;

	if (json_get_object(&policy, document, "policy") != 0 ||
	    json_get_object(&key, policy, "key_props") != 0 ||
	    json_get_bool(&exportable, key, "exportable") != 0)
		return true;
	return exportable;
}

static int private_make(Secret **ret, const CertificateFiles *files,
			enum rendition rendition, const Why *why)
{
	if (files->secret_answer != 0)
		return secret_refused(files, why);
	if (!files->material.key && is_exportable(files->document))
		return why_say(why, RENDITION_E_ABSENT,
			       "its secret holds no private key");
	if (!files->material.key)
		return why_say(why, RENDITION_E_KEPT,
			       "its private key is not exportable");
	switch (rendition) {
	case RENDITION_CERTIFICATE_PRIVATE_KEY:
		return pem_make(ret, files, true, 0, 0);
	case RENDITION_CERTIFICATE_BUNDLE:
		return pem_make(ret, files, true, 0, files->n);
	default:
		return pfx_write(ret, files->material.key, files->chain,
				 files->n, files->name);
	}
}

int certificate_file_make(Secret **ret, const CertificateFiles *files,
			  enum rendition rendition, const Why *why)
{
	if (files->n == 0 && rendition != RENDITION_CERTIFICATE_POLICY &&
	    rendition != RENDITION_CERTIFICATE_JSON)
		return why_say(why, RENDITION_E_ABSENT,
			       "the certificate is not issued yet");
	switch (rendition) {
	case RENDITION_CERTIFICATE_PEM:
		return pem_make(ret, files, false, 0, 1);
	case RENDITION_CERTIFICATE_DER:
		return der_make(ret, files);
	case RENDITION_CERTIFICATE_CHAIN:
	case RENDITION_CERTIFICATE_FULL_CHAIN:
		return chain_make(ret, files,
				  rendition == RENDITION_CERTIFICATE_FULL_CHAIN,
				  why);
	case RENDITION_CERTIFICATE_PRIVATE_KEY:
	case RENDITION_CERTIFICATE_BUNDLE:
	case RENDITION_CERTIFICATE_PFX:
		return private_make(ret, files, rendition, why);
	case RENDITION_CERTIFICATE_POLICY:
		return certificate_policy_make(ret, files->document, why);
	case RENDITION_CERTIFICATE_JSON:
		return certificate_json_make(ret, files->document,
					     files->chain[0], files->pending,
					     why);
	default:
		return -EINVAL;
	}
}
