/* SPDX-License-Identifier: MIT */

/* Written out digit by digit, so that nothing is accepted by accident. */

#include "base/parse.h"

static bool byte_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Digits up to @end exclusive. */
static int digits_parse(uint64_t *ret, const char *text, const char *end,
			unsigned base, uint64_t max)
{
	uint64_t value = 0;

	if (text == end)
		return PARSE_E_SYNTAX;
	for (const char *p = text; p < end; p++) {
		if (*p < '0' || *p >= (char)('0' + base))
			return PARSE_E_SYNTAX;
	}
	for (; text < end; text++) {
		if (__builtin_mul_overflow(value, (uint64_t)base, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*text - '0'),
					   &value))
			return PARSE_E_RANGE;
	}
	if (value > max)
		return PARSE_E_RANGE;
	*ret = value;
	return 0;
}

int parse_uint64(uint64_t *ret, const char *text, uint64_t max)
{
	return digits_parse(ret, text, text + strlen(text), 10, max);
}

int parse_mode(unsigned *ret, const char *text)
{
	uint64_t mode;
	int r = digits_parse(&mode, text, text + strlen(text), 8, 07777);

	if (r == 0)
		*ret = (unsigned)mode;
	return r;
}

int parse_duration_s(uint64_t *ret, const char *text, uint64_t max_s)
{
	const char *end = text + strlen(text);
	uint64_t count, unit_s = 1;
	int r;

	if (end > text && !byte_is_digit(end[-1])) {
		switch (*--end) {
		case 's':
			break;
		case 'm':
			unit_s = 60;
			break;
		case 'h':
			unit_s = 3600;
			break;
		case 'd':
			unit_s = 86400;
			break;
		default:
			return PARSE_E_SYNTAX;
		}
	}
	r = digits_parse(&count, text, end, 10, max_s / unit_s);
	if (r == 0)
		*ret = count * unit_s;
	return r;
}

int parse_switch(bool *ret, const char *text)
{
	if (strcmp(text, "on") != 0 && strcmp(text, "off") != 0)
		return PARSE_E_SYNTAX;
	*ret = text[1] == 'n';
	return 0;
}

static char byte_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool ascii_equal_fold(const char *a, const char *b)
{
	for (; *a && byte_lower(*a) == byte_lower(*b); a++)
		b++;
	return *a == '\0' && *b == '\0';
}

bool ascii_ends_with_fold(const char *text, const char *end)
{
	size_t n = strlen(text), end_n = strlen(end);

	return end_n <= n && ascii_equal_fold(text + n - end_n, end);
}

void ascii_lower(char *text)
{
	for (; *text; text++)
		*text = byte_lower(*text);
}

bool ascii_is_printable(const char *text)
{
	for (; *text; text++) {
		if (*text < 0x20 || *text > 0x7e)
			return false;
	}
	return true;
}
