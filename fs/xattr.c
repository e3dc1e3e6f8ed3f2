/* SPDX-License-Identifier: MIT */

/* Pure: facts in, bytes out. Used by xattr-operations.c. */

#include "fs/xattr.h"

#include "base/json.h"
#include "base/time.h"
#include "cache/policy.h"
#include "fs/facts.h"

#define XATTR_PREFIX "user.akv."
#define XATTR_TAG_PREFIX XATTR_PREFIX "tag."
#define XATTR_VAULT_URI XATTR_PREFIX "vault.uri"

/* The version of the others is our own: see ObjectBundle. */
static bool has_version(const XattrFacts *facts)
{
	return object_key_has_versions(facts->key) &&
	       !content_is_momentary(facts->content_type);
}

static int append_id(Buf *buf, const XattrFacts *facts)
{
	const ObjectKey *key = facts->key;
	const char *segment =
		key->part == PART_DELETED
			? collection_deleted_segment(key->collection)
			: collection_segment(key->collection);
	size_t account_n = strcspn(key->name, "-");
	char origin[ORIGIN_TEXT_SIZE];

	origin_format(origin, facts->origin);
	/* Below its account, whose name is the half before the hyphen. */
	if (key->collection == COLLECTION_STORAGE && key->name[account_n])
		return buf_printf(buf, "%s/%s/%.*s/sas/%s", origin, segment,
				  (int)account_n, key->name,
				  key->name + account_n + 1);
	if (!has_version(facts))
		return buf_printf(buf, "%s/%s/%s", origin, segment, key->name);
	return buf_printf(buf, "%s/%s/%s/%s", origin, segment, key->name,
			  facts->version);
}

static int append_version(Buf *buf, const XattrFacts *facts)
{
	return has_version(facts) ? buf_append_string(buf, facts->version)
				  : XATTR_E_ABSENT;
}

static int append_text(Buf *buf, const char *text)
{
	return text[0] ? buf_append_string(buf, text) : XATTR_E_ABSENT;
}

static int append_content_type(Buf *buf, const XattrFacts *facts)
{
	return append_text(buf, facts->content_type);
}

static int append_bool(Buf *buf, bool value)
{
	return buf_append_string(buf, value ? "true" : "false");
}

static int append_enabled(Buf *buf, const XattrFacts *facts)
{
	return append_bool(buf, facts->attributes->enabled);
}

static int append_managed(Buf *buf, const XattrFacts *facts)
{
	return append_bool(buf, facts->attributes->managed);
}

static int append_time(Buf *buf, int64_t seconds)
{
	char text[TIME_TEXT_SIZE];

	if (seconds < 0)
		return XATTR_E_ABSENT;
	time_format_rfc3339(text, seconds);
	return buf_append_string(buf, text);
}

static int append_created(Buf *buf, const XattrFacts *facts)
{
	return append_time(buf, facts->attributes->created_s);
}

static int append_updated(Buf *buf, const XattrFacts *facts)
{
	return append_time(buf, facts->attributes->updated_s);
}

static int append_expires(Buf *buf, const XattrFacts *facts)
{
	return append_time(buf, facts->attributes->expires_s);
}

static int append_not_before(Buf *buf, const XattrFacts *facts)
{
	return append_time(buf, facts->attributes->not_before_s);
}

static int append_recovery_level(Buf *buf, const XattrFacts *facts)
{
	return append_text(buf, facts->attributes->recovery_level);
}

static int append_tags(Buf *buf, const XattrFacts *facts)
{
	return buf_append_string(buf, facts->tags);
}

static const struct {
	const char *name;
	int (*append)(Buf *buf, const XattrFacts *facts);
} xattr_rows[] = {
	{XATTR_PREFIX "id", append_id},
	{XATTR_PREFIX "version", append_version},
	{XATTR_PREFIX "content_type", append_content_type},
	{XATTR_PREFIX "enabled", append_enabled},
	{XATTR_PREFIX "created", append_created},
	{XATTR_PREFIX "updated", append_updated},
	{XATTR_PREFIX "expires", append_expires},
	{XATTR_PREFIX "not_before", append_not_before},
	{XATTR_PREFIX "recovery_level", append_recovery_level},
	{XATTR_PREFIX "managed", append_managed},
	{XATTR_PREFIX "tags", append_tags},
};

static int tags_parse(cJSON **ret, const char *tags)
{
	int r = json_parse(ret, tags, strlen(tags), NULL);

	return r > 0 ? -EINVAL : r;
}

static int append_tag(Buf *buf, const XattrFacts *facts, const char *tag)
{
	AKV_JSON cJSON *tags = NULL;
	const char *value;
	int r = tags_parse(&tags, facts->tags);

	if (r < 0)
		return r;
	if (json_get_string(&value, tags, tag) != 0)
		return XATTR_E_ABSENT;
	return buf_append_string(buf, value);
}

/* --- what a key or a certificate says of itself -------------------------- */

static enum rendition_owner facts_owner(const XattrFacts *facts)
{
	return facts->key->collection == COLLECTION_KEYS
		       ? RENDITION_OF_KEY
		       : RENDITION_OF_CERTIFICATE;
}

/* One that cannot be believed is absent: its files are EIO, which is told. */
static int append_fact(Buf *buf, const XattrFacts *facts, const char *name)
{
	int r = XATTR_E_ABSENT;

	if (facts->document)
		r = fact_append(buf, facts_owner(facts), facts->document, name);
	return r > 0 ? XATTR_E_ABSENT : r;
}

int xattr_value(Buf *buf, const XattrFacts *facts, const char *name)
{
	size_t n = strlen(XATTR_TAG_PREFIX);

	if (strncmp(name, XATTR_TAG_PREFIX, n) == 0)
		return name[n] ? append_tag(buf, facts, name + n)
			       : XATTR_E_ABSENT;
	for (size_t i = 0; i < AKV_ARRAY_LEN(xattr_rows); i++) {
		if (strcmp(xattr_rows[i].name, name) == 0)
			return xattr_rows[i].append(buf, facts);
	}
	if (strncmp(name, XATTR_PREFIX, strlen(XATTR_PREFIX)) != 0)
		return XATTR_E_ABSENT;
	return append_fact(buf, facts, name + strlen(XATTR_PREFIX));
}

/* With its NUL, which separates the names of a list. */
static int append_name(Buf *buf, const char *prefix, const char *name)
{
	int r = buf_append_string(buf, prefix);

	if (r == 0)
		r = buf_append(buf, name, strlen(name) + 1);
	return r;
}

/* A tag whose name does not fit is in the JSON only. */
static int list_tags(Buf *buf, const XattrFacts *facts)
{
	AKV_JSON cJSON *tags = NULL;
	const cJSON *tag;
	int r = tags_parse(&tags, facts->tags);

	cJSON_ArrayForEach (tag, tags) {
		size_t n = strlen(tag->string);

		if (n == 0 ||
		    strlen(XATTR_TAG_PREFIX) + n > XATTR_NAME_LENGTH_MAX)
			continue;
		if (r == 0)
			r = append_name(buf, XATTR_TAG_PREFIX, tag->string);
	}
	return r;
}

static int list_facts(Buf *buf, const XattrFacts *facts)
{
	const char *const *names = facts_names(facts_owner(facts));
	int r = 0;

	for (; facts->document && *names && r == 0; names++) {
		AKV_BUF Buf value = BUF_INIT(XATTR_SIZE_MAX);

		r = append_fact(&value, facts, *names);
		if (r == 0)
			r = append_name(buf, XATTR_PREFIX, *names);
		else if (r == XATTR_E_ABSENT)
			r = 0;
	}
	return r;
}

int xattr_list(Buf *buf, const XattrFacts *facts)
{
	int r = 0;

	for (size_t i = 0; i < AKV_ARRAY_LEN(xattr_rows) && r == 0; i++) {
		AKV_BUF Buf value = BUF_INIT(XATTR_SIZE_MAX);

		r = xattr_rows[i].append(&value, facts);
		if (r == 0)
			r = append_name(buf, "", xattr_rows[i].name);
		else if (r == XATTR_E_ABSENT)
			r = 0;
	}
	if (r == 0)
		r = list_facts(buf, facts);
	return r == 0 ? list_tags(buf, facts) : r;
}

int xattr_vault_value(Buf *buf, const Origin *origin, const char *name)
{
	char text[ORIGIN_TEXT_SIZE];

	if (strcmp(name, XATTR_VAULT_URI) != 0)
		return XATTR_E_ABSENT;
	origin_format(text, origin);
	return buf_printf(buf, "%s/", text);
}

int xattr_vault_list(Buf *buf)
{
	return append_name(buf, "", XATTR_VAULT_URI);
}

bool xattr_name_is_ours(const char *name)
{
	return strncmp(name, XATTR_PREFIX, strlen(XATTR_PREFIX)) == 0;
}
