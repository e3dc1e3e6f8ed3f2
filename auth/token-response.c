/* SPDX-License-Identifier: MIT */

/*
 * Only the HTTP status and the word in "error" decide anything; numbers and
 * texts are for people, as Microsoft says that they may change. The token's
 * bytes go from the JSON text, which is wiped, into a Secret and nowhere else.
 * Called by sign-in.c.
 */

#include "auth/token-response.h"

#include "auth/aadsts.h"
#include "auth/claims.h"
#include "auth/expiry.h"
#include "auth/quote.h"
#include "base/json.h"
#include "base/parse.h"

enum {
	TOKEN_SIZE_MAX = 64 * 1024,
	DESCRIPTION_SIZE = 200,
};

/* --- what is wrong ------------------------------------------------------ */

static int unreachable(AuthFailure *failure, const HttpResponse *response)
{
	char reason[DESCRIPTION_SIZE] = "";
	const char *words = response->reason;

	if (!words || words[0] == '\0')
		words = http_result_text(response->result);
	quote_text(reason, sizeof(reason), words, strlen(words));
	failure->result = response->result;
	(void)snprintf(failure->sentence, sizeof(failure->sentence),
		       "the authority that signs in cannot be reached (%s): "
		       "check the network, cloud= and authority=",
		       reason);
	return TOKEN_RESPONSE_E_UNREACHABLE;
}

static int invalid(AuthFailure *failure, const char *what)
{
	(void)snprintf(failure->sentence, sizeof(failure->sentence),
		       "the answer to signing in is not one of an authority "
		       "(HTTP %d, %s): look for a proxy or a login page on the "
		       "way, and check authority=",
		       failure->status, what);
	return TOKEN_RESPONSE_E_INVALID;
}

static void take_string(char *ret, size_t size, const cJSON *object,
			const char *name)
{
	const char *text;

	if (json_get_string(&text, object, name) == 0)
		quote_text(ret, size, text, strlen(text));
}

/* The number of "AADSTS7000215: ...", or the first of error_codes. */
static long aadsts_code(const cJSON *object, const char *description)
{
	const cJSON *codes = NULL;
	const cJSON *first;

	if (json_get_array(&codes, object, "error_codes") == 0) {
		first = cJSON_GetArrayItem(codes, 0);
		if (cJSON_IsNumber(first) && first->valuedouble > 0 &&
		    first->valuedouble < 1e9)
			return (long)first->valuedouble;
	}
	return aadsts_find(description);
}

static bool is_passing(const AuthFailure *failure)
{
	return failure->status == 408 || failure->status == 429 ||
	       failure->status >= 500 ||
	       strcmp(failure->error, "temporarily_unavailable") == 0;
}

static void say_refusal(AuthFailure *failure, const char *description,
			bool passing)
{
	const char *remedy = aadsts_remedy(failure->code);
	char number[32] = "";
	char said[DESCRIPTION_SIZE];

	if (failure->code != 0)
		(void)snprintf(number, sizeof(number), ", AADSTS%ld",
			       failure->code);
	/* The first line; the rest repeats ids that have their own members. */
	quote_text(said, sizeof(said), description,
		   strcspn(description, "\r\n"));
	(void)snprintf(failure->sentence, sizeof(failure->sentence),
		       "%s (HTTP %d%s%s%s): %s",
		       passing ? "the authority cannot sign anybody in now"
			       : "the authority refused to sign in",
		       failure->status, failure->error[0] != '\0' ? " " : "",
		       failure->error, number,
		       remedy            ? remedy
		       : said[0] != '\0' ? said
					 : "it gave no reason");
}

static int read_failure(AuthFailure *failure, const cJSON *object)
{
	const char *description = "";
	bool passing;

	take_string(failure->error, sizeof(failure->error), object, "error");
	take_string(failure->correlation_id, sizeof(failure->correlation_id),
		    object, "correlation_id");
	take_string(failure->trace_id, sizeof(failure->trace_id), object,
		    "trace_id");
	take_string(failure->timestamp, sizeof(failure->timestamp), object,
		    "timestamp");
	if (json_get_string(&description, object, "error_description") != 0)
		description = "";
	failure->code = aadsts_code(object, description);
	passing = is_passing(failure);
	if (!passing && failure->error[0] == '\0')
		return invalid(failure, "no error in the body");
	say_refusal(failure, description, passing);
	return passing ? TOKEN_RESPONSE_E_UNREACHABLE
		       : TOKEN_RESPONSE_E_REFUSED;
}

/* --- the token ---------------------------------------------------------- */

bool access_token_is_valid(const char *text, size_t n)
{
	return n > 0 && n <= TOKEN_SIZE_MAX && ascii_is_printable(text) &&
	       !strchr(text, ' ');
}

/* -1 where it is absent or no number. */
static int64_t life_of(const cJSON *object, const char *name)
{
	int64_t seconds;

	if (json_get_int64_loose(&seconds, object, name) != 0 || seconds < 0)
		return -1;
	return seconds;
}

/* The same for a moment, which may be a date. */
static int64_t moment_of(const cJSON *object, const char *name)
{
	int64_t seconds = life_of(object, name);
	const char *text;

	if (seconds == -1 && json_get_string(&text, object, name) == 0 &&
	    expiry_parse(&seconds, text) != 0)
		return -1;
	return seconds;
}

/* Where the answer has no end that can be read, the token says it. */
static void life_complete(TokenLife *life, const char *token)
{
	Claims claims;

	if (life->expires_in_s == -1 && life->expires_on_s == -1 &&
	    claims_read(&claims, token, strlen(token)) == 0)
		life->expires_on_s = claims.expires_s;
}

static int read_token(Token *ret, AuthFailure *failure, const cJSON *object,
		      uint64_t now_us, int64_t wall_s)
{
	TokenLife life = {
		.expires_in_s = life_of(object, "expires_in"),
		.expires_on_s = moment_of(object, "expires_on"),
		.refresh_in_s = life_of(object, "refresh_in"),
	};
	Token token = {.issued_us = now_us};
	const char *type = "Bearer";
	const char *text = "";
	int r = json_get_string(&text, object, "access_token");

	if (r != 0 || !access_token_is_valid(text, strlen(text)))
		return invalid(failure, "no access_token that can be used");
	r = json_get_string(&type, object, "token_type");
	if ((r != 0 && r != JSON_E_ABSENT) || !ascii_equal_fold(type, "Bearer"))
		return invalid(failure, "another token_type than Bearer");
	life_complete(&life, text);
	if (token_times(&token, &life, now_us, wall_s) != 0)
		return invalid(failure, "no time of expiry that can be used");
	r = secret_new(&token.bytes, text, strlen(text));
	if (r < 0)
		return r;
	*ret = token;
	return 0;
}

int token_response_read(Token *ret, AuthFailure *failure,
			const HttpResponse *response, uint64_t now_us,
			int64_t wall_s)
{
	AKV_JSON cJSON *object = NULL;
	int r;

	*failure = (AuthFailure){0};
	if (response->result != HTTP_OK)
		return unreachable(failure, response);
	failure->status = response->status;
	r = json_parse(&object, response->body, response->body_size, NULL);
	if (r < 0)
		return r;
	if (response->status != 200 &&
	    (cJSON_IsObject(object) || is_passing(failure)))
		return read_failure(failure, object);
	if (r != 0 || !cJSON_IsObject(object))
		return invalid(failure, "its body is no JSON object");
	return read_token(ret, failure, object, now_us, wall_s);
}
