/* SPDX-License-Identifier: MIT */

/*
 * Who waits for a list: how long, who may leave and when, and what he is told
 * where the list cannot be had.
 */

#include "base/log.h"
#include "listing-test.h"

static unsigned log_lines;

static void log_count(AKV_UNUSED enum log_level level,
		      AKV_UNUSED const char *line)
{
	log_lines++;
}

static void begin_with(size_t names_max)
{
	log_lines = 0;
	listing_begin(names_max);
}

static void begin(void)
{
	begin_with(16);
}

/* --- waiting ------------------------------------------------------------ */

static void nobody_waits_longer_than_the_timeout(void)
{
	Reader reader, patient;

	begin();
	CHECK_EQ(read_at(&reader, 0), 0);
	fake_loop_pass(4 * S);
	CHECK_EQ(read_at(&patient, 0), 0);
	fake_loop_pass(1 * S + WAIT_GRACE_US - 1);
	CHECK_EQ(reader.calls, 0);
	fake_loop_pass(1);
	CHECK_EQ(reader.calls, 1);
	CHECK_EQ(reader.answer, VAULT_E_UNREACHABLE);
	/* The list goes on for those who still wait. */
	CHECK_EQ(patient.calls, 0);
	CHECK_EQ(fake_source_waiting(), 1);
	fake_source_page(fake_source_last(), "a", NULL);
	CHECK_EQ(patient.answer, VAULT_OK);
	CHECK_EQ(reader.calls, 1);
	end();
}

/* A page that was not for him does not give him more time. */
static void pages_do_not_move_a_deadline(void)
{
	Reader reader;

	begin();
	CHECK_EQ(read_at(&reader, 9), 0);
	for (int i = 0; i < 5; i++) {
		fake_loop_pass(1 * S);
		fake_source_page(fake_source_last(), "a b", "next");
	}
	CHECK_EQ(reader.calls, 0);
	fake_loop_pass(WAIT_GRACE_US);
	CHECK_EQ(reader.answer, VAULT_E_UNREACHABLE);
	fake_source_page(fake_source_last(), "", NULL);
	CHECK_EQ(reader.calls, 1);
	end();
}

static void a_reader_may_leave(void)
{
	Reader first, second;

	begin();
	CHECK_EQ(read_at(&first, 0), 0);
	CHECK_EQ(read_at(&second, 5), 0);
	wait_remove(&first.wait);
	fake_source_page(fake_source_last(), "a", "2");
	wait_remove(&second.wait);
	CHECK_EQ(fake_loop_timers(), 0);
	/* The list comes whole for whoever asks next. */
	fake_source_page(fake_source_last(), "b", NULL);
	CHECK_EQ(first.calls + second.calls, 0);
	CHECK_EQ(read_at(&first, 0), 1);
	CHECK_EQ(fake_source_count(), 2);
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
	CHECK_EQ(read_at(&reader, 0), 0);
	reader.wait.done = done_removing_another;
	CHECK_EQ(read_at(&victim, 0), 0);
	fake_source_page(fake_source_last(), "a", "2");
	CHECK_EQ(reader.calls, 1);
	CHECK_EQ(victim.calls, 0);
	CHECK_EQ(read_at(&reader, 1), 0);
	reader.wait.done = done_removing_another;
	CHECK_EQ(read_at(&victim, 1), 0);
	fake_source_page(fake_source_last(), "", NULL);
	CHECK_EQ(reader.calls, 1);
	CHECK_EQ(victim.calls, 0);
	end();
}

static Reader again;
static int again_result;

static void done_reading_on(CacheWait *wait, const CacheReply *reply)
{
	reader_done(wait, reply);
	again_result = read_at(&again, 0);
}

static void a_reader_may_ask_again_when_told(void)
{
	Reader reader;

	begin();
	policy.ttl_us = 0;
	CHECK_EQ(read_at(&reader, 0), 0);
	reader.wait.done = done_reading_on;
	fake_loop_pass(1);
	fake_source_page(fake_source_last(), "a", NULL);
	CHECK_EQ(reader.calls, 1);
	CHECK_EQ(again_result, 0);
	CHECK_EQ(fake_source_count(), 2);
	fake_source_page(fake_source_last(), "a", NULL);
	CHECK_EQ(again.calls, 1);
	CHECK_EQ(again.answer, VAULT_OK);
	end();
}

/* --- limits and faults -------------------------------------------------- */

static void a_list_that_does_not_end_is_not_believed(void)
{
	Reader reader;

	begin();
	CHECK_EQ(read_at(&reader, 9), 0);
	log_capture(log_count);
	for (int i = 0; i < LISTING_PAGES_MAX; i++) {
		CHECK_EQ(fake_source_count(), i + 1);
		CHECK_EQ(reader.calls, 0);
		fake_source_page(fake_source_last(), "a", "again");
	}
	log_capture(NULL);
	CHECK_EQ(fake_source_count(), LISTING_PAGES_MAX);
	CHECK_EQ(reader.answer, VAULT_E_UNTRUSTED);
	CHECK_EQ(log_lines, 1);
	CHECK_EQ(read_at(&reader, 0), 1);
	CHECK_EQ(reader.answer, VAULT_E_UNTRUSTED);
	end();
}

static void more_names_than_fit_are_an_error(void)
{
	Reader reader;

	begin_with(3);
	CHECK_EQ(read_at(&reader, 0), 0);
	fake_source_page(fake_source_last(), "a b c d", "2");
	CHECK_EQ(fake_source_count(), 1);
	CHECK_EQ(reader.answer, VAULT_E_UNTRUSTED);
	end();
}

static void what_cannot_be_asked_is_a_fault(void)
{
	Reader reader;

	begin();
	fake_source_fail_next(-ENOMEM);
	CHECK_EQ(read_at(&reader, 0), -ENOMEM);
	CHECK_EQ(reader.calls, 0);
	CHECK(!names_in_round(names));
	CHECK_EQ(fake_loop_timers(), 0);
	/* And does no harm to the next one. */
	list_whole("a b");
	CHECK_STR(told_from(0), "a b");
	fake_loop_pass(301 * S);
	CHECK_EQ(read_at(&reader, 0), 0);
	fake_source_fail_next(-ENOMEM);
	fake_source_page(fake_source_last(), "a", "2");
	CHECK_EQ(reader.calls, 1);
	CHECK_EQ(reader.answer, VAULT_OK);
	CHECK_STR(told_from(0), "a b");
	end();
}

static void expiring_it_asks_anew(void)
{
	Reader reader, scan;

	begin();
	list_whole("a b");
	listing_expire(listing);
	CHECK_EQ(listing_lifetime_us(listing), 0);
	CHECK_EQ(read_at(&reader, 0), 0);
	CHECK_EQ(read_at(&scan, 1), 0);
	fake_source_page(fake_source_last(), "a b", NULL);
	CHECK_EQ(reader.answer, VAULT_OK);
	CHECK_EQ(scan.answer, VAULT_OK);
	CHECK_STR(told_from(1), "b");
	end();
}

static void it_may_go_while_it_arrives(void)
{
	Reader reader;

	begin();
	CHECK_EQ(read_at(&reader, 0), 0);
	listing = listing_free(listing);
	CHECK_EQ(reader.calls, 0);
	CHECK(reader.wait.list == NULL);
	CHECK(fake_source_at(0)->cancelled);
	CHECK_EQ(fake_loop_timers(), 0);
	CHECK(listing_free(NULL) == NULL);
	end();
}

/* Once when it begins to fail, once when it ends. */
static void the_log_is_told_once(void)
{
	Reader reader;

	begin();
	log_capture(log_count);
	list_whole("a");
	CHECK_EQ(log_lines, 0);
	for (int i = 0; i < 5; i++) {
		fake_loop_pass(400 * S);
		CHECK_EQ(read_at(&reader, 0), 0);
		fake_source_refuse(fake_source_last(), VAULT_E_UNREACHABLE);
	}
	CHECK_EQ(log_lines, 1);
	fake_loop_pass(400 * S);
	list_whole("a");
	fake_loop_pass(400 * S);
	list_whole("a");
	CHECK_EQ(log_lines, 2);
	log_capture(NULL);
	end();
}

int main(void)
{
	if (secret_heap_init(NULL, 1 << 20) < 0)
		return 1;
	RUN(nobody_waits_longer_than_the_timeout);
	RUN(pages_do_not_move_a_deadline);
	RUN(a_reader_may_leave);
	RUN(a_reader_may_leave_while_others_are_told);
	RUN(a_reader_may_ask_again_when_told);
	RUN(a_list_that_does_not_end_is_not_believed);
	RUN(more_names_than_fit_are_an_error);
	RUN(what_cannot_be_asked_is_a_fault);
	RUN(expiring_it_asks_anew);
	RUN(it_may_go_while_it_arrives);
	RUN(the_log_is_told_once);
	return check_report();
}
