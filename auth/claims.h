/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * claims - what an access token says of itself
 *
 * For people, and for the end of its life where nobody said it: the signature
 * is the vault's to verify, and nothing that guards anything may depend on a
 * claim. Only an allow-list is read; header and signature are not looked at.
 */

#include "base/std.h"

enum { CLAIMS_TOKEN_MAX = 64 * 1024 };

/* Text is quoted (quote.h) and "" where it is absent; times are -1. */
typedef struct Claims {
	char audience[256], issuer[256], tenant[64];
	char app_id[64];    /* appid, or azp */
	char object_id[64]; /* oid */
	char kind[16];      /* idtyp: "app", "user" */
	char proof[8];      /* appidacr, or azpacr */
	char version[8];
	char managed_id[512]; /* xms_mirid: which managed identity */
	char scopes[256];     /* scp */
	char unique_id[64];   /* uti: identifies the token without showing it */
	int64_t issued_s, not_before_s, expires_s;
	unsigned roles, directory_roles; /* how many */
} Claims;

/* Returns 0, CLAIMS_E_INVALID for what is no JWT of ours, or -ENOMEM. */
enum { CLAIMS_E_INVALID = 1 };
AKV_MUST_CHECK int claims_read(Claims *ret, const char *token, size_t n);
