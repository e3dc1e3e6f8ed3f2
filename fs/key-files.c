/* SPDX-License-Identifier: MIT */

/* Used by rendition.c. */

#include "fs/key-files.h"

#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/parse.h"
#include "fs/document.h"
#include "fs/jwk.h"
#include "fs/ssh-key.h"

/* Where nothing else is known of the sources. */
_Static_assert((int)DOCUMENT_E_UNTRUSTED == (int)RENDITION_E_UNTRUSTED,
	       "answers go up unchanged");
_Static_assert((int)JWK_E_UNTRUSTED == (int)RENDITION_E_UNTRUSTED,
	       "answers go up unchanged");

enum { FILE_MAX = 64 * 1024 };

static int key_read(KeyFiles *files, const Why *why)
{
	const cJSON *jwk = NULL;
	int r = json_get_object(&jwk, files->document, "key");

	if (r == 0)
		r = json_get_string(&files->kid, jwk, "kid");
	if (r != 0 || !ascii_is_printable(files->kid))
		return why_say(why, RENDITION_E_UNTRUSTED,
			       "it has no \"key\" with a \"kid\"");
	r = document_name(files->name, files->kid, why);
	if (r == 0)
		r = jwk_read(&files->key, jwk, why);
	return r == JWK_E_SYMMETRIC ? 0 : r;
}

int key_files_init(KeyFiles *ret, const RenditionSources *sources,
		   const Why *why)
{
	KeyFiles files = {.rotation = sources->rotation};
	int r = document_read(&files.document, sources->document, why);

	if (r == 0)
		r = key_read(&files, why);
	if (r != 0) {
		key_files_done(&files);
		return r;
	}
	*ret = files;
	return 0;
}

void key_files_done(KeyFiles *files)
{
	cJSON_Delete(files->document);
	EVP_PKEY_free(files->key);
	*files = (KeyFiles){0};
}

static int public_make(Secret **ret, const KeyFiles *files, bool pem)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *bytes = NULL;
	long n;
	int r = -ENOMEM;

	if (bio && (pem ? PEM_write_bio_PUBKEY(bio, files->key)
			: i2d_PUBKEY_bio(bio, files->key)) == 1) {
		n = BIO_get_mem_data(bio, &bytes);
		r = secret_new(ret, bytes, (size_t)n);
	}
	BIO_free(bio);
	return r;
}

static int ssh_make(Secret **ret, const KeyFiles *files, const Why *why)
{
	AKV_BUF Buf line = BUF_INIT(FILE_MAX);
	int r = ssh_key_append(&line, files->key, files->name);

	if (r == SSH_KEY_E_NONE)
		return why_say(why, RENDITION_E_ABSENT,
			       "OpenSSH has no keys of that curve");
	return r == 0 ? secret_of_buf(ret, &line) : r;
}

static int jwk_make(Secret **ret, const KeyFiles *files)
{
	AKV_BUF Buf line = BUF_INIT(FILE_MAX);
	int r = jwk_append(&line, files->key, files->kid);

	return r == 0 ? secret_of_buf(ret, &line) : r;
}

/* --- key.json ----------------------------------------------------------- */

/* Of the JWK: what is not in jwk.json. No key material, whatever it is. */
static int key_describe(cJSON *document, const Why *why)
{
	static const char *const kept[] = {"crv", "key_ops", "kid", "kty"};
	cJSON *key = cJSON_GetObjectItemCaseSensitive(document, "key");
	AKV_JSON cJSON *described = cJSON_CreateObject();

	for (size_t i = 0; i < AKV_ARRAY_LEN(kept); i++) {
		const cJSON *member = NULL;
		cJSON *copy;
		int r = json_get(&member, key, kept[i]);

		if (r == JSON_E_ABSENT)
			continue;
		if (r != 0)
			return why_say(why, RENDITION_E_UNTRUSTED,
				       "the key's \"%s\" %s", kept[i],
				       json_answer_text(r));
		copy = cJSON_Duplicate(member, true);
		if (!copy || !cJSON_AddItemToObject(described, kept[i], copy)) {
			cJSON_Delete(copy);
			return -ENOMEM;
		}
	}
	if (!described ||
	    !cJSON_ReplaceItemInObjectCaseSensitive(document, "key", described))
		return -ENOMEM;
	described = NULL;
	return 0;
}

static int rotation_add(cJSON *document, const Secret *rotation, const Why *why)
{
	AKV_JSON cJSON *policy = NULL;
	int r = document_read(&policy, rotation, why);

	if (r == 0)
		r = document_write_times(policy, why);
	if (r != 0)
		return r;
	cJSON_DeleteItemFromObjectCaseSensitive(document, "rotation_policy");
	if (!cJSON_AddItemToObject(document, "rotation_policy", policy))
		return -ENOMEM;
	policy = NULL;
	return 0;
}

static int json_make(Secret **ret, const KeyFiles *files, const Why *why)
{
	AKV_JSON cJSON *document = cJSON_Duplicate(files->document, true);
	int r = document ? key_describe(document, why) : -ENOMEM;

	if (r == 0)
		r = document_write_times(document, why);
	if (r == 0 && files->rotation)
		r = rotation_add(document, files->rotation, why);
	return r == 0 ? document_text(ret, document, why) : r;
}

int key_file_make(Secret **ret, const KeyFiles *files, enum rendition rendition,
		  const Why *why)
{
	if (rendition == RENDITION_KEY_JSON)
		return json_make(ret, files, why);
	if (!files->key)
		return why_say(why, RENDITION_E_ABSENT,
			       "a symmetric key has no public half");
	switch (rendition) {
	case RENDITION_KEY_PUBLIC_PEM:
		return public_make(ret, files, true);
	case RENDITION_KEY_PUBLIC_DER:
		return public_make(ret, files, false);
	case RENDITION_KEY_SSH:
		return ssh_make(ret, files, why);
	case RENDITION_KEY_JWK:
		return jwk_make(ret, files);
	default:
		return -EINVAL;
	}
}
