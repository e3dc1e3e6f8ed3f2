/* SPDX-License-Identifier: MIT */

/* Three segments of base64url; the second is a JSON object. */

#include "auth/claims.h"

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
	ROW("uti", unique_id),        ROW("sub", subject),
};

/*
 * Every byte keeps its place: an audience that only looks like the right one
 * must not be shown, or judged, as that.
 */
static void text_copy(char *ret, size_t size, const char *text)
{
	size_t n = 0;

	for (; text[n] != '\0' && n + 1 < size; n++)
		ret[n] = text[n] < 0x20 || text[n] > 0x7e ? '?' : text[n];
	ret[n] = '\0';
	if (text[n] != '\0' && size > 3)
		memcpy(ret + size - 4, "...", 4);
}

static void take_texts(Claims *claims, const cJSON *object)
{
	for (size_t i = 0; i < AKV_ARRAY_LEN(texts); i++) {
		char *to = (char *)claims + texts[i].offset;
		const char *text;

		if (to[0] == '\0' &&
		    json_get_string(&text, object, texts[i].name) == 0)
			text_copy(to, texts[i].size, text);
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

/* What is enough to know one's own name by. */
static void take_user(Claims *claims, const cJSON *object)
{
	char whole[sizeof(claims->user)];
	const char *text;
	const char *domain;

	if (json_get_string(&text, object, "preferred_username") != 0 &&
	    json_get_string(&text, object, "upn") != 0)
		return;
	text_copy(whole, sizeof(whole), text);
	domain = strrchr(whole, '@');
	(void)snprintf(claims->user, sizeof(claims->user), "%.1s***%.100s",
		       domain == whole ? "" : whole, domain ? domain : "");
}

/* An array of words, or one word. */
static void take_capabilities(Claims *claims, const cJSON *object)
{
	AKV_BUF Buf words = BUF_INIT(BUF_MAX_LINE);
	const cJSON *array = NULL;
	const cJSON *word;
	const char *text = "";
	int r = 0;

	if (json_get_string(&text, object, "xms_cc") != 0 &&
	    json_get_array(&array, object, "xms_cc") != 0)
		return;
	cJSON_ArrayForEach (word, array) {
		if (r == 0 && cJSON_IsString(word))
			r = buf_printf(&words, "%s%s", words.n > 0 ? " " : "",
				       word->valuestring);
	}
	text_copy(claims->capabilities, sizeof(claims->capabilities),
		  array ? words.p : text);
}

/* *@ret is where the second of three parts begins, *@ret_n its length. */
static int payload_find(const char **ret, size_t *ret_n, const char *token,
			size_t n)
{
	const char *end = token + n;
	const char *first, *second;

	if (n > CLAIMS_TOKEN_MAX)
		return CLAIMS_E_TOO_LONG;
	first = memchr(token, '.', n);
	if (!first)
		return CLAIMS_E_OPAQUE;
	first++;
	second = memchr(first, '.', (size_t)(end - first));
	if (!second || memchr(second + 1, '.', (size_t)(end - second - 1)))
		return CLAIMS_E_OPAQUE;
	*ret = first;
	*ret_n = (size_t)(second - first);
	return 0;
}

int claims_read(Claims *ret, const char *token, size_t n)
{
	AKV_BUF Buf payload = BUF_INIT(CLAIMS_TOKEN_MAX);
	AKV_JSON cJSON *object = NULL;
	const char *part;
	size_t part_n;
	int r = payload_find(&part, &part_n, token, n);

	if (r != 0)
		return r;
	r = base64_decode(&payload, BASE64_URL, part, part_n);
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
	take_user(ret, object);
	take_capabilities(ret, object);
	return 0;
}

const char *claims_answer_text(int answer)
{
	switch (answer) {
	case CLAIMS_E_OPAQUE:
		return "it is opaque: it has not the three parts of a JWT, and "
		       "says nothing of itself";
	case CLAIMS_E_INVALID:
		return "it looks like a JWT, but its second part is no JSON "
		       "object in base64url: it is damaged, or cut short";
	case CLAIMS_E_TOO_LONG:
		return "it is longer than 64 KiB, which no token is";
	}
	return "its claims cannot be read";
}
