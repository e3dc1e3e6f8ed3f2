/* SPDX-License-Identifier: MIT */

/* Pure: the clocks are arguments. Used by token-response.c and sign-in.c. */

#include "auth/token.h"

#include "base/clock.h"

enum {
	TOKEN_LIFE_MAX_S = 366 * 24 * 3600, /* no authority grants more */
	TOKEN_LONG_S = 2 * 3600,
	TOKEN_EARLY_S = 5 * 60,
};

void token_done(Token *token)
{
	token->bytes = secret_unref(token->bytes);
}

static bool life_is_sane(int64_t life_s)
{
	return life_s > 0 && life_s <= TOKEN_LIFE_MAX_S;
}

int token_times(Token *token, const TokenLife *life, uint64_t now_us,
		int64_t wall_s)
{
	int64_t life_s = -1;
	int64_t refresh_s;

	if (life->expires_in_s != -1) {
		life_s = life->expires_in_s;
		if (!life_is_sane(life_s))
			return TOKEN_E_LIFE;
	}
	if (life->expires_on_s != -1 && wall_s >= 0) {
		int64_t left_s = life->expires_on_s > wall_s
					 ? life->expires_on_s - wall_s
					 : 0;

		/* Over already, and yet just issued: the clock is wrong. */
		if (life_s == -1)
			life_s = left_s;
		else if (left_s > 0)
			life_s = AKV_MIN(life_s, left_s);
	}
	if (!life_is_sane(life_s))
		return TOKEN_E_LIFE;
	if (life->refresh_in_s > 0 && life->refresh_in_s < life_s)
		refresh_s = life->refresh_in_s;
	else if (life_s > TOKEN_LONG_S || life_s <= 2 * TOKEN_EARLY_S)
		refresh_s = AKV_MAX(life_s / 2, 1);
	else
		refresh_s = life_s - TOKEN_EARLY_S;
	token->expires_us =
		clock_add(now_us, (uint64_t)life_s * CLOCK_US_PER_S);
	token->refresh_us =
		clock_add(now_us, (uint64_t)refresh_s * CLOCK_US_PER_S);
	return 0;
}
