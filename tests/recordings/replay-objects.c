/* SPDX-License-Identifier: MIT */

/*
 * What must come of an answer is known from the recording itself: the value
 * that was read, the whole body, the names and versions in a list. Called by
 * replay-client.c.
 */

#include "tests/recordings/replay-objects.h"

#include <strings.h>

#include "base/parse.h"
#include "vault/link.h"
#include "vault/model.h"
#include "vault/page.h"

/* The id of a bundle or of an item, wherever it is. */
static const char *id_of(const cJSON *object)
{
	const cJSON *jwk = cJSON_GetObjectItemCaseSensitive(object, "key");
	const char *id = text_of(object, "id");

	if (id[0] == '\0')
		id = text_of(object, "kid");
	return jwk ? text_of(jwk, "kid") : id;
}

/* The key of the request, as our own callers would make it. */
static int take_key(ObjectKey *ret, const Exchange *exchange, enum part part)
{
	char name[2 * sizeof(exchange->name)];
	const char *sas = strstr(exchange->url.path, "/sas/");

	(void)snprintf(name, sizeof(name), "%s%s%s", exchange->name,
		       sas ? "-" : "", sas ? sas + 5 : "");
	return object_key_init_part(ret, exchange->collection, part, name,
				    strlen(name));
}

/* --- bundles ------------------------------------------------------------ */

/* Does the id name another object than the request? The recorder's doing. */
static bool id_is_of_another(const Exchange *exchange)
{
	const char *segment = collection_segment(exchange->collection);
	const char *id = id_of(exchange->document);
	const char *at = strstr(id, segment);
	size_t n = strlen(exchange->name);

	if (!at)
		return false;
	at += strlen(segment) + 1;
	return strncasecmp(at, exchange->name, n) != 0 ||
	       (at[n] != '/' && at[n] != '\0');
}

/* The attributes of the bundle are those of the body. */
static void attributes_compare(const Exchange *exchange,
			       const ObjectBundle *bundle)
{
	const cJSON *attributes = cJSON_GetObjectItemCaseSensitive(
		exchange->document, "attributes");
	const cJSON *updated =
		cJSON_GetObjectItemCaseSensitive(attributes, "updated");
	const cJSON *enabled =
		cJSON_GetObjectItemCaseSensitive(attributes, "enabled");
	bool has_level =
		cJSON_GetObjectItem(attributes, "recoveryLevel") != NULL;

	if (cJSON_IsNumber(updated) &&
	    bundle->attributes.updated_s != (int64_t)updated->valuedouble)
		wrong(exchange, "another time of change");
	if (cJSON_IsBool(enabled) &&
	    bundle->attributes.enabled != cJSON_IsTrue(enabled))
		wrong(exchange, "not as enabled as recorded");
	if ((bundle->attributes.recovery_level[0] != '\0') != has_level)
		wrong(exchange, "another recovery level");
}

static void bundle_compare(const Exchange *exchange, const ObjectBundle *bundle,
			   const char *value, size_t n)
{
	const cJSON *tags =
		cJSON_GetObjectItemCaseSensitive(exchange->document, "tags");
	char *printed = tags ? cJSON_PrintUnformatted(tags) : NULL;

	if (secret_size(bundle->value) != n ||
	    memcmp(secret_bytes(bundle->value), value, n) != 0)
		wrong(exchange, "another value");
	if (bundle->has_version !=
	    (strstr(id_of(exchange->document), bundle->version) != NULL))
		wrong(exchange, "another version");
	if (!version_is_valid(bundle->version, strlen(bundle->version)))
		wrong(exchange, "a version that is none");
	if (strcmp(bundle->content_type,
		   text_of(exchange->document, "contentType")) != 0)
		wrong(exchange, "another content type");
	if (strcmp(bundle->tags, printed ? printed : "{}") != 0)
		wrong(exchange, "other tags");
	cJSON_free(printed);
	attributes_compare(exchange, bundle);
}

static int read_bundle(ObjectBundle *ret, const Exchange *exchange,
		       const ObjectKey *key, char *why, size_t why_size)
{
	const char *version =
		exchange->version[0] != '\0' && object_key_has_versions(key)
			? exchange->version
			: NULL;

	return object_bundle_read(ret, exchange->body.p, exchange->body.n, key,
				  version, why, why_size);
}

/* A secret: what its value is to become. */
static void replay_secret(const Exchange *exchange, enum kind kind)
{
	const char *value = text_of(exchange->document, "value");
	bool has_value = cJSON_IsString(
		cJSON_GetObjectItemCaseSensitive(exchange->document, "value"));
	bool foreign = id_is_of_another(exchange);
	ObjectBundle bundle = {0};
	char why[128] = "";
	ObjectKey key;
	int r;

	if (take_key(&key, exchange, PART_OBJECT) != 0) {
		recorders++;
		return;
	}
	r = read_bundle(&bundle, exchange, &key, why, sizeof(why));
	recorders += foreign;
	if (foreign || !has_value) {
		if (r != MODEL_E_UNTRUSTED ||
		    (!foreign && strcmp(why, "its \"value\" is missing") != 0))
			wrong(exchange, "not refused: %d %s", r, why);
	} else if (r != 0) {
		wrong(exchange, "not read: %d %s", r, why);
	} else {
		bundle_compare(exchange, &bundle, value, strlen(value));
		if (object_bundle_is_sas_token(&bundle) != !bundle.has_version)
			wrong(exchange, "a version where there is none");
		kind = bundle.has_version ? kind : KIND_SAS_TOKEN;
	}
	counts[kind]++;
	if (r == 0)
		object_bundle_done(&bundle);
}

/* Anything else: the whole body is the value. */
static void replay_body(const Exchange *exchange, enum kind kind,
			enum part part)
{
	ObjectBundle bundle = {0};
	char why[128] = "";
	ObjectKey key;
	int r;

	if (take_key(&key, exchange, part) != 0 || !exchange->document) {
		recorders++; /* or it is no JSON: a request in PKCS #10 */
		return;
	}
	counts[kind]++;
	r = read_bundle(&bundle, exchange, &key, why, sizeof(why));
	if (id_is_of_another(exchange)) {
		recorders++;
		if (r != MODEL_E_UNTRUSTED)
			wrong(exchange, "not refused: %d %s", r, why);
	} else if (r != 0) {
		wrong(exchange, "not read: %d %s", r, why);
	} else {
		bundle_compare(exchange, &bundle, exchange->body.p,
			       exchange->body.n);
	}
	if (r == 0)
		object_bundle_done(&bundle);
}

static void replay_certificate(const Exchange *exchange)
{
	bool issued = text_of(exchange->document, "cer")[0] != '\0';

	replay_body(exchange, issued ? KIND_CERTIFICATE : KIND_UNISSUED,
		    PART_OBJECT);
}

/* --- lists -------------------------------------------------------------- */

/*
 * The link must be taken for the host of the request. Where the recorder wrote
 * another host into the one or the other, it must be refused, and taken for the
 * host that it names itself.
 */
static void replay_link(const Exchange *exchange, const char *link)
{
	AKV_CLEANUP(url_done) Url url = {0};
	const char *why = "";
	char *target = NULL;
	int r = link_target(&target, &why, link, &exchange->origin,
			    exchange->url.path, NULL);

	if (url_parse(&url, link, NULL) != 0) {
		wrong(exchange, "the link is no URL");
	} else if (!origin_equal(&url.origin, &exchange->origin)) {
		recorders++;
		if (r != LINK_E_UNTRUSTED)
			wrong(exchange, "a link elsewhere was taken");
		r = link_target(&target, &why, link, &url.origin,
				exchange->url.path, NULL);
	}
	if (r != 0)
		wrong(exchange, "the link was refused: %s", why);
	else if (!strstr(link, strchr(target, '?')))
		wrong(exchange, "the link was changed: %s", target);
	free(target);
}

/* The item ends in the same name, or version, as the recorded id. */
static void item_compare(const Exchange *exchange, const ObjectItem *item,
			 const cJSON *recorded, int i)
{
	const cJSON *attributes =
		cJSON_GetObjectItemCaseSensitive(recorded, "attributes");
	const cJSON *created =
		cJSON_GetObjectItemCaseSensitive(attributes, "created");

	if (!ascii_ends_with_fold(id_of(recorded), item->version[0] != '\0'
							   ? item->version
							   : item->name))
		wrong(exchange, "another name at %d", i);
	if (cJSON_IsNumber(created) &&
	    item->attributes.created_s != (int64_t)created->valuedouble)
		wrong(exchange, "another time at %d", i);
}

/* The versions in a list that are of another object than was asked for. */
static bool items_are_of_another(const Exchange *exchange, const cJSON *value,
				 const ListKey *key)
{
	const cJSON *item;
	char wanted[sizeof(key->name) + 16];

	if (key->name[0] == '\0')
		return false;
	(void)snprintf(wanted, sizeof(wanted), "/%s/", key->name);
	cJSON_ArrayForEach (item, value)
		if (!strcasestr(id_of(item), wanted))
			return exchange != NULL;
	return false;
}

static void replay_list(const Exchange *exchange, enum kind kind,
			enum list list)
{
	const cJSON *value =
		cJSON_GetObjectItemCaseSensitive(exchange->document, "value");
	bool named = list != LIST_OBJECTS && list != LIST_DELETED;
	int recorded = cJSON_GetArraySize(value);
	ObjectItem *items = NULL;
	size_t n = 0;
	size_t dropped = 0;
	char *next = NULL;
	char why[128] = "";
	ListKey key;
	int r;

	if (list_key_init(&key, list, exchange->collection,
			  named ? exchange->name : "",
			  named ? strlen(exchange->name) : 0) != 0) {
		recorders++;
		return;
	}
	counts[kind]++;
	counts[KIND_LIST_NULL] += cJSON_IsNull(value) != 0;
	r = object_page_read(&items, &n, &dropped, &next, &key,
			     exchange->body.p, exchange->body.n, why,
			     sizeof(why));
	if (items_are_of_another(exchange, value, &key)) {
		recorders++;
		if (r != MODEL_E_UNTRUSTED)
			wrong(exchange, "not refused: %d", r);
		return;
	}
	if (r != 0) {
		wrong(exchange, "not read: %d %s", r, why);
		return;
	}
	if (n != (size_t)recorded || dropped != 0)
		wrong(exchange, "%zu names of %d", n, recorded);
	for (int i = 0; i < recorded && (size_t)i < n; i++)
		item_compare(exchange, &items[i], cJSON_GetArrayItem(value, i),
			     i);
	if (strcmp(next, text_of(exchange->document, "nextLink")) != 0)
		wrong(exchange, "another nextLink");
	if (next[0] != '\0') {
		counts[KIND_LIST_EMPTY] += recorded == 0;
		replay_link(exchange, next);
	}
	free(items);
	free(next);
}

/* --- which is which ------------------------------------------------------ */

/* A GET of an object or of a part of one, and what sets a secret. */
bool replay_object(const Exchange *exchange)
{
	static const struct {
		enum collection collection;
		const char *verb;
		enum kind kind;
		enum part part;
	} rows[] = {
		{COLLECTION_KEYS, "get", KIND_KEY, PART_OBJECT},
		{COLLECTION_KEYS, "rotationpolicy.get", KIND_ROTATION,
		 PART_ROTATION},
		{COLLECTION_CERTIFICATES, "pending.get", KIND_PENDING,
		 PART_PENDING},
		{COLLECTION_STORAGE, "get", KIND_STORAGE, PART_OBJECT},
		{COLLECTION_STORAGE, "sas.get", KIND_SAS, PART_SAS},
	};

	if (exchange->deleted && verb_is(exchange, "get")) {
		replay_body(exchange, KIND_DELETED, PART_DELETED);
		return true;
	}
	if (exchange->deleted)
		return false;
	if (exchange->collection == COLLECTION_CERTIFICATES &&
	    verb_is(exchange, "get")) {
		replay_certificate(exchange);
		return true;
	}
	for (size_t i = 0; i < AKV_ARRAY_LEN(rows); i++) {
		if (rows[i].collection != exchange->collection ||
		    !verb_is(exchange, rows[i].verb))
			continue;
		replay_body(exchange, rows[i].kind, rows[i].part);
		return true;
	}
	if (exchange->collection != COLLECTION_SECRETS)
		return false;
	if (verb_is(exchange, "get"))
		replay_secret(exchange, KIND_GET);
	else if (verb_is(exchange, "set"))
		replay_secret(exchange, KIND_SET);
	else if (verb_is(exchange, "update") || verb_is(exchange, "delete"))
		replay_secret(exchange, KIND_NO_VALUE);
	else
		return false;
	return true;
}

bool replay_any_list(const Exchange *exchange)
{
	if (exchange->deleted && verb_is(exchange, "list"))
		replay_list(exchange, KIND_LIST_DELETED, LIST_DELETED);
	else if (exchange->deleted)
		return false;
	else if (verb_is(exchange, "list"))
		replay_list(exchange, KIND_LIST, LIST_OBJECTS);
	else if (verb_is(exchange, "versions"))
		replay_list(exchange, KIND_VERSIONS, LIST_VERSIONS);
	else if (verb_is(exchange, "sas.list"))
		replay_list(exchange, KIND_LIST_SAS, LIST_SAS);
	else
		return false;
	return true;
}
