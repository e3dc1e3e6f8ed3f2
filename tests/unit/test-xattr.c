/* SPDX-License-Identifier: MIT */

/* What an object carries, as extended attributes: values, and their list. */

#include "fs/xattr.h"
#include "tests/unit/check.h"

#define VERSION "0123456789abcdef0123456789abcdef"

static Origin origin = {
	.scheme = "https",
	.host = "demo.vault.azure.net",
	.port = 443,
};
static ObjectKey key;
static ObjectAttributes attributes;
static XattrFacts facts;

/* One that has all there is. */
static void begin(void)
{
	attributes = (ObjectAttributes){
		.enabled = true,
		.created_s = 1700000000,
		.updated_s = 1700000001,
		.expires_s = 4102444800,
		.not_before_s = 0,
		.recovery_level = "Recoverable+Purgeable",
	};
	if (object_key_init(&key, COLLECTION_SECRETS, "DB-Password", 11) != 0)
		abort();
	facts = (XattrFacts){
		.origin = &origin,
		.key = &key,
		.version = VERSION,
		.attributes = &attributes,
		.content_type = "text/plain",
		.tags = "{\"env\":\"prod\",\"\xc3\xa4\":\"a \\\"b\\\"\"}",
	};
}

static const char *value_of(const char *name)
{
	static char text[512];
	AKV_BUF Buf buf = BUF_INIT(sizeof(text) - 1);
	int r = xattr_value(&buf, &facts, name);

	if (r == XATTR_E_ABSENT)
		return "absent";
	if (r < 0)
		return "a fault";
	(void)snprintf(text, sizeof(text), "%s", buf.p);
	return text;
}

/* The list, with a blank in place of each NUL. */
static const char *list(void)
{
	static char text[1024];
	AKV_BUF Buf buf = BUF_INIT(sizeof(text) - 1);

	if (xattr_list(&buf, &facts) != 0 || buf.n == 0 ||
	    buf.p[buf.n - 1] != '\0')
		return "a fault";
	memcpy(text, buf.p, buf.n);
	for (size_t i = 0; i + 1 < buf.n; i++) {
		if (text[i] == '\0')
			text[i] = ' ';
	}
	return text;
}

static void each_has_its_value(void)
{
	begin();
	CHECK_STR(value_of("user.akv.id"),
		  "https://demo.vault.azure.net/secrets/db-password/" VERSION);
	CHECK_STR(value_of("user.akv.version"), VERSION);
	CHECK_STR(value_of("user.akv.content_type"), "text/plain");
	CHECK_STR(value_of("user.akv.enabled"), "true");
	CHECK_STR(value_of("user.akv.managed"), "false");
	CHECK_STR(value_of("user.akv.created"), "2023-11-14T22:13:20Z");
	CHECK_STR(value_of("user.akv.updated"), "2023-11-14T22:13:21Z");
	CHECK_STR(value_of("user.akv.expires"), "2100-01-01T00:00:00Z");
	CHECK_STR(value_of("user.akv.not_before"), "1970-01-01T00:00:00Z");
	CHECK_STR(value_of("user.akv.recovery_level"), "Recoverable+Purgeable");
	CHECK_STR(value_of("user.akv.tags"), facts.tags);
	CHECK_STR(value_of("user.akv.tag.env"), "prod");
	CHECK_STR(value_of("user.akv.tag.\xc3\xa4"), "a \"b\"");
	attributes.enabled = false;
	attributes.managed = true;
	CHECK_STR(value_of("user.akv.enabled"), "false");
	CHECK_STR(value_of("user.akv.managed"), "true");
	origin.port = 8443;
	CHECK_STR(value_of("user.akv.id"),
		  "https://demo.vault.azure.net:8443/secrets/"
		  "db-password/" VERSION);
	origin.port = 443;
}

static void what_it_does_not_have_is_absent(void)
{
	static const char *const names[] = {
		"user.akv.content_type", "user.akv.expires",
		"user.akv.not_before",   "user.akv.created",
		"user.akv.updated",      "user.akv.recovery_level",
		"user.akv.tag.env",
	};

	begin();
	attributes.created_s = attributes.updated_s = -1;
	attributes.expires_s = attributes.not_before_s = -1;
	attributes.recovery_level[0] = '\0';
	facts.content_type = "";
	facts.tags = "{}";
	for (size_t i = 0; i < AKV_ARRAY_LEN(names); i++)
		CHECK_STR(value_of(names[i]), "absent");
	CHECK_STR(value_of("user.akv.tags"), "{}");
	CHECK_STR(list(), "user.akv.id user.akv.version user.akv.enabled "
			  "user.akv.managed user.akv.tags");
}

static void others_are_absent(void)
{
	static const char *const names[] = {
		"",
		"user.akv.",
		"user.akv.value",
		"user.akv.ID",
		"user.akv.id ",
		"user.akv.tag.",
		"user.akv.tag.ENV",
		"user.akv.tag.env.x",
		"user.akv.vault.uri",
		"user.id",
		"security.selinux",
		"system.posix_acl_access",
	};

	begin();
	for (size_t i = 0; i < AKV_ARRAY_LEN(names); i++)
		CHECK_STR(value_of(names[i]), "absent");
	CHECK(xattr_name_is_ours("user.akv.id"));
	CHECK(xattr_name_is_ours("user.akv.tag.x"));
	CHECK(!xattr_name_is_ours("security.capability"));
	CHECK(!xattr_name_is_ours("user.akv"));
}

static void the_list_has_all_that_have_a_value(void)
{
	const char *name;
	char text[1024], *rest = text;

	begin();
	CHECK_STR(list(),
		  "user.akv.id user.akv.version user.akv.content_type "
		  "user.akv.enabled user.akv.created user.akv.updated "
		  "user.akv.expires user.akv.not_before "
		  "user.akv.recovery_level user.akv.managed user.akv.tags "
		  "user.akv.tag.env user.akv.tag.\xc3\xa4");
	(void)snprintf(text, sizeof(text), "%s", list());
	while ((name = strsep(&rest, " ")))
		CHECK(strcmp(value_of(name), "absent") != 0);
}

/* Names of extended attributes have 255 bytes at most, and one at least. */
static void a_tag_that_cannot_be_a_name_is_in_the_json_only(void)
{
	char tags[600], name[300];
	int longest = XATTR_NAME_LENGTH_MAX - (int)strlen("user.akv.tag.");

	begin();
	memset(name, 'x', sizeof(name));
	(void)snprintf(tags, sizeof(tags),
		       "{\"\":\"a\",\"%.*s\":\"b\",\"%.*s\":\"c\"}",
		       longest + 1, name, longest, name);
	facts.tags = tags;
	CHECK_STR(value_of("user.akv.tags"), tags);
	CHECK_EQ(strlen(strstr(list(), "user.akv.tag.")),
		 XATTR_NAME_LENGTH_MAX);
}

static void what_does_not_fit_is_a_fault(void)
{
	AKV_BUF Buf small = BUF_INIT(10);

	begin();
	CHECK_EQ(xattr_value(&small, &facts, "user.akv.id"), -EMSGSIZE);
	CHECK_EQ(xattr_list(&small, &facts), -EMSGSIZE);
	/* What cannot come of our own reading. */
	facts.tags = "{\"env\":";
	CHECK_STR(value_of("user.akv.tag.env"), "a fault");
	CHECK_STR(list(), "a fault");
}

static void the_root_tells_the_vault(void)
{
	AKV_BUF Buf buf = BUF_INIT(512);
	AKV_BUF Buf names = BUF_INIT(512);

	CHECK_OK(xattr_vault_value(&buf, &origin, "user.akv.vault.uri"));
	CHECK_STR(buf.p, "https://demo.vault.azure.net/");
	CHECK_EQ(xattr_vault_value(&buf, &origin, "user.akv.id"),
		 XATTR_E_ABSENT);
	CHECK_OK(xattr_vault_list(&names));
	CHECK_EQ(names.n, sizeof("user.akv.vault.uri"));
	CHECK_STR(names.p, "user.akv.vault.uri");
}

int main(void)
{
	RUN(each_has_its_value);
	RUN(what_it_does_not_have_is_absent);
	RUN(others_are_absent);
	RUN(the_list_has_all_that_have_a_value);
	RUN(a_tag_that_cannot_be_a_name_is_in_the_json_only);
	RUN(what_does_not_fit_is_a_fault);
	RUN(the_root_tells_the_vault);
	return check_report();
}
