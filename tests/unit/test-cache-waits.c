/* SPDX-License-Identifier: MIT */

/*
 * While the vault does not answer: who gets what is stale, who an error, how
 * long anybody waits, and what leaving or asking again in between does.
 */

#include "base/log.h"
#include "cache-test.h"

static void a_failure_with_nothing_held_is_told(void)
{
	Reader reader;

	begin();
	CHECK_EQ(lookup(&reader, "db"), 0);
	fake_source_refuse(fake_source_last(), VAULT_E_UNRESOLVED);
	CHECK_EQ(reader.calls, 1);
	CHECK_EQ(reader.answer, VAULT_E_UNRESOLVED);
	/* In the pause after it nobody asks. */
	fake_loop_pass(499 * MS);
	CHECK_EQ(lookup(&reader, "db"), 1);
	CHECK_EQ(reader.answer, VAULT_E_UNRESOLVED);
	CHECK_EQ(fake_source_count(), 1);
	CHECK_EQ(stats_now().failed, 2);
	fake_loop_pass(1 * MS);
	CHECK_EQ(lookup(&reader, "db"), 0);
	fake_source_give(fake_source_last(), 'a', "x");
	CHECK_EQ(reader.answer, VAULT_OK);
	end();
}

static void stale_is_served_while_the_vault_is_away(void)
{
	Reader reader;

	begin();
	give("db", 'a', "old");
	fake_loop_pass(301 * S);
	CHECK_EQ(lookup(&reader, "db"), 0);
	fake_source_refuse(fake_source_last(), VAULT_E_UNREACHABLE);
	CHECK_EQ(reader.answer, VAULT_OK);
	CHECK_STR(reader.version, fake_version('a'));
	CHECK_EQ(reader.lifetime_us, 500 * MS);
	CHECK_EQ(lookup(&reader, "db"), 1);
	CHECK_EQ(reader.answer, VAULT_OK);
	CHECK_EQ(stats_now().stale, 2);
	/* It is back. */
	fake_loop_pass(500 * MS);
	CHECK_EQ(lookup(&reader, "db"), 0);
	fake_source_give(fake_source_last(), 'b', "newer");
	CHECK_STR(reader.version, fake_version('b'));
	CHECK_EQ(reader.lifetime_us, 300 * S);
	CHECK_EQ(stats_now().stale, 2);
	end();
}

static void stale_ends(void)
{
	Reader reader;

	begin();
	give("db", 'a', "old");
	fake_loop_pass(1300 * S);
	CHECK_EQ(lookup(&reader, "db"), 0);
	fake_source_refuse(fake_source_last(), VAULT_E_THROTTLED);
	CHECK_EQ(reader.answer, VAULT_OK);
	fake_loop_pass(1);
	CHECK_EQ(lookup(&reader, "db"), 1);
	CHECK_EQ(reader.answer, VAULT_E_THROTTLED);
	end();
}

static void the_vault_s_word_ends_stale_at_once(void)
{
	Reader reader;

	begin();
	give("db", 'a', "old");
	fake_loop_pass(301 * S);
	CHECK_EQ(lookup(&reader, "db"), 0);
	fake_source_refuse(fake_source_last(), VAULT_E_DISABLED);
	CHECK_EQ(reader.answer, VAULT_E_DISABLED);
	fake_loop_pass(31 * S);
	CHECK_EQ(lookup(&reader, "db"), 0);
	fake_source_refuse(fake_source_last(), VAULT_E_UNREACHABLE);
	CHECK_EQ(reader.answer, VAULT_E_UNREACHABLE);
	end();
}

static void what_the_vault_states_is_the_pause(void)
{
	Reader reader;

	begin();
	CHECK_EQ(lookup(&reader, "db"), 0);
	fake_source_refuse_until(fake_source_last(), VAULT_E_THROTTLED, 3 * S);
	fake_loop_pass(3 * S - 1);
	CHECK_EQ(lookup(&reader, "db"), 1);
	fake_loop_pass(1);
	CHECK_EQ(lookup(&reader, "db"), 0);
	fake_source_give(fake_source_last(), 'a', "x");
	end();
}

/* --- deadlines ---------------------------------------------------------- */

static void nobody_waits_longer_than_the_timeout(void)
{
	Reader first, second;

	begin();
	CHECK_EQ(lookup(&first, "db"), 0);
	fake_loop_pass(2 * S);
	CHECK_EQ(lookup(&second, "db"), 0);
	fake_loop_pass(3 * S + WAIT_GRACE_US - 1);
	CHECK_EQ(first.calls, 0);
	fake_loop_pass(1);
	CHECK_EQ(first.calls, 1);
	CHECK_EQ(first.answer, VAULT_E_UNREACHABLE);
	CHECK_EQ(second.calls, 0);
	CHECK_EQ(fake_source_count(), 1);
	/* The request goes on: its answer is for those who still wait. */
	fake_source_give(fake_source_last(), 'a', "x");
	CHECK_EQ(first.calls, 1);
	CHECK_EQ(second.calls, 1);
	CHECK_EQ(second.answer, VAULT_OK);
	end();
}

static void at_the_deadline_stale_is_better_than_nothing(void)
{
	Reader reader;

	begin();
	give("db", 'a', "old");
	fake_loop_pass(301 * S);
	CHECK_EQ(lookup(&reader, "db"), 0);
	fake_loop_pass(5 * S + WAIT_GRACE_US);
	CHECK_EQ(reader.calls, 1);
	CHECK_EQ(reader.answer, VAULT_OK);
	CHECK_STR(reader.version, fake_version('a'));
	CHECK_EQ(reader.lifetime_us, 0);
	CHECK_EQ(stats_now().stale, 1);
	/* But not when it is too old for that. */
	fake_loop_pass(1000 * S);
	CHECK_EQ(lookup(&reader, "db"), 0);
	fake_loop_pass(5 * S + WAIT_GRACE_US);
	CHECK_EQ(reader.answer, VAULT_E_UNREACHABLE);
	fake_source_give(fake_source_last(), 'b', "x");
	CHECK_EQ(reader.calls, 1);
	end();
}

static void who_reads_a_version_has_a_deadline_too(void)
{
	Reader reader;

	begin();
	CHECK_EQ(read_version(&reader, "db", 'a'), 0);
	fake_loop_pass(5 * S + WAIT_GRACE_US);
	CHECK_EQ(reader.answer, VAULT_E_UNREACHABLE);
	fake_source_give(fake_source_last(), 'a', "x");
	CHECK_EQ(reader.calls, 1);
	CHECK_EQ(read_version(&reader, "db", 'a'), 1);
	CHECK_STR(reader.value, "x");
	end();
}

/* With a ttl of 0, one who waits for the second request has his own time. */
static void a_second_request_does_not_move_a_deadline(void)
{
	CachePolicy policy = policy_usual;
	Reader first, second;

	policy.ttl_us = 0;
	begin_with(&policy);
	CHECK_EQ(lookup(&first, "db"), 0);
	fake_loop_pass(1 * S);
	CHECK_EQ(lookup(&second, "db"), 0);
	fake_loop_pass(3 * S);
	fake_source_give(fake_source_at(0), 'a', "x");
	CHECK_EQ(first.calls, 1);
	fake_loop_pass(2 * S + WAIT_GRACE_US - 1);
	CHECK_EQ(second.calls, 0);
	fake_loop_pass(1);
	CHECK_EQ(second.calls, 1);
	/* What the first request brought, as stale. */
	CHECK_EQ(second.answer, VAULT_OK);
	fake_source_give(fake_source_at(1), 'b', "x");
	CHECK_EQ(second.calls, 1);
	end();
}

/* --- leaving, and asking again ------------------------------------------ */

static void a_reader_may_leave(void)
{
	Reader first, second, version;

	begin();
	CHECK_EQ(lookup(&first, "db"), 0);
	CHECK_EQ(lookup(&second, "db"), 0);
	CHECK_EQ(read_version(&version, "db", 'a'), 0);
	wait_remove(&first.wait);
	wait_remove(&version.wait);
	CHECK_EQ(fake_loop_timers(), 1);
	fake_source_give(fake_source_at(0), 'a', "x");
	fake_source_give(fake_source_at(1), 'a', "x");
	CHECK_EQ(first.calls + version.calls, 0);
	CHECK_EQ(second.calls, 1);
	/* After he was told it has no effect. */
	wait_remove(&second.wait);
	/* All may leave: the answer is kept for the next. */
	CHECK_EQ(lookup(&first, "api"), 0);
	wait_remove(&first.wait);
	fake_source_give(fake_source_last(), 'a', "x");
	CHECK_EQ(lookup(&first, "api"), 1);
	end();
}

static Reader victim;

static void done_removing_another(CacheWait *wait, const CacheReply *reply)
{
	reader_done(wait, reply);
	wait_remove(&victim.wait);
}

static void a_reader_may_leave_while_others_are_told(void)
{
	Reader reader;

	begin();
	CHECK_EQ(lookup(&reader, "db"), 0);
	reader.wait.done = done_removing_another;
	CHECK_EQ(lookup(&victim, "db"), 0);
	fake_source_give(fake_source_last(), 'a', "x");
	CHECK_EQ(reader.calls, 1);
	CHECK_EQ(victim.calls, 0);
	CHECK_EQ(read_version(&reader, "db", 'b'), 0);
	reader.wait.done = done_removing_another;
	CHECK_EQ(read_version(&victim, "db", 'b'), 0);
	fake_source_refuse(fake_source_last(), VAULT_E_TLS);
	CHECK_EQ(reader.calls, 1);
	CHECK_EQ(victim.calls, 0);
	CHECK_EQ(fake_loop_timers(), 0);
	end();
}

static Reader again, again_version;
static int again_result, again_version_result;

static void done_asking_again(CacheWait *wait, const CacheReply *reply)
{
	reader_done(wait, reply);
	again_result = lookup(&again, "db");
	again_version_result = read_version(&again_version, "db", 'a');
}

static void a_reader_may_ask_again_when_told(void)
{
	CachePolicy policy = policy_usual;
	Reader reader;

	policy.ttl_us = 0;
	begin_with(&policy);
	CHECK_EQ(lookup(&reader, "db"), 0);
	reader.wait.done = done_asking_again;
	fake_loop_pass(1);
	fake_source_give(fake_source_last(), 'a', "x");
	CHECK_EQ(reader.calls, 1);
	CHECK_EQ(again_result, 0);
	/* The value is held already when the first one is told. */
	CHECK_EQ(again_version_result, 1);
	CHECK_STR(again_version.value, "x");
	CHECK_EQ(fake_source_count(), 2);
	fake_source_give(fake_source_last(), 'a', "x");
	CHECK_EQ(again.answer, VAULT_OK);

	CHECK_EQ(read_version(&reader, "db", 'b'), 0);
	reader.wait.done = done_asking_again;
	fake_loop_pass(1);
	fake_source_refuse(fake_source_last(), VAULT_E_UNREACHABLE);
	CHECK_EQ(reader.calls, 1);
	fake_source_give(fake_source_last(), 'a', "x");
	CHECK_EQ(again.answer, VAULT_OK);
	end();
}

static void done_looking_further(CacheWait *wait, const CacheReply *reply)
{
	reader_done(wait, reply);
	again_result = lookup(&again, "one-more");
}

/* An entry whose readers are being told makes no room for another. */
static void a_full_table_keeps_who_is_being_told(void)
{
	Reader reader, second;
	char name[16];

	begin();
	CHECK_EQ(lookup(&reader, "db"), 0);
	CHECK_EQ(lookup(&second, "db"), 0);
	reader.wait.done = done_looking_further;
	for (unsigned i = 1; i < CACHE_ENTRIES_MAX; i++) {
		Reader other;

		(void)snprintf(name, sizeof(name), "n%u", i);
		CHECK_EQ(lookup(&other, name), 0);
		fake_source_refuse(fake_source_last(), VAULT_E_NOT_FOUND);
		fake_source_forget_last();
	}
	CHECK_EQ(stats_now().entries, CACHE_ENTRIES_MAX);
	fake_source_refuse(fake_source_at(0), VAULT_E_NOT_FOUND);
	CHECK_EQ(reader.answer, VAULT_E_NOT_FOUND);
	CHECK_EQ(second.answer, VAULT_E_NOT_FOUND);
	CHECK_EQ(again_result, 0);
	CHECK_EQ(stats_now().entries, CACHE_ENTRIES_MAX);
	fake_source_refuse(fake_source_last(), VAULT_E_NOT_FOUND);
	CHECK_EQ(lookup(&second, "db"), 1);
	end();
}

/* --- faults ------------------------------------------------------------- */

static void what_cannot_be_asked_is_a_fault(void)
{
	Reader reader;

	begin();
	fake_source_fail_next(-ENOMEM);
	CHECK_EQ(lookup(&reader, "db"), -ENOMEM);
	fake_source_fail_next(-ENOSPC);
	CHECK_EQ(read_version(&reader, "db", 'a'), -ENOSPC);
	CHECK_EQ(reader.calls, 0);
	CHECK_EQ(fake_loop_timers(), 0);
	CHECK_EQ(stats_now().waiting, 0);
	CHECK_EQ(stats_now().fetches, 0);
	/* And does no harm to the next ones. */
	give("db", 'a', "x");
	CHECK_EQ(read_version(&reader, "db", 'a'), 1);
	CHECK_EQ(read_version(&reader, "db", 'b'), 0);
	fake_source_give(fake_source_last(), 'b', "y");
	CHECK_STR(reader.value, "y");
	end();
}

static void a_second_request_that_cannot_be_made_is_told(void)
{
	CachePolicy policy = policy_usual;
	Reader first, second, third;

	policy.ttl_us = 0;
	begin_with(&policy);
	CHECK_EQ(lookup(&first, "db"), 0);
	fake_loop_pass(1);
	CHECK_EQ(lookup(&second, "db"), 0);
	CHECK_EQ(lookup(&third, "db"), 0);
	fake_source_fail_next(-ENOMEM);
	fake_source_give(fake_source_last(), 'a', "x");
	CHECK_EQ(first.answer, VAULT_OK);
	CHECK_EQ(second.calls, 1);
	CHECK_EQ(second.answer, VAULT_E_UNREACHABLE);
	CHECK_EQ(third.answer, VAULT_E_UNREACHABLE);
	CHECK_EQ(fake_loop_timers(), 0);
	end();
}

static void it_may_go_while_many_wait(void)
{
	Reader name, version, list;

	begin();
	CHECK_EQ(lookup(&name, "db"), 0);
	CHECK_EQ(read_version(&version, "db", 'a'), 0);
	reader_init(&list);
	CHECK_OK(cache_list(cache, &list.wait, &list_of_secrets, 0));
	CHECK_EQ(stats_now().waiting, 3);
	cache = cache_free(cache);
	CHECK_EQ(fake_source_waiting(), 0);
	CHECK_EQ(name.calls + version.calls + list.calls, 0);
	CHECK_EQ(fake_loop_timers(), 0);
	end();
}

/* Evicting in between: who waits is told, and what came is kept. */
static void evicting_while_one_waits(void)
{
	Reader reader;

	begin();
	CHECK_EQ(lookup(&reader, "db"), 0);
	cache_evict(cache);
	fake_source_give(fake_source_last(), 'a', "x");
	CHECK_EQ(reader.answer, VAULT_OK);
	CHECK_EQ(lookup(&reader, "db"), 1);
	end();
}

/* --- the log ------------------------------------------------------------ */

static char log_text[4096];
static unsigned log_lines;

static void log_note(AKV_UNUSED enum log_level level, const char *line)
{
	size_t n = strlen(log_text);

	log_lines++;
	(void)snprintf(log_text + n, sizeof(log_text) - n, "%s\n", line);
}

static void ask_and_refuse(enum vault_answer answer)
{
	Reader reader;

	fake_loop_pass(400 * S);
	if (lookup(&reader, "db") != 0)
		abort();
	fake_source_refuse(fake_source_last(), answer);
}

static void the_log_is_told_of_changes_only(void)
{
	begin();
	log_lines = 0;
	log_text[0] = '\0';
	log_capture(log_note);
	give("db", 'a', "UNMISTAKABLE");
	CHECK_EQ(log_lines, 0);
	for (int i = 0; i < 5; i++)
		ask_and_refuse(VAULT_E_FORBIDDEN);
	CHECK_EQ(log_lines, 1);
	ask_and_refuse(VAULT_E_UNREACHABLE);
	CHECK_EQ(log_lines, 2);
	fake_loop_pass(400 * S);
	give("db", 'a', "UNMISTAKABLE");
	CHECK_EQ(log_lines, 3);
	/* A file that is not there is no event. */
	ask_and_refuse(VAULT_E_NOT_FOUND);
	fake_loop_pass(400 * S);
	give("db", 'a', "UNMISTAKABLE");
	log_capture(NULL);
	CHECK_EQ(log_lines, 3);
	CHECK(strstr(log_text, "a sentence of the test"));
	/* Neither the name of the object nor its value. */
	CHECK(!strstr(log_text, "db"));
	CHECK(!strstr(log_text, "UNMISTAKABLE"));
	end();
}

int main(void)
{
	if (secret_heap_init(NULL, CACHE_TEST_HEAP) < 0)
		return 1;
	log_capture(log_note); /* what is expected need not be printed */
	RUN(a_failure_with_nothing_held_is_told);
	RUN(stale_is_served_while_the_vault_is_away);
	RUN(stale_ends);
	RUN(the_vault_s_word_ends_stale_at_once);
	RUN(what_the_vault_states_is_the_pause);
	RUN(nobody_waits_longer_than_the_timeout);
	RUN(at_the_deadline_stale_is_better_than_nothing);
	RUN(who_reads_a_version_has_a_deadline_too);
	RUN(a_second_request_does_not_move_a_deadline);
	RUN(a_reader_may_leave);
	RUN(a_reader_may_leave_while_others_are_told);
	RUN(a_reader_may_ask_again_when_told);
	RUN(a_full_table_keeps_who_is_being_told);
	RUN(what_cannot_be_asked_is_a_fault);
	RUN(a_second_request_that_cannot_be_made_is_told);
	RUN(it_may_go_while_many_wait);
	RUN(evicting_while_one_waits);
	RUN(the_log_is_told_of_changes_only);
	return check_report();
}
