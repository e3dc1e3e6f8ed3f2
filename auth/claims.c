/* SPDX-License-Identifier: MIT */

/* Three segments of base64url; the second is a JSON object. */

#include "auth/claims.h"

#include "auth/quote.h"
#include "base/base64.h"
#include "base/buf.h"
#include "base/json.h"

#define ROW(name, member)                                                     \
	{                                                                     \
		name, offsetof(Claims, member), sizeof(((Claims *)0)->member) \
	}

/* Where two name one member, the first that is there counts. */
static const struct {
	const char *name;
	size_t offset, size;
} texts[] = {
	ROW("aud", audience),         ROW("iss", issuer),
	ROW("tid", tenant),           ROW("appid", app_id),
	ROW("azp", app_id),           ROW("oid", object_id),
	ROW("idtyp", kind),           ROW("appidacr", proof),
	ROW("azpacr", proof),         ROW("ver", version),
	ROW("xms_mirid", managed_id), ROW("scp", scopes),
	ROW("uti", unique_id),
};

static void take_texts(Claims *claims, const cJSON *object)
{
	for (size_t i = 0; i < AKV_ARRAY_LEN(texts); i++) {
		char *to = (char *)claims + texts[i].offset;
		const char *text;

		if (to[0] == '\0' &&
		    json_get_string(&text, object, texts[i].name) == 0)
			quote_text(to, texts[i].size, text, strlen(text));
	}
}

static int64_t take_time(const cJSON *object, const char *name)
{
	int64_t seconds;

	if (json_get_int64(&seconds, object, name) != 0 || seconds < 0)
		return -1;
	return seconds;
}

static unsigned take_count(const cJSON *object, const char *name)
{
	const cJSON *array;

	if (json_get_array(&array, object, name) != 0)
		return 0;
	return (unsigned)cJSON_GetArraySize(array);
}

int claims_read(Claims *ret, const char *token, size_t n)
{
	AKV_BUF Buf payload = BUF_INIT(CLAIMS_TOKEN_MAX);
	AKV_JSON cJSON *object = NULL;
	const char *first = memchr(token, '.', n);
	const char *second;
	int r;

	if (!first || n > CLAIMS_TOKEN_MAX)
		return CLAIMS_E_INVALID;
	first++;
	second = memchr(first, '.', n - (size_t)(first - token));
	if (!second ||
	    memchr(second + 1, '.', n - (size_t)(second + 1 - token)))
		return CLAIMS_E_INVALID;
	r = base64_decode(&payload, BASE64_URL, first,
			  (size_t)(second - first));
	if (r == 0)
		r = json_parse(&object, payload.p, payload.n, NULL);
	if (r < 0)
		return r;
	if (r != 0 || !cJSON_IsObject(object))
		return CLAIMS_E_INVALID;
	*ret = (Claims){
		.issued_s = take_time(object, "iat"),
		.not_before_s = take_time(object, "nbf"),
		.expires_s = take_time(object, "exp"),
		.roles = take_count(object, "roles"),
		.directory_roles = take_count(object, "wids"),
	};
	take_texts(ret, object);
	return 0;
}
