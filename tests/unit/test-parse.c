/* SPDX-License-Identifier: MIT */

/* Numbers, modes, durations, switches, and letters without case. */

#include "base/parse.h"
#include "tests/unit/check.h"

static void uint64_takes_digits_only(void)
{
	static const char *const bad[] = {
		"",    " 1",  "1 ", "+1", "-1", "0x10", "1.0",
		"1e3", "1\n", "1a", "٣",  "/",  ":",
	};
	uint64_t value = 7;

	for (size_t i = 0; i < AKV_ARRAY_LEN(bad); i++) {
		CHECK_EQ(parse_uint64(&value, bad[i], UINT64_MAX),
			 PARSE_E_SYNTAX);
		CHECK_EQ(value, 7);
	}
	CHECK_OK(parse_uint64(&value, "0", 0));
	CHECK_EQ(value, 0);
	CHECK_OK(parse_uint64(&value, "00042", 42));
	CHECK_EQ(value, 42);
}

static void uint64_keeps_to_its_maximum(void)
{
	uint64_t value = 7;

	CHECK_EQ(parse_uint64(&value, "43", 42), PARSE_E_RANGE);
	CHECK_EQ(parse_uint64(&value, "18446744073709551616", UINT64_MAX),
		 PARSE_E_RANGE);
	CHECK_EQ(parse_uint64(&value, "99999999999999999999999", UINT64_MAX),
		 PARSE_E_RANGE);
	/* What is no number at all is said first. */
	CHECK_EQ(parse_uint64(&value, "99999999999999999999999x", UINT64_MAX),
		 PARSE_E_SYNTAX);
	CHECK_EQ(value, 7);
	CHECK_OK(parse_uint64(&value, "18446744073709551615", UINT64_MAX));
	CHECK(value == UINT64_MAX);
}

static void mode_is_octal(void)
{
	unsigned mode = 1;

	CHECK_OK(parse_mode(&mode, "0400"));
	CHECK_EQ(mode, 0400);
	CHECK_OK(parse_mode(&mode, "755"));
	CHECK_EQ(mode, 0755);
	CHECK_OK(parse_mode(&mode, "07777"));
	CHECK_EQ(mode, 07777);
	CHECK_OK(parse_mode(&mode, "0"));
	CHECK_EQ(mode, 0);
	mode = 1;
	CHECK_EQ(parse_mode(&mode, "10000"), PARSE_E_RANGE);
	CHECK_EQ(parse_mode(&mode, "8"), PARSE_E_SYNTAX);
	CHECK_EQ(parse_mode(&mode, "0o400"), PARSE_E_SYNTAX);
	CHECK_EQ(parse_mode(&mode, "u=r"), PARSE_E_SYNTAX);
	CHECK_EQ(parse_mode(&mode, ""), PARSE_E_SYNTAX);
	CHECK_EQ(mode, 1);
}

static void duration_has_units(void)
{
	static const struct {
		const char *text;
		uint64_t seconds;
	} good[] = {
		{"0", 0},       {"300", 300}, {"59", 59},
		{"5s", 5},      {"2m", 120},  {"1h", 3600},
		{"7d", 604800}, {"0d", 0},    {"007s", 7},
	};
	static const char *const bad[] = {
		"",     "s",     "1 s", "1S",  "1ms", "1w", "-1s",
		"1.5h", "1h30m", "h1",  "1m ", " 1m", "1y",
	};
	uint64_t seconds = 9;

	for (size_t i = 0; i < AKV_ARRAY_LEN(good); i++) {
		CHECK_OK(parse_duration_s(&seconds, good[i].text, 604800));
		CHECK_EQ(seconds, good[i].seconds);
	}
	seconds = 9;
	for (size_t i = 0; i < AKV_ARRAY_LEN(bad); i++)
		CHECK_EQ(parse_duration_s(&seconds, bad[i], 604800),
			 PARSE_E_SYNTAX);
	CHECK_EQ(seconds, 9);
}

static void duration_keeps_to_its_maximum(void)
{
	uint64_t seconds = 9;

	CHECK_EQ(parse_duration_s(&seconds, "61", 60), PARSE_E_RANGE);
	CHECK_EQ(parse_duration_s(&seconds, "2m", 119), PARSE_E_RANGE);
	CHECK_EQ(parse_duration_s(&seconds, "213503982334602d", UINT64_MAX),
		 PARSE_E_RANGE);
	CHECK_EQ(
		parse_duration_s(&seconds, "18446744073709551615h", UINT64_MAX),
		PARSE_E_RANGE);
	CHECK_EQ(seconds, 9);
	CHECK_OK(parse_duration_s(&seconds, "2m", 120));
	CHECK_EQ(seconds, 120);
	CHECK_OK(parse_duration_s(&seconds, "213503982334601d", UINT64_MAX));
	CHECK(seconds == UINT64_C(213503982334601) * 86400);
}

static void switch_is_on_or_off(void)
{
	static const char *const bad[] = {"",     "ON", "On",   "yes", "1",
					  "true", "of", "off ", "o",   "offf"};
	bool on = false;

	CHECK_OK(parse_switch(&on, "on"));
	CHECK(on);
	for (size_t i = 0; i < AKV_ARRAY_LEN(bad); i++)
		CHECK_EQ(parse_switch(&on, bad[i]), PARSE_E_SYNTAX);
	CHECK(on);
	CHECK_OK(parse_switch(&on, "off"));
	CHECK(!on);
}

static void letters_fold_in_ascii_only(void)
{
	char text[] = "AZ az[@`{\xc3\x84";

	CHECK(ascii_equal_fold("", ""));
	CHECK(ascii_equal_fold("Vault.Azure.NET", "vault.azure.net"));
	CHECK(!ascii_equal_fold("a", ""));
	CHECK(!ascii_equal_fold("", "a"));
	CHECK(!ascii_equal_fold("ab", "a"));
	CHECK(!ascii_equal_fold("a", "ab"));
	/* 0x20 apart, but no letters. */
	CHECK(!ascii_equal_fold("@", "`"));
	CHECK(!ascii_equal_fold("[", "{"));
	CHECK(!ascii_equal_fold("\xc3\x84", "\xc3\xa4"));
	ascii_lower(text);
	CHECK_STR(text, "az az[@`{\xc3\x84");
}

static void ends_are_compared(void)
{
	CHECK(ascii_ends_with_fold("A.VAULT", ".vault"));
	CHECK(ascii_ends_with_fold("a", "a"));
	CHECK(ascii_ends_with_fold("a", ""));
	CHECK(!ascii_ends_with_fold("a", "ba"));
	CHECK(!ascii_ends_with_fold("a.vault.b", ".vault"));
}

static void printable_is_0x20_to_0x7e(void)
{
	for (unsigned c = 1; c < 256; c++) {
		const char text[] = {'a', (char)c, 'b', '\0'};

		CHECK_EQ(ascii_is_printable(text), c >= 0x20 && c <= 0x7e);
	}
	CHECK(ascii_is_printable(""));
}

int main(void)
{
	RUN(uint64_takes_digits_only);
	RUN(uint64_keeps_to_its_maximum);
	RUN(mode_is_octal);
	RUN(duration_has_units);
	RUN(duration_keeps_to_its_maximum);
	RUN(switch_is_on_or_off);
	RUN(letters_fold_in_ascii_only);
	RUN(ends_are_compared);
	RUN(printable_is_0x20_to_0x7e);
	return check_report();
}
