/* SPDX-License-Identifier: MIT */

/*
 * A stack machine of JSON_DEPTH_MAX containers; no recursion, so no input can
 * exhaust the stack. Called by json_parse() and the fuzzer.
 */

#include "base/json-scan.h"

typedef struct Scan {
	const unsigned char *text;
	size_t n, i;
	unsigned tokens;
	const char *what;          /* set once: what is wrong at i */
	char open[JSON_DEPTH_MAX]; /* '{' or '[' */
	unsigned depth;
} Scan;

static bool scan_fail(Scan *scan, const char *what)
{
	if (!scan->what)
		scan->what = what;
	return false;
}

static int scan_peek(const Scan *scan)
{
	return scan->i < scan->n ? scan->text[scan->i] : -1;
}

static void scan_space(Scan *scan)
{
	while (scan->i < scan->n) {
		unsigned char c = scan->text[scan->i];

		if (c != ' ' && c != '\t' && c != '\n' && c != '\r')
			break;
		scan->i++;
	}
}

static bool scan_token(Scan *scan)
{
	if (++scan->tokens > JSON_TOKENS_MAX)
		return scan_fail(scan, "too many values");
	return true;
}

static bool scan_word(Scan *scan, const char *word)
{
	size_t n = strlen(word);

	if (scan->n - scan->i < n || memcmp(scan->text + scan->i, word, n) != 0)
		return scan_fail(scan, "no such word");
	scan->i += n;
	return true;
}

static bool scan_digits(Scan *scan)
{
	size_t before = scan->i;

	while (scan_peek(scan) >= '0' && scan_peek(scan) <= '9')
		scan->i++;
	return scan->i > before || scan_fail(scan, "a digit is missing");
}

static bool scan_number_parts(Scan *scan)
{
	if (scan_peek(scan) == '-')
		scan->i++;
	if (scan_peek(scan) == '0')
		scan->i++;
	else if (!scan_digits(scan))
		return false;
	if (scan_peek(scan) == '.') {
		scan->i++;
		if (!scan_digits(scan))
			return false;
	}
	if (scan_peek(scan) == 'e' || scan_peek(scan) == 'E') {
		scan->i++;
		if (scan_peek(scan) == '+' || scan_peek(scan) == '-')
			scan->i++;
		return scan_digits(scan);
	}
	return true;
}

static bool scan_number(Scan *scan)
{
	size_t before = scan->i;

	if (!scan_number_parts(scan))
		return false;
	if (scan->i - before > JSON_NUMBER_MAX)
		return scan_fail(scan, "a number too long");
	return true;
}

/* The four digits behind \u, or -1. */
static int scan_hex(Scan *scan)
{
	int value = 0;

	if (scan->n - scan->i < 4)
		return -1;
	for (size_t k = 0; k < 4; k++) {
		unsigned char c = scan->text[scan->i + k];
		int digit;

		if (c >= '0' && c <= '9')
			digit = c - '0';
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			digit = (c | 0x20) - 'a' + 10;
		else
			return -1;
		value = value * 16 + digit;
	}
	scan->i += 4;
	return value;
}

static bool scan_unicode(Scan *scan)
{
	int unit = scan_hex(scan);

	if (unit < 0)
		return scan_fail(scan, "\\u without four hex digits");
	if (unit == 0)
		return scan_fail(scan, "a NUL character");
	if (unit >= 0xdc00 && unit <= 0xdfff)
		return scan_fail(scan, "a lone surrogate");
	if (unit < 0xd800 || unit > 0xdbff)
		return true;
	if (scan->n - scan->i < 6 || scan->text[scan->i] != '\\' ||
	    scan->text[scan->i + 1] != 'u')
		return scan_fail(scan, "a lone surrogate");
	scan->i += 2;
	unit = scan_hex(scan);
	if (unit < 0xdc00 || unit > 0xdfff)
		return scan_fail(scan, "a lone surrogate");
	return true;
}

static bool scan_escape(Scan *scan)
{
	int c = scan_peek(scan);

	if (c < 0)
		return scan_fail(scan, "the text ends in a string");
	if (c == 0 || !strchr("\"\\/bfnrtu", c))
		return scan_fail(scan, "no such escape");
	scan->i++;
	return c != 'u' || scan_unicode(scan);
}

/* One character of more than one byte: RFC 3629. */
static bool scan_utf8(Scan *scan)
{
	const unsigned char *p = scan->text + scan->i;
	size_t left = scan->n - scan->i, n;
	unsigned char low = 0x80, high = 0xbf;

	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		n = 2;
	else if (p[0] >= 0xe0 && p[0] <= 0xef)
		n = 3;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		n = 4;
	else
		return scan_fail(scan, "not UTF-8");
	if (p[0] == 0xe0)
		low = 0xa0; /* else it is longer than need be */
	else if (p[0] == 0xed)
		high = 0x9f; /* else it is a surrogate */
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f; /* else it is above U+10FFFF */
	if (left < n || p[1] < low || p[1] > high)
		return scan_fail(scan, "not UTF-8");
	for (size_t k = 2; k < n; k++) {
		if (p[k] < 0x80 || p[k] > 0xbf)
			return scan_fail(scan, "not UTF-8");
	}
	scan->i += n;
	return true;
}

static bool scan_string(Scan *scan)
{
	scan->i++;
	for (;;) {
		int c = scan_peek(scan);

		if (c < 0)
			return scan_fail(scan, "the text ends in a string");
		if (c < 0x20)
			return scan_fail(scan, "a control character");
		if (c >= 0x80) {
			if (!scan_utf8(scan))
				return false;
			continue;
		}
		scan->i++;
		if (c == '"')
			return true;
		if (c == '\\' && !scan_escape(scan))
			return false;
	}
}

static bool scan_scalar(Scan *scan)
{
	int c = scan_peek(scan);

	if (c == '"')
		return scan_string(scan);
	if (c == 't')
		return scan_word(scan, "true");
	if (c == 'f')
		return scan_word(scan, "false");
	if (c == 'n')
		return scan_word(scan, "null");
	if (c == '-' || (c >= '0' && c <= '9'))
		return scan_number(scan);
	return scan_fail(scan,
			 c < 0 ? "the text ends early" : "no value begins so");
}

/* "name": and what may stand around it; then a value has to follow. */
static bool scan_member_name(Scan *scan)
{
	scan_space(scan);
	if (scan_peek(scan) != '"')
		return scan_fail(scan, "a member's name is missing");
	if (!scan_token(scan) || !scan_string(scan))
		return false;
	scan_space(scan);
	if (scan_peek(scan) != ':')
		return scan_fail(scan, "a colon is missing");
	scan->i++;
	return true;
}

static bool scan_open(Scan *scan, char bracket)
{
	if (scan->depth == JSON_DEPTH_MAX)
		return scan_fail(scan, "nested too deep");
	scan->open[scan->depth++] = bracket;
	scan->i++;
	return true;
}

/*
 * Begin a value: a container is opened, and *@ret_more says whether a value
 * has to come next; a scalar is passed.
 */
static bool scan_value(Scan *scan, bool *ret_more)
{
	int c;

	scan_space(scan);
	c = scan_peek(scan);
	*ret_more = false;
	if (!scan_token(scan))
		return false;
	if (c != '{' && c != '[')
		return scan_scalar(scan);
	if (!scan_open(scan, (char)c))
		return false;
	scan_space(scan);
	if (scan_peek(scan) == (c == '{' ? '}' : ']')) {
		scan->depth--;
		scan->i++;
		return true;
	}
	*ret_more = true;
	return c == '[' || scan_member_name(scan);
}

/* After a value: close containers, or go on behind a comma. */
static bool scan_after(Scan *scan, bool *ret_more)
{
	*ret_more = false;
	while (scan->depth > 0) {
		char bracket = scan->open[scan->depth - 1];
		int c;

		scan_space(scan);
		c = scan_peek(scan);
		if (c == ',') {
			scan->i++;
			*ret_more = true;
			return bracket == '[' || scan_member_name(scan);
		}
		if (c != (bracket == '{' ? '}' : ']'))
			return scan_fail(scan, "a comma or bracket is missing");
		scan->i++;
		scan->depth--;
	}
	return true;
}

int json_scan(const char *text, size_t n, JsonFault *fault)
{
	Scan scan = {.text = (const unsigned char *)text, .n = n};
	bool more = true;
	bool good = true;

	while (good && more) {
		good = scan_value(&scan, &more);
		if (good && !more)
			good = scan_after(&scan, &more);
	}
	if (good) {
		scan_space(&scan);
		if (scan.i < scan.n)
			good = scan_fail(&scan, "trailing bytes");
	}
	if (good)
		return 0;
	if (fault)
		*fault = (JsonFault){.offset = scan.i, .what = scan.what};
	return JSON_E_INVALID;
}
