/* SPDX-License-Identifier: MIT */

/* Pure. */

#include "emulator/certificate-policy.h"

#include <strings.h>

#include "base/json.h"
#include "emulator/x509-make.h"
#include "emulator/x509-properties.h"
#include "emulator/x509-usage.h"

enum { ACTIONS_MAX = 8, PERCENTAGE_MAX = 99, DAYS_MAX = 36500 };

/* What the service takes for what is not said. */
static const char defaults[] =
	"{\"key_props\":{\"exportable\":true,\"kty\":\"RSA\","
	"\"key_size\":2048,\"reuse_key\":false},"
	"\"secret_props\":{\"contentType\":\"" CONTENT_TYPE_PFX "\"},"
	"\"x509_props\":{"
	"\"ekus\":[\"1.3.6.1.5.5.7.3.1\",\"1.3.6.1.5.5.7.3.2\"],"
	"\"key_usage\":[\"digitalSignature\",\"keyEncipherment\"],"
	"\"validity_months\":12,\"basic_constraints\":{\"ca\":false}}}";

static bool is_content_type(const cJSON *value)
{
	return cJSON_IsString(value) &&
	       (strcmp(value->valuestring, CONTENT_TYPE_PEM) == 0 ||
		strcmp(value->valuestring, CONTENT_TYPE_PFX) == 0);
}

static bool is_bool(const cJSON *value)
{
	return cJSON_IsBool(value);
}

static bool is_text(const cJSON *value)
{
	return cJSON_IsString(value);
}

static bool is_name(const cJSON *value)
{
	return cJSON_IsString(value) && *value->valuestring;
}

static bool is_key_type(const cJSON *value)
{
	KeyShape shape;

	return cJSON_IsString(value) &&
	       key_shape_parse(&shape, value->valuestring) &&
	       shape.type != KEY_TYPE_OCT;
}

static bool is_curve(const cJSON *value)
{
	return cJSON_IsString(value) && key_curve_find(value->valuestring);
}

static bool is_number(const cJSON *value)
{
	return cJSON_IsNumber(value) && value->valuedouble >= 1 &&
	       value->valuedouble <= 100000 &&
	       (double)value->valueint == value->valuedouble;
}

static bool is_object(const cJSON *value)
{
	return cJSON_IsObject(value);
}

static bool is_array(const cJSON *value)
{
	return cJSON_IsArray(value);
}

/* The members of the sections, in the order in which they are written. */
static const struct {
	const char *section, *name;
	bool (*is_valid)(const cJSON *value);
} members[] = {
	{"key_props", "exportable", is_bool},
	{"key_props", "kty", is_key_type},
	{"key_props", "key_size", is_number},
	{"key_props", "reuse_key", is_bool},
	{"key_props", "crv", is_curve},
	{"secret_props", "contentType", is_content_type},
	{"x509_props", "subject", is_text},
	{"x509_props", "sans", is_object},
	{"x509_props", "ekus", is_array},
	{"x509_props", "key_usage", is_array},
	{"x509_props", "validity_months", is_number},
	{"x509_props", "basic_constraints", is_object},
	{"issuer", "name", is_name},
	{"issuer", "cty", is_text},
	{"issuer", "cert_transparency", is_bool},
};

static const char *const sections[] = {
	"key_props", "secret_props", "x509_props", "lifetime_actions", "issuer",
};

static const cJSON *member_of(const CertificatePolicy *policy,
			      const char *section, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(
		cJSON_GetObjectItemCaseSensitive(policy->sections, section),
		name);
}

void certificate_policy_done(CertificatePolicy *policy)
{
	cJSON_Delete(policy->sections);
	*policy = (CertificatePolicy){0};
}

int certificate_policy_init(CertificatePolicy *ret, int64_t now_s)
{
	cJSON *parsed = cJSON_Parse(defaults);

	if (!parsed)
		return -ENOMEM;
	*ret = (CertificatePolicy){
		.sections = parsed,
		.enabled = true,
		.created_s = now_s,
		.updated_s = now_s,
	};
	return 0;
}

int certificate_policy_copy(CertificatePolicy *ret,
			    const CertificatePolicy *policy)
{
	CertificatePolicy copy = *policy;

	copy.sections = cJSON_Duplicate(policy->sections, true);
	if (!copy.sections)
		return -ENOMEM;
	*ret = copy;
	return 0;
}

/* Put a copy of @value at @name, instead of what was there. */
static int value_put(cJSON *object, const char *name, const cJSON *value)
{
	cJSON *copy = cJSON_Duplicate(value, true);

	if (!copy)
		return -ENOMEM;
	cJSON_DeleteItemFromObjectCaseSensitive(object, name);
	if (cJSON_AddItemToObject(object, name, copy))
		return 0;
	cJSON_Delete(copy);
	return -ENOMEM;
}

/* The section of that name, made if it is not there. */
static cJSON *section_of(CertificatePolicy *policy, const char *name)
{
	cJSON *section =
		cJSON_GetObjectItemCaseSensitive(policy->sections, name);

	return section ? section
		       : cJSON_AddObjectToObject(policy->sections, name);
}

static int member_apply(CertificatePolicy *policy, const cJSON *given, size_t i,
			const char **why)
{
	const cJSON *value;
	cJSON *section;
	int r = json_get(&value, given, members[i].name);

	if (r == JSON_E_ABSENT)
		return 0;
	*why = "The policy has a property with a wrong type or value.";
	if (r != 0 || !members[i].is_valid(value))
		return CERTIFICATE_POLICY_E_INVALID;
	section = section_of(policy, members[i].section);
	return section ? value_put(section, members[i].name, value) : -ENOMEM;
}

static bool trigger_is_valid(const cJSON *trigger)
{
	int64_t n;

	if (json_get_int64(&n, trigger, "lifetime_percentage") == 0)
		return n >= 1 && n <= PERCENTAGE_MAX;
	return json_get_int64(&n, trigger, "days_before_expiry") == 0 &&
	       n >= 1 && n <= DAYS_MAX;
}

static bool action_is_valid(const cJSON *item)
{
	const cJSON *trigger, *action;
	const char *type;

	return json_get_object(&trigger, item, "trigger") == 0 &&
	       trigger_is_valid(trigger) &&
	       json_get_object(&action, item, "action") == 0 &&
	       json_get_string(&type, action, "action_type") == 0 &&
	       (strcasecmp(type, "AutoRenew") == 0 ||
		strcasecmp(type, "EmailContacts") == 0);
}

/* The list is replaced whole. */
static int actions_apply(CertificatePolicy *policy, const cJSON *body,
			 const char **why)
{
	const cJSON *list, *item;
	int r = json_get_array(&list, body, "lifetime_actions");

	if (r == JSON_E_ABSENT)
		return 0;
	*why = "The policy has lifetime_actions that are not valid.";
	if (r != 0 || cJSON_GetArraySize(list) > ACTIONS_MAX)
		return CERTIFICATE_POLICY_E_INVALID;
	cJSON_ArrayForEach (item, list) {
		if (!action_is_valid(item))
			return CERTIFICATE_POLICY_E_INVALID;
	}
	return value_put(policy->sections, "lifetime_actions", list);
}

/*
 * Who changes the kind of the key and no more does not want the size or the
 * curve of the other kind.
 */
static int key_settle(CertificatePolicy *policy, const cJSON *given)
{
	cJSON *section = section_of(policy, "key_props");
	const KeyShape shape = certificate_policy_shape(policy);
	cJSON *number;

	if (!section)
		return -ENOMEM;
	if (shape.type == KEY_TYPE_EC) {
		int bits = 0;

		if (!cJSON_HasObjectItem(section, "crv") &&
		    !cJSON_AddStringToObject(section, "crv", "P-256"))
			return -ENOMEM;
		(void)sscanf(cJSON_GetStringValue(
				     cJSON_GetObjectItem(section, "crv")),
			     "P-%d", &bits);
		number = cJSON_CreateNumber(bits);
	} else {
		cJSON_DeleteItemFromObjectCaseSensitive(section, "crv");
		if (cJSON_HasObjectItem(given, "key_size") ||
		    !cJSON_HasObjectItem(given, "kty"))
			return 0;
		number = cJSON_CreateNumber(KEY_RSA_BITS_DEFAULT);
	}
	if (!number)
		return -ENOMEM;
	cJSON_DeleteItemFromObjectCaseSensitive(section, "key_size");
	if (cJSON_AddItemToObject(section, "key_size", number))
		return 0;
	cJSON_Delete(number);
	return -ENOMEM;
}

/* Words that are none are left to certificate_policy_check(). */
static int usage_settle(CertificatePolicy *policy)
{
	cJSON *properties = section_of(policy, "x509_props");
	AKV_JSON cJSON *sorted = NULL;
	const cJSON *words;
	uint32_t bits;

	if (!properties)
		return -ENOMEM;
	words = cJSON_GetObjectItemCaseSensitive(properties, "key_usage");
	if (!words || x509_usage_parse(&bits, words) != 0)
		return 0;
	sorted = x509_usage_words(bits);
	return sorted ? value_put(properties, "key_usage", sorted) : -ENOMEM;
}

int certificate_policy_apply(CertificatePolicy *policy, const cJSON *body,
			     const char **why)
{
	const cJSON *given, *attributes;
	int r = 0;

	*why = "The property \"policy\" is not valid.";
	if (!cJSON_IsObject(body))
		return CERTIFICATE_POLICY_E_INVALID;
	for (size_t i = 0; i < AKV_ARRAY_LEN(members) && r == 0; i++) {
		r = json_get_object(&given, body, members[i].section);
		if (r == 0)
			r = member_apply(policy, given, i, why);
		else if (r == JSON_E_ABSENT)
			r = 0;
	}
	if (r == 0)
		r = actions_apply(policy, body, why);
	if (r == 0 && json_get_object(&given, body, "key_props") == 0)
		r = key_settle(policy, given);
	if (r == 0)
		r = usage_settle(policy);
	if (r == 0 && json_get_object(&attributes, body, "attributes") == 0) {
		r = json_get_bool(&policy->enabled, attributes, "enabled");
		r = r == JSON_E_ABSENT ? 0 : r;
	}
	return r > 0 ? CERTIFICATE_POLICY_E_INVALID : r;
}

int certificate_policy_complete(CertificatePolicy *policy)
{
	const char *renew = "[{\"trigger\":{\"lifetime_percentage\":80},"
			    "\"action\":{\"action_type\":\"AutoRenew\"}}]";
	const char *mail = "[{\"trigger\":{\"lifetime_percentage\":80},"
			   "\"action\":{\"action_type\":\"EmailContacts\"}}]";
	cJSON *issuer = section_of(policy, "issuer");
	cJSON *actions;

	if (!issuer)
		return -ENOMEM;
	if (!cJSON_HasObjectItem(issuer, "name") &&
	    !cJSON_AddStringToObject(issuer, "name", "Unknown"))
		return -ENOMEM;
	if (cJSON_HasObjectItem(policy->sections, "lifetime_actions"))
		return 0;
	/* Nobody renews what an issuer makes that the vault does not know. */
	actions = cJSON_Parse(
		strcasecmp(certificate_policy_issuer(policy), "Unknown") == 0
			? mail
			: renew);
	if (actions && cJSON_AddItemToObject(policy->sections,
					     "lifetime_actions", actions))
		return 0;
	cJSON_Delete(actions);
	return -ENOMEM;
}

int certificate_policy_check(const CertificatePolicy *policy, const char **why)
{
	const KeyShape shape = certificate_policy_shape(policy);
	int r;

	*why = "The size of the key is not supported: 2048, 3072 or 4096.";
	if (shape.type == KEY_TYPE_RSA && shape.bits != 2048 &&
	    shape.bits != 3072 && shape.bits != 4096)
		return CERTIFICATE_POLICY_E_INVALID;
	*why = "A key of an HSM cannot be exportable.";
	if (shape.hsm && certificate_policy_exportable(policy))
		return CERTIFICATE_POLICY_E_INVALID;
	*why = "The property \"policy.x509_props\" is not valid: it needs a "
	       "subject, an X.500 name, or subject alternative names, and "
	       "usages that exist.";
	r = x509_make_check(certificate_policy_properties(policy));
	return r > 0 ? CERTIFICATE_POLICY_E_INVALID : r;
}

static int key_describe(CertificatePolicy *policy, const KeyMaterial *material)
{
	const KeyShape *shape = &material->shape;
	AKV_JSON cJSON *given = cJSON_CreateObject();
	cJSON *key = given ? cJSON_AddObjectToObject(given, "key_props") : NULL;
	const char *why;

	if (!key ||
	    !cJSON_AddStringToObject(key, "kty", key_material_kty(material)) ||
	    (shape->type == KEY_TYPE_RSA &&
	     !cJSON_AddNumberToObject(key, "key_size", shape->bits)) ||
	    (shape->type == KEY_TYPE_EC &&
	     !cJSON_AddStringToObject(key, "crv", shape->curve->name)))
		return -ENOMEM;
	return certificate_policy_apply(policy, given, &why);
}

int certificate_policy_describe(CertificatePolicy *policy, X509 *leaf,
				const KeyMaterial *material)
{
	cJSON *properties = NULL;
	int r = key_describe(policy, material);

	if (r == 0)
		r = x509_properties_read(&properties, leaf);
	if (r != 0)
		return r > 0 ? -EIO : r;
	cJSON_DeleteItemFromObjectCaseSensitive(policy->sections, "x509_props");
	if (cJSON_AddItemToObject(policy->sections, "x509_props", properties))
		return 0;
	cJSON_Delete(properties);
	return -ENOMEM;
}

KeyShape certificate_policy_shape(const CertificatePolicy *policy)
{
	const cJSON *kty = member_of(policy, "key_props", "kty");
	const cJSON *size = member_of(policy, "key_props", "key_size");
	const cJSON *curve = member_of(policy, "key_props", "crv");
	KeyShape shape = {0};

	(void)key_shape_parse(&shape, cJSON_GetStringValue(kty));
	if (shape.type == KEY_TYPE_RSA)
		shape.bits = (unsigned)cJSON_GetNumberValue(size);
	else if (curve)
		shape.curve = key_curve_find(cJSON_GetStringValue(curve));
	return shape;
}

bool certificate_policy_exportable(const CertificatePolicy *policy)
{
	return cJSON_IsTrue(member_of(policy, "key_props", "exportable"));
}

bool certificate_policy_reuses_key(const CertificatePolicy *policy)
{
	return cJSON_IsTrue(member_of(policy, "key_props", "reuse_key"));
}

bool certificate_policy_is_pem(const CertificatePolicy *policy)
{
	return strcmp(cJSON_GetStringValue(
			      member_of(policy, "secret_props", "contentType")),
		      CONTENT_TYPE_PEM) == 0;
}

const cJSON *certificate_policy_properties(const CertificatePolicy *policy)
{
	return cJSON_GetObjectItemCaseSensitive(policy->sections, "x509_props");
}

const char *certificate_policy_issuer(const CertificatePolicy *policy)
{
	const cJSON *name = member_of(policy, "issuer", "name");

	return name ? name->valuestring : "Unknown";
}

static void sans_write(Writer *writer, const cJSON *sans, bool newer)
{
	const cJSON *list;

	writer_begin(writer, "sans", '{');
	cJSON_ArrayForEach (list, sans) {
		if (!newer && (strcmp(list->string, "uris") == 0 ||
			       strcmp(list->string, "ipAddresses") == 0))
			continue;
		writer_json(writer, list->string, list);
	}
	writer_end(writer, '}');
}

static void section_write(Writer *writer, const CertificatePolicy *policy,
			  const char *section, bool newer)
{
	writer_begin(writer, section, '{');
	for (size_t i = 0; i < AKV_ARRAY_LEN(members); i++) {
		const cJSON *value;

		if (strcmp(members[i].section, section) != 0)
			continue;
		value = member_of(policy, section, members[i].name);
		if (value && strcmp(members[i].name, "sans") == 0)
			sans_write(writer, value, newer);
		else if (value)
			writer_json(writer, members[i].name, value);
	}
	writer_end(writer, '}');
}

void certificate_policy_write(Writer *writer, const CertificatePolicy *policy,
			      bool newer)
{
	for (size_t i = 0; i < AKV_ARRAY_LEN(sections); i++) {
		const cJSON *section = cJSON_GetObjectItemCaseSensitive(
			policy->sections, sections[i]);

		if (cJSON_IsArray(section))
			writer_json(writer, sections[i], section);
		else if (section)
			section_write(writer, policy, sections[i], newer);
	}
	writer_begin(writer, "attributes", '{');
	writer_bool(writer, "enabled", policy->enabled);
	writer_int(writer, "created", policy->created_s);
	writer_int(writer, "updated", policy->updated_s);
	writer_end(writer, '}');
}

void certificate_policy_save(Writer *writer, const CertificatePolicy *policy)
{
	writer_begin(writer, "policy", '{');
	certificate_policy_write(writer, policy, true);
	writer_end(writer, '}');
}

int certificate_policy_load(CertificatePolicy *ret, const cJSON *saved)
{
	AKV_CLEANUP(certificate_policy_done) CertificatePolicy policy = {0};
	const cJSON *attributes, *document;
	const char *why;
	int r = json_get_object(&document, saved, "policy");

	if (r == 0)
		r = json_get_object(&attributes, document, "attributes");
	if (r == 0)
		r = certificate_policy_init(&policy, 0);
	if (r == 0)
		r = certificate_policy_apply(&policy, document, &why);
	if (r == 0)
		r = json_get_int64(&policy.created_s, attributes, "created");
	if (r == 0)
		r = json_get_int64(&policy.updated_s, attributes, "updated");
	if (r == 0) {
		*ret = policy;
		policy = (CertificatePolicy){0};
	}
	return r;
}
