/* SPDX-License-Identifier: MIT */

/* Whether a vault can be mounted: the exit code, and the sentence. */

#include "caller.h"
#include "fs/control.h"
#include "fs/probe.h"

static unsigned calls;
static int told_code;
static char told_text[1024];

static void probed(AKV_UNUSED void *data, int code, const char *text)
{
	calls++;
	told_code = code;
	(void)snprintf(told_text, sizeof(told_text), "%s", text);
}

static void each_answer_has_its_code(void)
{
	static const struct {
		enum vault_answer answer;
		int code;
	} rows[] = {
		{VAULT_OK, EXIT_CODE_OK},
		{VAULT_E_NOT_FOUND, EXIT_CODE_REFUSED},
		/* Many an identity may read and not list. */
		{VAULT_E_FORBIDDEN, EXIT_CODE_OK},
		{VAULT_E_UNAUTHORIZED, EXIT_CODE_AUTHENTICATION},
		{VAULT_E_DISABLED, EXIT_CODE_REFUSED},
		{VAULT_E_THROTTLED, EXIT_CODE_OK},
		{VAULT_E_UNAVAILABLE, EXIT_CODE_NETWORK},
		{VAULT_E_UNREACHABLE, EXIT_CODE_NETWORK},
		{VAULT_E_UNRESOLVED, EXIT_CODE_NETWORK},
		{VAULT_E_TLS, EXIT_CODE_NETWORK},
		{VAULT_E_UNTRUSTED, EXIT_CODE_REFUSED},
		{VAULT_E_REFUSED, EXIT_CODE_REFUSED},
		{VAULT_E_ABSENT, EXIT_CODE_REFUSED},
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(rows); i++) {
		VaultError error = {.answer = rows[i].answer};

		CHECK_EQ(probe_code(&error), rows[i].code);
	}
	CHECK_EQ(AKV_ARRAY_LEN(rows), VAULT_E_ABSENT + 1);
}

static void a_firewall_is_no_missing_permission(void)
{
	static const char *const inner[] = {
		"ForbiddenByFirewall",
		"ForbiddenByConnection",
	};
	VaultError error = {.answer = VAULT_E_FORBIDDEN};

	for (size_t i = 0; i < AKV_ARRAY_LEN(inner); i++) {
		(void)snprintf(error.inner, sizeof(error.inner), "%s",
			       inner[i]);
		CHECK_EQ(probe_code(&error), EXIT_CODE_REFUSED);
	}
	(void)snprintf(error.inner, sizeof(error.inner), "ForbiddenByPolicy");
	CHECK_EQ(probe_code(&error), EXIT_CODE_OK);
}

/* Sign in and have the list answered with this. */
static Probe probe;

static void probe_with(int status, const char *body)
{
	calls = 0;
	begin(TENANT_1);
	if (probe_start(&probe, vault, TIMEOUT, probed, NULL) != 0)
		abort();
	grant("t");
	answer(&(FakeAnswer){.status = status, .body = body});
}

static void it_asks_for_the_first_page(void)
{
	probe_with(200, "{\"value\":[],\"nextLink\":null}");
	CHECK_EQ(fake_http_count(), 2);
	CHECK(strncmp(fake_http_last()->url,
		      "https://demo.vault.azure.net/secrets?", 37) == 0);
	CHECK_EQ(calls, 1);
	CHECK_EQ(told_code, EXIT_CODE_OK);
	CHECK_STR(told_text, "demo.vault.azure.net");
	end();
}

/* What is to be mounted is what is asked for. */
static void it_asks_for_what_is_there(void)
{
	static const struct {
		const char *source, *url;
	} rows[] = {
		{"https://demo.vault.azure.net/certificates",
		 "https://demo.vault.azure.net/certificates?"},
		{"demo.managedhsm.azure.net",
		 "https://demo.managedhsm.azure.net/keys?"},
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(rows); i++) {
		calls = 0;
		begin_at(rows[i].source, TENANT_1);
		CHECK_OK(probe_start(&probe, vault, TIMEOUT, probed, NULL));
		grant("t");
		CHECK(strncmp(fake_http_last()->url, rows[i].url,
			      strlen(rows[i].url)) == 0);
		answer(&(FakeAnswer){.status = 200, .body = "{\"value\":[]}"});
		CHECK_EQ(calls, 1);
		CHECK_EQ(told_code, EXIT_CODE_OK);
		end();
	}
}

static void that_listing_is_refused_is_no_reason(void)
{
	probe_with(403, "{\"error\":{\"code\":\"Forbidden\"}}");
	CHECK_EQ(calls, 1);
	CHECK_EQ(told_code, EXIT_CODE_OK);
	CHECK_STR(told_text, "demo.vault.azure.net");
	end();
}

static void another_refusal_is_told_in_a_sentence(void)
{
	probe_with(403, "{\"error\":{\"code\":\"Forbidden\",\"innererror\":{"
			"\"code\":\"ForbiddenByFirewall\"}}}");
	CHECK_EQ(calls, 1);
	CHECK_EQ(told_code, EXIT_CODE_REFUSED);
	CHECK(strncmp(told_text, "forbidden: ", 11) == 0);
	CHECK(strlen(told_text) > 30);
	end();
	probe_with(200, "not JSON");
	CHECK_EQ(told_code, EXIT_CODE_REFUSED);
	CHECK(strncmp(told_text, "untrusted answer: ", 18) == 0);
	end();
}

static void signing_in_may_fail(void)
{
	calls = 0;
	begin(TENANT_1);
	CHECK_OK(probe_start(&probe, vault, TIMEOUT, probed, NULL));
	answer(&(FakeAnswer){.status = 401,
			     .body = "{\"error\":\"invalid_client\","
				     "\"error_description\":"
				     "\"AADSTS7000215: Invalid client "
				     "secret provided.\"}"});
	CHECK_EQ(calls, 1);
	CHECK_EQ(told_code, EXIT_CODE_AUTHENTICATION);
	CHECK(strstr(told_text, "AADSTS7000215"));
	end();
}

/* A worker that is stopped while it waits; the sanitizers look for the rest. */
static void the_vault_may_end_first(void)
{
	calls = 0;
	begin(TENANT_1);
	CHECK_OK(probe_start(&probe, vault, TIMEOUT, probed, NULL));
	end();
	CHECK_EQ(calls, 0);
}

static void it_takes_no_longer_than_it_may(void)
{
	calls = 0;
	begin(TENANT_1);
	CHECK_OK(probe_start(&probe, vault, TIMEOUT, probed, NULL));
	CHECK(fake_http_last()->deadline_us <= clock_now_us() + TIMEOUT);
	answer(&(FakeAnswer){.result = HTTP_E_TIMEOUT});
	fake_loop_pass(TIMEOUT);
	CHECK_EQ(calls, 1);
	CHECK_EQ(told_code, EXIT_CODE_NETWORK);
	end();
}

static void take_no_line(AKV_UNUSED enum log_level level,
			 AKV_UNUSED const char *line)
{
}

int main(void)
{
	if (secret_heap_init(NULL, 1 << 20) < 0)
		return 1;
	log_capture(take_no_line);
	RUN(each_answer_has_its_code);
	RUN(a_firewall_is_no_missing_permission);
	RUN(it_asks_for_the_first_page);
	RUN(it_asks_for_what_is_there);
	RUN(that_listing_is_refused_is_no_reason);
	RUN(another_refusal_is_told_in_a_sentence);
	RUN(signing_in_may_fail);
	RUN(it_takes_no_longer_than_it_may);
	RUN(the_vault_may_end_first);
	return check_report();
}
