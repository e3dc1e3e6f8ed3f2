/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * sas-token - a shared access signature from a template and an account's key
 *
 * The template is such a token, of which all is kept but the times and the
 * signature: for an account a query, for a service a URL with one. Source of
 * the strings to sign: Azure Storage "Create an account SAS", "Create a service
 * SAS".
 */

#include "base/buf.h"
#include "base/std.h"

enum {
	STORAGE_KEY_SIZE = 64, /* bytes */
	SAS_TOKEN_MAX = 4096,
	STORAGE_PERIOD_MAX_S = 366 * 86400,
};

typedef struct SasTemplate {
	const char *account;
	const char *uri;
	bool service; /* sasType; else account */
} SasTemplate;

/*
 * Append "?sv=...&sig=..." that is valid until @expires_s. Returns 0, a
 * negative errno, or SAS_TOKEN_E_INVALID for a template that cannot be used.
 */
enum { SAS_TOKEN_E_INVALID = 1 };
AKV_MUST_CHECK int sas_token_make(Buf *ret, const SasTemplate *template,
				  const unsigned char key[STORAGE_KEY_SIZE],
				  int64_t expires_s);

/* "P30D", "PT2H", "P1DT30M" in seconds; PERIOD_E_INVALID, also for nothing. */
enum { PERIOD_E_INVALID = 1 };
AKV_MUST_CHECK int period_parse(int64_t *ret_s, const char *text);
