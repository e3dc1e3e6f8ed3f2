/* SPDX-License-Identifier: MIT */

/*
 * The input is a token. What is read of it can be shown on a terminal, and so
 * can what is said of it, which is one of the planes, or none with a reason.
 */

#include "auth/audience.h"
#include "base/json-scan.h"
#include "base/parse.h"
#include "fs/token-report.h"
#include "tests/fuzz/fuzz.h"

static void claims_check(const Claims *c)
{
	const char *const texts[] = {
		c->audience, c->issuer,    c->tenant,     c->app_id,
		c->kind,     c->object_id, c->proof,      c->version,
		c->scopes,   c->unique_id, c->managed_id, c->capabilities,
		c->user,
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(texts); i++)
		FUZZ_CHECK(ascii_is_printable(texts[i]));
	FUZZ_CHECK(c->issued_s >= -1);
	FUZZ_CHECK(c->not_before_s >= -1);
	FUZZ_CHECK(c->expires_s >= -1);
	/* Nobody's whole name. */
	FUZZ_CHECK(c->user[0] == '\0' || strncmp(c->user, "***", 3) == 0 ||
		   strncmp(c->user + 1, "***", 3) == 0);
}

static void audience_check(const Claims *c)
{
	char why[AUDIENCE_WHY_SIZE];
	Audience audience;

	for (size_t i = 0; cloud_at(i); i++) {
		const Cloud *home = cloud_at(i);

		audience_judge(&audience, c->audience, c->version, home);
		audience_why(why, &audience, c->audience, AUDIENCE_VAULT, home);
		FUZZ_CHECK((why[0] == '\0') ==
			   audience_works(&audience, AUDIENCE_VAULT, home));
		FUZZ_CHECK(ascii_is_printable(why));
		/* What works is the constant or an id, to the letter. */
		if (why[0] == '\0')
			FUZZ_CHECK(ascii_equal_fold(c->audience,
						    home->vault_resource) ||
				   strlen(c->audience) == 36);
	}
}

static void report_check(const TokenFacts *facts)
{
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_FORM);
	AKV_BUF Buf json = BUF_INIT(BUF_MAX_FORM);

	FUZZ_CHECK(token_report_text(&text, facts) == 0);
	for (size_t i = 0; i < text.n; i++)
		FUZZ_CHECK(text.p[i] == '\n' ||
			   (text.p[i] >= 0x20 && text.p[i] <= 0x7e));
	FUZZ_CHECK(token_report_json(&json, facts) == 0);
	FUZZ_CHECK(json_scan(json.p, json.n, NULL) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	TokenFacts facts = {.now_s = 1800000000, .expires_s = 1800003600};

	facts.answer = claims_read(&facts.claims, (const char *)data, size);
	if (facts.answer == 0) {
		claims_check(&facts.claims);
		audience_check(&facts.claims);
	} else {
		FUZZ_CHECK(facts.answer >= CLAIMS_E_OPAQUE &&
			   facts.answer <= CLAIMS_E_TOO_LONG);
	}
	report_check(&facts);
	return 0;
}
