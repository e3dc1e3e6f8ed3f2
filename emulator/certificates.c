/* SPDX-License-Identifier: MIT */

/* Runs with the emulator's lock held, inside a handler. */

#include "emulator/certificates.h"

#include "base/base64.h"
#include "base/clock.h"
#include "base/json.h"
#include "emulator/attributes.h"
#include "emulator/backup.h"
#include "emulator/certificate-create.h"
#include "emulator/certificate-family.h"
#include "emulator/certificate-import.h"
#include "emulator/certificate-version.h"
#include "emulator/contacts.h"
#include "emulator/errors.h"
#include "emulator/issuers.h"
#include "emulator/objects.h"
#include "emulator/x509-name.h"
#include "emulator/x509-sans.h"

enum { SERIAL_SIZE_MAX = 32 };

static void id_write(Writer *writer, const char *member,
		     const Exchange *exchange, const char *plural,
		     const Object *object, const Version *version)
{
	writer_format(writer, member, "%s/%s/%s%s%s", exchange->base, plural,
		      object->name, version ? "/" : "",
		      version ? version->id : "");
}

/* SHA-1 of the certificate, in base64url. */
static void thumbprint_write(Writer *writer, const X509 *leaf)
{
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_LINE);
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	int r = -EIO;

	if (X509_digest(leaf, EVP_sha1(), digest, &n) == 1)
		r = base64_encode(&text, BASE64_URL, digest, n);
	if (r < 0 && writer->fault == 0)
		writer->fault = r;
	writer_string(writer, "x5t", text.p);
}

static void certificate_bytes_write(Writer *writer, const X509 *leaf)
{
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_FILE);
	int r = certificate_append_base64(&text, leaf);

	if (r < 0 && writer->fault == 0)
		writer->fault = r;
	writer_string(writer, "cer", text.p);
}

static void name_write(Writer *writer, const char *member,
		       const X509_NAME *name)
{
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_FORM);
	int r = x509_name_append(&text, name);

	if (r < 0 && writer->fault == 0)
		writer->fault = r;
	writer_string(writer, member, r < 0 ? "" : text.p);
}

/*
 * What the service says of a version that is asked for by its id, since 2021;
 * its description does not know these members.
 */
static void names_write(Writer *writer, const X509 *leaf)
{
	const ASN1_INTEGER *serial = X509_get0_serialNumber(leaf);
	AKV_JSON cJSON *sans = NULL;
	char text[2 * SERIAL_SIZE_MAX + 1] = "";

	for (int i = 0; i < AKV_MIN(serial->length, SERIAL_SIZE_MAX); i++)
		(void)snprintf(text + 2 * i, 3, "%02X", serial->data[i]);
	if (x509_sans_read(&sans, leaf) < 0 && writer->fault == 0)
		writer->fault = -ENOMEM;
	name_write(writer, "subject", X509_get_subject_name(leaf));
	name_write(writer, "issuer", X509_get_issuer_name(leaf));
	if (sans)
		writer_json(writer, "sans", sans);
	writer_string(writer, "serialnumber", text);
}

static void policy_write(Writer *writer, const Exchange *exchange,
			 const Object *object)
{
	writer_format(writer, "id", "%s/certificates/%s/policy", exchange->base,
		      object->name);
	certificate_policy_write(writer, &certificate_state(object)->policy,
				 exchange->api->dated);
}

static bool is_deleted(const Object *object)
{
	return object->state != OBJECT_LIVE &&
	       object->state != OBJECT_RECOVERING;
}

/* In a list there is nothing that takes a look into the certificate. */
static void item_write(Writer *writer, const Exchange *exchange,
		       const Object *object, const Version *version)
{
	if (is_deleted(object)) {
		kind_write_attributes(writer, exchange, version);
		return;
	}
	writer_begin(writer, "attributes", '{');
	kind_write_times(writer, version);
	writer_end(writer, '}');
	if (version->tags)
		writer_json(writer, "tags", version->tags);
	/* The service has the member, and never anything in it. */
	if (exchange->api->soft_delete)
		writer_string(writer, "subject", "");
}

static bool names_version(const Exchange *exchange)
{
	return exchange->captures[1] && *exchange->captures[1];
}

/* Who asks for a version is told nothing that is not the version's. */
static void bundle_write(Writer *writer, const Exchange *exchange,
			 const Object *object, const Version *version)
{
	const CertificateState *state = certificate_state(object);
	bool named = names_version(exchange);

	kind_write_attributes(writer, exchange, version);
	if (!named) {
		writer_begin(writer, "policy", '{');
		policy_write(writer, exchange, object);
		writer_end(writer, '}');
	}
	if (state->operation &&
	    (!named || strcmp(exchange->method, "PATCH") == 0)) {
		writer_begin(writer, "pending", '{');
		writer_format(writer, "id", "%s/certificates/%s/pending",
			      exchange->base, object->name);
		writer_end(writer, '}');
	}
	if (exchange->api->dated &&
	    certificate_version_part(version)->keeps_order)
		writer_bool(writer, "preserveCertOrder", true);
}

static void certificate_write(Writer *writer, const Exchange *exchange,
			      const Object *object, const Version *version,
			      enum view view)
{
	bool listed = view == VIEW_ITEM || view == VIEW_LISTED;
	const X509 *leaf = certificate_version_part(version)->content.leaf;

	id_write(writer, "id", exchange, "certificates", object,
		 view == VIEW_ITEM ? NULL : version);
	if (leaf && !listed) {
		id_write(writer, "kid", exchange, "keys", object, version);
		id_write(writer, "sid", exchange, "secrets", object, version);
	}
	if (leaf)
		thumbprint_write(writer, leaf);
	if (listed) {
		item_write(writer, exchange, object, version);
		return;
	}
	if (leaf)
		certificate_bytes_write(writer, leaf);
	if (leaf && exchange->api->cert_names && names_version(exchange) &&
	    strcmp(exchange->method, "GET") == 0)
		names_write(writer, leaf);
	bundle_write(writer, exchange, object, version);
}

/* What is not issued yet shows to who asks for it. */
static bool certificate_is_listed(const Exchange *exchange,
				  const Version *version)
{
	const char *pending = exchange_parameter(exchange, "includePending");

	return certificate_version_is_issued(version) ||
	       (pending && strcasecmp(pending, "true") == 0);
}

static void state_save(Writer *writer, const Object *object)
{
	certificate_policy_save(writer, &certificate_state(object)->policy);
}

static int state_load(Object *object, const cJSON *members)
{
	CertificateState *state = certificate_state_make(object);

	return state ? certificate_policy_load(&state->policy, members)
		     : -ENOMEM;
}

/* The family of a certificate that comes back from a backup. */
static int certificate_restore(Exchange *exchange, Object *object)
{
	Vault *vault = exchange->vault;
	int64_t now_us = exchange->now_us;

	for (enum collection_kind kind = COLLECTION_SECRETS;
	     kind <= COLLECTION_KEYS; kind++) {
		if (collection_find(&vault->collections[kind], object->name,
				    now_us))
			return CERTIFICATES_E_REFUSED;
	}
	for (size_t i = 0; i < object->n_versions; i++) {
		int r;

		if (!certificate_version_is_issued(object->versions[i]))
			continue;
		r = certificate_family_add(vault, object->name,
					   object->versions[i], now_us);
		if (r < 0) {
			certificate_family_remove(vault, object->name);
			return r;
		}
	}
	return 0;
}

const Kind kind_certificate = {
	.collection = COLLECTION_CERTIFICATES,
	.group = PERMISSION_CERTIFICATES,
	.noun = "certificate",
	.title = "Certificate",
	.plural = "certificates",
	.deleted = "deletedcertificates",
	.not_found = "CertificateNotFound",
	.managed = "CertificateManagedByKeyVault",
	.write = certificate_write,
	.is_listed = certificate_is_listed,
	.save = certificate_version_save,
	.load = certificate_version_load,
	.save_object = state_save,
	.load_object = state_load,
	.restore = certificate_restore,
};

int certificates_for_writing(Exchange *exchange, Object **ret, Object **ret_new)
{
	const char *name = exchange->captures[0];
	Object *object = NULL;
	int r = objects_for_writing(exchange, &object, ret_new);

	if (r != 0)
		return r < 0 ? r : CERTIFICATES_E_REFUSED;
	if (certificate_state_is_busy(certificate_state(object))) {
		(void)error_reply(
			exchange, 409, "Conflict", NULL,
			"A new key vault certificate can not be created or "
			"imported while a pending key vault certificate's "
			"status is inProgress.");
		return CERTIFICATES_E_REFUSED;
	}
	if (certificate_family_is_taken(exchange->vault, name,
					exchange->now_us)) {
		(void)error_reply(exchange, 409, "Conflict", NULL,
				  "There is a key or a secret %s that belongs "
				  "to no certificate.",
				  name);
		return CERTIFICATES_E_REFUSED;
	}
	*ret = object;
	return 0;
}

int certificates_attributes(Exchange *exchange, Version *version,
			    const cJSON *body)
{
	int64_t nbf_s = version->nbf_s, exp_s = version->exp_s;
	const char *why = NULL;
	int r = attributes_apply(version, body, &why);

	version->nbf_s = nbf_s;
	version->exp_s = exp_s;
	if (r <= 0)
		return r;
	(void)error_bad_parameter(exchange, "%s", why);
	return CERTIFICATES_E_REFUSED;
}

int certificates_order(Exchange *exchange, bool *ret, const cJSON *body)
{
	int r = JSON_E_ABSENT;

	if (exchange->api->cert_order)
		r = json_get_bool(ret, body, "preserveCertOrder");
	if (r == 0 || r == JSON_E_ABSENT)
		return 0;
	(void)error_bad_parameter(exchange, "The property "
					    "\"preserveCertOrder\" is not "
					    "true or false.");
	return CERTIFICATES_E_REFUSED;
}

static int certificate_get(Exchange *exchange)
{
	Object *object;
	Version *version;

	if (!objects_find(exchange, &object, &version))
		return 0;
	return objects_reply(exchange, object, version, VIEW_FULL);
}

/* Put the policy in @body on @state's, if it is right. */
static int policy_change(Exchange *exchange, CertificateState *state,
			 const cJSON *body)
{
	AKV_CLEANUP(certificate_policy_done) CertificatePolicy policy = {0};
	const char *why = NULL;
	int r = certificate_policy_copy(&policy, &state->policy);

	if (r == 0)
		r = certificate_policy_apply(&policy, body, &why);
	if (r == 0)
		r = certificate_policy_check(&policy, &why);
	if (r == CERTIFICATE_POLICY_E_INVALID) {
		(void)error_bad_parameter(exchange, "%s", why);
		return CERTIFICATES_E_REFUSED;
	}
	if (r < 0)
		return r;
	policy.updated_s = exchange->now_us / (int64_t)CLOCK_US_PER_S;
	certificate_policy_done(&state->policy);
	state->policy = policy;
	policy = (CertificatePolicy){0};
	return 0;
}

/* Attributes are tried first: what is refused must change nothing. */
static int attributes_try(Exchange *exchange, const cJSON *body)
{
	AKV_CLEANUP(version_freep) Version *trial = NULL;
	int r = version_new(&trial, exchange->now_us);

	return r == 0 ? certificates_attributes(exchange, trial, body) : r;
}

static int certificate_update(Exchange *exchange)
{
	AKV_JSON cJSON *body = NULL;
	const cJSON *policy;
	Object *object;
	Version *version;
	int r;

	if (!objects_body(exchange, &body))
		return 0;
	r = attributes_try(exchange, body);
	if (r != 0)
		return AKV_MIN(r, 0);
	if (!objects_find(exchange, &object, &version))
		return 0;
	r = json_get(&policy, body, "policy");
	if (r == 0)
		r = policy_change(exchange, certificate_state(object), policy);
	else if (r == JSON_E_ABSENT)
		r = 0;
	if (r == 0)
		r = certificates_attributes(exchange, version, body);
	if (r != 0)
		return AKV_MIN(r, 0);
	version->updated_s = exchange->now_us / (int64_t)CLOCK_US_PER_S;
	r = certificate_family_follow(exchange->vault, object->name, version,
				      exchange->now_us);
	return r < 0 ? r : objects_reply(exchange, object, version, VIEW_FULL);
}

static int policy_reply(Exchange *exchange, const Object *object)
{
	exchange_reply(exchange, 200);
	writer_begin(&exchange->writer, NULL, '{');
	policy_write(&exchange->writer, exchange, object);
	writer_end(&exchange->writer, '}');
	return 0;
}

static int certificate_policy_get(Exchange *exchange)
{
	Object *object;
	Version *version;

	if (!objects_find(exchange, &object, &version))
		return 0;
	return policy_reply(exchange, object);
}

static int certificate_policy_patch(Exchange *exchange)
{
	AKV_JSON cJSON *body = NULL;
	Object *object;
	Version *version;
	int r;

	if (!objects_body(exchange, &body) ||
	    !objects_find(exchange, &object, &version))
		return 0;
	r = policy_change(exchange, certificate_state(object), body);
	return r == 0 ? policy_reply(exchange, object) : AKV_MIN(r, 0);
}

/* After a request that may have changed the state: the family's too. */
static int family_share(Exchange *exchange, int r)
{
	Collection *collection =
		&exchange->vault->collections[COLLECTION_CERTIFICATES];
	const Object *object;

	if (r < 0 || exchange->status >= 300)
		return r;
	/* One that is gone, for want of soft delete, is not found any more. */
	object = collection_find(collection, exchange->captures[0],
				 exchange->now_us);
	if (!object) {
		certificate_family_remove(exchange->vault,
					  exchange->captures[0]);
		return 0;
	}
	certificate_family_share_state(exchange->vault, object,
				       exchange->now_us);
	if (object->state == OBJECT_RECOVERING &&
	    certificate_state_is_busy(certificate_state(object)))
		certificate_operations_expect(exchange->vault,
					      object->until_us);
	return 0;
}

static int certificate_delete(Exchange *exchange)
{
	return family_share(exchange, objects_delete(exchange));
}

static int certificate_recover(Exchange *exchange)
{
	return family_share(exchange, objects_recover(exchange));
}

static int certificate_purge(Exchange *exchange)
{
	return family_share(exchange, objects_purge(exchange));
}

#define ROUTE(method, pattern, handler, permission)                     \
	{                                                               \
		method, pattern, handler, &kind_certificate, permission \
	}

static const Route routes[] = {
	ROUTE("GET", "certificates", objects_list, "list"),
	ROUTE("POST", "certificates/restore", backup_restore, "restore"),
	ROUTE("GET", "certificates/contacts", contacts_get, "manageContacts"),
	ROUTE("PUT", "certificates/contacts", contacts_put, "manageContacts"),
	ROUTE("DELETE", "certificates/contacts", contacts_delete,
	      "manageContacts"),
	ROUTE("GET", "certificates/issuers", issuers_list, "listIssuers"),
	ROUTE("GET", "certificates/issuers/*", issuer_get, "getIssuers"),
	ROUTE("PUT", "certificates/issuers/*", issuer_put, "setIssuers"),
	ROUTE("PATCH", "certificates/issuers/*", issuer_patch, "setIssuers"),
	ROUTE("DELETE", "certificates/issuers/*", issuer_delete,
	      "deleteIssuers"),
	ROUTE("GET", "certificates/*", certificate_get, "get"),
	ROUTE("PATCH", "certificates/*", certificate_update, "update"),
	ROUTE("DELETE", "certificates/*", certificate_delete, "delete"),
	ROUTE("POST", "certificates/*/create", certificate_create, "create"),
	ROUTE("POST", "certificates/*/import", certificate_import, "import"),
	ROUTE("GET", "certificates/*/versions", objects_list_versions, "list"),
	ROUTE("POST", "certificates/*/backup", backup_make, "backup"),
	ROUTE("GET", "certificates/*/policy", certificate_policy_get, "get"),
	ROUTE("PATCH", "certificates/*/policy", certificate_policy_patch,
	      "update"),
	ROUTE("GET", "certificates/*/pending", certificate_pending_get, "get"),
	ROUTE("PATCH", "certificates/*/pending", certificate_pending_patch,
	      "update"),
	ROUTE("DELETE", "certificates/*/pending", certificate_pending_delete,
	      "delete"),
	ROUTE("POST", "certificates/*/pending/merge", certificate_merge,
	      "create"),
	ROUTE("GET", "certificates/*/*", certificate_get, "get"),
	ROUTE("PATCH", "certificates/*/*", certificate_update, "update"),
	ROUTE("GET", "deletedcertificates", objects_list_deleted, "list"),
	ROUTE("GET", "deletedcertificates/*", objects_get_deleted, "get"),
	ROUTE("DELETE", "deletedcertificates/*", certificate_purge, "purge"),
	ROUTE("POST", "deletedcertificates/*/recover", certificate_recover,
	      "recover"),
};

const RouteTable certificate_routes = ROUTE_TABLE(routes);
