/* SPDX-License-Identifier: MIT */

/*
 * One alphabet each way; the variants differ in two characters and in the
 * padding. Decoding goes through a buffer of its own, so that the caller's is
 * as it was if the text turns out wrong.
 */

#include "base/base64.h"

static const char *alphabet(enum base64_variant variant)
{
	return variant == BASE64_URL ? "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklm"
				       "nopqrstuvwxyz0123456789-_"
				     : "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklm"
				       "nopqrstuvwxyz0123456789+/";
}

int base64_encode(Buf *buf, enum base64_variant variant, const void *data,
		  size_t n)
{
	const unsigned char *p = data;
	const char *letters = alphabet(variant);
	size_t before = buf->n;
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i += 3) {
		size_t have = AKV_MIN(n - i, (size_t)3);
		uint32_t bits = (uint32_t)p[i] << 16;
		char four[4] = {'=', '=', '=', '='};

		if (have > 1)
			bits |= (uint32_t)p[i + 1] << 8;
		if (have > 2)
			bits |= p[i + 2];
		for (size_t k = 0; k <= have; k++)
			four[k] = letters[bits >> (18 - 6 * k) & 63];
		r = buf_append(buf, four, variant == BASE64_URL ? have + 1 : 4);
	}
	if (r < 0 && buf->capacity > 0) {
		buf->n = before;
		buf->p[before] = '\0';
	}
	return r;
}

static int letter_value(enum base64_variant variant, char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == (variant == BASE64_URL ? '-' : '+'))
		return 62;
	if (c == (variant == BASE64_URL ? '_' : '/'))
		return 63;
	return -1;
}

/* Decode @n letters, 2 to 4 of them, without padding. */
static int group_decode(Buf *buf, enum base64_variant variant, const char *text,
			size_t n)
{
	uint32_t bits = 0;
	unsigned char bytes[3];

	if (n < 2)
		return BASE64_E_INVALID;
	for (size_t i = 0; i < 4; i++) {
		int value = i < n ? letter_value(variant, text[i]) : 0;

		if (value < 0)
			return BASE64_E_INVALID;
		bits = bits << 6 | (uint32_t)value;
	}
	for (size_t i = 0; i < 3; i++)
		bytes[i] = (unsigned char)(bits >> (16 - 8 * i));
	/* No bits may be left over in the last letter. */
	if ((n == 2 && (bits & 0xffff)) || (n == 3 && (bits & 0xff)))
		return BASE64_E_INVALID;
	return buf_append(buf, bytes, n - 1);
}

int base64_decode(Buf *buf, enum base64_variant variant, const char *text,
		  size_t n)
{
	AKV_BUF Buf bytes = BUF_INIT(n / 4 * 3 + 3);
	int r = 0;

	if (variant == BASE64_STANDARD) {
		if (n % 4 != 0)
			return BASE64_E_INVALID;
		if (n > 0 && text[n - 1] == '=')
			n--;
		if (n % 4 == 3 && text[n - 1] == '=')
			n--;
	}
	for (size_t i = 0; i < n && r == 0; i += 4)
		r = group_decode(&bytes, variant, text + i,
				 AKV_MIN(n - i, (size_t)4));
	if (r != 0)
		return r;
	return buf_append(buf, bytes.p, bytes.n);
}
