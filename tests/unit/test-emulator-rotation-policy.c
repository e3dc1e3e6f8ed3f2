/* SPDX-License-Identifier: MIT */

/* Durations, and the policies that are made of them. */

#include "base/json.h"
#include "emulator/rotation-policy.h"
#include "tests/unit/check.h"

static void test_durations(void)
{
	static const struct {
		const char *text;
		unsigned months, days;
	} good[] = {
		{"P30D", 0, 30},      {"P18M", 18, 0}, {"P2Y", 24, 0},
		{"P1Y2M10D", 14, 10}, {"P2W", 0, 14},  {"P0D", 0, 0},
	};
	static const char *const bad[] = {
		"",      "P",    "30D",  "PD",   "P30",     "P-1D",  "P1D1Y",
		"P1.5D", "PT1H", "P1D ", "p30d", "P99999D", "P1D1D",
	};
	Duration duration;

	for (size_t i = 0; i < AKV_ARRAY_LEN(good); i++) {
		CHECK_OK(duration_parse(&duration, good[i].text));
		CHECK_EQ(duration.months, good[i].months);
		CHECK_EQ(duration.days, good[i].days);
		CHECK_STR(duration.text, good[i].text);
	}
	for (size_t i = 0; i < AKV_ARRAY_LEN(bad); i++)
		CHECK_EQ(duration_parse(&duration, bad[i]), ROTATION_E_INVALID);
}

/* As the service reckoned when it was recorded. */
static void test_after(void)
{
	Duration duration;

	CHECK_OK(duration_parse(&duration, "P48M"));
	CHECK_EQ(duration_after(&duration, 1651183302), 1777413702);
	CHECK_OK(duration_parse(&duration, "P30D"));
	CHECK_EQ(duration_after(&duration, 1635140599), 1637732599);
}

static int parse(RotationPolicy *ret, const char *text)
{
	AKV_JSON cJSON *body = cJSON_Parse(text);
	const char *why;

	rotation_policy_init(ret);
	return body ? rotation_policy_parse(ret, body, &why) : -EINVAL;
}

static void test_policy(void)
{
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_LINE);
	Writer writer = WRITER_INIT(&text);
	RotationPolicy policy;

	CHECK_OK(parse(&policy, "{\"attributes\":{\"expiryTime\":\"P48M\"},"
				"\"lifetimeActions\":["
				"{\"action\":{\"type\":\"notify\"},"
				"\"trigger\":{\"timeBeforeExpiry\":\"P14D\"}},"
				"{\"action\":{\"type\":\"rotate\"},\"trigger\":"
				"{\"timeAfterCreate\":\"P18M\","
				"\"timeBeforeExpiry\":null}}]}"));
	CHECK_STR(policy.expiry.text, "P48M");
	rotation_policy_write_actions(&writer, &policy);
	CHECK_STR(text.p, "\"lifetimeActions\":["
			  "{\"trigger\":{\"timeAfterCreate\":\"P18M\"},"
			  "\"action\":{\"type\":\"Rotate\"}},"
			  "{\"trigger\":{\"timeBeforeExpiry\":\"P14D\"},"
			  "\"action\":{\"type\":\"Notify\"}}]");
	CHECK_OK(parse(&policy, "{}"));
	CHECK_STR(policy.expiry.text, "");
	CHECK_STR(policy.notify.before_expiry.text, "P30D");
}

static void test_refused(void)
{
	static const char *const texts[] = {
		"{\"attributes\":{\"expiryTime\":\"P27D\"}}",
		"{\"attributes\":{\"expiryTime\":1}}",
		"{\"attributes\":[]}",
		"{\"lifetimeActions\":{}}",
		"{\"lifetimeActions\":[{}]}",
		"{\"lifetimeActions\":[{\"trigger\":{\"timeAfterCreate\":"
		"\"P30D\"},\"action\":{\"type\":\"burn\"}}]}",
		"{\"lifetimeActions\":[{\"trigger\":{},\"action\":{\"type\":"
		"\"rotate\"}}]}",
		"{\"lifetimeActions\":[{\"trigger\":{\"timeAfterCreate\":"
		"\"P30D\",\"timeBeforeExpiry\":\"P30D\"},\"action\":{\"type\":"
		"\"rotate\"}}]}",
		/* Before what? */
		"{\"lifetimeActions\":[{\"trigger\":{\"timeBeforeExpiry\":"
		"\"P30D\"},\"action\":{\"type\":\"rotate\"}}]}",
	};
	RotationPolicy policy;

	for (size_t i = 0; i < AKV_ARRAY_LEN(texts); i++) {
		CHECK_EQ(parse(&policy, texts[i]), ROTATION_E_INVALID);
		CHECK_STR(policy.notify.before_expiry.text, "P30D");
	}
}

int main(void)
{
	RUN(test_durations);
	RUN(test_after);
	RUN(test_policy);
	RUN(test_refused);
	return check_report();
}
