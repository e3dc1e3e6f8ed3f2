/* SPDX-License-Identifier: MIT */

/* The rules and the counts of references are under the emulator's lock. */

#include "emulator/faults.h"

#include <fnmatch.h>

#include "base/base64.h"
#include "base/json.h"
#include "emulator/entra-error.h"

static void fault_action_free(FaultAction *action)
{
	for (size_t i = 0; i < action->n_headers; i++) {
		free(action->headers[i].name);
		free(action->headers[i].value);
	}
	if (action->body)
		explicit_bzero(action->body, action->body_size);
	free(action->body);
	free(action);
}

FaultAction *fault_action_unref(FaultAction *action)
{
	if (action && --action->references == 0)
		fault_action_free(action);
	return NULL;
}

static void rule_done(FaultRule *rule)
{
	free(rule->host);
	free(rule->method);
	free(rule->path);
	free(rule->query);
	rule->action = fault_action_unref(rule->action);
}

void faults_done(Faults *faults)
{
	for (size_t i = 0; i < faults->n; i++)
		rule_done(&faults->rules[i]);
	free(faults->rules);
	*faults = (Faults){0};
}

static int header_add(FaultAction *action, const char *name, const cJSON *value)
{
	FaultHeader *header = &action->headers[action->n_headers];

	if (action->n_headers == FAULT_HEADERS_MAX ||
	    !(cJSON_IsString(value) || cJSON_IsNull(value)))
		return FAULTS_E_INVALID;
	header->name = strdup(name);
	if (!header->name)
		return -ENOMEM;
	action->n_headers++;
	if (cJSON_IsNull(value))
		return 0;
	header->value = strdup(value->valuestring);
	return header->value ? 0 : -ENOMEM;
}

/* {"name":"value"}, {"name":["one","two"]} or {"name":null}. */
static int headers_parse(FaultAction *action, const cJSON *headers)
{
	const cJSON *member, *item;
	int r = 0;

	cJSON_ArrayForEach (member, headers) {
		if (!cJSON_IsArray(member)) {
			r = header_add(action, member->string, member);
			if (r != 0)
				return r;
			continue;
		}
		cJSON_ArrayForEach (item, member) {
			r = header_add(action, member->string, item);
			if (r != 0)
				return r;
		}
	}
	return 0;
}

static int body_set(FaultAction *action, char *body, size_t n)
{
	if (!body)
		return -ENOMEM;
	action->body = body;
	action->body_size = n;
	action->has_body = true;
	return 0;
}

/* A string is sent as it is, anything else as JSON. */
static int body_parse(FaultAction *action, const cJSON *body)
{
	char *text, *copy;

	if (cJSON_IsString(body))
		return body_set(action, strdup(body->valuestring),
				strlen(body->valuestring));
	text = cJSON_PrintUnformatted(body);
	if (!text)
		return -ENOMEM;
	copy = strdup(text);
	cJSON_free(text);
	return body_set(action, copy, copy ? strlen(copy) : 0);
}

/* For what JSON cannot carry: any bytes. */
static int body_base64_parse(FaultAction *action, const char *text)
{
	AKV_BUF Buf bytes = BUF_INIT(FAULT_BODY_MAX);
	size_t n;
	char *body;
	int r;

	r = base64_decode(&bytes, BASE64_STANDARD, text, strlen(text));
	if (r == 0)
		r = buf_append_char(&bytes, '\0');
	if (r != 0)
		return r == -ENOMEM ? r : FAULTS_E_INVALID;
	n = bytes.n - 1;
	r = buf_take(&bytes, &body);
	if (r < 0)
		return r;
	return body_set(action, body, n);
}

/* A whole number from 0 to @max; absent leaves *@ret alone. */
static int number_parse(int64_t *ret, const cJSON *object, const char *name,
			int64_t max)
{
	int64_t number;
	int r = json_get_int64(&number, object, name);

	if (r == JSON_E_ABSENT)
		return 0;
	if (r != 0 || number < 0 || number > max)
		return FAULTS_E_INVALID;
	*ret = number;
	return 0;
}

static int numbers_parse(FaultAction *action, const cJSON *object,
			 const char **why)
{
	int64_t delay = 0, status = 0, drip = 0, aadsts = 0;

	action->reset_after = -1;
	action->truncate_at = -1;
	*why = "a number of do is not whole, negative or too large";
	if (number_parse(&delay, object, "delay_ms", FAULT_DELAY_MAX_MS) ||
	    number_parse(&status, object, "status", 599) ||
	    number_parse(&drip, object, "drip_bps", INT32_MAX) ||
	    number_parse(&aadsts, object, "aadsts", INT32_MAX) ||
	    number_parse(&action->reset_after, object, "reset_after",
			 INT32_MAX) ||
	    number_parse(&action->truncate_at, object, "truncate_at",
			 INT32_MAX))
		return FAULTS_E_INVALID;
	if (status != 0 && status < 200) {
		*why = "status is not 200 to 599";
		return FAULTS_E_INVALID;
	}
	if (aadsts != 0 && !entra_error_is_known(aadsts)) {
		*why = "aadsts is not one that is known here";
		return FAULTS_E_INVALID;
	}
	action->aadsts = (int)aadsts;
	action->delay_ms = (unsigned)delay;
	action->status = (unsigned)status;
	action->drip_bps = (uint64_t)drip;
	return 0;
}

/* A name that is misspelt would make a test that tests nothing. */
static bool members_known(const cJSON *object, const char *const *names,
			  size_t n)
{
	const cJSON *member;

	cJSON_ArrayForEach (member, object) {
		bool known = false;

		for (size_t i = 0; i < n && !known; i++)
			known = strcmp(names[i], member->string) == 0;
		if (!known)
			return false;
	}
	return true;
}

static int action_parse(FaultAction *action, const cJSON *object,
			const char **why)
{
	static const char *const names[] = {
		"delay_ms",    "status", "headers",     "body",
		"drip_bps",    "hang",   "reset_after", "truncate_at",
		"body_base64", "aadsts",
	};
	const cJSON *body, *headers;
	const char *base64;
	int r;

	*why = "do has a member that does not exist";
	if (!members_known(object, names, AKV_ARRAY_LEN(names)))
		return FAULTS_E_INVALID;
	r = numbers_parse(action, object, why);
	if (r != 0)
		return r;
	*why = "hang is not true or false";
	r = json_get_bool(&action->hang, object, "hang");
	if (r != 0 && r != JSON_E_ABSENT)
		return FAULTS_E_INVALID;
	*why = "headers is not an object of strings";
	if (json_get(&headers, object, "headers") == 0) {
		if (!cJSON_IsObject(headers))
			return FAULTS_E_INVALID;
		r = headers_parse(action, headers);
		if (r != 0)
			return r;
	}
	*why = "body_base64 is not base64";
	if (json_get_string(&base64, object, "body_base64") == 0)
		return body_base64_parse(action, base64);
	if (json_get(&body, object, "body") == 0)
		return body_parse(action, body);
	return 0;
}

static int glob_parse(char **ret, const cJSON *match, const char *name)
{
	const char *text;
	int r = json_get_string(&text, match, name);

	if (r == JSON_E_ABSENT)
		return 0;
	if (r != 0)
		return FAULTS_E_INVALID;
	*ret = strdup(text);
	return *ret ? 0 : -ENOMEM;
}

static int match_parse(FaultRule *rule, const cJSON *match, const char **why)
{
	static const char *const names[] = {"host", "method", "path", "query",
					    "count"};
	int r;

	*why = "match has a member that does not exist";
	if (!members_known(match, names, AKV_ARRAY_LEN(names)))
		return FAULTS_E_INVALID;
	*why = "host, method, path or query of match is not a string";
	r = glob_parse(&rule->host, match, "host");
	if (r == 0)
		r = glob_parse(&rule->method, match, "method");
	if (r == 0)
		r = glob_parse(&rule->path, match, "path");
	if (r == 0)
		r = glob_parse(&rule->query, match, "query");
	if (r != 0)
		return r;
	*why = "count is not a whole number";
	return number_parse(&rule->left, match, "count", INT32_MAX);
}

static int rule_parse(FaultRule *rule, const cJSON *object, const char **why)
{
	const cJSON *match, *action;
	int r;

	*why = "do is missing or not an object";
	if (json_get_object(&action, object, "do") != 0)
		return FAULTS_E_INVALID;
	*why = "match is not an object";
	r = json_get_object(&match, object, "match");
	if (r != 0 && r != JSON_E_ABSENT)
		return FAULTS_E_INVALID;
	if (r == 0) {
		r = match_parse(rule, match, why);
		if (r != 0)
			return r;
	}
	rule->action = calloc(1, sizeof(*rule->action));
	if (!rule->action)
		return -ENOMEM;
	rule->action->references = 1;
	return action_parse(rule->action, action, why);
}

int faults_add(Faults *faults, const cJSON *rule, const char **why)
{
	FaultRule parsed = {.left = -1};
	FaultRule *rules;
	int r;

	r = faults->n < FAULTS_MAX ? rule_parse(&parsed, rule, why) : -ENOSPC;
	if (r == 0) {
		rules = reallocarray(faults->rules, faults->n + 1,
				     sizeof(*rules));
		r = rules ? 0 : -ENOMEM;
	}
	if (r != 0) {
		rule_done(&parsed);
		return r;
	}
	faults->rules = rules;
	faults->rules[faults->n++] = parsed;
	return 0;
}

static bool glob_matches(const char *glob, const char *text, int flags)
{
	return !glob || fnmatch(glob, text, flags) == 0;
}

FaultAction *faults_match(Faults *faults, const char *host, const char *method,
			  const char *path, const char *query)
{
	for (size_t i = 0; i < faults->n; i++) {
		FaultRule *rule = &faults->rules[i];

		if (rule->left == 0 ||
		    !glob_matches(rule->host, host, FNM_CASEFOLD) ||
		    !glob_matches(rule->method, method, FNM_CASEFOLD) ||
		    !glob_matches(rule->path, path, 0) ||
		    !glob_matches(rule->query, query, 0))
			continue;
		rule->hits++;
		if (rule->left > 0)
			rule->left--;
		rule->action->references++;
		return rule->action;
	}
	return NULL;
}
