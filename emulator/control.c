/* SPDX-License-Identifier: MIT */

/* Runs with the emulator's lock held, inside a handler. */

#include "emulator/control.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/parse.h"
#include "emulator/emulator.h"
#include "emulator/errors.h"
#include "emulator/seed.h"

/*
 * The body as JSON, of any size that came in: what a tester sends himself is
 * not held to the limits for data of the network.
 */
static bool body_parse(Exchange *exchange, cJSON **ret)
{
	const char *end = NULL;
	cJSON *body = cJSON_ParseWithLengthOpts(
		exchange->body.p, exchange->body.n + 1, &end, true);

	if (body) {
		*ret = body;
		return true;
	}
	(void)error_bad_parameter(exchange,
				  "The body is not JSON: at byte %td.",
				  end ? end - exchange->body.p : 0);
	return false;
}

static void rule_write(Writer *writer, const FaultRule *rule)
{
	writer_begin(writer, NULL, '{');
	writer_string(writer, "host", rule->host ? rule->host : "*");
	writer_string(writer, "method", rule->method ? rule->method : "*");
	writer_string(writer, "path", rule->path ? rule->path : "*");
	writer_string(writer, "query", rule->query ? rule->query : "*");
	if (rule->left >= 0)
		writer_int(writer, "left", rule->left);
	writer_int(writer, "hits", rule->hits);
	writer_end(writer, '}');
}

int control_faults_get(Exchange *exchange)
{
	const Faults *faults = &exchange->emulator->faults;
	Writer *writer = &exchange->writer;

	exchange_reply(exchange, 200);
	writer_begin(writer, NULL, '{');
	writer_begin(writer, "faults", '[');
	for (size_t i = 0; i < faults->n; i++)
		rule_write(writer, &faults->rules[i]);
	writer_end(writer, ']');
	writer_end(writer, '}');
	return 0;
}

/* One rule, or an array of them. */
int control_faults_post(Exchange *exchange)
{
	Faults *faults = &exchange->emulator->faults;
	AKV_JSON cJSON *body = NULL;
	const char *why = "the body is no object";
	const cJSON *rule;
	int r = 0;

	if (!body_parse(exchange, &body))
		return 0;
	if (!cJSON_IsArray(body)) {
		r = faults_add(faults, body, &why);
	} else {
		cJSON_ArrayForEach (rule, body) {
			r = faults_add(faults, rule, &why);
			if (r != 0)
				break;
		}
	}
	if (r == -ENOSPC)
		return error_bad_parameter(exchange, "There are too many.");
	if (r == FAULTS_E_INVALID)
		return error_bad_parameter(exchange, "The rule is wrong: %s.",
					   why);
	return r < 0 ? r : control_faults_get(exchange);
}

int control_faults_delete(Exchange *exchange)
{
	faults_done(&exchange->emulator->faults);
	exchange_reply(exchange, 204);
	return 0;
}

int control_requests_get(Exchange *exchange)
{
	const char *since_text = exchange_parameter(exchange, "since");
	uint64_t since = 0;

	if (since_text && parse_uint64(&since, since_text, INT64_MAX) != 0)
		return error_bad_parameter(exchange,
					   "since is not a whole number.");
	exchange_reply(exchange, 200);
	return request_log_write(&exchange->emulator->log, &exchange->reply,
				 since);
}

int control_clock_get(Exchange *exchange)
{
	const Emulator *emulator = exchange->emulator;
	Writer *writer = &exchange->writer;

	exchange_reply(exchange, 200);
	writer_begin(writer, NULL, '{');
	writer_int(writer, "now_s",
		   emulator_now_us(emulator) / (int64_t)CLOCK_US_PER_S);
	writer_int(writer, "advanced_s",
		   emulator->clock_offset_us / (int64_t)CLOCK_US_PER_S);
	writer_end(writer, '}');
	return 0;
}

int control_clock_post(Exchange *exchange)
{
	Emulator *emulator = exchange->emulator;
	AKV_JSON cJSON *body = NULL;
	int64_t advance_s;

	if (!body_parse(exchange, &body))
		return 0;
	if (json_get_int64(&advance_s, body, "advance_s") != 0 ||
	    advance_s < 0 ||
	    advance_s > CLOCK_ADVANCE_MAX_S - emulator->clock_offset_us /
						      (int64_t)CLOCK_US_PER_S)
		return error_bad_parameter(exchange,
					   "advance_s is not a whole number of "
					   "seconds, 0 or more, or too many.");
	emulator->clock_offset_us += advance_s * (int64_t)CLOCK_US_PER_S;
	return control_clock_get(exchange);
}

int control_seed_post(Exchange *exchange)
{
	AKV_JSON cJSON *body = NULL;
	char why[SEED_WHY_SIZE];
	int r;

	if (!body_parse(exchange, &body))
		return 0;
	r = seed_apply(exchange->emulator, body, why);
	if (r == SEED_E_INVALID)
		return error_bad_parameter(exchange, "The seed is wrong: %s.",
					   why);
	if (r < 0)
		return r;
	exchange_reply(exchange, 204);
	return 0;
}
