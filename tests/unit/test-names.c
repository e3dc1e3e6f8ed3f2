/* SPDX-License-Identifier: MIT */

/* The places of names: stable over rounds, failures and restarts. */

#include "cache/names.h"
#include "tests/unit/check.h"

enum { NAMES = 8 };

/* Room for 1000 names, as the launcher keeps it: zeroed at first. */
static _Alignas(16) char memory[200 * 1000];
static Names *names;
static size_t size;

static void open_table(size_t names_max)
{
	size = names_memory_size(names_max);
	if (size > sizeof(memory) || names_new(&names, memory, size) != 0)
		abort();
}

static void begin(size_t names_max)
{
	names = names_free(names);
	memset(memory, 0, sizeof(memory));
	open_table(names_max);
}

/* As when a worker dies and another one takes the memory over. */
static void restart(void)
{
	size_t n = size;

	names = names_free(names);
	if (names_new(&names, memory, n) != 0)
		abort();
}

static int see_all(const char *list)
{
	char text[256], *rest = text, *name;
	int r = 0;

	(void)snprintf(text, sizeof(text), "%s", list);
	while (r == 0 && (name = strsep(&rest, " ")))
		r = *name ? names_see(names, name) : 0;
	return r;
}

/* A whole list, in one page. Has it changed? */
static bool round_of(const char *list)
{
	names_begin(names);
	if (see_all(list) != 0)
		abort();
	return names_end(names);
}

/* What can be told, as "1:a 2:b". */
static const char *told_from(uint64_t place)
{
	static char text[1024];
	const char *name;

	text[0] = '\0';
	while ((name = names_next(names, place, &place)))
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text),
			       "%s%d:%s", *text ? " " : "", (int)place, name);
	return text;
}

static const char *told(void)
{
	return told_from(0);
}

static void empty_at_first(void)
{
	begin(NAMES);
	CHECK_STR(told(), "");
	CHECK(!names_in_round(names));
	CHECK_EQ(names_count(names), 0);
	CHECK(!round_of(""));
	CHECK_STR(told(), "");
}

static void names_are_told_in_the_order_they_came(void)
{
	begin(NAMES);
	CHECK(round_of("b a c"));
	CHECK_STR(told(), "1:b 2:a 3:c");
	CHECK_STR(told_from(1), "2:a 3:c");
	CHECK_STR(told_from(3), "");
	CHECK_STR(told_from(UINT64_MAX), "");
	CHECK_EQ(names_count(names), 3);
}

static void a_first_list_is_told_as_it_arrives(void)
{
	begin(NAMES);
	names_begin(names);
	CHECK(names_in_round(names));
	CHECK_STR(told(), "");
	CHECK_OK(see_all("b a"));
	CHECK_STR(told(), "1:b 2:a");
	CHECK_EQ(names_count(names), 2);
	CHECK_OK(see_all("c"));
	CHECK_STR(told_from(2), "3:c");
	CHECK(names_end(names));
	CHECK(!names_in_round(names));
}

static void places_stay_whatever_the_order_of_the_list(void)
{
	begin(NAMES);
	CHECK(round_of("a b c"));
	CHECK(!round_of("c b a"));
	CHECK_STR(told(), "1:a 2:b 3:c");
	CHECK(round_of("d c a b"));
	CHECK_STR(told(), "1:a 2:b 3:c 4:d");
}

/* A scan must not pass a name by that may still come. */
static void what_is_known_holds_the_rest_back(void)
{
	begin(NAMES);
	CHECK(round_of("a b c"));
	names_begin(names);
	CHECK_STR(told(), "");
	CHECK_OK(see_all("d c b"));
	CHECK_STR(told(), "");
	CHECK_EQ(names_count(names), 3);
	CHECK_OK(see_all("a"));
	CHECK_STR(told(), "1:a 2:b 3:c 4:d");
	CHECK(names_end(names));
}

static void each_name_that_arrives_frees_those_behind_it(void)
{
	begin(NAMES);
	CHECK(round_of("a b c"));
	names_begin(names);
	CHECK_OK(see_all("a"));
	CHECK_STR(told(), "1:a");
	CHECK_OK(see_all("e"));
	CHECK_STR(told(), "1:a");
	CHECK_OK(see_all("b"));
	CHECK_STR(told(), "1:a 2:b");
	CHECK(names_end(names));
	CHECK_STR(told(), "1:a 2:b 4:e");
}

static void a_name_that_is_gone_comes_back_to_its_place(void)
{
	begin(NAMES);
	CHECK(round_of("a b c"));
	CHECK(round_of("a c"));
	CHECK_STR(told(), "1:a 3:c");
	CHECK_EQ(names_count(names), 2);
	CHECK(!round_of("a c"));
	CHECK(round_of("c d"));
	CHECK_STR(told(), "3:c 4:d");
	CHECK(round_of("d c b a"));
	CHECK_STR(told(), "1:a 2:b 3:c 4:d");
	CHECK(round_of(""));
	CHECK_STR(told(), "");
}

static void a_list_may_name_one_twice(void)
{
	begin(NAMES);
	CHECK(round_of("a b a a"));
	CHECK_STR(told(), "1:a 2:b");
	CHECK_EQ(names_count(names), 2);
	CHECK(!round_of("b a b"));
}

static void case_does_not_matter_but_is_kept(void)
{
	begin(NAMES);
	CHECK(round_of("Db-Password"));
	CHECK_STR(told(), "1:Db-Password");
	/* As the latest list spells it first. */
	(void)round_of("DB-PASSWORD db-password");
	CHECK_EQ(names_count(names), 1);
	CHECK_STR(told(), "1:DB-PASSWORD");
	CHECK(!round_of("DB-PASSWORD"));
}

static void a_list_that_broke_off_loses_nothing(void)
{
	begin(NAMES);
	CHECK(round_of("a b c"));
	names_begin(names);
	CHECK_OK(see_all("b d"));
	names_abort(names);
	CHECK(!names_in_round(names));
	CHECK_STR(told(), "1:a 2:b 3:c 4:d");
	CHECK_EQ(names_count(names), 4);
	/* What is really gone is gone by the next whole list. */
	CHECK(round_of("a b c"));
	CHECK_STR(told(), "1:a 2:b 3:c");
	/* One that was gone before does not come back with an abort. */
	names_begin(names);
	names_abort(names);
	CHECK_STR(told(), "1:a 2:b 3:c");
	CHECK(!round_of("a b c"));
}

static void aborts_in_a_row_lose_nothing(void)
{
	begin(NAMES);
	CHECK(round_of("a b"));
	for (int i = 0; i < 5; i++) {
		names_begin(names);
		names_abort(names);
	}
	CHECK_STR(told(), "1:a 2:b");
	CHECK(!round_of("a b"));
}

static void places_stay_over_a_restart(void)
{
	begin(NAMES);
	CHECK(round_of("a b c"));
	restart();
	/* Nothing is told before a list was seen, and not out of order. */
	CHECK_STR(told(), "");
	CHECK_EQ(names_count(names), 0);
	names_begin(names);
	CHECK_OK(see_all("c d"));
	CHECK_STR(told(), "");
	CHECK_OK(see_all("b a"));
	CHECK_STR(told(), "1:a 2:b 3:c 4:d");
	(void)names_end(names);
	restart();
	(void)round_of("d");
	CHECK_STR(told(), "4:d");
}

static void a_restart_may_come_in_a_round(void)
{
	begin(NAMES);
	CHECK(round_of("a b"));
	names_begin(names);
	CHECK_OK(see_all("c b"));
	restart();
	CHECK(!names_in_round(names));
	CHECK_STR(told(), "");
	(void)round_of("b a c");
	CHECK_STR(told(), "1:a 2:b 3:c");
}

static void a_full_table_says_so(void)
{
	begin(3);
	names_begin(names);
	CHECK_OK(see_all("a b c"));
	CHECK_EQ(see_all("d"), -ENOSPC);
	CHECK_OK(see_all("c b a"));
	CHECK(names_end(names));
	CHECK_STR(told(), "1:a 2:b 3:c");
}

static void places_of_what_is_long_gone_are_used_again(void)
{
	begin(3);
	CHECK(round_of("a b c"));
	/* A scan that began with b may still go on. */
	names_begin(names);
	CHECK_OK(see_all("a c"));
	CHECK_EQ(see_all("d"), -ENOSPC);
	CHECK(names_end(names));
	CHECK(round_of("a c d"));
	CHECK_STR(told(), "1:a 2:d 3:c");
	CHECK(round_of("a c"));
	CHECK(!round_of("a c"));
	CHECK(round_of("a b c"));
	CHECK_STR(told(), "1:a 2:b 3:c");
	restart();
	(void)round_of("c b a");
	CHECK_STR(told(), "1:a 2:b 3:c");
}

static void longest_names_fit(void)
{
	char name[NAME_MAX_LENGTH + 1];
	uint64_t place;

	begin(2);
	memset(name, 'x', NAME_MAX_LENGTH);
	name[NAME_MAX_LENGTH] = '\0';
	names_begin(names);
	CHECK_OK(names_see(names, name));
	name[NAME_MAX_LENGTH - 1] = 'y';
	CHECK_OK(names_see(names, name));
	CHECK(names_end(names));
	CHECK_EQ(names_count(names), 2);
	CHECK_STR(names_next(names, 1, &place), name);
}

static void many_names_keep_their_places(void)
{
	char name[16];
	uint64_t place = 0;

	begin(1000);
	for (unsigned i = 0; i < 3; i++) {
		names_begin(names);
		for (unsigned j = 0; j < 1000; j++) {
			/* Each round in another order. */
			unsigned n = (j * 7 + i * 31) % 1000;

			(void)snprintf(name, sizeof(name), "n%u", n);
			CHECK_OK(names_see(names, name));
		}
		(void)names_end(names);
		restart();
	}
	names_begin(names);
	for (unsigned j = 0; j < 1000; j++) {
		(void)snprintf(name, sizeof(name), "N%u", j * 7 % 1000);
		CHECK_OK(names_see(names, name));
		CHECK_STR(names_next(names, place, &place), name);
		CHECK_EQ(place, j + 1);
	}
	(void)names_end(names);
}

static void foreign_memory_is_refused(void)
{
	Names *other = NULL;

	begin(NAMES);
	CHECK(round_of("a"));
	CHECK_EQ(names_new(&other, memory, 8), -EINVAL);
	CHECK_EQ(names_new(&other, memory, names_memory_size(1) - 1), -EINVAL);
	/* More names than it has room for. */
	CHECK(round_of("a b"));
	CHECK_EQ(names_new(&other, memory, names_memory_size(1)), -EINVAL);
	memory[0] ^= 1;
	CHECK_EQ(names_new(&other, memory, size), -EINVAL);
	memory[0] ^= 1;
	CHECK(other == NULL);
	CHECK(names_free(NULL) == NULL);
}

int main(void)
{
	RUN(empty_at_first);
	RUN(names_are_told_in_the_order_they_came);
	RUN(a_first_list_is_told_as_it_arrives);
	RUN(places_stay_whatever_the_order_of_the_list);
	RUN(what_is_known_holds_the_rest_back);
	RUN(each_name_that_arrives_frees_those_behind_it);
	RUN(a_name_that_is_gone_comes_back_to_its_place);
	RUN(a_list_may_name_one_twice);
	RUN(case_does_not_matter_but_is_kept);
	RUN(a_list_that_broke_off_loses_nothing);
	RUN(aborts_in_a_row_lose_nothing);
	RUN(places_stay_over_a_restart);
	RUN(a_restart_may_come_in_a_round);
	RUN(a_full_table_says_so);
	RUN(places_of_what_is_long_gone_are_used_again);
	RUN(longest_names_fit);
	RUN(many_names_keep_their_places);
	RUN(foreign_memory_is_refused);
	names = names_free(names);
	return check_report();
}
