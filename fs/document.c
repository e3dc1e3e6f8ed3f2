/* SPDX-License-Identifier: MIT */

/* Used by key-files.c, certificate-files.c and facts.c. */

#include "fs/document.h"

#include "base/time.h"
#include "fs/json-text.h"

int document_read(cJSON **ret, const Secret *body, const Why *why)
{
	cJSON *document = NULL;
	int r = body ? json_parse(&document, secret_bytes(body),
				  secret_size(body), NULL)
		     : JSON_E_INVALID;

	if (r < 0)
		return r;
	if (r > 0 || !cJSON_IsObject(document)) {
		cJSON_Delete(document);
		return why_say(why, DOCUMENT_E_UNTRUSTED,
			       "what the vault said is no JSON object");
	}
	*ret = document;
	return 0;
}

int document_name(char ret[NAME_MAX_LENGTH + 1], const char *id, const Why *why)
{
	const char *version = strrchr(id, '/');
	const char *name = version;
	size_t n = 0;

	while (name && name > id && name[-1] != '/')
		name--;
	if (name && name > id)
		n = (size_t)(version - name);
	if (!name_is_valid(name ? name : "", n))
		return why_say(why, DOCUMENT_E_UNTRUSTED,
			       "its id is not that of an object");
	memcpy(ret, name, n);
	ret[n] = '\0';
	return 0;
}

static int write_time(cJSON *attributes, const char *name, const Why *why)
{
	char text[TIME_TEXT_SIZE];
	cJSON *string;
	int64_t seconds;
	int r = json_get_int64(&seconds, attributes, name);

	if (r == JSON_E_ABSENT)
		return 0;
	if (r != 0 || seconds < 0 || seconds > TIME_MAX_S)
		return why_say(why, DOCUMENT_E_UNTRUSTED,
			       "its time \"%s\" is no time", name);
	time_format_rfc3339(text, seconds);
	string = cJSON_CreateString(text);
	if (!string ||
	    !cJSON_ReplaceItemInObjectCaseSensitive(attributes, name, string)) {
		cJSON_Delete(string);
		return -ENOMEM;
	}
	return 0;
}

int document_write_times(cJSON *document, const Why *why)
{
	static const char *const times[] = {"created", "updated", "exp", "nbf"};
	cJSON *attributes =
		cJSON_GetObjectItemCaseSensitive(document, "attributes");
	int r = 0;

	if (!cJSON_IsObject(attributes))
		return 0;
	for (size_t i = 0; i < AKV_ARRAY_LEN(times) && r == 0; i++)
		r = write_time(attributes, times[i], why);
	return r;
}

int secret_of_buf(Secret **ret, const Buf *buf)
{
	return secret_new(ret, buf->p, buf->n);
}

int document_text(Secret **ret, const cJSON *document, const Why *why)
{
	AKV_BUF Buf text = BUF_INIT(SECRET_SIZE_MAX);
	int r = json_text_append(&text, document);

	if (r == JSON_TEXT_E_INVALID || r == -EMSGSIZE)
		return why_say(why, DOCUMENT_E_UNTRUSTED,
			       "what the vault said has a member twice, or is "
			       "too large");
	return r == 0 ? secret_of_buf(ret, &text) : r;
}
