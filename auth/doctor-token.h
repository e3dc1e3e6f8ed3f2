/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * doctor-token - is it a token that this vault takes, and whose is it?
 *
 * The stage "token" of akvfs doctor: what the token says of itself, unverified,
 * compared with what the vault says and with the clouds' table.
 */

#include "auth/audience.h"
#include "auth/claims.h"
#include "auth/finding.h"

typedef struct TokenStageFacts {
	int result; /* of claims_read() */
	const Claims *claims;
	const Cloud *cloud;
	enum audience_plane plane; /* AUDIENCE_VAULT or AUDIENCE_HSM */
	const char *vault;
	const char *tenant;    /* that the vault belongs to; "": not known */
	const char *client_id; /* that was to sign in; "": none in particular */
	const char *kind; /* of the credential, "cli"; "": from elsewhere */
	int64_t now_s;    /* the vault's time, or else this machine's */
} TokenStageFacts;

void doctor_token(Finding *ret, const TokenStageFacts *facts);

/* "the application A (object O)": whose token it is; "" if it does not say. */
enum { TOKEN_OWNER_SIZE = 320 };
void token_owner(char ret[TOKEN_OWNER_SIZE], const Claims *claims);
