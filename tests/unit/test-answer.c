/* SPDX-License-Identifier: MIT */

/* Each status, code and failure becomes one answer. */

#include "base/clock.h"
#include "check.h"
#include "vault/answer.h"

static const VaultTopic demo = {.vault = "demo"};

#define S CLOCK_US_PER_S

static VaultError error;

static void read_body(int status, const char *body)
{
	HttpResponse response = {
		.result = HTTP_OK,
		.status = status,
		.body = body,
		.body_size = strlen(body),
		.request_id = "request-1",
	};

	memset(&error, 0xff, sizeof(error));
	vault_error_read(&error, &response, &demo);
}

static void read_coded(int status, const char *code, const char *inner)
{
	char body[512];

	(void)snprintf(body, sizeof(body),
		       "{\"error\":{\"code\":\"%s\",\"message\":\"m\","
		       "\"innererror\":{\"code\":\"%s\"}}}",
		       code, inner);
	read_body(status, body);
}

static void test_statuses(void)
{
	static const struct {
		int status;
		enum vault_answer answer;
	} cases[] = {
		{204, VAULT_E_UNTRUSTED},   {206, VAULT_E_UNTRUSTED},
		{301, VAULT_E_REFUSED},     {302, VAULT_E_REFUSED},
		{400, VAULT_E_REFUSED},     {401, VAULT_E_UNAUTHORIZED},
		{403, VAULT_E_FORBIDDEN},   {404, VAULT_E_NOT_FOUND},
		{405, VAULT_E_REFUSED},     {408, VAULT_E_UNAVAILABLE},
		{409, VAULT_E_REFUSED},     {415, VAULT_E_REFUSED},
		{429, VAULT_E_THROTTLED},   {500, VAULT_E_UNAVAILABLE},
		{502, VAULT_E_UNAVAILABLE}, {503, VAULT_E_UNAVAILABLE},
		{504, VAULT_E_UNAVAILABLE}, {599, VAULT_E_UNAVAILABLE},
	};
	static const char *const bodies[] = {
		"", "<html>", "{}", "{\"error\":null}", "{\"error\":7}", "[]"};

	for (size_t i = 0; i < AKV_ARRAY_LEN(cases); i++) {
		for (size_t j = 0; j < AKV_ARRAY_LEN(bodies); j++) {
			read_body(cases[i].status, bodies[j]);
			CHECK_EQ(error.answer, cases[i].answer);
			CHECK_EQ(error.status, cases[i].status);
			CHECK_STR(error.request_id, "request-1");
			CHECK_STR(error.code, "");
			CHECK(error.sentence[0] != '\0');
		}
	}
}

static void test_transfers_that_failed(void)
{
	static const struct {
		int result;
		enum vault_answer answer;
	} cases[] = {
		{HTTP_E_RESOLVE, VAULT_E_UNRESOLVED},
		{HTTP_E_CONNECT, VAULT_E_UNREACHABLE},
		{HTTP_E_TIMEOUT, VAULT_E_UNREACHABLE},
		{HTTP_E_TLS, VAULT_E_TLS},
		{HTTP_E_TOO_LARGE, VAULT_E_UNTRUSTED},
		{HTTP_E_PROTOCOL, VAULT_E_UNTRUSTED},
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(cases); i++) {
		HttpResponse response = {.result = cases[i].result};

		vault_error_read(&error, &response, &demo);
		CHECK_EQ(error.answer, cases[i].answer);
		CHECK_EQ(error.status, 0);
		CHECK(error.sentence[0] != '\0');
	}
}

static void test_the_innermost_code(void)
{
	read_coded(403, "Forbidden", "SecretDisabled");
	CHECK_EQ(error.answer, VAULT_E_DISABLED);
	CHECK_STR(error.code, "Forbidden");
	CHECK_STR(error.inner, "SecretDisabled");
	read_coded(403, "Forbidden", "KeyDisabled");
	CHECK_EQ(error.answer, VAULT_E_DISABLED);
	read_coded(403, "Forbidden", "ForbiddenByPolicy");
	CHECK_EQ(error.answer, VAULT_E_FORBIDDEN);
	read_coded(404, "SecretNotFound", "x");
	CHECK_EQ(error.answer, VAULT_E_NOT_FOUND);
	read_body(403, "{\"error\":{\"code\":\"Forbidden\",\"innererror\":"
		       "{\"code\":\"A\",\"innererror\":{\"code\":\"B\","
		       "\"innererror\":{\"code\":\"SecretDisabled\"}}}}}");
	CHECK_STR(error.inner, "SecretDisabled");
	CHECK_EQ(error.answer, VAULT_E_DISABLED);
	read_body(403, "{\"error\":{\"code\":\"Forbidden\",\"innerError\":"
		       "{\"code\":\"SecretDisabled\"}}}");
	CHECK_EQ(error.answer, VAULT_E_DISABLED);
	read_body(403, "{\"error\":{\"code\":\"Forbidden\",\"innererror\":"
		       "null}}");
	CHECK_STR(error.inner, "");
	CHECK_EQ(error.answer, VAULT_E_FORBIDDEN);
}

/* The same status is a miss of one thing, and the lack of all others. */
static void test_what_is_absent(void)
{
	static const struct {
		VaultTopic topic;
		int status;
		const char *code;
		enum vault_answer answer;
	} rows[] = {
		{{.is_whole = true}, 404, "", VAULT_E_ABSENT},
		{{.is_whole = false}, 404, "", VAULT_E_NOT_FOUND},
		{{.is_whole = true}, 400, "BadParameter", VAULT_E_REFUSED},
		{{.is_whole = true}, 400, "NotSupported", VAULT_E_ABSENT},
		{{.is_whole = true}, 403, "Forbidden", VAULT_E_FORBIDDEN},
		{{.collection = COLLECTION_STORAGE},
		 400,
		 "BadParameter",
		 VAULT_E_ABSENT},
		{{.collection = COLLECTION_STORAGE},
		 404,
		 "StorageAccountNotFound",
		 VAULT_E_NOT_FOUND},
		{{.collection = COLLECTION_KEYS, .part = PART_ROTATION},
		 403,
		 "Forbidden",
		 VAULT_E_ABSENT},
		{{.collection = COLLECTION_KEYS, .part = PART_ROTATION},
		 404,
		 "KeyNotFound",
		 VAULT_E_NOT_FOUND},
		{{.collection = COLLECTION_KEYS, .part = PART_ROTATION},
		 429,
		 "Throttled",
		 VAULT_E_THROTTLED},
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(rows); i++) {
		char body[128];
		HttpResponse response = {
			.result = HTTP_OK,
			.status = rows[i].status,
			.body = body,
		};
		VaultTopic topic = rows[i].topic;

		topic.vault = "demo";
		(void)snprintf(body, sizeof(body),
			       "{\"error\":{\"code\":\"%s\"}}", rows[i].code);
		response.body_size = strlen(body);
		vault_error_read(&error, &response, &topic);
		CHECK_EQ(error.answer, rows[i].answer);
		CHECK(error.sentence[0] != '\0');
	}
	CHECK(!vault_answer_is_transient(VAULT_E_ABSENT));
}

static void test_bodies_that_are_of_no_use(void)
{
	HttpResponse response = {
		.result = HTTP_OK, .status = 200, .request_id = "request-1"};

	vault_error_body(&error, &response, &demo, "oid=o", 0, "it is short");
	CHECK_EQ(error.answer, VAULT_E_UNTRUSTED);
	CHECK_EQ(error.status, 200);
	CHECK_STR(error.request_id, "request-1");
	CHECK_STR(error.caller, "oid=o");
	CHECK_STR(error.sentence,
		  "the answer of the vault demo cannot be believed: it is "
		  "short");
	vault_error_body(&error, &response, &demo, "", -ENOMEM, "");
	CHECK_EQ(error.answer, VAULT_E_UNAVAILABLE);
	CHECK(strstr(error.sentence, "LimitMEMLOCK") != NULL);
}

static void test_numbers_of_a_401(void)
{
	read_body(401, "{\"error\":{\"code\":\"Unauthorized\",\"message\":"
		       "\"AKV10022: Invalid audience.\"}}");
	CHECK_STR(error.inner, "AKV10022");
	CHECK_EQ(error.answer, VAULT_E_UNAUTHORIZED);
	CHECK(!vault_answer_is_transient(error.answer));
	/* the one that passes */
	read_body(401, "{\"error\":{\"code\":\"Unauthorized\",\"message\":"
		       "\"AKV10046: Unable to resolve the key used for "
		       "signature validation.\"}}");
	CHECK_EQ(error.answer, VAULT_E_UNAVAILABLE);
	CHECK(vault_answer_is_transient(error.answer));
	CHECK_EQ(error.status, 401);
	read_body(401, "{\"error\":{\"message\":\"AKV\"}}");
	CHECK_STR(error.inner, "");
	read_body(401, "{\"error\":{\"message\":\"see AKV10046: x\"}}");
	CHECK_EQ(error.answer, VAULT_E_UNAUTHORIZED);
}

static void test_the_caller(void)
{
	read_body(403, "{\"error\":{\"code\":\"Forbidden\",\"message\":\"The "
		       "user, group or application 'appid=app-1;oid=object-2;"
		       "iss=https://sts.windows.net/t/' does not have secrets "
		       "get permission on key vault 'demo;location=eastus'.\","
		       "\"innererror\":{\"code\":\"AccessDenied\"}}}");
	CHECK_STR(error.caller, "appid=app-1;oid=object-2");
	read_body(403, "{\"error\":{\"message\":\"Caller: oid=object-2;x\"}}");
	CHECK_STR(error.caller, "oid=object-2");
	read_body(403, "{\"error\":{\"message\":\"appid=;oid=$(reboot)\"}}");
	CHECK_STR(error.caller, "");
}

static void test_what_the_network_sends_is_bounded(void)
{
	char body[2048];
	HttpResponse response = {
		.result = HTTP_OK,
		.status = 403,
		.body = body,
		.request_id = "a\x1b[31m\r\nX: y",
	};

	(void)snprintf(body, sizeof(body),
		       "{\"error\":{\"code\":\"%0300d\",\"message\":\"%01000d"
		       "\\u001b[2J\",\"innererror\":{\"code\":\"\\u0007x\"}}}",
		       1, 2);
	response.body_size = strlen(body);
	vault_error_read(&error, &response, &demo);
	CHECK_EQ(strlen(error.code), sizeof(error.code) - 1);
	CHECK_STR(error.inner, "?x");
	CHECK_STR(error.request_id, "a?[31m X: y");
	for (const char *p = error.sentence; *p; p++)
		CHECK(*p >= 0x20 && *p < 0x7f);
}

static void test_delays(void)
{
	HttpResponse response = {
		.result = HTTP_OK,
		.status = 429,
		.body = "",
		.retry_after = "7",
		.retry_after_ms = "",
		.date = "",
	};

	vault_error_read(&error, &response, &demo);
	CHECK_EQ(error.retry_after_us, 7 * S);
	response.retry_after_ms = "250";
	vault_error_read(&error, &response, &demo);
	CHECK_EQ(error.retry_after_us, S / 4);
	response.retry_after_ms = "";
	response.retry_after = "Sun, 06 Nov 1994 08:49:47 GMT";
	response.date = "Sun, 06 Nov 1994 08:49:37 GMT";
	vault_error_read(&error, &response, &demo);
	CHECK_EQ(error.retry_after_us, 10 * S);
}

static void test_names_and_kinds(void)
{
	CHECK_STR(vault_answer_text(VAULT_OK), "ok");
	for (int i = VAULT_OK; i <= VAULT_E_ABSENT; i++) {
		enum vault_answer a = (enum vault_answer)i;

		CHECK(strcmp(vault_answer_text(a), "unknown") != 0);
		for (int j = i + 1; j <= VAULT_E_ABSENT; j++)
			CHECK(strcmp(vault_answer_text(a),
				     vault_answer_text((enum vault_answer)j)) !=
			      0);
	}
	CHECK(vault_answer_is_transient(VAULT_E_THROTTLED));
	CHECK(vault_answer_is_transient(VAULT_E_UNREACHABLE));
	CHECK(!vault_answer_is_transient(VAULT_E_NOT_FOUND));
	CHECK(!vault_answer_is_transient(VAULT_E_FORBIDDEN));
	CHECK(!vault_answer_is_transient(VAULT_E_UNTRUSTED));
	CHECK(!vault_answer_is_transient(VAULT_OK));
}

int main(void)
{
	RUN(test_statuses);
	RUN(test_transfers_that_failed);
	RUN(test_the_innermost_code);
	RUN(test_what_is_absent);
	RUN(test_bodies_that_are_of_no_use);
	RUN(test_numbers_of_a_401);
	RUN(test_the_caller);
	RUN(test_what_the_network_sends_is_bounded);
	RUN(test_delays);
	RUN(test_names_and_kinds);
	return check_report();
}
