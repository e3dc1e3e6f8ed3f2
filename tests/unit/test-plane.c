/* SPDX-License-Identifier: MIT */

/* How long the management plane's answers stand, and who waits for them. */

#include "cache/plane.h"
#include "caller.h"

#define GUID "72f988bf-86f1-41af-91ab-2d7cd011db47"
#define ID                                                     \
	"/subscriptions/" GUID "/resourceGroups/rg/providers/" \
	"Microsoft.KeyVault/vaults/demo"

typedef struct Reader {
	CacheWait wait;
	unsigned calls;
} Reader;

static Arm *arm;
static Plane *plane;

static void reader_done(CacheWait *wait, const CacheReply *reply)
{
	Reader *reader = AKV_CONTAINER_OF(wait, Reader, wait);

	if (reply->answer != VAULT_OK)
		abort();
	reader->calls++;
}

static void plane_begin(bool on)
{
	const CachePolicy policy = {
		.ttl_us = 300 * S,
		.negative_ttl_us = 30 * S,
		.stale_us = 600 * S,
		.timeout_us = TIMEOUT,
	};
	ArmId id;

	begin_warm();
	if (arm_id_parse(&id, ID, strlen(ID)) != 0 ||
	    (on &&
	     arm_new(&arm, &id, vault, NULL, NULL, sign_in, TIMEOUT) != 0) ||
	    plane_new(&plane, NULL, on ? arm : NULL, &policy) != 0)
		abort();
}

static void plane_end(void)
{
	plane = plane_free(plane);
	arm = arm_free(arm);
	end();
}

static void say(int status, const char *body)
{
	answer(&(FakeAnswer){.status = status, .body = body});
}

/* Answer the vault's GET well; roles are refused, and nobody is named. */
static void say_vault(void)
{
	say(200, "{\"id\":\"" ID "\",\"location\":\"here\",\"properties\":{}}");
	say(403, "{}");
}

static void test_one_for_all_and_for_ttl(void)
{
	Reader a = {.wait.done = reader_done}, b = a, c = a;
	size_t asked;

	plane_begin(true);
	CHECK_STR(plane_state(plane), "not asked");
	CHECK_OK(plane_ask(plane, &a.wait));
	CHECK_OK(plane_ask(plane, &b.wait));
	grant("arm");
	CHECK_EQ(fake_http_waiting(), 1);
	CHECK_EQ(a.calls + b.calls, 0);
	say_vault();
	CHECK(a.calls == 1 && b.calls == 1);
	CHECK_STR(plane_vault(plane)->location, "here");
	CHECK_STR(plane_state(plane), "known");
	asked = fake_http_count();
	fake_loop_pass(299 * S);
	CHECK_OK(plane_ask(plane, &c.wait));
	CHECK_EQ(c.calls, 1);
	CHECK_EQ(fake_http_count(), asked);
	fake_loop_pass(2 * S);
	CHECK_OK(plane_ask(plane, &c.wait));
	CHECK_EQ(c.calls, 1);
	CHECK_EQ(fake_http_count(), asked + 1);
	say_vault();
	CHECK_EQ(c.calls, 2);
	plane_end();
}

static void test_a_refusal_stands(void)
{
	Reader reader = {.wait.done = reader_done};
	size_t asked;

	plane_begin(true);
	CHECK_OK(plane_ask(plane, &reader.wait));
	grant("arm");
	say(403, "{\"error\":{\"code\":\"AuthorizationFailed\"}}");
	CHECK_EQ(reader.calls, 1);
	CHECK(!plane_vault(plane));
	CHECK_STR(plane_state(plane), "unknown");
	CHECK(strstr(plane_why(plane), "Reader") != NULL);
	asked = fake_http_count();
	fake_loop_pass(29 * S);
	CHECK_OK(plane_ask(plane, &reader.wait));
	CHECK_EQ(reader.calls, 2);
	CHECK_EQ(fake_http_count(), asked);
	fake_loop_pass(2 * S);
	CHECK_OK(plane_ask(plane, &reader.wait));
	CHECK_EQ(fake_http_count(), asked + 1);
	say_vault();
	CHECK_STR(plane_state(plane), "known");
	CHECK_STR(plane_why(plane), "");
	plane_end();
}

/* Learn the vault; let its ttl pass; ask again. */
static bool known_and_over(Reader *reader)
{
	if (plane_ask(plane, &reader->wait) != 0)
		return false;
	grant("arm");
	say_vault();
	fake_loop_pass(301 * S);
	return plane_ask(plane, &reader->wait) == 0 && reader->calls == 1;
}

static void test_old_beats_nothing(void)
{
	Reader reader = {.wait.done = reader_done};

	plane_begin(true);
	CHECK(known_and_over(&reader));
	answer(&(FakeAnswer){.result = HTTP_E_CONNECT});
	for (unsigned i = 0; i < 20 && reader.calls == 1; i++) {
		fake_loop_pass(S);
		if (fake_http_waiting() > 0)
			answer(&(FakeAnswer){.result = HTTP_E_CONNECT});
	}
	CHECK_EQ(reader.calls, 2);
	CHECK_STR(plane_state(plane), "old");
	CHECK(plane_vault(plane) != NULL);
	plane_end();
}

/* A refusal is the service's word. */
static void test_a_refusal_takes_the_old_away(void)
{
	Reader reader = {.wait.done = reader_done};

	plane_begin(true);
	CHECK(known_and_over(&reader));
	say(403, "{\"error\":{\"code\":\"AuthorizationFailed\"}}");
	CHECK_EQ(reader.calls, 2);
	CHECK(!plane_vault(plane));
	plane_end();
}

static void test_nobody_waits_for_ever(void)
{
	Reader reader = {.wait.done = reader_done};

	plane_begin(true);
	CHECK_OK(plane_ask(plane, &reader.wait));
	fake_loop_pass(TIMEOUT + S);
	CHECK_EQ(reader.calls, 1);
	plane_end();
}

static void test_who_leaves_is_not_called(void)
{
	Reader reader = {.wait.done = reader_done};

	plane_begin(true);
	CHECK_OK(plane_ask(plane, &reader.wait));
	wait_remove(&reader.wait);
	grant("arm");
	say_vault();
	CHECK_EQ(reader.calls, 0);
	CHECK(plane_vault(plane) != NULL);
	plane_end();
}

static void test_off(void)
{
	Reader reader = {.wait.done = reader_done};
	size_t asked;

	plane_begin(false);
	asked = fake_http_count();
	CHECK_OK(plane_ask(plane, &reader.wait));
	CHECK_EQ(reader.calls, 1);
	CHECK_EQ(fake_http_count(), asked);
	CHECK_STR(plane_state(plane), "off");
	plane_end();
}

int main(void)
{
	if (secret_heap_init(NULL, 1 << 20) < 0)
		return 1;
	log_capture(quiet);
	RUN(test_one_for_all_and_for_ttl);
	RUN(test_a_refusal_stands);
	RUN(test_old_beats_nothing);
	RUN(test_a_refusal_takes_the_old_away);
	RUN(test_nobody_waits_for_ever);
	RUN(test_who_leaves_is_not_called);
	RUN(test_off);
	return check_report();
}
