/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * user-token - a person's token for an application, and getting the next one
 *
 * A refresh token is good until its user's are forgotten, for any resource, and
 * for its application alone; with each use comes a new one (RFC 6749 6).
 */

#include "base/std.h"
#include "emulator/exchange.h"
#include "emulator/form.h"
#include "emulator/names.h"
#include "emulator/permissions.h"

enum { REFRESH_TOKENS_MAX = 64, REFRESH_TOKEN_SIZE = 4 + 2 * GUID_SIZE };

typedef struct RefreshToken {
	char text[REFRESH_TOKEN_SIZE]; /* "": there is none in this place */
	char client_id[CLIENT_ID_SIZE];
	char user[CLIENT_ID_SIZE];
} RefreshToken;

typedef struct RefreshTokens {
	RefreshToken tokens[REFRESH_TOKENS_MAX];
	size_t next; /* to be replaced */
} RefreshTokens;

/* As if the password of @user, an id of the directory, was changed. */
void refresh_tokens_forget(RefreshTokens *tokens, const char *user);

typedef struct UserTokenWish {
	const char *user, *client_id, *audience;
	bool openid, offline;
} UserTokenWish;

/*
 * Make the reply with the token. Both return 0, a negative errno, or
 * ENTRA_E_REFUSED with the reply made.
 */
AKV_MUST_CHECK int user_token_reply(Exchange *exchange,
				    const UserTokenWish *wish);
AKV_MUST_CHECK int refresh_token_grant(Exchange *exchange, const Form *form);
