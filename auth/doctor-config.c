/* SPDX-License-Identifier: MIT */

/* Pure. What is odd is a warning: whether it matters, later stages show. */

#include "auth/doctor-config.h"

#include <strings.h>

#include "base/url.h"

static bool variable_is_set(const ConfigFacts *facts, const char *name)
{
	for (size_t i = 0; i < facts->n_variables; i++)
		if (strcmp(facts->variables[i].name, name) == 0)
			return facts->variables[i].is_set;
	return false;
}

/* Part of an application's set, which alone does nothing. */
static const char *lonely_variable(const ConfigFacts *facts)
{
	static const char *const names[] = {
		"AZURE_CLIENT_SECRET",
		"AZURE_CLIENT_CERTIFICATE_PATH",
		"AZURE_FEDERATED_TOKEN_FILE",
	};

	if (variable_is_set(facts, "AZURE_CLIENT_ID"))
		return NULL;
	for (size_t i = 0; i < AKV_ARRAY_LEN(names); i++)
		if (variable_is_set(facts, names[i]))
			return names[i];
	return NULL;
}

/* Does authority= lead to another cloud than the vault's? */
static bool authority_is_foreign(const ConfigFacts *facts)
{
	Url own = {0}, set = {0};
	bool is_foreign = false;

	if (facts->authority[0] == '\0')
		return false;
	if (url_parse(&own, facts->cloud->authority, NULL) == 0 &&
	    url_parse(&set, facts->authority, NULL) == 0)
		is_foreign = !origin_equal(&own.origin, &set.origin);
	url_done(&own);
	url_done(&set);
	return is_foreign;
}

static void say_fault(Finding *ret, const ConfigFacts *facts)
{
	if (facts->source_fault) {
		finding_failed(ret, FINDING_EXIT_USAGE, "config-source", "%s",
			       facts->source_fault);
		finding_command(ret, "akvfs doctor VAULT-NAME");
	} else if (facts->option_fault) {
		finding_failed(ret, FINDING_EXIT_USAGE, "config-option", "%s",
			       facts->option_fault);
		finding_command(ret, "man 8 akvfs");
	} else {
		finding_failed(ret, FINDING_EXIT_USAGE, "config-auth", "%s",
			       facts->auth_fault);
		finding_command(ret, "akvfs doctor -o auth=auto %s",
				facts->host);
	}
}

static void say_oddity(Finding *ret, const ConfigFacts *facts)
{
	const char *lonely = lonely_variable(facts);

	if (strcasecmp(facts->resource, facts->wanted) != 0)
		finding_warning(ret, "config-resource",
				"resource= is %s, and the cloud %s has %s for "
				"this vault",
				facts->resource, facts->cloud->name,
				facts->wanted);
	else if (authority_is_foreign(facts))
		finding_warning(ret, "config-authority",
				"AZURE_AUTHORITY_HOST (authority=) is %s, and "
				"the cloud %s has %s",
				facts->authority, facts->cloud->name,
				facts->cloud->authority);
	else if (lonely && !facts->token_given)
		finding_warning(ret, "config-incomplete",
				"%s is set, and AZURE_CLIENT_ID is not: the "
				"one does nothing without the other",
				lonely);
}

/* "AZURE_CLIENT_ID, AZURE_TENANT_ID": those that are set, or are not. */
static void add_variables(Finding *ret, const ConfigFacts *facts,
			  const char *name, bool is_set)
{
	char text[FINDING_FACT_SIZE] = "";
	size_t n = 0;

	for (size_t i = 0; i < facts->n_variables; i++) {
		const ConfigVariable *variable = &facts->variables[i];

		if (variable->is_set != is_set || n >= sizeof(text))
			continue;
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s",
				      n > 0 ? ", " : "", variable->name);
	}
	finding_fact(ret, name, "%s", text);
}

void doctor_config(Finding *ret, const ConfigFacts *facts)
{
	finding_init(ret, "config");
	if (facts->source_fault || facts->auth_fault || facts->option_fault) {
		say_fault(ret, facts);
	} else {
		finding_ok(ret, "config-ok",
			   "the vault %s of the cloud %s, %s%s", facts->vault,
			   facts->cloud->name,
			   facts->token_given ? "with a token from elsewhere"
					      : "auth=",
			   facts->token_given ? "" : facts->auth);
		say_oddity(ret, facts);
	}
	if (!facts->source_fault) {
		finding_fact(ret, "host", "%s", facts->host);
		finding_fact(ret, "suffix", "%s", facts->suffix);
		finding_fact(ret, "cloud", "%s", facts->cloud->name);
		finding_fact(ret, "resource", "%s", facts->resource);
	}
	finding_fact(ret, "auth", "%s", facts->token_given ? "" : facts->auth);
	finding_fact(ret, "tenant_id", "%s", facts->tenant);
	finding_fact(ret, "authority", "%s", facts->authority);
	finding_fact(ret, "connect_to", "%s", facts->connect_to);
	add_variables(ret, facts, "set", true);
	add_variables(ret, facts, "unset", false);
}
