/* SPDX-License-Identifier: MIT */

/* A verdict is made first, and then said in two ways. */

#include "fs/token-report.h"

#include <inttypes.h>

#include "auth/audience.h"
#include "base/json.h"
#include "base/time.h"
#include "fs/json-text.h"

enum { REPORT_SKEW_S = 300 };

typedef struct Verdict {
	Audience audience;
	enum audience_plane data_plane;
	bool data, management; /* it works there */
	int64_t expires_s;
	char why[AUDIENCE_WHY_SIZE]; /* not on the data plane; "" */
} Verdict;

/* --- the verdict --------------------------------------------------------- */

/* The right audience does not help a token that is over. */
static void verdict_time(Verdict *verdict, const TokenFacts *facts)
{
	int64_t begins_s = facts->answer == 0 ? facts->claims.not_before_s : -1;
	char at[TIME_TEXT_SIZE];

	if (verdict->expires_s != -1 && facts->now_s >= verdict->expires_s) {
		time_format_rfc3339(at, verdict->expires_s);
		(void)snprintf(
			verdict->why, sizeof(verdict->why),
			"it is over since %s: get a new one, and if that "
			"is over at once, set this machine's clock",
			at);
	} else if (begins_s > facts->now_s + REPORT_SKEW_S) {
		time_format_rfc3339(at, begins_s);
		(void)snprintf(verdict->why, sizeof(verdict->why),
			       "it is not valid before %s: set this machine's "
			       "clock",
			       at);
	} else {
		return;
	}
	verdict->data = false;
	verdict->management = false;
}

static void verdict_audience(Verdict *verdict, const TokenFacts *facts)
{
	const char *text = facts->claims.audience;
	Audience *audience = &verdict->audience;
	const Cloud *home = facts->home;

	audience_judge(audience, text, facts->claims.version, home);
	if (!home)
		home = audience->cloud ? audience->cloud : cloud_at(0);
	/* Where nothing says vault or HSM, the token does. */
	verdict->data_plane = facts->is_hsm || (!facts->home &&
						audience->plane == AUDIENCE_HSM)
				      ? AUDIENCE_HSM
				      : AUDIENCE_VAULT;
	verdict->management = audience_works(audience, AUDIENCE_ARM, home);
	if (facts->resource && strcmp(facts->resource, text) == 0) {
		verdict->data = true;
		return;
	}
	verdict->data = audience_works(audience, verdict->data_plane, home);
	audience_why(verdict->why, audience, text, verdict->data_plane, home);
}

static void verdict_make(Verdict *ret, const TokenFacts *facts)
{
	*ret = (Verdict){.expires_s = facts->expires_s};
	if (facts->answer == 0) {
		if (facts->claims.expires_s != -1)
			ret->expires_s = facts->claims.expires_s;
		verdict_audience(ret, facts);
	} else {
		(void)snprintf(ret->why, sizeof(ret->why), "%s",
			       claims_answer_text(facts->answer));
	}
	verdict_time(ret, facts);
}

/* --- for people ---------------------------------------------------------- */

static const struct {
	const char *unit;
	int64_t s;
} units[] = {
	{"day", 86400},
	{"hour", 3600},
	{"minute", 60},
	{"second", 1},
};

void duration_text(char ret[DURATION_TEXT_SIZE], int64_t seconds)
{
	size_t i = 0;
	int64_t first, second;

	while (i + 1 < AKV_ARRAY_LEN(units) && seconds < units[i].s)
		i++;
	first = seconds / units[i].s;
	second = i + 1 < AKV_ARRAY_LEN(units)
			 ? seconds % units[i].s / units[i + 1].s
			 : 0;
	if (second == 0)
		(void)snprintf(ret, DURATION_TEXT_SIZE, "%" PRId64 " %s%s",
			       first, units[i].unit, first == 1 ? "" : "s");
	else
		(void)snprintf(ret, DURATION_TEXT_SIZE,
			       "%" PRId64 " %s%s %" PRId64 " %s%s", first,
			       units[i].unit, first == 1 ? "" : "s", second,
			       units[i + 1].unit, second == 1 ? "" : "s");
}

static int line_text(Buf *buf, const char *name, const char *text)
{
	return text[0] == '\0' ? 0 : buf_printf(buf, "  %-17s%s\n", name, text);
}

static int line_count(Buf *buf, const char *name, unsigned count)
{
	return count == 0 ? 0 : buf_printf(buf, "  %-17s%u\n", name, count);
}

static int line_time(Buf *buf, const char *name, int64_t at_s, int64_t now_s)
{
	char at[TIME_TEXT_SIZE], distance[DURATION_TEXT_SIZE];

	if (at_s == -1)
		return 0;
	time_format_rfc3339(at, at_s);
	duration_text(distance, at_s > now_s ? at_s - now_s : now_s - at_s);
	return buf_printf(buf, "  %-17s%s (%s%s%s)\n", name, at,
			  at_s > now_s ? "in " : "", distance,
			  at_s > now_s ? "" : " ago");
}

/* appidacr, azpacr: how the application has shown who it is. */
static const char *proof_text(const char *proof)
{
	if (strcmp(proof, "0") == 0)
		return "0 (none: a public client)";
	if (strcmp(proof, "1") == 0)
		return "1 (a client secret)";
	if (strcmp(proof, "2") == 0)
		return "2 (a certificate or an assertion)";
	return proof;
}

static int claims_text(Buf *buf, const Claims *c, int64_t now_s)
{
	const struct {
		const char *name, *text;
	} rows[] = {
		{"audience", c->audience},
		{"issuer", c->issuer},
		{"tenant", c->tenant},
		{"application", c->app_id},
		{"object", c->object_id},
		{"kind", c->kind},
		{"user", c->user},
		{"managed identity", c->managed_id},
		{"proof", proof_text(c->proof)},
		{"version", c->version},
		{"scopes", c->scopes},
		{"capabilities", c->capabilities},
		{"token id", c->unique_id},
	};
	int r = buf_append_string(buf, "Claims (unverified):\n");

	for (size_t i = 0; i < AKV_ARRAY_LEN(rows) && r == 0; i++)
		r = line_text(buf, rows[i].name, rows[i].text);
	if (r == 0)
		r = line_count(buf, "roles", c->roles);
	if (r == 0)
		r = line_count(buf, "directory roles", c->directory_roles);
	if (r == 0)
		r = line_time(buf, "issued", c->issued_s, now_s);
	if (r == 0)
		r = line_time(buf, "not before", c->not_before_s, now_s);
	return r == 0 ? line_time(buf, "expires", c->expires_s, now_s) : r;
}

static int verdict_text(Buf *buf, const Verdict *verdict)
{
	const char *plane = audience_plane_text(verdict->data_plane);
	const char *cloud = verdict->audience.cloud
				    ? verdict->audience.cloud->name
				    : "of resource=";

	if (verdict->data)
		return buf_printf(buf,
				  "It works on the %s in the cloud %s, and not "
				  "on the management plane.\n",
				  plane, cloud);
	if (verdict->management)
		return buf_printf(buf,
				  "It works on the management plane of the "
				  "cloud %s, and not on the data plane: %s.\n",
				  cloud, verdict->why);
	return buf_printf(buf,
			  "It works neither on the data plane nor on the "
			  "management plane: %s.\n",
			  verdict->why);
}

int token_report_text(Buf *buf, const TokenFacts *facts)
{
	Verdict verdict;
	int r = 0;

	verdict_make(&verdict, facts);
	if (facts->name)
		r = buf_printf(buf, "Signed in by %s%s%s.\n", facts->name,
			       facts->identity[0] != '\0' ? ", " : "",
			       facts->identity);
	if (r == 0 && facts->answer == 0)
		r = claims_text(buf, &facts->claims, facts->now_s);
	else if (r == 0)
		r = line_time(buf, "expires", verdict.expires_s, facts->now_s);
	if (r != 0 || facts->answer == 0)
		return r != 0 ? r : verdict_text(buf, &verdict);
	return buf_printf(buf, "What it is for cannot be said: %s.\n",
			  verdict.why);
}

/* --- for programs -------------------------------------------------------- */

/* "" and -1 are left out. */
static bool add_text(cJSON *object, const char *name, const char *text)
{
	return text[0] == '\0' || cJSON_AddStringToObject(object, name, text);
}

static bool add_number(cJSON *object, const char *name, int64_t number)
{
	return number == -1 ||
	       cJSON_AddNumberToObject(object, name, (double)number);
}

static bool add_claims(cJSON *object, const Claims *c)
{
	cJSON *claims = cJSON_AddObjectToObject(object, "claims_unverified");

	return claims && add_text(claims, "aud", c->audience) &&
	       add_text(claims, "iss", c->issuer) &&
	       add_text(claims, "tid", c->tenant) &&
	       add_text(claims, "appid", c->app_id) &&
	       add_text(claims, "oid", c->object_id) &&
	       add_text(claims, "idtyp", c->kind) &&
	       add_text(claims, "appidacr", c->proof) &&
	       add_text(claims, "ver", c->version) &&
	       add_text(claims, "scp", c->scopes) &&
	       add_text(claims, "xms_mirid", c->managed_id) &&
	       add_text(claims, "xms_cc", c->capabilities) &&
	       add_text(claims, "uti", c->unique_id) &&
	       add_text(claims, "user_masked", c->user) &&
	       add_number(claims, "roles_count", c->roles) &&
	       add_number(claims, "wids_count", c->directory_roles) &&
	       add_number(claims, "iat", c->issued_s) &&
	       add_number(claims, "nbf", c->not_before_s) &&
	       add_number(claims, "exp", c->expires_s);
}

static bool add_verdict(cJSON *object, const Verdict *verdict,
			const TokenFacts *facts)
{
	const Cloud *cloud = verdict->audience.cloud;

	if (verdict->expires_s != -1 &&
	    !cJSON_AddNumberToObject(
		    object, "remaining_s",
		    (double)(verdict->expires_s - facts->now_s)))
		return false;
	return add_text(object, "signed_in_by",
			facts->name ? facts->name : "") &&
	       add_text(object, "identity",
			facts->name ? facts->identity : "") &&
	       add_number(object, "expires", verdict->expires_s) &&
	       cJSON_AddBoolToObject(object, "jwt", facts->answer == 0) &&
	       cJSON_AddBoolToObject(object, "data_plane", verdict->data) &&
	       cJSON_AddBoolToObject(object, "management_plane",
				     verdict->management) &&
	       add_text(object, "cloud", cloud ? cloud->name : "") &&
	       add_text(object, "audience_fault",
			facts->answer == 0
				? audience_fault_word(verdict->audience.fault)
				: "") &&
	       add_text(object, "why", verdict->why);
}

int token_report_json(Buf *buf, const TokenFacts *facts)
{
	AKV_JSON cJSON *object = cJSON_CreateObject();
	Verdict verdict;
	int r;

	verdict_make(&verdict, facts);
	if (!object || !add_verdict(object, &verdict, facts) ||
	    (facts->answer == 0 && !add_claims(object, &facts->claims)))
		return -ENOMEM;
	r = json_text_append(buf, object);
	return r > 0 ? -EINVAL : r;
}
