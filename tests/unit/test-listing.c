/* SPDX-License-Identifier: MIT */

/*
 * A directory while its list arrives page by page: who is told what and when,
 * what is asked of the vault, and what a list that breaks off leaves.
 */

#include "listing-test.h"

static void begin(void)
{
	listing_begin(16);
}

static void a_list_is_asked_for_once(void)
{
	Reader readers[5];

	begin();
	for (size_t i = 0; i < AKV_ARRAY_LEN(readers); i++)
		CHECK_EQ(read_at(&readers[i], 0), 0);
	CHECK_EQ(fake_source_count(), 1);
	CHECK_STR(fake_source_last()->page, "");
	CHECK_EQ(fake_source_last()->deadline_us, clock_now_us() + 5 * S);
	CHECK_EQ(listing_waiting(listing), AKV_ARRAY_LEN(readers));
	CHECK_EQ(listing_lifetime_us(listing), 0);
	fake_source_page(fake_source_last(), "b a", NULL);
	for (size_t i = 0; i < AKV_ARRAY_LEN(readers); i++) {
		CHECK_EQ(readers[i].calls, 1);
		CHECK_EQ(readers[i].answer, VAULT_OK);
	}
	CHECK_STR(told_from(0), "b a");
	CHECK_EQ(listing_waiting(listing), 0);
	CHECK_EQ(listing_lifetime_us(listing), 300 * S);
	end();
}

static void a_whole_list_is_good_for_the_ttl(void)
{
	Reader reader;

	begin();
	list_whole("a b");
	fake_loop_pass(300 * S);
	CHECK_EQ(read_at(&reader, 0), 1);
	CHECK_EQ(reader.answer, VAULT_OK);
	CHECK_EQ(fake_source_count(), 1);
	fake_loop_pass(1);
	CHECK_EQ(listing_lifetime_us(listing), 0);
	CHECK_EQ(read_at(&reader, 0), 0);
	CHECK_EQ(fake_source_count(), 2);
	fake_source_page(fake_source_last(), "a b", NULL);
	CHECK_EQ(reader.answer, VAULT_OK);
	end();
}

static void the_age_counts_from_the_first_page(void)
{
	Reader reader;

	begin();
	CHECK_EQ(read_at(&reader, 0), 0);
	fake_loop_pass(2 * S);
	fake_source_page(fake_source_last(), "a", "2");
	fake_loop_pass(2 * S);
	fake_source_page(fake_source_last(), "b", NULL);
	CHECK_EQ(listing_lifetime_us(listing), 296 * S);
	end();
}

static void pages_are_told_as_they_arrive(void)
{
	Reader first, second, third, late;

	begin();
	CHECK_EQ(read_at(&first, 0), 0);
	CHECK_EQ(read_at(&second, 2), 0);
	CHECK_EQ(read_at(&third, 4), 0);
	fake_source_page(fake_source_last(), "a b", "page-2");
	/* The next page was asked for before anybody was told of this one. */
	CHECK_EQ(fake_source_count(), 2);
	CHECK_STR(fake_source_last()->page, "page-2");
	CHECK_EQ(fake_source_last()->deadline_us, clock_now_us() + 5 * S);
	CHECK_EQ(first.calls, 1);
	CHECK_EQ(first.answer, VAULT_OK);
	CHECK_EQ(first.lifetime_us, 0);
	CHECK_EQ(second.calls + third.calls, 0);
	CHECK_STR(told_from(0), "a b");
	CHECK_EQ(read_at(&late, 1), 1);
	CHECK_EQ(read_at(&late, 2), 0);
	fake_source_page(fake_source_last(), "c d", "page-3");
	CHECK_EQ(second.calls, 1);
	CHECK_EQ(late.calls, 1);
	CHECK_EQ(third.calls, 0);
	/* The end is told by the last page only. */
	fake_source_page(fake_source_last(), "", NULL);
	CHECK_EQ(third.calls, 1);
	CHECK_EQ(third.answer, VAULT_OK);
	CHECK_STR(told_from(4), "");
	CHECK_EQ(listing_rounds(listing), 1);
	CHECK_EQ(first.calls, 1);
	end();
}

static void an_empty_page_goes_on(void)
{
	Reader reader;

	begin();
	CHECK_EQ(read_at(&reader, 0), 0);
	for (int i = 0; i < 3; i++) {
		fake_source_page(fake_source_last(), "", "next");
		CHECK_EQ(reader.calls, 0);
	}
	fake_source_page(fake_source_last(), "a", "next");
	CHECK_EQ(reader.calls, 1);
	fake_source_page(fake_source_last(), "", NULL);
	CHECK_STR(told_from(0), "a");
	end();
}

static void an_empty_vault_is_an_empty_list(void)
{
	Reader reader;

	begin();
	list_whole("");
	CHECK_STR(told_from(0), "");
	CHECK_EQ(read_at(&reader, 0), 1);
	CHECK_EQ(reader.answer, VAULT_OK);
	end();
}

/* Nothing is skipped, though the list now comes in another order. */
static void a_scan_goes_on_over_a_refresh(void)
{
	Reader scan, other;

	begin();
	list_whole("a b c d");
	fake_loop_pass(301 * S);
	/* Who has begun goes on with what he began with, without asking. */
	CHECK_EQ(read_at(&scan, 2), 1);
	CHECK_EQ(scan.answer, VAULT_OK);
	CHECK_STR(told_from(2), "c d");
	CHECK_EQ(fake_source_count(), 1);
	/* Another one begins, which asks anew. */
	CHECK_EQ(read_at(&other, 0), 0);
	CHECK_EQ(read_at(&scan, 2), 0);
	fake_source_page(fake_source_last(), "d c", "2");
	CHECK_EQ(other.calls + scan.calls, 0);
	fake_source_page(fake_source_last(), "a b", "3");
	CHECK_EQ(other.calls, 1);
	CHECK_EQ(scan.calls, 1);
	CHECK_STR(told_from(2), "c d");
	fake_source_page(fake_source_last(), "e", NULL);
	CHECK_STR(told_from(2), "c d e");
	end();
}

static void a_name_that_goes_is_gone_when_the_list_is_whole(void)
{
	Reader scan;
	int64_t changed_s;

	begin();
	list_whole("a b c");
	fake_loop_pass(301 * S);
	CHECK_EQ(read_at(&scan, 1), 1);
	changed_s = listing_changed_s(listing);
	CHECK_EQ(read_at(&scan, 0), 0);
	fake_source_page(fake_source_last(), "a c", NULL);
	CHECK_STR(told_from(0), "a c");
	CHECK_EQ(listing_changed_s(listing), changed_s + 301);
	end();
}

static void a_list_that_is_the_same_has_not_changed(void)
{
	int64_t changed_s;

	begin();
	list_whole("a b");
	changed_s = listing_changed_s(listing);
	CHECK_EQ(changed_s, FAKE_LOOP_WALL_S);
	for (uint64_t i = 2; i < 5; i++) {
		fake_loop_pass(301 * S);
		list_whole("b a");
		CHECK_EQ(listing_rounds(listing), i);
	}
	CHECK_EQ(listing_changed_s(listing), changed_s);
	end();
}

static void with_a_ttl_of_0_each_scan_asks(void)
{
	Reader first, second;

	begin();
	policy.ttl_us = 0;
	CHECK_EQ(read_at(&first, 0), 0);
	fake_loop_pass(1);
	/* He comes while it arrives, and gets it all the same. */
	CHECK_EQ(read_at(&second, 0), 0);
	fake_loop_pass(1);
	fake_source_page(fake_source_last(), "a", NULL);
	CHECK_EQ(first.answer, VAULT_OK);
	CHECK_EQ(second.answer, VAULT_OK);
	CHECK_EQ(fake_source_count(), 1);
	/* To read on is no new scan, to begin is one. */
	CHECK_EQ(read_at(&first, 1), 1);
	CHECK_EQ(first.answer, VAULT_OK);
	fake_loop_pass(1);
	CHECK_EQ(read_at(&first, 0), 0);
	CHECK_EQ(fake_source_count(), 2);
	fake_source_page(fake_source_last(), "a", NULL);
	CHECK_EQ(first.answer, VAULT_OK);
	end();
}

/* --- refusals and failures ---------------------------------------------- */

static void a_refusal_is_told_and_kept(void)
{
	Reader reader;

	begin();
	CHECK_EQ(read_at(&reader, 0), 0);
	fake_source_refuse(fake_source_last(), VAULT_E_FORBIDDEN);
	CHECK_EQ(reader.calls, 1);
	CHECK_EQ(reader.answer, VAULT_E_FORBIDDEN);
	fake_loop_pass(30 * S);
	CHECK_EQ(read_at(&reader, 0), 1);
	CHECK_EQ(reader.answer, VAULT_E_FORBIDDEN);
	CHECK_EQ(fake_source_count(), 1);
	CHECK_EQ(listing_lifetime_us(listing), 0);
	fake_loop_pass(1);
	CHECK_EQ(read_at(&reader, 0), 0);
	fake_source_page(fake_source_last(), "a", NULL);
	CHECK_EQ(reader.answer, VAULT_OK);
	end();
}

/* Who has waited for it is told what it is, however short it is kept. */
static void a_refusal_is_told_and_not_kept(void)
{
	Reader reader;

	begin();
	policy.negative_ttl_us = 0;
	for (unsigned i = 1; i <= 2; i++) {
		CHECK_EQ(read_at(&reader, 0), 0);
		CHECK_EQ(fake_source_count(), i);
		fake_loop_pass(MS);
		fake_source_refuse(fake_source_last(), VAULT_E_FORBIDDEN);
		CHECK_EQ(reader.answer, VAULT_E_FORBIDDEN);
	}
	end();
}

static void a_failure_leaves_the_list_stale(void)
{
	Reader reader, scan;

	begin();
	list_whole("a b");
	fake_loop_pass(301 * S);
	CHECK_EQ(read_at(&reader, 0), 0);
	fake_source_refuse(fake_source_last(), VAULT_E_UNREACHABLE);
	CHECK_EQ(reader.answer, VAULT_OK);
	CHECK_STR(told_from(0), "a b");
	/* In the pause after it the vault is not asked. */
	CHECK_EQ(read_at(&reader, 0), 1);
	CHECK_EQ(reader.answer, VAULT_OK);
	CHECK_EQ(reader.lifetime_us, 500 * MS);
	CHECK_EQ(read_at(&scan, 1), 1);
	CHECK_EQ(scan.answer, VAULT_OK);
	CHECK_EQ(fake_source_count(), 2);
	fake_loop_pass(500 * MS);
	CHECK_EQ(read_at(&reader, 0), 0);
	CHECK_EQ(fake_source_count(), 3);
	fake_source_page(fake_source_last(), "a b c", NULL);
	CHECK_STR(told_from(0), "a b c");
	end();
}

static void stale_ends(void)
{
	Reader reader;

	begin();
	list_whole("a");
	fake_loop_pass(1300 * S + 1);
	CHECK_EQ(read_at(&reader, 0), 0);
	fake_source_refuse(fake_source_last(), VAULT_E_UNRESOLVED);
	CHECK_EQ(reader.answer, VAULT_E_UNRESOLVED);
	CHECK_EQ(read_at(&reader, 0), 1);
	CHECK_EQ(reader.answer, VAULT_E_UNRESOLVED);
	end();
}

/* Never a part of a list in place of an error. */
static void a_first_list_that_breaks_off_is_an_error(void)
{
	Reader reader, scan;

	begin();
	CHECK_EQ(read_at(&reader, 0), 0);
	fake_source_page(fake_source_last(), "a b", "2");
	CHECK_EQ(reader.answer, VAULT_OK);
	CHECK_EQ(read_at(&scan, 2), 0);
	fake_source_refuse(fake_source_last(), VAULT_E_THROTTLED);
	CHECK_EQ(scan.calls, 1);
	CHECK_EQ(scan.answer, VAULT_E_THROTTLED);
	CHECK_EQ(read_at(&scan, 2), 1);
	CHECK_EQ(scan.answer, VAULT_E_THROTTLED);
	CHECK_EQ(read_at(&reader, 0), 1);
	CHECK_EQ(reader.answer, VAULT_E_THROTTLED);
	/* Else the kernel would see nothing to ask for again. */
	CHECK_EQ(listing_rounds(listing), 1);
	end();
}

static void a_later_list_that_breaks_off_loses_nothing(void)
{
	Reader reader, scan;

	begin();
	list_whole("a b c");
	fake_loop_pass(301 * S);
	CHECK_EQ(read_at(&reader, 0), 0);
	fake_source_page(fake_source_last(), "a d", "2");
	CHECK_EQ(reader.answer, VAULT_OK);
	CHECK_STR(told_from(0), "a");
	CHECK_EQ(read_at(&scan, 1), 0);
	fake_source_refuse(fake_source_last(), VAULT_E_UNAVAILABLE);
	CHECK_EQ(scan.answer, VAULT_OK);
	CHECK_STR(told_from(1), "b c d");
	end();
}

int main(void)
{
	if (secret_heap_init(NULL, 1 << 20) < 0)
		return 1;
	RUN(a_list_is_asked_for_once);
	RUN(a_whole_list_is_good_for_the_ttl);
	RUN(the_age_counts_from_the_first_page);
	RUN(pages_are_told_as_they_arrive);
	RUN(an_empty_page_goes_on);
	RUN(an_empty_vault_is_an_empty_list);
	RUN(a_scan_goes_on_over_a_refresh);
	RUN(a_name_that_goes_is_gone_when_the_list_is_whole);
	RUN(a_list_that_is_the_same_has_not_changed);
	RUN(with_a_ttl_of_0_each_scan_asks);
	RUN(a_refusal_is_told_and_kept);
	RUN(a_refusal_is_told_and_not_kept);
	RUN(a_failure_leaves_the_list_stale);
	RUN(stale_ends);
	RUN(a_first_list_that_breaks_off_is_an_error);
	RUN(a_later_list_that_breaks_off_loses_nothing);
	return check_report();
}
