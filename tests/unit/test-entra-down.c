/* SPDX-License-Identifier: MIT */

/*
 * The authority is away for an hour. Signing in, the vault and the cache are
 * the real ones; HTTP and time are played.
 */

#include "cache/cache.h"
#include "caller.h"
#include "reader.h"

enum {
	HEAP = 1 << 20,
	NAMES = 4096,
	HOUR_S = 3600,
	TTL_S = 60,
	TOKEN_REQUESTS_MAX = 64,
};

static _Alignas(16) char names_memory[COLLECTIONS][NAMES * 16];
static Names *names[COLLECTIONS];
static Cache *cache;

/* What is outside. */
static struct {
	bool authority_is_away;
	char digit; /* of which the version is made: what the secret is now */
	uint64_t token_end_us;
	uint64_t asked_us[TOKEN_REQUESTS_MAX]; /* for a token */
	size_t asked;
} world;

static const CachePolicy policy = {
	.ttl_us = TTL_S * S,
	.negative_ttl_us = 30 * S,
	.stale_us = UINT64_C(86400) * S,
	.timeout_us = TIMEOUT,
	.values_max = 100,
	.bytes_max = HEAP / 2,
};

static void start(void)
{
	CacheSource source;

	begin(TENANT_1);
	memset(&world, 0, sizeof(world));
	world.digit = '1';
	memset(names_memory, 0, sizeof(names_memory));
	for (size_t i = 0; i < COLLECTIONS; i++)
		if (names_new(&names[i], names_memory[i],
			      names_memory_size(NAMES / 2)) != 0)
			abort();
	source = cache_source_vault(vault);
	if (cache_new(&cache, NULL, &source, &policy, names) != 0)
		abort();
}

static void stop(void)
{
	cache = cache_free(cache);
	for (size_t i = 0; i < COLLECTIONS; i++)
		names[i] = names_free(names[i]);
	end();
}

/* --- the world ----------------------------------------------------------- */

static void authority_answer(FakeRequest *request)
{
	if (world.asked == TOKEN_REQUESTS_MAX)
		abort();
	world.asked_us[world.asked++] = clock_now_us();
	if (world.authority_is_away) {
		/* In both ways: there is nobody, and somebody who is busy. */
		fake_http_answer(
			request,
			world.asked % 2
				? &(FakeAnswer){.status = 503}
				: &(FakeAnswer){.result = HTTP_E_CONNECT});
		return;
	}
	world.token_end_us = clock_now_us() + HOUR_S * S;
	fake_http_answer(request,
			 &(FakeAnswer){.status = 200,
				       .body = "{\"expires_in\":3600,"
					       "\"access_token\":\"t\"}"});
}

static void vault_answer(FakeRequest *request)
{
	const char *name = strstr(request->url, "/secrets/") + 9;
	char version[VERSION_LENGTH + 1], body[512];

	if (clock_now_us() >= world.token_end_us) {
		fake_http_answer(request, &(FakeAnswer){.status = 401,
							.challenge = CHALLENGE(
								TENANT_1)});
		return;
	}
	memset(version, world.digit, VERSION_LENGTH);
	version[VERSION_LENGTH] = '\0';
	(void)snprintf(body, sizeof(body),
		       "{\"value\":\"v\",\"id\":\"https://demo.vault.azure.net"
		       "/secrets/%.*s/%s\",\"attributes\":{\"enabled\":true,"
		       "\"created\":1700000000,\"updated\":1700000000}}",
		       (int)strcspn(name, "/?"), name, version);
	fake_http_answer(request, &(FakeAnswer){.status = 200, .body = body});
}

/* Let time pass, and answer all that is asked. */
static void pass(uint64_t us)
{
	fake_loop_pass(us);
	for (size_t i = 0; i < fake_http_count(); i++) {
		FakeRequest *request = fake_http_at(i);

		if (request->cancelled || request->finished)
			continue;
		if (strncmp(request->url, LOGIN, strlen(LOGIN)) == 0)
			authority_answer(request);
		else
			vault_answer(request);
	}
	fake_loop_pass(0);
	if (fake_http_waiting() == 0)
		fake_http_reset();
}

/* Ask for @name, and say what was told without any time passing. */
static int look(Reader *reader, const char *name)
{
	ObjectKey key;

	reader_init(reader);
	if (object_key_init(&key, COLLECTION_SECRETS, name, strlen(name)) !=
		    0 ||
	    cache_lookup(cache, &reader->wait, &key, NULL) != 0)
		abort();
	pass(0);
	return reader->answer;
}

/* --- the hour ------------------------------------------------------------ */

/* Each second one reads what is held; how many were not told it, or not at
 * once. */
static void read_for(unsigned seconds, unsigned *failed, unsigned *late)
{
	Reader reader;

	for (unsigned i = 0; i < seconds; i++) {
		if (look(&reader, "held") == READER_NOT_TOLD)
			(*late)++;
		pass(S);
		while (reader.answer == READER_NOT_TOLD)
			pass(S);
		if (reader.answer != VAULT_OK)
			(*failed)++;
	}
}

static void test_what_is_cached_goes_on(void)
{
	unsigned failed = 0, late = 0;
	Reader reader;

	start();
	CHECK_EQ(look(&reader, "held"), VAULT_OK);
	CHECK_EQ(world.asked, 1);
	world.authority_is_away = true;
	/* As long as the token is good nobody notices. */
	read_for(HOUR_S, &failed, &late);
	CHECK(clock_now_us() >= world.token_end_us);
	CHECK_EQ(failed + late, 0);
	world.digit = '2';
	read_for(HOUR_S, &failed, &late);
	CHECK_EQ(failed, 0);
	CHECK(late <= world.asked);
	CHECK_EQ(look(&reader, "held"), VAULT_OK);
	CHECK_EQ(reader.version[0], '1');
	stop();
}

/* A pause is twice the one before, up to five minutes. */
static void test_the_authority_is_left_alone(void)
{
	uint64_t least_us = 0;

	start();
	world.authority_is_away = true;
	for (unsigned i = 0; i < HOUR_S; i++) {
		Reader reader;
		char name[16];

		/* Whoever comes wants something else. */
		(void)snprintf(name, sizeof(name), "cold-%u", i % 1000);
		CHECK(look(&reader, name) != VAULT_OK);
		wait_remove(&reader.wait);
		pass(S);
	}
	CHECK(world.asked >= 10);
	CHECK(world.asked <= 22);
	for (size_t i = 1; i < world.asked; i++) {
		uint64_t gap_us = world.asked_us[i] - world.asked_us[i - 1];

		CHECK(gap_us >= least_us);
		CHECK(gap_us <= 302 * S);
		least_us = AKV_MIN(2 * (gap_us - S), 300 * S);
	}
	stop();
}

/* Nobody waits for what is known not to come in time. */
static void test_what_is_not_cached_fails_at_once(void)
{
	unsigned late = 0, n = 0;
	Reader reader;

	start();
	world.authority_is_away = true;
	(void)look(&reader, "first");
	pass(10 * S);
	CHECK_EQ(reader.answer, VAULT_E_UNAVAILABLE);
	for (; n < HOUR_S; n++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "cold-%u", n % 1000);
		if (look(&reader, name) == READER_NOT_TOLD)
			late++;
		else
			CHECK_EQ(reader.answer, VAULT_E_UNAVAILABLE);
		wait_remove(&reader.wait);
		pass(S);
	}
	/* But for a pause that ends in time. */
	CHECK(late <= (TIMEOUT / S + 1) * world.asked);
	stop();
}

static void test_it_is_back(void)
{
	unsigned failed = 0, late = 0, waited_s = 0;
	Reader reader;

	start();
	CHECK_EQ(look(&reader, "held"), VAULT_OK);
	world.authority_is_away = true;
	read_for(2 * HOUR_S, &failed, &late);
	CHECK_EQ(failed, 0);
	world.authority_is_away = false;
	world.digit = '2';
	do {
		(void)look(&reader, "held");
		pass(6 * S);
		CHECK_EQ(reader.answer, VAULT_OK);
		waited_s += 6;
	} while (reader.version[0] == '1' && waited_s < HOUR_S);
	CHECK_EQ(reader.version[0], '2');
	CHECK(waited_s <= 312);
	CHECK_EQ(look(&reader, "cold"), VAULT_OK);
	stop();
}

int main(void)
{
	if (secret_heap_init(NULL, HEAP) < 0)
		return 1;
	log_capture(quiet);
	RUN(test_what_is_cached_goes_on);
	RUN(test_the_authority_is_left_alone);
	RUN(test_what_is_not_cached_fails_at_once);
	RUN(test_it_is_back);
	return check_report();
}
