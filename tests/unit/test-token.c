/* SPDX-License-Identifier: MIT */

#include "auth/token.h"
#include "base/clock.h"
#include "check.h"

#define S CLOCK_US_PER_S
#define NOW (5000 * S)
#define WALL INT64_C(1763953200)

static int times(Token *token, int64_t in_s, int64_t on_s, int64_t refresh_s)
{
	TokenLife life = {in_s, on_s, refresh_s};

	*token = (Token){0};
	return token_times(token, &life, NOW, WALL);
}

static void test_an_hour(void)
{
	Token token;

	CHECK_OK(times(&token, 3600, -1, -1));
	CHECK_EQ(token.expires_us, NOW + 3600 * S);
	CHECK_EQ(token.refresh_us, NOW + 3300 * S);
	CHECK_OK(times(&token, -1, WALL + 3600, -1));
	CHECK_EQ(token.expires_us, NOW + 3600 * S);
}

static void test_a_day(void)
{
	Token token;

	CHECK_OK(times(&token, 86400, -1, -1));
	CHECK_EQ(token.refresh_us, NOW + 43200 * S);
	CHECK_OK(times(&token, 7200, -1, -1));
	CHECK_EQ(token.refresh_us, NOW + 6900 * S);
	CHECK_OK(times(&token, 7201, -1, -1));
	CHECK_EQ(token.refresh_us, NOW + 3600 * S);
}

/* An emulator's: five minutes before the end would be before the beginning. */
static void test_a_minute(void)
{
	Token token;

	CHECK_OK(times(&token, 60, -1, -1));
	CHECK_EQ(token.expires_us, NOW + 60 * S);
	CHECK_EQ(token.refresh_us, NOW + 30 * S);
	/* Never at once: that would not end. */
	CHECK_OK(times(&token, 1, -1, -1));
	CHECK_EQ(token.refresh_us, NOW + S);
	CHECK_OK(times(&token, 3600, WALL + 1, -1));
	CHECK_EQ(token.refresh_us, NOW + S);
}

static void test_refresh_in(void)
{
	Token token;

	CHECK_OK(times(&token, 86400, -1, 1000));
	CHECK_EQ(token.refresh_us, NOW + 1000 * S);
	CHECK_OK(times(&token, 3600, -1, 3600));
	CHECK_EQ(token.refresh_us, NOW + 3300 * S);
	CHECK_OK(times(&token, 3600, -1, 0));
	CHECK_EQ(token.refresh_us, NOW + 3300 * S);
}

/* A clock that is behind would lengthen expires_on; one ahead ends it. */
static void test_a_skewed_clock(void)
{
	Token token;

	CHECK_OK(times(&token, 3600, WALL + 3600 + 7200, -1));
	CHECK_EQ(token.expires_us, NOW + 3600 * S);
	CHECK_OK(times(&token, 3600, WALL + 600, -1));
	CHECK_EQ(token.expires_us, NOW + 600 * S);
	CHECK_OK(times(&token, 3600, WALL - 7200, -1));
	CHECK_EQ(token.expires_us, NOW + 3600 * S);
}

static void test_no_sane_life(void)
{
	Token token;

	CHECK_EQ(times(&token, -1, -1, -1), TOKEN_E_LIFE);
	CHECK_EQ(times(&token, -1, -1, 100), TOKEN_E_LIFE);
	CHECK_EQ(times(&token, 0, -1, -1), TOKEN_E_LIFE);
	CHECK_EQ(times(&token, -5, -1, -1), TOKEN_E_LIFE);
	CHECK_EQ(times(&token, INT64_MAX, -1, -1), TOKEN_E_LIFE);
	CHECK_EQ(times(&token, -1, WALL, -1), TOKEN_E_LIFE);
	CHECK_EQ(times(&token, -1, INT64_MAX, -1), TOKEN_E_LIFE);
	CHECK_EQ(times(&token, -1, INT64_MIN, -1), TOKEN_E_LIFE);
	CHECK_EQ(times(&token, 0, WALL + 60, -1), TOKEN_E_LIFE);
	CHECK_EQ(token.expires_us, 0);
}

int main(void)
{
	RUN(test_an_hour);
	RUN(test_a_day);
	RUN(test_a_minute);
	RUN(test_refresh_in);
	RUN(test_a_skewed_clock);
	RUN(test_no_sane_life);
	return check_report();
}
