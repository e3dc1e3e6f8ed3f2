/* SPDX-License-Identifier: MIT */

/* Used by certificate-files.c. */

#include "fs/certificate-json.h"

#include <openssl/bn.h>

#include "fs/document.h"
#include "fs/leaf.h"
#include "fs/rendition.h"

enum { NAME_TEXT_MAX = 16 * 1024 };

int certificate_policy_make(Secret **ret, const cJSON *document, const Why *why)
{
	const cJSON *policy = NULL;
	int r = json_get_object(&policy, document, "policy");

	if (r == JSON_E_ABSENT)
		return why_say(why, RENDITION_E_ABSENT,
			       "the certificate has no policy");
	if (r != 0)
		return why_say(why, RENDITION_E_UNTRUSTED, "its \"policy\" %s",
			       json_answer_text(r));
	return document_text(ret, policy, why);
}

/* Takes @value over; what the vault says under that name gives way. */
static int put(cJSON *document, const char *name, cJSON *value)
{
	cJSON_DeleteItemFromObjectCaseSensitive(document, name);
	if (value && cJSON_AddItemToObject(document, name, value))
		return 0;
	cJSON_Delete(value);
	return -ENOMEM;
}

static int put_text(cJSON *document, const char *name, const char *text)
{
	return put(document, name, cJSON_CreateString(text));
}

static int put_name(cJSON *document, const char *name, const X509_NAME *value)
{
	AKV_BUF Buf text = BUF_INIT(NAME_TEXT_MAX);
	int r = leaf_append_name(&text, value);

	return r == 0 ? put_text(document, name, text.p) : r;
}

static int put_san(void *data, const char *san)
{
	cJSON *array = data;
	cJSON *string = cJSON_CreateString(san);

	if (string && cJSON_AddItemToArray(array, string))
		return 0;
	cJSON_Delete(string);
	return -ENOMEM;
}

static int put_sans(cJSON *document, const X509 *leaf)
{
	cJSON *array = cJSON_CreateArray();
	int r = array ? leaf_each_san(leaf, put_san, array) : -ENOMEM;

	if (r == 0)
		return put(document, "sans", array);
	cJSON_Delete(array);
	return r;
}

static int put_serial(cJSON *document, const X509 *leaf)
{
	BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(leaf), NULL);
	char *hex = number ? BN_bn2hex(number) : NULL;
	int r = hex ? put_text(document, "serial_number", hex) : -ENOMEM;

	OPENSSL_free(hex);
	BN_free(number);
	return r;
}

static int put_leaf(cJSON *document, const X509 *leaf)
{
	char sha1[LEAF_HEX_SIZE], sha256[LEAF_HEX_SIZE];
	int r = put_name(document, "subject", X509_get_subject_name(leaf));

	leaf_thumbprint(sha1, leaf, EVP_sha1());
	leaf_thumbprint(sha256, leaf, EVP_sha256());
	if (r == 0)
		r = put_name(document, "issuer", X509_get_issuer_name(leaf));
	if (r == 0)
		r = put_sans(document, leaf);
	if (r == 0)
		r = put_serial(document, leaf);
	if (r == 0)
		r = put_text(document, "thumbprint", sha1);
	return r == 0 ? put_text(document, "thumbprint_sha256", sha256) : r;
}

static int put_pending(cJSON *document, const Secret *pending, const Why *why)
{
	cJSON *operation = NULL;
	int r = document_read(&operation, pending, why);

	return r == 0 ? put(document, "pending", operation) : r;
}

int certificate_json_make(Secret **ret, const cJSON *document, const X509 *leaf,
			  const Secret *pending, const Why *why)
{
	AKV_JSON cJSON *copy = cJSON_Duplicate(document, true);
	int r;

	if (!copy)
		return -ENOMEM;
	cJSON_DeleteItemFromObjectCaseSensitive(copy, "cer");
	cJSON_DeleteItemFromObjectCaseSensitive(copy, "policy");
	r = document_write_times(copy, why);
	if (r == 0 && leaf)
		r = put_leaf(copy, leaf);
	if (r == 0 && pending)
		r = put_pending(copy, pending, why);
	return r == 0 ? document_text(ret, copy, why) : r;
}
