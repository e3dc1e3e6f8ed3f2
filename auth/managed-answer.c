/* SPDX-License-Identifier: MIT */

/* The status decides; the body's words are for people, but for the two that
 * tell an identity that is missing from one that is ambiguous. */

#include "auth/managed-answer.h"

#include "auth/quote.h"
#include "auth/token-endpoint.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/parse.h"

enum { WORDS_SIZE = 200, IMDS_TRIES = 7, OTHER_TRIES = 4 };

#define IMDS_UNIT_US (2 * CLOCK_US_PER_S)
#define IMDS_PAUSE_MAX_US (25 * CLOCK_US_PER_S)
#define OTHER_UNIT_US (800 * CLOCK_US_PER_MS)
#define OTHER_PAUSE_MAX_US (60 * CLOCK_US_PER_S)

uint64_t managed_pause_us(enum managed_host host, unsigned tries,
			  uint32_t random)
{
	bool imds = host == MANAGED_IMDS;
	uint64_t unit_us = imds ? IMDS_UNIT_US : OTHER_UNIT_US;
	/* In 1/1024: 0.8, and up to 0.5 more. */
	uint64_t factor = 819 + ((512 * (uint64_t)random) >> 32);
	uint64_t pause_us;

	if (tries == 0 || tries >= (imds ? IMDS_TRIES : OTHER_TRIES))
		return 0;
	pause_us = ((UINT64_C(1) << tries) - 1) * unit_us * factor / 1024;
	return AKV_MIN(pause_us, imds ? IMDS_PAUSE_MAX_US : OTHER_PAUSE_MAX_US);
}

static bool status_passes(enum managed_host host, int status)
{
	if (host == MANAGED_IMDS &&
	    (status == 404 || status == 410 || status == 501 ||
	     (status >= 505 && status <= 508) || status == 510 ||
	     status == 511))
		return true;
	return status == 408 || status == 429 || status == 500 ||
	       status == 502 || status == 503 || status == 504;
}

/* A certificate that is not the one named will not become it. */
static bool passes(enum managed_host host, const HttpResponse *response)
{
	return response->result == HTTP_OK
		       ? status_passes(host, response->status)
		       : response->result != HTTP_E_TLS;
}

/* {"error":"..","error_description":".."}, {"error":{"code","message"}}, or
 * {"statusCode":500,"message":".."}. */
static void take_words(AuthFailure *failure, char *words, const cJSON *object)
{
	const cJSON *inner = NULL;
	const char *code = "", *text = "";
	const cJSON *from = object;

	if (json_get_object(&inner, object, "error") == 0)
		from = inner;
	if (json_get_string(&code, from, inner ? "code" : "error") != 0)
		code = "";
	if (json_get_string(&text, from,
			    inner ? "message" : "error_description") != 0 &&
	    json_get_string(&text, object, "message") != 0)
		text = "";
	quote_text(failure->error, sizeof(failure->error), code, strlen(code));
	quote_text(words, WORDS_SIZE, text, strlen(text));
}

static bool has_words(const char *words, const char *these)
{
	return strstr(words, these) != NULL;
}

/* The instance metadata service said no. */
static int refused_by_imds(Exchange *exchange, const ManagedFacts *facts,
			   const char *words)
{
	int status = exchange->failure.status;

	if (status == 400 && has_words(words, "Multiple user assigned"))
		return exchange_end(
			exchange, EXCHANGE_E_FAILED, TOKEN_RESPONSE_E_REFUSED,
			"this machine has several user-assigned identities: "
			"name one by identity_client_id= (or AZURE_CLIENT_ID)");
	if (status == 400 && has_words(words, "Identity not found"))
		return exchange_end(
			exchange,
			facts->id[0] != '\0' ? EXCHANGE_E_FAILED
					     : EXCHANGE_E_UNAVAILABLE,
			TOKEN_RESPONSE_E_REFUSED, "%s%.100s%s",
			facts->id[0] != '\0' ? "the managed identity "
					     : "this machine has no "
					       "system-assigned managed "
					       "identity: enable it, or name "
					       "a user-assigned one by "
					       "identity_client_id=",
			facts->id,
			facts->id[0] != '\0'
				? " is not assigned to this machine"
				: "");
	if (status == 403 && has_words(words, "unreachable"))
		return exchange_end(
			exchange, EXCHANGE_E_UNAVAILABLE,
			TOKEN_RESPONSE_E_UNREACHABLE,
			"the instance metadata service is not reachable from "
			"here (a proxy answered HTTP 403: %s)",
			words);
	return 0;
}

static int refused(Exchange *exchange, const ManagedFacts *facts,
		   const char *words)
{
	const AuthFailure *failure = &exchange->failure;
	bool passing = status_passes(facts->host, failure->status);
	int r = 0;

	if (facts->host == MANAGED_IMDS)
		r = refused_by_imds(exchange, facts, words);
	if (r != 0)
		return r;
	return exchange_end(
		exchange, EXCHANGE_E_FAILED,
		passing ? TOKEN_RESPONSE_E_UNREACHABLE
			: TOKEN_RESPONSE_E_REFUSED,
		"%s gave no token for the managed identity%s%.100s "
		"(HTTP %d%s%s)%s%s",
		managed_host_text(facts->host), facts->id[0] != '\0' ? " " : "",
		facts->id, failure->status,
		failure->error[0] != '\0' ? " " : "", failure->error,
		words[0] != '\0' ? ": " : "", words);
}

static int unreachable(Exchange *exchange, const ManagedFacts *facts,
		       const HttpResponse *response)
{
	char reason[WORDS_SIZE] = "";

	quote_text(reason, sizeof(reason), response->reason,
		   response->reason ? strlen(response->reason) : 0);
	exchange->failure.result = response->result;
	/* The others are there, since something of theirs is set. */
	return exchange_end(exchange,
			    facts->host == MANAGED_IMDS ? EXCHANGE_E_UNAVAILABLE
							: EXCHANGE_E_FAILED,
			    TOKEN_RESPONSE_E_UNREACHABLE,
			    "%s cannot be reached (%s)%s",
			    managed_host_text(facts->host), reason,
			    facts->host == MANAGED_IMDS
				    ? ": this is no virtual machine of Azure, "
				      "or a firewall is in the way"
				    : "");
}

static int not_json(Exchange *exchange, const ManagedFacts *facts)
{
	return exchange_end(
		exchange,
		facts->host == MANAGED_IMDS ? EXCHANGE_E_UNAVAILABLE
					    : EXCHANGE_E_FAILED,
		TOKEN_RESPONSE_E_INVALID,
		"what answered (HTTP %d) is not %s: look for a proxy, and keep "
		"the address out of it (NO_PROXY)",
		exchange->failure.status, managed_host_text(facts->host));
}

/* An agent that does not know the selector gives the token of another
 * identity; so the answer has to name the one that was asked for. */
static bool answer_is_of(const cJSON *object, const ManagedFacts *facts)
{
	const char *echoed = "";

	if (facts->host != MANAGED_ARC || facts->id[0] == '\0')
		return true;
	return json_get_string(&echoed, object, facts->id_name) == 0 &&
	       ascii_equal_fold(echoed, facts->id);
}

static int judge(Exchange *exchange, const ManagedFacts *facts,
		 const HttpResponse *response, const cJSON *object)
{
	char words[WORDS_SIZE] = "";

	if (!cJSON_IsObject(object))
		return not_json(exchange, facts);
	if (response->status != 200) {
		take_words(&exchange->failure, words, object);
		return refused(exchange, facts, words);
	}
	if (!answer_is_of(object, facts))
		return exchange_end(
			exchange, EXCHANGE_E_FAILED, TOKEN_RESPONSE_E_INVALID,
			"the agent of %s does not say that its token is of the "
			"identity %.100s: it is too old for user-assigned "
			"identities; update it",
			managed_host_text(facts->host), facts->id);
	return token_endpoint_read(exchange, response);
}

int managed_answer(Exchange *exchange, const ManagedFacts *facts,
		   const HttpResponse *response)
{
	AKV_JSON cJSON *object = NULL;
	uint64_t pause_us =
		managed_pause_us(facts->host, facts->tries, facts->random);
	uint64_t asked_us = response_pause_us(response);
	int r;

	exchange->failure = (AuthFailure){
		.status = response->status,
		.result = response->result,
	};
	if (pause_us > 0 && passes(facts->host, response) &&
	    asked_us <= OTHER_PAUSE_MAX_US) {
		exchange->until_us =
			clock_add(clock_now_us(), AKV_MAX(pause_us, asked_us));
		return MANAGED_AGAIN;
	}
	exchange->retry_after_us = asked_us;
	if (response->result != HTTP_OK)
		return unreachable(exchange, facts, response);
	r = json_parse(&object, response->body, response->body_size, NULL);
	return r < 0 ? r : judge(exchange, facts, response, object);
}
