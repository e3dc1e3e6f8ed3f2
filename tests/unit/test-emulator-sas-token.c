/* SPDX-License-Identifier: MIT */

/*
 * Tokens and periods. That signatures are right is shown against another
 * implementation, in tests/recordings/test_storage.py.
 */

#include "emulator/sas-token.h"
#include "tests/unit/check.h"

enum { EXPIRES_S = 1529963970 };

static const char *make(const char *uri, bool service)
{
	static const unsigned char key[STORAGE_KEY_SIZE] = {1, 2, 3};
	static char text[SAS_TOKEN_MAX];
	AKV_BUF Buf token = BUF_INIT(SAS_TOKEN_MAX);
	SasTemplate template = {
		.account = "photos", .uri = uri, .service = service};
	int r = sas_token_make(&token, &template, key, EXPIRES_S);

	if (r != 0)
		return r == SAS_TOKEN_E_INVALID ? "!" : "fault";
	(void)snprintf(text, sizeof(text), "%s", token.p);
	return text;
}

static void test_order_and_time(void)
{
	static const char start[] =
		"?sv=2015-12-11&ss=bfqt&srt=sco&sp=racwdlup&"
		"se=2018-06-25T21:59:30Z&sig=";

	CHECK(strncmp(make("ss=bfqt&sig=x&se=2020-01-01T08%3A00%3A00Z&"
			   "sv=2015-12-11&srt=sco&sp=racwdlup",
			   false),
		      start, sizeof(start) - 1) == 0);
}

static void test_refused(void)
{
	CHECK_STR(make("", false), "!");
	CHECK_STR(make("ss=b", false), "!");
	CHECK_STR(make("sv=2015-12-11&ss", false), "!");
	CHECK_STR(make("sv=%zz", false), "!");
	CHECK_STR(make("sv=2019-12-12&sr=b", true), "!");
	CHECK_STR(make("https://other.blob.core.windows.net/a?sv=2019-12-12",
		       true),
		  "!");
	CHECK_STR(make("https://photos.blob.core.windows.net?sv=2019-12-12",
		       true),
		  "!");
	CHECK(strcmp(make("https://photos.blob.core.windows.net/a?"
			  "sv=2019-12-12",
			  true),
		     "!") != 0);
}

static void test_periods(void)
{
	static const struct {
		const char *text;
		int64_t seconds;
	} rows[] = {
		{"P30D", 30 * 86400},
		{"PT2H", 7200},
		{"PT90M", 5400},
		{"P1DT12H30M5S", 86400 + 12 * 3600 + 30 * 60 + 5},
		{"PT1S", 1},
	};
	static const char *const wrong[] = {
		"",      "P",         "PT",
		"30D",   "P30",       "P30H",
		"PT30D", "P0D",       "PT1M1H",
		"P1DT",  "P1D1D",     "P-1D",
		"P1.5D", "p30d",      "P9999D",
		"P1D\n", "P1Y2M10DT", "P99999999999D",
	};
	int64_t seconds;

	for (size_t i = 0; i < AKV_ARRAY_LEN(rows); i++) {
		CHECK_OK(period_parse(&seconds, rows[i].text));
		CHECK_EQ(seconds, rows[i].seconds);
	}
	for (size_t i = 0; i < AKV_ARRAY_LEN(wrong); i++)
		CHECK_EQ(period_parse(&seconds, wrong[i]), PERIOD_E_INVALID);
}

int main(void)
{
	RUN(test_order_and_time);
	RUN(test_refused);
	RUN(test_periods);
	return check_report();
}
