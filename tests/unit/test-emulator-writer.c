/* SPDX-License-Identifier: MIT */

/* JSON: commas, escapes, and the first failure that stays. */

#include "emulator/writer.h"
#include "tests/unit/check.h"

static void test_commas(void)
{
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_LINE);
	Writer writer = WRITER_INIT(&text);

	writer_begin(&writer, NULL, '{');
	writer_begin(&writer, "list", '[');
	writer_int(&writer, NULL, -1);
	writer_begin(&writer, NULL, '{');
	writer_end(&writer, '}');
	writer_null(&writer, NULL);
	writer_end(&writer, ']');
	writer_bool(&writer, "yes", true);
	writer_format(&writer, "text", "%d/%s", 7, "x");
	writer_end(&writer, '}');
	CHECK_OK(writer.fault);
	CHECK_STR(text.p,
		  "{\"list\":[-1,{},null],\"yes\":true,\"text\":\"7/x\"}");
}

static void test_escapes(void)
{
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_LINE);
	Writer writer = WRITER_INIT(&text);

	writer_string_n(&writer, NULL, "a\"b\\c\n\r\t\x01\x00z\xc3\xa9", 13);
	CHECK_OK(writer.fault);
	CHECK_STR(text.p, "\"a\\\"b\\\\c\\n\\r\\t\\u0001\\u0000z\xc3\xa9\"");
}

static void test_first_failure_stays(void)
{
	AKV_BUF Buf text = BUF_INIT(8);
	Writer writer = WRITER_INIT(&text);

	writer_string(&writer, NULL, "123456");
	CHECK_OK(writer.fault);
	writer_int(&writer, NULL, 1);
	CHECK_EQ(writer.fault, -EMSGSIZE);
	buf_reset(&text);
	writer_int(&writer, NULL, 2);
	CHECK_EQ(text.n, 0);
}

int main(void)
{
	RUN(test_commas);
	RUN(test_escapes);
	RUN(test_first_failure_stays);
	return check_report();
}
