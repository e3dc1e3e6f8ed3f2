/* SPDX-License-Identifier: MIT */

/*
 * az states the end of a token as a number since 2.54, and else as local time
 * without a zone, which is wrong for an hour when summer time ends; so before
 * that is believed, the token itself is asked. "expiresIn" is not read: it was
 * right when az stored the token. Used by cli.c.
 */

#include "auth/cli-output.h"

#include <time.h>

#include "auth/claims.h"
#include "auth/expiry.h"
#include "auth/quote.h"
#include "auth/token-response.h"
#include "base/json.h"

/* "2026-11-25 06:00:00.000000", in this machine's zone. */
static int64_t local_time(const char *text)
{
	int64_t seconds;
	struct tm parts = {0};
	time_t as_if;

	if (expiry_parse(&seconds, text) != 0)
		return -1;
	as_if = (time_t)seconds;
	if (!gmtime_r(&as_if, &parts))
		return -1;
	parts.tm_isdst = -1;
	return (int64_t)mktime(&parts);
}

static int64_t az_end(const cJSON *object, const char *token)
{
	int64_t seconds;
	const char *text;
	Claims claims;

	if (json_get_int64_loose(&seconds, object, "expires_on") == 0)
		return seconds;
	if (claims_read(&claims, token, strlen(token)) == 0 &&
	    claims.expires_s > 0)
		return claims.expires_s;
	if (json_get_string(&text, object, "expiresOn") == 0)
		return local_time(text);
	return -1;
}

static int64_t azd_end(const cJSON *object, const char *token)
{
	int64_t seconds;
	const char *text;
	Claims claims;

	if (json_get_string(&text, object, "expiresOn") == 0 &&
	    expiry_parse(&seconds, text) == 0)
		return seconds;
	return claims_read(&claims, token, strlen(token)) == 0
		       ? claims.expires_s
		       : -1;
}

int cli_token_read(Token *ret, enum cli_tool tool, const char *text, size_t n,
		   uint64_t now_us, int64_t wall_s)
{
	AKV_JSON cJSON *object = NULL;
	TokenLife life = {-1, -1, -1};
	Token token = {.issued_us = now_us};
	const char *bytes = "";
	int r = json_parse(&object, text, n, NULL);

	if (r == 0)
		r = json_get_string(&bytes, object,
				    tool == CLI_AZ ? "accessToken" : "token");
	if (r != 0 || !access_token_is_valid(bytes, strlen(bytes)))
		return r < 0 ? r : CLI_E_INVALID;
	life.expires_on_s =
		tool == CLI_AZ ? az_end(object, bytes) : azd_end(object, bytes);
	if (life.expires_on_s < 0 ||
	    token_times(&token, &life, now_us, wall_s) != 0)
		return CLI_E_INVALID;
	r = secret_new(&token.bytes, bytes, strlen(bytes));
	if (r < 0)
		return r;
	*ret = token;
	return 0;
}

/* {"error":".."}, or {"data":{"message":".."}}. */
static bool azd_words(const char **ret, const cJSON *object)
{
	const cJSON *data = NULL;

	return json_get_string(ret, object, "error") == 0 ||
	       (json_get_object(&data, object, "data") == 0 &&
		json_get_string(ret, data, "message") == 0);
}

void cli_error_read(char ret[CLI_ERROR_SIZE], enum cli_tool tool,
		    const char *errors)
{
	AKV_JSON cJSON *object = NULL;
	const char *words = errors;

	if (tool == CLI_AZD &&
	    json_parse(&object, errors, strlen(errors), NULL) == 0 &&
	    !azd_words(&words, object))
		words = errors;
	quote_text(ret, CLI_ERROR_SIZE, words, strlen(words));
}
