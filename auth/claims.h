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

/*
 * Text is "" where it is absent; bytes of it that are not printable ASCII are
 * "?", and "..." ends what was cut. Times are -1 where they are absent.
 */
typedef struct Claims {
	char audience[256], issuer[256], tenant[64];
	char app_id[64];    /* appid, or azp */
	char object_id[64]; /* oid */
	char subject[256];  /* sub: of a token to be exchanged, its workload */
	char kind[16];      /* idtyp: "app", "user" */
	char proof[8];      /* appidacr, or azpacr */
	char version[8];
	char managed_id[512]; /* xms_mirid: which managed identity */
	char scopes[256];     /* scp */
	char unique_id[64];   /* uti: identifies the token without showing it */
	char capabilities[32]; /* xms_cc: "CP1" */
	char user[128]; /* preferred_username, or upn: "a***@contoso.com" */
	int64_t issued_s, not_before_s, expires_s;
	unsigned roles, directory_roles; /* how many */
} Claims;

/*
 * Returns 0, -ENOMEM, or what kind of text it is instead: one that is not three
 * parts with dots between them, which says nothing of itself and may yet be
 * good; one whose second part is not base64url of a strict JSON object; one of
 * more than CLAIMS_TOKEN_MAX bytes.
 */
enum { CLAIMS_E_OPAQUE = 1, CLAIMS_E_INVALID = 2, CLAIMS_E_TOO_LONG = 3 };
AKV_MUST_CHECK int claims_read(Claims *ret, const char *token, size_t n);
const char *claims_answer_text(int answer); /* a sentence about the token */
