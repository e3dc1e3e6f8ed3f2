/* SPDX-License-Identifier: MIT */

/* The pieces of a file: which are asked for, how, and what may be lacking. */

#include "cache-test.h"
#include "fs/gather.h"

#define CERTIFICATE "{\"cer\":\"\"}"
#define CERTIFICATE_PENDING "{\"cer\":\"\",\"pending\":{\"id\":\"x\"}}"

static Filesystem fs;

/* What the one who gathers was told; copies. */
static unsigned told;
static int told_error;
static char document[64], secret[64], secret_why[64], pending_text[64];
static bool has_rotation, forbidden, lacks_secret;
static uint64_t lifetime_us;

static void copy(char *ret, size_t size, const Secret *from)
{
	(void)snprintf(ret, size, "%s",
		       from ? (const char *)secret_bytes(from) : "none");
}

static void gathered(Pending *pending, int error)
{
	const RenditionSources *sources = gather_sources(pending);

	told++;
	told_error = error;
	copy(document, sizeof(document), sources->document);
	copy(secret, sizeof(secret), sources->secret);
	copy(pending_text, sizeof(pending_text), sources->pending);
	(void)snprintf(secret_why, sizeof(secret_why), "%s",
		       sources->secret_why ? sources->secret_why : "");
	has_rotation = sources->rotation != NULL;
	forbidden = gather_is_forbidden(pending);
	lacks_secret = gather_lacks_secret(pending);
	lifetime_us = gather_lifetime_us(pending);
	pending_done(pending);
}

static void gather_begin(void)
{
	begin();
	fs = (Filesystem){.cache = cache};
}

/*
 * Gather for version 'a' of @collection/web, as a request that is parked if
 * need be. No request of the kernel is behind it: none is interrupted or fails.
 */
static void gather_from(enum collection collection, unsigned sources,
			enum gather_age age)
{
	Pending *pending = NULL;

	told = 0;
	if (pending_new(&pending, &fs, NULL, NULL) != 0 ||
	    object_key_init(&pending->place.key, collection, "web", 3) != 0)
		abort();
	pending->place.kind = PLACE_OBJECT;
	(void)snprintf(pending->place.version, sizeof(pending->place.version),
		       "%s", fake_version('a'));
	gather_start(pending, sources, age, gathered);
	if (pending->answered)
		pending_park(pending, 0);
	else
		pending->parked = true;
}

/* The current version of @collection/web is 'a'. */
static void know(enum collection collection, const char *value)
{
	Reader reader;
	ObjectKey key;

	reader_init(&reader);
	if (object_key_init(&key, collection, "web", 3) != 0 ||
	    cache_lookup(cache, &reader.wait, &key, NULL) != 0)
		abort();
	fake_source_give(fake_source_last(), 'a', value);
}

static void what_is_held_is_there_at_once(void)
{
	gather_begin();
	know(COLLECTION_KEYS, "{}");
	gather_from(COLLECTION_KEYS, 0, GATHER_FRESH);
	CHECK_EQ(told, 1);
	CHECK_EQ(told_error, 0);
	CHECK_STR(document, "{}");
	CHECK_EQ(lifetime_us, 300 * S);
	CHECK_EQ(fake_source_count(), 1);
	end();
}

static void a_version_that_is_not_known_is_asked_for(void)
{
	gather_begin();
	gather_from(COLLECTION_KEYS, 0, GATHER_FRESH);
	CHECK_EQ(told, 0);
	CHECK_STR(fake_source_last()->version, fake_version('a'));
	fake_source_give(fake_source_last(), 'a', "{}");
	CHECK_EQ(told, 1);
	CHECK_STR(document, "{}");
	CHECK_EQ(fake_source_count(), 1);
	end();
}

/* As held, whatever its age: a file that is open is read on. */
static void an_old_document_will_do_for_reading(void)
{
	gather_begin();
	know(COLLECTION_KEYS, "{}");
	fake_loop_pass(100000 * S);
	gather_from(COLLECTION_KEYS, 0, GATHER_HELD);
	CHECK_EQ(told, 1);
	CHECK_STR(document, "{}");
	gather_from(COLLECTION_KEYS, 0, GATHER_FRESH);
	CHECK_EQ(told, 0);
	fake_source_refuse(fake_source_last(), VAULT_E_FORBIDDEN);
	CHECK_EQ(told, 1);
	CHECK_EQ(told_error, EACCES);
	end();
}

/* One request for certificates/web and for secrets/web. */
static void the_secret_of_the_current_version_is_asked_for_by_name(void)
{
	ObjectKey key = key_of("web");

	gather_begin();
	know(COLLECTION_CERTIFICATES, CERTIFICATE);
	gather_from(COLLECTION_CERTIFICATES, RENDITION_FROM_SECRET,
		    GATHER_FRESH);
	CHECK_EQ(told, 0);
	CHECK_EQ(fake_source_count(), 2);
	CHECK_EQ(fake_source_last()->key.collection, COLLECTION_SECRETS);
	CHECK_STR(fake_source_last()->version, "");
	fake_source_give(fake_source_last(), 'a', "pem");
	CHECK_EQ(told, 1);
	CHECK_STR(secret, "pem");
	CHECK(!forbidden && !lacks_secret);
	CHECK_STR(cache_version(cache, &key), fake_version('a'));
	gather_from(COLLECTION_CERTIFICATES, RENDITION_FROM_SECRET,
		    GATHER_HELD);
	CHECK_EQ(told, 1);
	CHECK_EQ(fake_source_count(), 2);
	end();
}

/* It has rotated in between: never the secret of another version. */
static void a_secret_that_has_moved_on_is_asked_for_by_version(void)
{
	gather_begin();
	know(COLLECTION_CERTIFICATES, CERTIFICATE);
	gather_from(COLLECTION_CERTIFICATES, RENDITION_FROM_SECRET,
		    GATHER_FRESH);
	fake_source_give(fake_source_last(), 'b', "newer");
	CHECK_EQ(told, 0);
	CHECK_EQ(fake_source_last()->key.collection, COLLECTION_SECRETS);
	CHECK_STR(fake_source_last()->version, fake_version('a'));
	fake_source_give(fake_source_last(), 'a', "older");
	CHECK_EQ(told, 1);
	CHECK_STR(secret, "older");
	end();
}

static void an_old_certificate_has_its_secret_by_version(void)
{
	gather_begin();
	gather_from(COLLECTION_CERTIFICATES, RENDITION_FROM_SECRET,
		    GATHER_FRESH);
	fake_source_give(fake_source_last(), 'a', CERTIFICATE);
	CHECK_EQ(told, 0);
	CHECK_EQ(fake_source_last()->key.collection, COLLECTION_SECRETS);
	CHECK_STR(fake_source_last()->version, fake_version('a'));
	fake_source_give(fake_source_last(), 'a', "pem");
	CHECK_STR(secret, "pem");
	end();
}

static void a_secret_that_may_not_be_had_is_lacking(void)
{
	static const struct {
		enum vault_answer answer;
		bool forbidden;
	} rows[] = {
		{VAULT_E_FORBIDDEN, true},
		{VAULT_E_NOT_FOUND, false},
		{VAULT_E_ABSENT, false},
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(rows); i++) {
		gather_begin();
		know(COLLECTION_CERTIFICATES, CERTIFICATE);
		gather_from(COLLECTION_CERTIFICATES, RENDITION_FROM_SECRET,
			    GATHER_FRESH);
		fake_source_refuse(fake_source_last(), rows[i].answer);
		CHECK_EQ(told, 1);
		CHECK_EQ(told_error, 0);
		CHECK_STR(document, CERTIFICATE);
		CHECK_STR(secret, "none");
		CHECK(strlen(secret_why) > 0);
		CHECK_EQ(forbidden, rows[i].forbidden);
		CHECK(!lacks_secret);
		/* That is remembered. */
		gather_from(COLLECTION_CERTIFICATES, RENDITION_FROM_SECRET,
			    GATHER_FRESH);
		CHECK_EQ(told, 1);
		CHECK_EQ(forbidden, rows[i].forbidden);
		CHECK_EQ(fake_source_count(), 2);
		end();
	}
}

/* Nothing is made from half of what there is. */
static void what_passes_is_the_reader_s(void)
{
	static const struct {
		enum vault_answer answer;
		int error;
	} rows[] = {
		{VAULT_E_UNREACHABLE, ETIMEDOUT},
		{VAULT_E_THROTTLED, ETIMEDOUT},
		{VAULT_E_UNRESOLVED, EHOSTUNREACH},
		{VAULT_E_DISABLED, EACCES},
		{VAULT_E_UNTRUSTED, EIO},
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(rows); i++) {
		gather_begin();
		know(COLLECTION_CERTIFICATES, CERTIFICATE);
		gather_from(COLLECTION_CERTIFICATES, RENDITION_FROM_SECRET,
			    GATHER_FRESH);
		fake_source_refuse(fake_source_last(), rows[i].answer);
		CHECK_EQ(told, 1);
		CHECK_EQ(told_error, rows[i].error);
		/* A directory is listed without it. */
		gather_from(COLLECTION_CERTIFICATES, RENDITION_FROM_SECRET,
			    GATHER_LENIENT);
		CHECK_EQ(told, 1);
		CHECK_EQ(told_error, 0);
		CHECK(lacks_secret);
		end();
	}
}

static void a_disabled_certificate_s_secret_is_not_asked_for(void)
{
	const FakeObject disabled = {
		.version = 'a',
		.value = CERTIFICATE,
		.disabled = true,
	};

	gather_begin();
	gather_from(COLLECTION_CERTIFICATES, RENDITION_FROM_SECRET,
		    GATHER_LENIENT);
	fake_source_give_object(fake_source_last(), &disabled);
	CHECK_EQ(told, 1);
	CHECK(lacks_secret);
	CHECK_EQ(fake_source_count(), 1);
	end();
}

static void an_operation_is_asked_for_where_there_is_one(void)
{
	gather_begin();
	know(COLLECTION_CERTIFICATES, CERTIFICATE);
	gather_from(COLLECTION_CERTIFICATES, RENDITION_FROM_PENDING,
		    GATHER_FRESH);
	CHECK_EQ(told, 1);
	CHECK_EQ(fake_source_count(), 1);
	fake_loop_pass(301 * S);
	know(COLLECTION_CERTIFICATES, CERTIFICATE_PENDING);
	gather_from(COLLECTION_CERTIFICATES, RENDITION_FROM_PENDING,
		    GATHER_FRESH);
	CHECK_EQ(told, 0);
	CHECK_EQ(fake_source_last()->key.part, PART_PENDING);
	CHECK_STR(fake_source_last()->version, "");
	fake_source_give(fake_source_last(), 'p', "{\"status\":\"x\"}");
	CHECK_EQ(told, 1);
	CHECK_STR(pending_text, "{\"status\":\"x\"}");
	end();
}

static void a_rotation_policy_may_be_lacking(void)
{
	const FakeObject managed = {
		.version = 'a',
		.value = "{}",
		.managed = true,
	};

	gather_begin();
	know(COLLECTION_KEYS, "{}");
	gather_from(COLLECTION_KEYS, RENDITION_FROM_ROTATION, GATHER_FRESH);
	CHECK_EQ(fake_source_last()->key.part, PART_ROTATION);
	fake_source_give(fake_source_last(), 'r', "{}");
	CHECK_EQ(told, 1);
	CHECK(has_rotation);
	fake_loop_pass(301 * S);
	know(COLLECTION_KEYS, "{}");
	gather_from(COLLECTION_KEYS, RENDITION_FROM_ROTATION, GATHER_FRESH);
	fake_source_refuse(fake_source_last(), VAULT_E_FORBIDDEN);
	CHECK_EQ(told, 1);
	CHECK_EQ(told_error, 0);
	CHECK(!has_rotation);
	CHECK_EQ(lifetime_us, 30 * S);
	/* That of a certificate has none of its own. */
	fake_loop_pass(301 * S);
	gather_from(COLLECTION_KEYS, RENDITION_FROM_ROTATION, GATHER_FRESH);
	fake_source_give_object(fake_source_last(), &managed);
	CHECK_EQ(told, 1);
	CHECK_EQ(fake_source_count(), 5);
	end();
}

int main(void)
{
	if (secret_heap_init(NULL, CACHE_TEST_HEAP) < 0)
		return 1;
	RUN(what_is_held_is_there_at_once);
	RUN(a_version_that_is_not_known_is_asked_for);
	RUN(an_old_document_will_do_for_reading);
	RUN(the_secret_of_the_current_version_is_asked_for_by_name);
	RUN(a_secret_that_has_moved_on_is_asked_for_by_version);
	RUN(an_old_certificate_has_its_secret_by_version);
	RUN(a_secret_that_may_not_be_had_is_lacking);
	RUN(what_passes_is_the_reader_s);
	RUN(a_disabled_certificate_s_secret_is_not_asked_for);
	RUN(an_operation_is_asked_for_where_there_is_one);
	RUN(a_rotation_policy_may_be_lacking);
	return check_report();
}
