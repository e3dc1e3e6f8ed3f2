/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * x509-name - a subject as text and as X.509 has it
 *
 * The text is that of Windows, which the service is made of: "CN=a, O=b, C=US",
 * the last part first in the encoding, "S" for a state and "E" for an address.
 * RFC 4514 is near to it but for those letters and for quotes around a value.
 */

#include <openssl/x509.h>

#include "base/buf.h"
#include "base/std.h"

enum {
	X509_NAME_TEXT_MAX = 4096,
	X509_NAME_PARTS_MAX = 32,
};

AKV_UNUSED static inline void x509_name_freep(X509_NAME **name)
{
	X509_NAME_free(*name);
}

/*
 * The name that @text stands for; the caller frees it. Returns 0, -ENOMEM, or
 * X509_NAME_E_INVALID: no text, a part that is none, a letter or a dotted
 * number that is not known, a value that its kind does not allow.
 */
enum { X509_NAME_E_INVALID = 1 };
AKV_MUST_CHECK int x509_name_parse(X509_NAME **ret, const char *text);

/* The reverse. Also returns -EIO for a value that is no text. */
AKV_MUST_CHECK int x509_name_append(Buf *ret, const X509_NAME *name);
