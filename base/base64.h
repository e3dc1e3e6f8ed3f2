/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * base64 - RFC 4648, strict: section 4 (with padding) and 5 (url, without)
 *
 * Strict means: no white space, no foreign byte, no bits left over in the last
 * character; padding exactly as the variant has it.
 */

#include "base/buf.h"
#include "base/std.h"

enum base64_variant {
	BASE64_STANDARD, /* section 4: + / and = */
	BASE64_URL,      /* section 5: - _ and no padding */
};

/* Append the encoding of @n bytes. buf_append()'s returns. */
AKV_MUST_CHECK int base64_encode(Buf *buf, enum base64_variant variant,
				 const void *data, size_t n);

/*
 * Append the bytes that @text stands for. Also returns BASE64_E_INVALID, with
 * @buf unchanged.
 */
enum { BASE64_E_INVALID = 1 };
AKV_MUST_CHECK int base64_decode(Buf *buf, enum base64_variant variant,
				 const char *text, size_t n);
