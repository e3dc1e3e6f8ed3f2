/* SPDX-License-Identifier: MIT */

/* What was sealed comes out again, and lies nowhere in clear. */

#include "base/sealed.h"
#include "tests/unit/check.h"

static const char text[] = "UNMISTAKABLE-CONTENT-OF-A-SECRET";

static Sealed sealed; /* zeroed, as the shared memory is at first */

static void empty_at_first(void)
{
	char to[1] = {'x'};

	CHECK_EQ(sealed_size(&sealed), 0);
	sealed_open(&sealed, to);
	CHECK_EQ(to[0], 'x');
}

static void opens_to_what_was_stored(void)
{
	char to[sizeof(text) + 1] = {0};

	to[sizeof(text)] = 'x';
	CHECK_OK(sealed_store(&sealed, text, sizeof(text)));
	CHECK_EQ(sealed_size(&sealed), sizeof(text));
	sealed_open(&sealed, to);
	CHECK_STR(to, text);
	CHECK_EQ(to[sizeof(text)], 'x');
}

static void no_half_is_the_content(void)
{
	const unsigned char *bytes = (const unsigned char *)&sealed;
	unsigned char pad[sizeof(text)];

	for (size_t i = 0; i + 8 <= sizeof(sealed); i++)
		CHECK(memcmp(bytes + i, text, 8) != 0);
	/* Each store has a pad of its own. */
	memcpy(pad, sealed.pad, sizeof(pad));
	CHECK_OK(sealed_store(&sealed, text, sizeof(text)));
	CHECK(memcmp(pad, sealed.pad, sizeof(pad)) != 0);
}

static void all_sizes_up_to_the_maximum(void)
{
	static const size_t sizes[] = {1, 255, 256, 257, 512, SEALED_SIZE_MAX};
	static unsigned char bytes[SEALED_SIZE_MAX + 1];
	static unsigned char to[SEALED_SIZE_MAX];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 7 + (i >> 8));
	for (size_t i = 0; i < AKV_ARRAY_LEN(sizes); i++) {
		CHECK_OK(sealed_store(&sealed, bytes, sizes[i]));
		CHECK_EQ(sealed_size(&sealed), sizes[i]);
		sealed_open(&sealed, to);
		CHECK(memcmp(to, bytes, sizes[i]) == 0);
	}
	/* The pad reaches to the last byte. */
	CHECK(memcmp(sealed.masked + SEALED_SIZE_MAX - 16,
		     bytes + SEALED_SIZE_MAX - 16, 16) != 0);
	CHECK_EQ(sealed_store(&sealed, bytes, SEALED_SIZE_MAX + 1), -EMSGSIZE);
	sealed_open(&sealed, to);
	CHECK(memcmp(to, bytes, SEALED_SIZE_MAX) == 0);
	CHECK_OK(sealed_store(&sealed, NULL, 0));
	CHECK_EQ(sealed_size(&sealed), 0);
}

/* The memory is shared: what another process left there is not believed. */
static void a_size_out_of_bounds_is_cut(void)
{
	static unsigned char to[SEALED_SIZE_MAX];

	sealed.n = UINT32_MAX;
	CHECK_EQ(sealed_size(&sealed), SEALED_SIZE_MAX);
	sealed_open(&sealed, to);
	sealed.n = 0;
}

int main(void)
{
	RUN(empty_at_first);
	RUN(opens_to_what_was_stored);
	RUN(no_half_is_the_content);
	RUN(all_sizes_up_to_the_maximum);
	RUN(a_size_out_of_bounds_is_cut);
	return check_report();
}
