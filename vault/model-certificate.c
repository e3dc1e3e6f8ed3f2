/* SPDX-License-Identifier: MIT */

/* Pure; what is right is left where it is. Called by model.c. */

#include "vault/model-certificate.h"

#include <strings.h>

#include "base/parse.h"

enum {
	ID_MAX = 2048,
	WORD_MAX = 256,
	DETAILS_MAX = 16 * 1024,
	X5C_MAX = 64, /* certificates of a chain */
};

/* The key or secret behind the certificate: of the same vault and name? */
static int check_relative(const cJSON *object, const char *name,
			  enum collection collection, const ObjectId *id,
			  const Why *why)
{
	const char *text = NULL;
	ObjectId relative;
	int r = member_text(&text, object, name, MEMBER_OPTIONAL, ID_MAX, why);

	if (r != 0 || text[0] == '\0')
		return r;
	if (object_id_read(&relative, text, collection) != 0 ||
	    !ascii_equal_fold(relative.host, id->host) ||
	    relative.segments[0].n != id->segments[0].n ||
	    strncasecmp(relative.segments[0].p, id->segments[0].p,
			id->segments[0].n) != 0) {
		(void)snprintf(why->text, why->size,
			       "its \"%s\" is of another object", name);
		return MODEL_E_UNTRUSTED;
	}
	return 0;
}

/* Certificates in an array, as a merge has them. */
static int check_chain(const cJSON *object, const Why *why)
{
	static const char name[] = "x5c";
	const cJSON *array = NULL;
	const cJSON *item;
	int r = member_texts(object, name, X5C_MAX, 2 * CERTIFICATE_DER_MAX,
			     why);

	if (r != 0 || json_get_array(&array, object, name) != 0)
		return r;
	cJSON_ArrayForEach (item, array) {
		AKV_BUF Buf der = BUF_INIT(CERTIFICATE_DER_MAX);

		r = base64_decode(&der, BASE64_STANDARD, item->valuestring,
				  strlen(item->valuestring));
		if (r == -ENOMEM)
			return r;
		if (r != 0 || der.n == 0)
			return why_member(why, name, JSON_E_TYPE);
	}
	return 0;
}

int model_certificate_check(const cJSON *object, const ObjectId *id,
			    const Why *why)
{
	const cJSON *member = NULL;
	int r = member_base64(object, "cer", BASE64_STANDARD, MEMBER_OPTIONAL,
			      CERTIFICATE_DER_MAX, why);

	if (r == 0)
		r = member_base64(object, "x5t", BASE64_URL, MEMBER_OPTIONAL,
				  CERTIFICATE_THUMBPRINT_MAX, why);
	if (r == 0)
		r = check_chain(object, why);
	if (r == 0)
		r = check_relative(object, "kid", COLLECTION_KEYS, id, why);
	if (r == 0)
		r = check_relative(object, "sid", COLLECTION_SECRETS, id, why);
	if (r == 0)
		r = member_object(&member, object, "policy", MEMBER_OPTIONAL,
				  why);
	if (r == 0)
		r = member_object(&member, object, "pending", MEMBER_OPTIONAL,
				  why);
	return r;
}

int model_pending_check(const cJSON *object, const Why *why)
{
	const cJSON *member = NULL;
	const char *text = NULL;
	bool cancelled;
	int r = member_text(&text, object, "status", MEMBER_OPTIONAL, WORD_MAX,
			    why);

	if (r == 0)
		r = member_text(&text, object, "status_details",
				MEMBER_OPTIONAL, DETAILS_MAX, why);
	if (r == 0)
		r = member_text(&text, object, "target", MEMBER_OPTIONAL,
				ID_MAX, why);
	if (r == 0)
		r = member_text(&text, object, "request_id", MEMBER_OPTIONAL,
				WORD_MAX, why);
	if (r == 0)
		r = member_bool(&cancelled, object, "cancellation_requested",
				false, why);
	if (r == 0)
		r = member_base64(object, "csr", BASE64_STANDARD,
				  MEMBER_OPTIONAL, CERTIFICATE_DER_MAX, why);
	if (r == 0)
		r = member_object(&member, object, "issuer", MEMBER_OPTIONAL,
				  why);
	if (r == 0)
		r = member_object(&member, object, "error", MEMBER_OPTIONAL,
				  why);
	return r;
}
