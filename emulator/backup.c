/* SPDX-License-Identifier: MIT */

/*
 * The JWE is {"alg":"dir","enc":"A256GCM"} (RFC 7516): header, no encrypted
 * key, nonce, ciphertext, tag. Handlers run with the emulator's lock held.
 */

#include "emulator/backup.h"

#include <openssl/evp.h>

#include "base/base64.h"
#include "base/json.h"
#include "emulator/attributes.h"
#include "emulator/emulator.h"
#include "emulator/errors.h"
#include "emulator/names.h"
#include "emulator/objects.h"

enum { NONCE_SIZE = 12, TAG_SIZE = 16, PARTS = 5 };

static const char header_text[] = "{\"alg\":\"dir\",\"enc\":\"A256GCM\"}";

AKV_UNUSED static inline void cipher_freep(EVP_CIPHER_CTX **context)
{
	EVP_CIPHER_CTX_free(*context);
}

/* "AzureKeyVaultSecretBackupV1.microsoft.com", after a byte of its length. */
static int lead_append(Buf *ret, const char *noun)
{
	AKV_BUF Buf lead = BUF_INIT(BUF_MAX_LINE);
	int r;

	r = buf_printf(&lead, "AzureKeyVault%c%sBackupV1.microsoft.com",
		       noun[0] - 'a' + 'A', noun + 1);
	if (r == 0)
		r = buf_append_char(ret, (char)lead.n);
	if (r == 0)
		r = buf_append(ret, lead.p, lead.n);
	return r;
}

static int encrypt(Buf *ret, unsigned char tag[TAG_SIZE],
		   const unsigned char *key, const unsigned char *nonce,
		   const Buf *header, const char *text, size_t n)
{
	AKV_CLEANUP(cipher_freep)
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	unsigned char *sealed;
	int done = 0, r = -EIO;

	if (!context || n > INT32_MAX)
		return -ENOMEM;
	sealed = malloc(n + 1);
	if (!sealed)
		return -ENOMEM;
	if (EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), NULL, key, nonce) ==
		    1 &&
	    EVP_EncryptUpdate(context, NULL, &done,
			      (const unsigned char *)header->p,
			      (int)header->n) == 1 &&
	    EVP_EncryptUpdate(context, sealed, &done,
			      (const unsigned char *)text, (int)n) == 1 &&
	    EVP_EncryptFinal_ex(context, sealed + done, &done) == 1 &&
	    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE,
				tag) == 1)
		r = base64_encode(ret, BASE64_URL, sealed, n);
	free(sealed);
	return r;
}

static int decrypt(Buf *ret, const unsigned char *key, const Buf parts[PARTS])
{
	AKV_CLEANUP(cipher_freep)
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	AKV_BUF Buf header = BUF_INIT(BUF_MAX_LINE);
	const Buf *nonce = &parts[2], *sealed = &parts[3];
	char *text;
	int done = 0, r;

	if (nonce->n != NONCE_SIZE || parts[4].n != TAG_SIZE ||
	    sealed->n > INT32_MAX)
		return BACKUP_E_MALFORMED;
	/* The header is authenticated in its encoded form. */
	r = base64_encode(&header, BASE64_URL, parts[0].p, parts[0].n);
	if (r < 0)
		return r;
	text = malloc(sealed->n + 1);
	if (!context || !text) {
		free(text);
		return -ENOMEM;
	}
	r = BACKUP_E_MALFORMED;
	if (EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), NULL, key,
			       (unsigned char *)nonce->p) == 1 &&
	    EVP_DecryptUpdate(context, NULL, &done, (unsigned char *)header.p,
			      (int)header.n) == 1 &&
	    EVP_DecryptUpdate(context, (unsigned char *)text, &done,
			      (unsigned char *)sealed->p,
			      (int)sealed->n) == 1 &&
	    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE,
				parts[4].p) == 1 &&
	    EVP_DecryptFinal_ex(context, (unsigned char *)text + done, &done) ==
		    1)
		r = buf_append(ret, text, sealed->n);
	explicit_bzero(text, sealed->n);
	free(text);
	return r;
}

int backup_seal(Buf *ret, const unsigned char *key, const char *noun,
		const char *text, size_t n)
{
	AKV_BUF Buf blob = BUF_INIT(BUF_MAX_REPLY);
	AKV_BUF Buf header = BUF_INIT(BUF_MAX_LINE);
	AKV_BUF Buf sealed = BUF_INIT(BUF_MAX_REPLY);
	unsigned char nonce[NONCE_SIZE], tag[TAG_SIZE];
	int r;

	random_bytes(nonce, sizeof(nonce));
	r = base64_encode(&header, BASE64_URL, header_text,
			  sizeof(header_text) - 1);
	if (r == 0)
		r = encrypt(&sealed, tag, key, nonce, &header, text, n);
	if (r == 0)
		r = lead_append(&blob, noun);
	if (r == 0)
		r = buf_printf(&blob, "%s..", header.p);
	if (r == 0)
		r = base64_encode(&blob, BASE64_URL, nonce, sizeof(nonce));
	if (r == 0)
		r = buf_append_char(&blob, '.');
	if (r == 0)
		r = buf_append(&blob, sealed.p, sealed.n);
	if (r == 0)
		r = buf_append_char(&blob, '.');
	if (r == 0)
		r = base64_encode(&blob, BASE64_URL, tag, sizeof(tag));
	if (r == 0)
		r = base64_encode(ret, BASE64_URL, blob.p, blob.n);
	return r;
}

/* The five parts of a JWE, decoded. */
static int parts_split(Buf parts[PARTS], const char *text, size_t n)
{
	for (size_t i = 0; i < PARTS; i++) {
		const char *dot = memchr(text, '.', n);
		size_t size = dot ? (size_t)(dot - text) : n;
		int r;

		if (!dot != (i == PARTS - 1))
			return BACKUP_E_MALFORMED;
		r = base64_decode(&parts[i], BASE64_URL, text, size);
		if (r != 0)
			return r == -ENOMEM ? r : BACKUP_E_MALFORMED;
		text += size + (dot ? 1 : 0);
		n -= size + (dot ? 1 : 0);
	}
	return 0;
}

int backup_open(Buf *ret, const unsigned char *key, const char *noun,
		const char *blob, size_t n)
{
	AKV_BUF Buf bytes = BUF_INIT(BUF_MAX_REPLY);
	AKV_BUF Buf lead = BUF_INIT(BUF_MAX_LINE);
	Buf parts[PARTS];
	int r;

	r = base64_decode(&bytes, BASE64_URL, blob, n);
	if (r == 0)
		r = lead_append(&lead, noun);
	if (r != 0)
		return r == -ENOMEM ? r : BACKUP_E_MALFORMED;
	if (bytes.n < lead.n || memcmp(bytes.p, lead.p, lead.n) != 0)
		return BACKUP_E_MALFORMED;
	for (size_t i = 0; i < PARTS; i++)
		parts[i] = BUF_INIT(BUF_MAX_REPLY);
	r = parts_split(parts, bytes.p + lead.n, bytes.n - lead.n);
	if (r == 0)
		r = decrypt(ret, key, parts);
	for (size_t i = 0; i < PARTS; i++)
		buf_done(&parts[i]);
	return r;
}

static void version_save(Writer *writer, const Kind *kind,
			 const Version *version)
{
	writer_begin(writer, NULL, '{');
	writer_string(writer, "version", version->id);
	writer_string(writer, "previous", version->previous);
	writer_int(writer, "created", version->created_s);
	writer_int(writer, "updated", version->updated_s);
	if (version->content_type)
		writer_string(writer, "contentType", version->content_type);
	writer_begin(writer, "attributes", '{');
	writer_bool(writer, "enabled", version->enabled);
	if (version->nbf_s != TIME_UNSET)
		writer_int(writer, "nbf", version->nbf_s);
	if (version->exp_s != TIME_UNSET)
		writer_int(writer, "exp", version->exp_s);
	writer_end(writer, '}');
	if (version->tags)
		writer_json(writer, "tags", version->tags);
	kind->save(writer, version);
	writer_end(writer, '}');
}

int backup_make(Exchange *exchange)
{
	const Kind *kind = exchange->kind;
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_REPLY);
	AKV_BUF Buf blob = BUF_INIT(BUF_MAX_REPLY);
	Writer writer = WRITER_INIT(&text);
	Object *object;
	Version *current;
	int r;

	exchange->captures[1] = NULL;
	if (!objects_find(exchange, &object, &current))
		return 0;
	if (current->managed)
		return error_managed(exchange, kind, "backup");
	if (object->n_versions > OBJECT_VERSIONS_BACKUP_MAX)
		return error_bad_parameter(exchange,
					   "The %s has more than %d versions "
					   "and cannot be backed up.",
					   kind->noun,
					   OBJECT_VERSIONS_BACKUP_MAX);
	writer_begin(&writer, NULL, '{');
	writer_string(&writer, "name", object->name);
	writer_string(&writer, "current", current->id);
	if (kind->save_object)
		kind->save_object(&writer, object);
	writer_begin(&writer, "versions", '[');
	for (size_t i = 0; i < object->n_versions; i++)
		version_save(&writer, kind, object->versions[i]);
	writer_end(&writer, ']');
	writer_end(&writer, '}');
	if (writer.fault < 0)
		return writer.fault;
	r = backup_seal(&blob, exchange->emulator->identity.backup_key,
			kind->noun, text.p, text.n);
	if (r < 0)
		return r;
	exchange_reply(exchange, 200);
	writer_begin(&exchange->writer, NULL, '{');
	writer_string(&exchange->writer, "value", blob.p);
	writer_end(&exchange->writer, '}');
	return 0;
}

static int id_load(char ret[VERSION_LENGTH + 1], const cJSON *saved,
		   const char *name)
{
	const char *id;
	int r = json_get_string(&id, saved, name);

	if (r != 0 || strlen(id) > VERSION_LENGTH)
		return BACKUP_E_MALFORMED;
	(void)snprintf(ret, VERSION_LENGTH + 1, "%s", id);
	return 0;
}

static int version_load(Object *object, const Kind *kind, const cJSON *saved)
{
	AKV_CLEANUP(version_freep) Version *version = NULL;
	char previous[VERSION_LENGTH + 1];
	Version *added;
	const char *why;
	int r;

	r = version_new(&version, 0);
	if (r == 0)
		r = id_load(version->id, saved, "version");
	if (r == 0)
		r = id_load(previous, saved, "previous");
	if (r == 0)
		r = json_get_int64(&version->created_s, saved, "created");
	if (r == 0)
		r = json_get_int64(&version->updated_s, saved, "updated");
	if (r == 0)
		r = attributes_apply(version, saved, &why);
	if (r == 0)
		r = kind->load(version, saved);
	added = version;
	if (r == 0)
		r = object_add_version(object, &version);
	if (r == 0)
		memcpy(added->previous, previous, sizeof(previous));
	return r > 0 || r == -EEXIST ? BACKUP_E_MALFORMED : r;
}

static int object_load(Object **ret, const Kind *kind, const cJSON *saved)
{
	AKV_CLEANUP(object_freep) Object *object = NULL;
	const cJSON *versions, *version;
	const char *name, *current;
	int r;

	if (json_get_string(&name, saved, "name") != 0 ||
	    json_get_string(&current, saved, "current") != 0 ||
	    json_get_array(&versions, saved, "versions") != 0)
		return BACKUP_E_MALFORMED;
	r = object_new(&object, name);
	if (r == 0 && kind->load_object)
		r = kind->load_object(object, saved);
	if (r != 0)
		return r > 0 ? BACKUP_E_MALFORMED : r;
	cJSON_ArrayForEach (version, versions) {
		r = version_load(object, kind, version);
		if (r != 0)
			return r;
	}
	/* Two versions of one second: their order is not in the ids. */
	object->current = object_version(object, current);
	if (!object->current)
		return BACKUP_E_MALFORMED;
	*ret = AKV_TAKE(object);
	return 0;
}

static int conflict(Exchange *exchange, const Object *object)
{
	const char *noun = exchange->kind->noun;

	return error_reply(
		exchange, 409, "Conflict", NULL,
		"There was a conflict restoring the %s '%s/%s/%s/%s'. This can "
		"happen if either: a second %s with the same name was created "
		"after the first %s was deleted; thus trying to restore a %s "
		"whose name is already in use. To fix this, rename the second "
		"%s to something else so that the restore works. The second "
		"probable cause of this exception is when multiple operations "
		"are performed in parallel against the %s. To avoid this "
		"error, perform operations against a %s in a sequential "
		"manner.",
		noun, exchange->base, exchange->kind->plural, object->name,
		object->current->id, noun, noun, noun, noun, noun, noun);
}

/* The blob of the body, opened and parsed. 0, fault, or BACKUP_E_MALFORMED. */
static int body_open(Object **ret, Exchange *exchange, const cJSON *body)
{
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_REPLY);
	AKV_JSON cJSON *saved = NULL;
	const char *blob;
	int r;

	if (json_get_string(&blob, body, "value") != 0)
		return BACKUP_E_MALFORMED;
	r = backup_open(&text, exchange->emulator->identity.backup_key,
			exchange->kind->noun, blob, strlen(blob));
	if (r != 0)
		return r;
	/* It is our own text: the limits for text of the network do not fit. */
	saved = cJSON_ParseWithLength(text.p, text.n);
	if (!saved)
		return BACKUP_E_MALFORMED;
	return object_load(ret, exchange->kind, saved);
}

int backup_restore(Exchange *exchange)
{
	Collection *collection = objects_collection(exchange);
	AKV_CLEANUP(object_freep) Object *object = NULL;
	AKV_JSON cJSON *body = NULL;
	Object *restored;
	int r;

	if (!objects_body(exchange, &body))
		return 0;
	r = body_open(&object, exchange, body);
	if (r == BACKUP_E_MALFORMED)
		return error_reply(exchange, 400, "Malformed backup blob", NULL,
				   "Backup blob contains invalid or corrupt "
				   "version.");
	if (r < 0)
		return r;
	/* Whatever state it is in; the service says no more either. */
	if (collection_find(collection, object->name, exchange->now_us))
		return conflict(exchange, object);
	if (exchange->kind->restore) {
		r = exchange->kind->restore(exchange, object);
		if (r != 0)
			return r > 0 ? conflict(exchange, object) : r;
	}
	restored = object;
	r = collection_add(collection, &object);
	if (r < 0)
		return r;
	return objects_reply(exchange, restored, restored->current, VIEW_BRIEF);
}
