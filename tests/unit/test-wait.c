/* SPDX-License-Identifier: MIT */

/* Lists of those who wait: order, deadlines, leaving, moving. */

#include "base/clock.h"
#include "cache/wait.h"
#include "tests/unit/check.h"
#include "tests/unit/fake-loop.h"

enum { WAITS = 5 };
#define MS CLOCK_US_PER_MS

static WaitList list, other;
static CacheWait waits[WAITS];
static char expired[64];

static size_t number_of(const CacheWait *wait)
{
	return (size_t)(wait - waits);
}

static void note_expired(CacheWait *wait)
{
	size_t n = strlen(expired);

	(void)snprintf(expired + n, sizeof(expired) - n, "%zu",
		       number_of(wait));
}

static void begin(void)
{
	list = other = (WaitList){0};
	memset(waits, 0, sizeof(waits));
	expired[0] = '\0';
	fake_loop_begin();
}

static int add(size_t i, uint64_t after_us)
{
	return wait_add(&list, &waits[i], NULL,
			clock_add(clock_now_us(), after_us), note_expired);
}

/* Who is in it, first to last; checked from both ends. */
static const char *in_list(const WaitList *of)
{
	static char text[16], back[16];
	size_t n = 0, m = 0;

	for (const CacheWait *w = of->first; w; w = w->next)
		text[n++] = (char)('0' + number_of(w));
	for (const CacheWait *w = of->last; w; w = w->previous)
		back[m++] = (char)('0' + number_of(w));
	text[n] = '\0';
	for (size_t i = 0; i < n; i++) {
		if (m != n || back[i] != text[n - 1 - i])
			return "not the same from behind";
	}
	return n == of->n ? text : "not the number it says";
}

static void they_stand_in_the_order_they_came(void)
{
	begin();
	for (size_t i = 0; i < WAITS; i++)
		CHECK_OK(add(i, 100 * MS));
	CHECK_STR(in_list(&list), "01234");
	CHECK_EQ(fake_loop_timers(), WAITS);
	while (list.first)
		wait_remove(list.first);
	CHECK_EQ(list.n, 0);
	fake_loop_end();
}

static void each_may_leave_from_where_he_stands(void)
{
	begin();
	for (size_t i = 0; i < WAITS; i++)
		CHECK_OK(add(i, 100 * MS));
	wait_remove(&waits[2]);
	CHECK_STR(in_list(&list), "0134");
	wait_remove(&waits[4]);
	CHECK_STR(in_list(&list), "013");
	wait_remove(&waits[0]);
	CHECK_STR(in_list(&list), "13");
	wait_remove(&waits[0]);
	CHECK_STR(in_list(&list), "13");
	CHECK_OK(add(0, 100 * MS));
	CHECK_STR(in_list(&list), "130");
	wait_remove(&waits[1]);
	wait_remove(&waits[3]);
	wait_remove(&waits[0]);
	CHECK_STR(in_list(&list), "");
	CHECK_EQ(fake_loop_timers(), 0);
	fake_loop_pass(1000 * MS);
	CHECK_STR(expired, "");
	fake_loop_end();
}

static void one_who_never_waited_may_leave(void)
{
	CacheWait wait = {0};

	wait_remove(&wait);
	CHECK(wait.list == NULL);
}

static void a_deadline_takes_him_out(void)
{
	begin();
	CHECK_OK(add(0, 30 * MS));
	CHECK_OK(add(1, 10 * MS));
	CHECK_OK(add(2, 20 * MS));
	fake_loop_pass(9 * MS);
	CHECK_STR(expired, "");
	fake_loop_pass(1 * MS);
	CHECK_STR(expired, "1");
	CHECK_STR(in_list(&list), "02");
	CHECK(waits[1].list == NULL);
	fake_loop_pass(100 * MS);
	CHECK_STR(expired, "120");
	CHECK_STR(in_list(&list), "");
	fake_loop_end();
}

static void wait_again(CacheWait *wait)
{
	note_expired(wait);
	if (strlen(expired) < 3 &&
	    wait_add(&list, wait, NULL, clock_now_us() + 5 * MS, wait_again) !=
		    0)
		abort();
}

static void he_may_wait_again_when_it_passed(void)
{
	begin();
	CHECK_OK(wait_add(&list, &waits[3], NULL, clock_now_us() + 5 * MS,
			  wait_again));
	fake_loop_pass(100 * MS);
	CHECK_STR(expired, "333");
	CHECK_EQ(list.n, 0);
	fake_loop_end();
}

static void take_the_next_out(CacheWait *wait)
{
	note_expired(wait);
	if (list.first)
		wait_remove(list.first);
}

static void one_may_take_out_another(void)
{
	begin();
	for (size_t i = 0; i < WAITS; i++)
		CHECK_OK(wait_add(&list, &waits[i], NULL, clock_now_us(),
				  take_the_next_out));
	fake_loop_pass(0);
	/* Whoever it was that the others were taken out by. */
	CHECK_EQ(strlen(expired), 3);
	CHECK_EQ(list.n, 0);
	fake_loop_end();
}

static void a_list_moves_whole(void)
{
	begin();
	CHECK_OK(add(0, 10 * MS));
	CHECK_OK(add(1, 20 * MS));
	CHECK_OK(wait_add(&other, &waits[2], NULL, clock_now_us() + 5 * MS,
			  note_expired));
	wait_move(&other, &list);
	CHECK_STR(in_list(&other), "201");
	CHECK_STR(in_list(&list), "");
	CHECK(waits[0].list == &other);
	/* They keep their deadlines, and can leave. */
	fake_loop_pass(10 * MS);
	CHECK_STR(expired, "20");
	wait_remove(&waits[1]);
	CHECK_STR(in_list(&other), "");
	wait_move(&list, &other);
	CHECK_STR(in_list(&list), "");
	fake_loop_end();
}

/* As many as the loop has timers; the next is not in the list either. */
static void too_many_are_refused(void)
{
	static CacheWait many[TIMER_HEAP_MAX];

	begin();
	for (size_t i = 0; i < TIMER_HEAP_MAX; i++)
		CHECK_OK(wait_add(&list, &many[i], NULL, clock_now_us() + MS,
				  note_expired));
	CHECK_EQ(wait_add(&list, &waits[0], NULL, clock_now_us() + MS,
			  note_expired),
		 -ENOSPC);
	CHECK(waits[0].list == NULL);
	CHECK_EQ(list.n, TIMER_HEAP_MAX);
	while (list.first)
		wait_remove(list.first);
	fake_loop_end();
}

int main(void)
{
	RUN(they_stand_in_the_order_they_came);
	RUN(each_may_leave_from_where_he_stands);
	RUN(one_who_never_waited_may_leave);
	RUN(a_deadline_takes_him_out);
	RUN(he_may_wait_again_when_it_passed);
	RUN(one_may_take_out_another);
	RUN(a_list_moves_whole);
	RUN(too_many_are_refused);
	return check_report();
}
