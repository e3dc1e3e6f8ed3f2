/* SPDX-License-Identifier: MIT */

/* Growth up to the maximum, and what is left behind: nothing. */

#include <fcntl.h>

#include "base/buf.h"
#include "tests/unit/check.h"

static void begins_empty(void)
{
	AKV_BUF Buf buf = BUF_INIT(10);

	CHECK_STR(buf.p, "");
	CHECK_EQ(buf.n, 0);
	CHECK_OK(buf_append(&buf, NULL, 0));
	CHECK_STR(buf.p, "");
	buf_reset(&buf);
	buf_done(&buf);
	CHECK_STR(buf.p, "");
}

static void grows_and_ends_in_a_nul(void)
{
	AKV_BUF Buf buf = BUF_INIT(100000);

	for (size_t i = 0; i < 100000; i++) {
		CHECK_OK(buf_append_char(&buf, (char)('a' + i % 26)));
		CHECK_EQ(buf.n, i + 1);
		CHECK_EQ(buf.p[buf.n], '\0');
	}
	for (size_t i = 0; i < 100000; i++)
		CHECK_EQ(buf.p[i], 'a' + i % 26);
	CHECK_EQ(buf_append_char(&buf, 'x'), -EMSGSIZE);
	CHECK_EQ(buf.n, 100000);
}

static void maximum_is_exact(void)
{
	AKV_BUF Buf buf = BUF_INIT(4);
	AKV_BUF Buf none = BUF_INIT(0);

	CHECK_OK(buf_append_string(&buf, "abc"));
	CHECK_EQ(buf_append_string(&buf, "de"), -EMSGSIZE);
	CHECK_EQ(buf_printf(&buf, "%d", 42), -EMSGSIZE);
	CHECK_EQ(buf_append(&buf, "x", SIZE_MAX), -EMSGSIZE);
	CHECK_STR(buf.p, "abc");
	CHECK_OK(buf_append_string(&buf, "d"));
	CHECK_STR(buf.p, "abcd");
	buf_done(&buf);
	CHECK_EQ(buf.n, 0);
	CHECK_EQ(buf.capacity, 0);
	CHECK_OK(buf_append_string(&buf, "abcd"));
	CHECK_STR(buf.p, "abcd");
	CHECK_EQ(buf_append_char(&none, 'a'), -EMSGSIZE);
	CHECK_OK(buf_append_string(&none, ""));
}

static void holds_nul_bytes(void)
{
	AKV_BUF Buf buf = BUF_INIT(10);

	CHECK_OK(buf_append(&buf, "a\0b", 3));
	CHECK_OK(buf_append_char(&buf, '\0'));
	CHECK_EQ(buf.n, 4);
	CHECK(memcmp(buf.p, "a\0b\0", 5) == 0);
}

static void prints(void)
{
	AKV_BUF Buf buf = BUF_INIT(1000);

	CHECK_OK(buf_printf(&buf, "%s-%d", "a", 7));
	CHECK_OK(buf_printf(&buf, "%s", ""));
	CHECK_OK(buf_printf(&buf, "%c", 'b'));
	CHECK_STR(buf.p, "a-7b");
	CHECK_OK(buf_printf(&buf, "%0200d", 1));
	CHECK_EQ(buf.n, 204);
	CHECK(strncmp(buf.p, "a-7b00", 6) == 0);
	CHECK_STR(buf.p + 202, "01");
}

static void reset_wipes_and_keeps_the_memory(void)
{
	AKV_BUF Buf buf = BUF_INIT(1000);
	char *memory;

	CHECK_OK(buf_append_string(&buf, "hidden"));
	memory = buf.p;
	buf_reset(&buf);
	CHECK(buf.p == memory);
	CHECK_EQ(buf.n, 0);
	for (size_t i = 0; i < buf.capacity; i++)
		CHECK_EQ(memory[i], 0);
	CHECK_OK(buf_append_string(&buf, "x"));
	CHECK_STR(buf.p, "x");
}

static void take_hands_over(void)
{
	Buf buf = BUF_INIT(10);
	char *text = NULL, *empty = NULL;

	CHECK_OK(buf_append_string(&buf, "abc"));
	CHECK_OK(buf_take(&buf, &text));
	CHECK_STR(text, "abc");
	CHECK_STR(buf.p, "");
	CHECK_EQ(buf.n, 0);
	/* Of an empty one there is a string to free as well. */
	CHECK_OK(buf_take(&buf, &empty));
	CHECK_STR(empty, "");
	CHECK_OK(buf_append_string(&buf, "again"));
	CHECK_STR(buf.p, "again");
	buf_done(&buf);
	free(text);
	free(empty);
}

static void percent_leaves_unreserved_only(void)
{
	AKV_BUF Buf buf = BUF_INIT(1024);
	unsigned char all[256];
	unsigned plain = 0;

	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (unsigned char)i;
	CHECK_OK(buf_append_percent(&buf, all, sizeof(all)));
	for (size_t i = 0; i < buf.n; i++) {
		if (buf.p[i] == '%')
			i += 2;
		else
			plain++;
	}
	CHECK_EQ(plain, 26 + 26 + 10 + 4);
	buf_reset(&buf);
	CHECK_OK(buf_append_percent(&buf, "a b/\xc3\xa4?~\0+", 10));
	CHECK_STR(buf.p, "a%20b%2F%C3%A4%3F~%00%2B");
}

static void percent_fails_whole(void)
{
	AKV_BUF Buf buf = BUF_INIT(8);
	AKV_BUF Buf empty = BUF_INIT(2);

	CHECK_OK(buf_append_string(&buf, "ab"));
	CHECK_EQ(buf_append_percent(&buf, "cd//", 4), -EMSGSIZE);
	CHECK_STR(buf.p, "ab");
	CHECK_EQ(buf.n, 2);
	CHECK_EQ(buf_append_percent(&empty, "/", 1), -EMSGSIZE);
	CHECK_STR(empty.p, "");
	CHECK_OK(buf_append_percent(&buf, "//", 2));
	CHECK_STR(buf.p, "ab%2F%2F");
}

static void reads_a_descriptor_to_its_end(void)
{
	AKV_BUF Buf buf = BUF_INIT(20000);
	AKV_BUF Buf small = BUF_INIT(5000);
	char bytes[9000];
	int ends[2];

	memset(bytes, 'x', sizeof(bytes));
	CHECK_OK(pipe2(ends, O_CLOEXEC));
	CHECK_EQ(write(ends[1], bytes, sizeof(bytes)), (int)sizeof(bytes));
	(void)close(ends[1]);
	CHECK_OK(buf_append_string(&buf, "ab"));
	CHECK_OK(buf_append_fd(&buf, ends[0]));
	CHECK_EQ(buf.n, 2 + sizeof(bytes));
	CHECK(memcmp(buf.p + 2, bytes, sizeof(bytes)) == 0);
	(void)close(ends[0]);

	CHECK_EQ(buf_append_fd(&buf, -1), -EBADF);
	CHECK_OK(pipe2(ends, O_CLOEXEC));
	CHECK_EQ(write(ends[1], bytes, sizeof(bytes)), (int)sizeof(bytes));
	(void)close(ends[1]);
	CHECK_EQ(buf_append_fd(&small, ends[0]), -EMSGSIZE);
	(void)close(ends[0]);
}

/* A structure that was not filled has such ones. */
static void done_takes_a_zeroed_one(void)
{
	Buf buf = {0};

	buf_done(&buf);
	CHECK(buf.p != NULL);
	buf_done(&buf);
	CHECK_EQ(buf.n, 0);
}

int main(void)
{
	RUN(begins_empty);
	RUN(grows_and_ends_in_a_nul);
	RUN(maximum_is_exact);
	RUN(holds_nul_bytes);
	RUN(prints);
	RUN(reset_wipes_and_keeps_the_memory);
	RUN(take_hands_over);
	RUN(done_takes_a_zeroed_one);
	RUN(percent_leaves_unreserved_only);
	RUN(percent_fails_whole);
	RUN(reads_a_descriptor_to_its_end);
	return check_report();
}
