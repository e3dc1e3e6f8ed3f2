/* SPDX-License-Identifier: MIT */

/* Lines of the request log, with and without what the client has sent. */

#include "base/json.h"
#include "emulator/request-log.h"
#include "tests/unit/check.h"

static const char form[] = "client_secret=a%2Bb";

static void headers_each(AKV_UNUSED void *connection, HeaderTake *take,
			 void *data)
{
	take(data, "Host", "demo.vault.azure.net");
	take(data, "X-Odd", "\"a\"\x01");
	take(data, "X-Odd", "");
}

/* The one line that logging a request makes, as JSON; NULL on failure. */
static cJSON *line_of(bool whole)
{
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_REPLY);
	RequestLog log;
	Exchange exchange;
	cJSON *answer = NULL;
	int r = request_log_open(&log, -1);

	if (r < 0)
		return NULL;
	log.whole = whole;
	r = exchange_init(&exchange, "/a?b=1");
	exchange.method = "POST";
	exchange.headers_each = headers_each;
	if (r == 0)
		r = buf_append(&exchange.body, form, sizeof(form) - 1);
	if (r == 0)
		r = request_log_add(&log, &exchange, 1, 2, false);
	if (r == 0)
		r = request_log_write(&log, &text, 0);
	if (r == 0)
		answer = cJSON_Parse(text.p);
	exchange_done(&exchange);
	request_log_close(&log);
	return answer;
}

static const cJSON *request_of(const cJSON *answer)
{
	const cJSON *requests = NULL;

	if (json_get_array(&requests, answer, "requests") != 0)
		return NULL;
	return cJSON_GetArrayItem(requests, 0);
}

static void test_plain(void)
{
	AKV_JSON cJSON *answer = line_of(false);
	const cJSON *request = request_of(answer);
	const char *text;

	CHECK(request);
	CHECK_OK(json_get_string(&text, request, "query"));
	CHECK_STR(text, "b=1");
	CHECK(!cJSON_HasObjectItem(request, "headers"));
	CHECK(!cJSON_HasObjectItem(request, "body"));
}

static void test_whole(void)
{
	AKV_JSON cJSON *answer = line_of(true);
	const cJSON *request = request_of(answer);
	const cJSON *headers, *pair;
	const char *text;

	CHECK(request);
	CHECK_OK(json_get_string(&text, request, "body"));
	CHECK_STR(text, form);
	CHECK_OK(json_get_array(&headers, request, "headers"));
	CHECK_EQ(cJSON_GetArraySize(headers), 3);
	pair = cJSON_GetArrayItem(headers, 1);
	CHECK_STR(cJSON_GetStringValue(cJSON_GetArrayItem(pair, 0)), "X-Odd");
	CHECK_STR(cJSON_GetStringValue(cJSON_GetArrayItem(pair, 1)),
		  "\"a\"\x01");
	pair = cJSON_GetArrayItem(headers, 2);
	CHECK_STR(cJSON_GetStringValue(cJSON_GetArrayItem(pair, 1)), "");
}

int main(void)
{
	RUN(test_plain);
	RUN(test_whole);
	return check_report();
}
