/* SPDX-License-Identifier: MIT */

/*
 * An issuer is a JSON object in the array of its vault, with its name, and the
 * members that are answered. Runs with the emulator's lock held.
 */

#include "emulator/issuers.h"

#include <strings.h>

#include "base/clock.h"
#include "base/json.h"
#include "emulator/errors.h"
#include "emulator/objects.h"
#include "emulator/pages.h"

static const char *name_of(const cJSON *issuer)
{
	return cJSON_GetStringValue(
		cJSON_GetObjectItemCaseSensitive(issuer, "name"));
}

cJSON *issuer_find(const Vault *vault, const char *name)
{
	cJSON *issuer;

	cJSON_ArrayForEach (issuer, vault->issuers) {
		if (strcasecmp(name_of(issuer), name) == 0)
			return issuer;
	}
	return NULL;
}

static void id_write(Exchange *exchange, const cJSON *issuer)
{
	writer_format(&exchange->writer, "id", "%s/certificates/issuers/%s",
		      exchange->base, name_of(issuer));
}

static void issuer_write(Exchange *exchange, const cJSON *issuer)
{
	const cJSON *member;

	writer_begin(&exchange->writer, NULL, '{');
	id_write(exchange, issuer);
	cJSON_ArrayForEach (member, issuer) {
		if (strcmp(member->string, "name") != 0)
			writer_json(&exchange->writer, member->string, member);
	}
	writer_end(&exchange->writer, '}');
}

static int issuer_reply(Exchange *exchange, const cJSON *issuer)
{
	exchange_reply(exchange, 200);
	issuer_write(exchange, issuer);
	return 0;
}

static int not_found(Exchange *exchange)
{
	return error_reply(exchange, 404, "CertificateIssuerNotFound", NULL,
			   "Issuer not found");
}

int issuers_list(Exchange *exchange)
{
	Writer *writer = &exchange->writer;
	const char *next = NULL;
	size_t written = 0;
	const cJSON *issuer;
	Page page;
	int r = page_parse(&page, exchange, "issuer");

	if (r > 0)
		return error_bad_parameter(
			exchange, "The value of maxresults or $skiptoken is "
				  "invalid. maxresults must be between 1 and "
				  "25.");
	if (r < 0)
		return r;
	exchange_reply(exchange, 200);
	writer_begin(writer, NULL, '{');
	writer_begin(writer, "value", '[');
	cJSON_ArrayForEach (issuer, exchange->vault->issuers) {
		if (strcasecmp(name_of(issuer), page.key) < 0)
			continue;
		if (page.empty || written == page.max) {
			next = name_of(issuer);
			break;
		}
		writer_begin(writer, NULL, '{');
		id_write(exchange, issuer);
		writer_json(
			writer, "provider",
			cJSON_GetObjectItemCaseSensitive(issuer, "provider"));
		writer_end(writer, '}');
		written++;
	}
	writer_end(writer, ']');
	page_write_next(exchange, &page, "issuer", next);
	writer_end(writer, '}');
	return 0;
}

int issuer_get(Exchange *exchange)
{
	const cJSON *issuer =
		issuer_find(exchange->vault, exchange->captures[0]);

	return issuer ? issuer_reply(exchange, issuer) : not_found(exchange);
}

/* A member has a wrong type. */
enum { ISSUERS_E_INVALID = 1 };

static int texts_copy(cJSON *to, const cJSON *from, const char *const *names)
{
	for (; *names; names++) {
		const char *text;
		int r = json_get_string(&text, from, *names);

		if (r == JSON_E_ABSENT)
			continue;
		if (r != 0)
			return ISSUERS_E_INVALID;
		if (!cJSON_AddStringToObject(to, *names, text))
			return -ENOMEM;
	}
	return 0;
}

/* Only the account is kept. */
static int credentials_copy(cJSON *issuer, const cJSON *given)
{
	static const char *const names[] = {"account_id", NULL};
	cJSON *credentials = cJSON_AddObjectToObject(issuer, "credentials");

	return credentials ? texts_copy(credentials, given, names) : -ENOMEM;
}

static int details_copy(cJSON *list, const cJSON *given)
{
	static const char *const names[] = {"first_name", "last_name", "email",
					    "phone", NULL};
	const cJSON *person;

	cJSON_ArrayForEach (person, given) {
		cJSON *copy = cJSON_CreateObject();

		if (!copy || !cJSON_AddItemToArray(list, copy)) {
			cJSON_Delete(copy);
			return -ENOMEM;
		}
		if (!cJSON_IsObject(person))
			return ISSUERS_E_INVALID;
		if (texts_copy(copy, person, names) != 0)
			return ISSUERS_E_INVALID;
	}
	return 0;
}

/* The service has a zip in there, which is always 0. */
static int organization_copy(cJSON *issuer, const cJSON *given)
{
	static const char *const names[] = {"id", NULL};
	cJSON *organization = cJSON_AddObjectToObject(issuer, "org_details");
	const cJSON *people;
	cJSON *list;
	int r;

	if (!organization)
		return -ENOMEM;
	r = texts_copy(organization, given, names);
	if (r != 0)
		return r;
	if (!cJSON_AddNumberToObject(organization, "zip", 0))
		return -ENOMEM;
	r = json_get_array(&people, given, "admin_details");
	if (r != 0)
		return r == JSON_E_ABSENT ? 0 : ISSUERS_E_INVALID;
	list = cJSON_AddArrayToObject(organization, "admin_details");
	return list ? details_copy(list, people) : -ENOMEM;
}

/* From @body, or, where it says nothing, from @before, which may be NULL. */
static int member_take(cJSON *issuer, const char *name, const cJSON *body,
		       const cJSON *before,
		       int (*copy)(cJSON *issuer, const cJSON *given))
{
	const cJSON *given;
	cJSON *kept;
	int r = json_get_object(&given, body, name);

	if (r == 0)
		return copy(issuer, given);
	if (r != JSON_E_ABSENT)
		return ISSUERS_E_INVALID;
	given = cJSON_GetObjectItemCaseSensitive(before, name);
	if (!given)
		return 0;
	kept = cJSON_Duplicate(given, true);
	if (kept && cJSON_AddItemToObject(issuer, name, kept))
		return 0;
	cJSON_Delete(kept);
	return -ENOMEM;
}

static int attributes_take(cJSON *issuer, const cJSON *body, const cJSON *known,
			   int64_t now_s)
{
	const cJSON *before =
		cJSON_GetObjectItemCaseSensitive(known, "attributes");
	cJSON *attributes = cJSON_AddObjectToObject(issuer, "attributes");
	int64_t created_s = now_s;
	const cJSON *given;
	bool enabled = true;
	int r;

	if (!attributes)
		return -ENOMEM;
	(void)!json_get_int64(&created_s, before, "created");
	(void)!json_get_bool(&enabled, before, "enabled");
	r = json_get_object(&given, body, "attributes");
	if (r == 0)
		r = json_get_bool(&enabled, given, "enabled");
	if (r != 0 && r != JSON_E_ABSENT)
		return ISSUERS_E_INVALID;
	if (!cJSON_AddBoolToObject(attributes, "enabled", enabled) ||
	    !cJSON_AddNumberToObject(attributes, "created",
				     (double)created_s) ||
	    !cJSON_AddNumberToObject(attributes, "updated", (double)now_s))
		return -ENOMEM;
	return 0;
}

/* @known: the one that is replaced, or NULL; @before: what it leaves over. */
static int issuer_make(cJSON **ret, const Exchange *exchange, const cJSON *body,
		       const cJSON *known, const cJSON *before)
{
	const char *name = known ? name_of(known) : exchange->captures[0];
	AKV_JSON cJSON *issuer = cJSON_CreateObject();
	const char *provider;
	int r = json_get_string(&provider, body, "provider");

	if (r == JSON_E_ABSENT && before)
		r = json_get_string(&provider, before, "provider");
	if (r != 0 || *provider == '\0')
		return ISSUERS_E_INVALID;
	if (!issuer || !cJSON_AddStringToObject(issuer, "name", name) ||
	    !cJSON_AddStringToObject(issuer, "provider", provider))
		return -ENOMEM;
	r = member_take(issuer, "credentials", body, before, credentials_copy);
	if (r == 0)
		r = member_take(issuer, "org_details", body, before,
				organization_copy);
	if (r == 0)
		r = attributes_take(issuer, body, known,
				    exchange->now_us / (int64_t)CLOCK_US_PER_S);
	if (r == 0)
		*ret = AKV_TAKE(issuer);
	return r;
}

/*
 * Into its place, or that of the one of its name; @issuer is taken over. Not by
 * cJSON_InsertItemInArray(): 1.7.15 of Debian 12 refuses all places but the
 * first and the last.
 */
static int issuer_store(Vault *vault, cJSON *issuer)
{
	cJSON *sorted = cJSON_CreateArray();
	cJSON *other;

	if (!sorted) {
		cJSON_Delete(issuer);
		return -ENOMEM;
	}
	while ((other = cJSON_DetachItemFromArray(vault->issuers, 0))) {
		int order = issuer ? strcasecmp(name_of(other), name_of(issuer))
				   : -1;

		if (order >= 0) {
			(void)cJSON_AddItemToArray(sorted, issuer);
			issuer = NULL;
		}
		if (order != 0)
			(void)cJSON_AddItemToArray(sorted, other);
		else
			cJSON_Delete(other);
	}
	if (issuer)
		(void)cJSON_AddItemToArray(sorted, issuer);
	cJSON_Delete(vault->issuers);
	vault->issuers = sorted;
	return 0;
}

static int issuer_write_new(Exchange *exchange, const cJSON *known,
			    const cJSON *before)
{
	AKV_JSON cJSON *body = NULL;
	cJSON *issuer = NULL;
	int r;

	if (!objects_body(exchange, &body))
		return 0;
	if (!known &&
	    cJSON_GetArraySize(exchange->vault->issuers) >= ISSUERS_MAX)
		return error_bad_parameter(exchange,
					   "There are too many issuers.");
	r = issuer_make(&issuer, exchange, body, known, before);
	if (r == ISSUERS_E_INVALID)
		return error_bad_parameter(
			exchange, "The issuer is not valid: it needs a "
				  "provider, and texts in its credentials and "
				  "org_details.");
	if (r == 0)
		r = issuer_store(exchange->vault, issuer);
	return r < 0 ? r : issuer_reply(exchange, issuer);
}

int issuer_put(Exchange *exchange)
{
	const cJSON *known =
		issuer_find(exchange->vault, exchange->captures[0]);

	return issuer_write_new(exchange, known, NULL);
}

int issuer_patch(Exchange *exchange)
{
	const cJSON *known =
		issuer_find(exchange->vault, exchange->captures[0]);

	if (!known)
		return not_found(exchange);
	return issuer_write_new(exchange, known, known);
}

int issuer_delete(Exchange *exchange)
{
	cJSON *issuer = issuer_find(exchange->vault, exchange->captures[0]);

	if (!issuer)
		return not_found(exchange);
	(void)issuer_reply(exchange, issuer);
	cJSON_Delete(
		cJSON_DetachItemViaPointer(exchange->vault->issuers, issuer));
	return 0;
}
