/* SPDX-License-Identifier: MIT */

/* The life of an object, with the clock passed in. */

#include "base/clock.h"
#include "emulator/collection.h"
#include "tests/unit/check.h"

#define SECOND ((int64_t)CLOCK_US_PER_S)

enum { DELAY = 2000000, DAY_S = 86400 };

static const int64_t start = INT64_C(1700000000) * 1000000;

static int add_version(Object *object, const char *id, int64_t created_s)
{
	AKV_CLEANUP(version_freep) Version *version = NULL;
	int r = version_new(&version, created_s * SECOND);

	if (r < 0)
		return r;
	(void)snprintf(version->id, sizeof(version->id), "%s", id);
	return object_add_version(object, &version);
}

static void test_deletion_takes_its_time(void)
{
	AKV_CLEANUP(object_freep) Object *object = NULL;

	CHECK_OK(object_new(&object, "a"));
	CHECK_EQ(object_state(object, start), OBJECT_LIVE);
	CHECK_OK(object_delete(object, start, DELAY, 90));
	CHECK_EQ(object_state(object, start), OBJECT_DELETING);
	CHECK_EQ(object_check_write(object, start), OBJECT_E_BEING_DELETED);
	CHECK_EQ(object_recover(object, start, DELAY), OBJECT_E_BEING_DELETED);
	CHECK_EQ(object_purge(object, start, DELAY), OBJECT_E_BEING_DELETED);
	CHECK_EQ(object_delete(object, start, DELAY, 90), OBJECT_E_NOT_FOUND);
	CHECK_EQ(object_state(object, start + DELAY - 1), OBJECT_DELETING);
	CHECK_EQ(object_state(object, start + DELAY), OBJECT_DELETED);
	CHECK_EQ(object_check_write(object, start + DELAY), OBJECT_E_DELETED);
	CHECK_EQ(object->purge_s - object->deleted_s, 90 * DAY_S);
}

static void test_recovery_takes_its_time(void)
{
	AKV_CLEANUP(object_freep) Object *object = NULL;
	int64_t now = start;

	CHECK_OK(object_new(&object, "a"));
	CHECK_EQ(object_recover(object, now, DELAY), OBJECT_E_LIVE);
	CHECK_OK(object_delete(object, now, DELAY, 90));
	now += DELAY;
	CHECK_OK(object_recover(object, now, DELAY));
	CHECK_EQ(object_state(object, now), OBJECT_RECOVERING);
	CHECK_EQ(object_check_write(object, now), OBJECT_E_BEING_RECOVERED);
	CHECK_EQ(object_delete(object, now, DELAY, 90),
		 OBJECT_E_BEING_RECOVERED);
	now += DELAY;
	/* It can be read and deleted, but not be written yet. */
	CHECK_EQ(object_state(object, now), OBJECT_LIVE);
	CHECK_EQ(object_check_write(object, now), OBJECT_E_BEING_RECOVERED);
	CHECK_OK(object_check_write(object, now + DELAY / 2));
	CHECK_OK(object_delete(object, now, DELAY, 90));
}

static void test_purge_takes_its_time(void)
{
	AKV_CLEANUP(object_freep) Object *object = NULL;
	int64_t now = start;

	CHECK_OK(object_new(&object, "a"));
	CHECK_EQ(object_purge(object, now, DELAY), OBJECT_E_NOT_FOUND);
	CHECK_OK(object_delete(object, now, 0, 90));
	CHECK_OK(object_purge(object, now, DELAY));
	CHECK_EQ(object_state(object, now), OBJECT_PURGING);
	CHECK_EQ(object_purge(object, now, DELAY), OBJECT_E_BEING_DELETED);
	CHECK_EQ(object_check_write(object, now), OBJECT_E_BEING_DELETED);
	CHECK_EQ(object_state(object, now + DELAY), OBJECT_GONE);
}

static void test_retention_ends(void)
{
	AKV_CLEANUP(object_freep) Object *object = NULL;

	CHECK_OK(object_new(&object, "a"));
	CHECK_OK(object_delete(object, start, 0, 7));
	CHECK_EQ(object_state(object, start + (7 * DAY_S - 1) * SECOND),
		 OBJECT_DELETED);
	CHECK_EQ(object_state(object, start + 7 * DAY_S * SECOND), OBJECT_GONE);
}

static void test_without_soft_delete(void)
{
	AKV_CLEANUP(object_freep) Object *object = NULL;

	CHECK_OK(object_new(&object, "a"));
	CHECK_OK(object_delete(object, start, DELAY, 0));
	CHECK_EQ(object_state(object, start), OBJECT_GONE);
}

static void test_versions(void)
{
	AKV_CLEANUP(object_freep) Object *object = NULL;

	CHECK_OK(object_new(&object, "a"));
	CHECK_OK(add_version(object, "cccc0000000000000000000000000000", 10));
	CHECK_OK(add_version(object, "aaaa0000000000000000000000000000", 10));
	CHECK_OK(add_version(object, "bbbb0000000000000000000000000000", 5));
	CHECK_EQ(add_version(object, "bbbb0000000000000000000000000000", 20),
		 -EEXIST);
	/* Of the same second the later one, whatever the ids. */
	CHECK_STR(object->current->id, "aaaa0000000000000000000000000000");
	CHECK_STR(object->current->previous,
		  "cccc0000000000000000000000000000");
	CHECK_STR(object->versions[1]->id, "bbbb0000000000000000000000000000");
	CHECK(object_version(object, "BBBB0000000000000000000000000000"));
	CHECK(!object_version(object, "bbbb"));
	CHECK_EQ(object_version_at_least(object, "b"), 1);
	CHECK_EQ(object_version_at_least(object, "d"), 3);
}

static void test_collection(void)
{
	AKV_CLEANUP(collection_done) Collection collection = {0};
	static const char *const names[] = {"beta", "Alpha", "gamma-1",
					    "gamma"};
	Object *again = NULL;

	for (size_t i = 0; i < AKV_ARRAY_LEN(names); i++) {
		Object *object = NULL;

		CHECK_OK(object_new(&object, names[i]));
		CHECK_OK(collection_add(&collection, &object));
		CHECK(!object);
	}
	CHECK_STR(collection.objects[0]->name, "Alpha");
	CHECK_STR(collection.objects[2]->name, "gamma");
	CHECK_STR(collection_find(&collection, "ALPHA", start)->name, "Alpha");
	CHECK(!collection_find(&collection, "alph", start));
	CHECK_EQ(collection_at_least(&collection, "C"), 2);

	CHECK_OK(object_new(&again, "BETA"));
	CHECK_EQ(collection_add(&collection, &again), -EEXIST);
	again = object_free(again);

	/* What is gone is taken out when it is met. */
	CHECK_OK(object_delete(collection_find(&collection, "beta", start),
			       start, 0, 0));
	CHECK(!collection_find(&collection, "beta", start));
	CHECK_EQ(collection.n, 3);
	collection_remove(&collection, "nothing");
	collection_remove(&collection, "gamma");
	CHECK_EQ(collection.n, 2);
}

int main(void)
{
	RUN(test_deletion_takes_its_time);
	RUN(test_recovery_takes_its_time);
	RUN(test_purge_takes_its_time);
	RUN(test_retention_ends);
	RUN(test_without_soft_delete);
	RUN(test_versions);
	RUN(test_collection);
	return check_report();
}
