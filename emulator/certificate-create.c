/* SPDX-License-Identifier: MIT */

/* Runs with the emulator's lock held, inside a handler. */

#include "emulator/certificate-create.h"

#include <strings.h>

#include "base/base64.h"
#include "base/clock.h"
#include "base/json.h"
#include "emulator/certificate-operation.h"
#include "emulator/certificate-version.h"
#include "emulator/certificate.h"
#include "emulator/certificates.h"
#include "emulator/emulator.h"
#include "emulator/errors.h"
#include "emulator/issuers.h"
#include "emulator/keys.h"
#include "emulator/objects.h"
#include "emulator/x509-make.h"

static bool is_self(const CertificatePolicy *policy)
{
	return strcasecmp(certificate_policy_issuer(policy), "Self") == 0;
}

static bool is_unknown(const CertificatePolicy *policy)
{
	return strcasecmp(certificate_policy_issuer(policy), "Unknown") == 0;
}

/* The certificate that captures[0] names, if it is there; or NULL. */
static Object *object_live(const Exchange *exchange)
{
	Object *object =
		collection_find(objects_collection(exchange),
				exchange->captures[0], exchange->now_us);

	if (!object || object_state(object, exchange->now_us) != OBJECT_LIVE)
		return NULL;
	return object;
}

/* What @body says, or, if it says nothing, what was said before. */
static int policy_take(CertificatePolicy *ret, const Exchange *exchange,
		       const cJSON *body, const char **why)
{
	const Object *object = object_live(exchange);
	const cJSON *given;
	int r = json_get(&given, body, "policy");

	if (r == JSON_E_ABSENT) {
		*why = "The property \"policy\" must be specified.";
		return object ? certificate_policy_copy(
					ret, &certificate_state(object)->policy)
			      : CERTIFICATE_POLICY_E_INVALID;
	}
	*why = "The property \"policy\" is not valid.";
	if (r != 0)
		return CERTIFICATE_POLICY_E_INVALID;
	r = certificate_policy_init(ret,
				    exchange->now_us / (int64_t)CLOCK_US_PER_S);
	if (r == 0)
		r = certificate_policy_apply(ret, given, why);
	if (r == 0)
		r = certificate_policy_complete(ret);
	return r;
}

/* The checked policy; CERTIFICATES_E_REFUSED with the reply made. */
static int policy_from_body(CertificatePolicy *ret, Exchange *exchange,
			    const cJSON *body)
{
	const char *why = NULL;
	int r = policy_take(ret, exchange, body, &why);

	if (r == 0)
		r = certificate_policy_check(ret, &why);
	if (r == 0 && !is_self(ret) && !is_unknown(ret) &&
	    !issuer_find(exchange->vault, certificate_policy_issuer(ret))) {
		why = "The issuer of the policy is neither Self nor Unknown, "
		      "nor one of this key vault.";
		r = CERTIFICATE_POLICY_E_INVALID;
	}
	if (r <= 0)
		return r;
	(void)error_bad_parameter(exchange, "%s", why);
	return CERTIFICATES_E_REFUSED;
}

static bool shapes_equal(const KeyShape *a, const KeyShape *b)
{
	return a->type == b->type && a->hsm == b->hsm &&
	       (a->type == KEY_TYPE_RSA ? a->bits == b->bits
					: a->curve == b->curve);
}

/* The key that is there, if the policy wants to keep it and it fits. */
static EVP_PKEY *key_kept(const Exchange *exchange,
			  const CertificatePolicy *policy)
{
	const Object *object = object_live(exchange);
	const KeyShape wanted = certificate_policy_shape(policy);
	KeyMaterial *material = NULL;
	const CertificatePart *part;
	bool fits;

	if (!object || !certificate_policy_reuses_key(policy))
		return NULL;
	part = certificate_version_part(object->current);
	if (key_material_import(&material, part->content.key, part->hsm) != 0)
		return NULL;
	fits = shapes_equal(&material->shape, &wanted);
	(void)key_material_free(material);
	if (!fits || EVP_PKEY_up_ref(part->content.key) != 1)
		return NULL;
	return part->content.key;
}

/* May let the lock go. CERTIFICATES_E_REFUSED with the reply made. */
static int key_take(EVP_PKEY **ret, Exchange *exchange,
		    const CertificatePolicy *policy)
{
	const KeyShape shape = certificate_policy_shape(policy);
	KeyMaterial *material = NULL;
	EVP_PKEY *kept = key_kept(exchange, policy);
	int r;

	if (kept) {
		*ret = kept;
		return 0;
	}
	r = keys_generate(exchange, &material, &shape);
	if (r != 0)
		return r < 0 ? r : CERTIFICATES_E_REFUSED;
	*ret = AKV_TAKE(material->pkey);
	(void)key_material_free(material);
	return 0;
}

/* What the issuer will hand out; nothing where it is somebody else. */
static int certificate_issue(CertificateOperation *operation,
			     const Exchange *exchange,
			     const CertificatePolicy *policy, EVP_PKEY *key)
{
	const Identity *identity = &exchange->emulator->identity;
	const X509Signer authority = {
		.certificate = identity->authority,
		.key = identity->authority_key,
	};
	CertificateContent issued = {0};
	X509 *leaf = NULL;
	int r;

	if (is_unknown(policy))
		return 0;
	r = x509_make_certificate(&leaf, certificate_policy_properties(policy),
				  key, is_self(policy) ? NULL : &authority,
				  exchange->now_us / (int64_t)CLOCK_US_PER_S);
	if (r == 0)
		r = certificate_content_push(&issued, &leaf);
	if (r == 0 && !is_self(policy) &&
	    X509_up_ref(identity->authority) == 1) {
		X509 *issuer = identity->authority;

		r = certificate_content_push(&issued, &issuer);
		X509_free(issuer);
	}
	X509_free(leaf);
	operation->issued = AKV_TAKE(issued.chain);
	operation->due_us =
		exchange->now_us + exchange->emulator->soft_delete_delay_us;
	return r > 0 ? -EIO : r;
}

/* The version that is waited for; it shows when it would be valid. */
static int version_wait(Version **ret, Exchange *exchange,
			const CertificatePolicy *policy, EVP_PKEY *key,
			const cJSON *body)
{
	AKV_CLEANUP(version_freep) Version *version = NULL;
	int64_t now_s = exchange->now_us / (int64_t)CLOCK_US_PER_S;
	CertificatePart part = {
		.exportable = certificate_policy_exportable(policy),
		.hsm = certificate_policy_shape(policy).hsm,
		.is_pem = certificate_policy_is_pem(policy),
	};
	int64_t months;
	int r = json_get_int64(&months, certificate_policy_properties(policy),
			       "validity_months");

	if (r == 0)
		r = certificates_order(exchange, &part.keeps_order, body);
	if (r != 0)
		return r;
	(void)EVP_PKEY_up_ref(key);
	part.content.key = key;
	r = certificate_version_new(&version, &part, exchange->now_us);
	certificate_content_done(&part.content);
	if (r < 0)
		return r;
	version->nbf_s = now_s - X509_BACKDATED_S;
	version->exp_s = months_after(now_s, (unsigned)months);
	r = certificates_attributes(exchange, version, body);
	if (r == 0)
		*ret = AKV_TAKE(version);
	return r;
}

/* A version among others is held back; the only one is there at once. */
static int operation_attach(Object *object, CertificateOperation *operation,
			    Version **version)
{
	CertificateState *state = certificate_state_make(object);
	int r;

	if (!state)
		return -ENOMEM;
	operation->version = *version;
	r = certificate_operation_note(operation);
	if (r < 0)
		return r;
	if (object->current) {
		operation->is_held = true;
		*version = NULL;
	} else {
		r = object_add_version(object, version);
		if (r < 0)
			return r;
	}
	(void)certificate_operation_free(state->operation);
	state->operation = operation;
	return 0;
}

static int operation_reply(Exchange *exchange, unsigned status,
			   const Object *object)
{
	exchange_reply(exchange, status);
	certificate_operation_write(exchange, object,
				    certificate_state(object)->operation);
	return 0;
}

/* 202, and where to look how it is getting on. */
static int create_reply(Exchange *exchange, const Object *object)
{
	const CertificateOperation *operation =
		certificate_state(object)->operation;
	AKV_BUF Buf location = BUF_INIT(BUF_MAX_URL);
	int r = buf_printf(&location,
			   "%s/certificates/%s/pending?api-version=%s&"
			   "request_id=%s",
			   exchange->base, object->name,
			   exchange_parameter(exchange, "api-version"),
			   operation->id);

	if (r < 0)
		return r;
	(void)operation_reply(exchange, 202, object);
	exchange_add_header(exchange, "Location", location.p);
	if (operation->due_us != 0)
		exchange_add_header(exchange, "Retry-After", "10");
	return 0;
}

/* With everything at hand. Takes the policy over. */
static int create_finish(Exchange *exchange, CertificatePolicy *policy,
			 EVP_PKEY *key, const cJSON *body)
{
	AKV_CLEANUP(certificate_operation_freep)
	CertificateOperation *operation = NULL;
	AKV_CLEANUP(object_freep) Object *fresh = NULL;
	AKV_CLEANUP(version_freep) Version *version = NULL;
	CertificateState *state;
	Object *object = NULL;
	int r;

	r = certificates_for_writing(exchange, &object, &fresh);
	if (r == 0)
		r = version_wait(&version, exchange, policy, key, body);
	if (r == 0)
		r = certificate_operation_new(&operation, policy, key);
	if (r == 0)
		r = certificate_issue(operation, exchange, policy, key);
	if (r == 0)
		r = operation_attach(object, operation, &version);
	if (r != 0)
		return AKV_MIN(r, 0);
	if (operation->due_us != 0)
		certificate_operations_expect(exchange->vault,
					      operation->due_us);
	operation = NULL;
	state = certificate_state(object);
	certificate_policy_done(&state->policy);
	state->policy = *policy;
	*policy = (CertificatePolicy){0};
	if (fresh)
		r = collection_add(objects_collection(exchange), &fresh);
	return r < 0 ? r : create_reply(exchange, object);
}

int certificate_create(Exchange *exchange)
{
	AKV_CLEANUP(certificate_policy_done) CertificatePolicy policy = {0};
	AKV_CLEANUP(object_freep) Object *fresh = NULL;
	AKV_CLEANUP(pkey_freep) EVP_PKEY *key = NULL;
	AKV_JSON cJSON *body = NULL;
	Object *object;
	int r;

	if (!objects_body(exchange, &body))
		return 0;
	r = policy_from_body(&policy, exchange, body);
	/* Asked before as well, so that no key is made in vain. */
	if (r == 0)
		r = certificates_for_writing(exchange, &object, &fresh);
	if (r == 0)
		r = key_take(&key, exchange, &policy);
	if (r != 0)
		return AKV_MIN(r, 0);
	return create_finish(exchange, &policy, key, body);
}

/* The certificate with something pending; NULL with the 404 made. */
static Object *operation_find(Exchange *exchange)
{
	Object *object = object_live(exchange);

	if (object && certificate_state(object)->operation)
		return object;
	(void)error_reply(exchange, 404, "PendingCertificateNotFound", NULL,
			  "Pending certificate not found: %s",
			  exchange->captures[0]);
	return NULL;
}

static bool wants_request(const Exchange *exchange)
{
	return strstr(exchange_header(exchange, "Accept"),
		      "application/pkcs10") != NULL;
}

int certificate_pending_get(Exchange *exchange)
{
	const Object *object = operation_find(exchange);
	const CertificateOperation *operation;
	int r;

	if (!object)
		return 0;
	operation = certificate_state(object)->operation;
	if (wants_request(exchange)) {
		exchange_reply(exchange, 200);
		exchange_add_header(exchange, "Content-Type",
				    "application/pkcs10; charset=utf-8");
		return buf_append_string(&exchange->reply, operation->request);
	}
	r = operation_reply(exchange, 200, object);
	if (operation->status == OPERATION_IN_PROGRESS &&
	    operation->due_us != 0)
		exchange_add_header(exchange, "Retry-After", "10");
	return r;
}

int certificate_pending_patch(Exchange *exchange)
{
	AKV_JSON cJSON *body = NULL;
	CertificateOperation *operation;
	Object *object;
	bool cancel;

	if (!objects_body(exchange, &body))
		return 0;
	if (json_get_bool(&cancel, body, "cancellation_requested") != 0)
		return error_bad_parameter(exchange,
					   "The property "
					   "\"cancellation_requested\" must be "
					   "true or false.");
	object = operation_find(exchange);
	if (!object)
		return 0;
	operation = certificate_state(object)->operation;
	if (cancel && operation->status == OPERATION_IN_PROGRESS) {
		operation->is_cancelled = true;
		operation->due_us = exchange->now_us +
				    exchange->emulator->soft_delete_delay_us;
		certificate_operations_expect(exchange->vault,
					      operation->due_us);
	}
	return operation_reply(exchange, 200, object);
}

int certificate_pending_delete(Exchange *exchange)
{
	Object *object = operation_find(exchange);
	CertificateState *state;

	if (!object)
		return 0;
	state = certificate_state(object);
	(void)operation_reply(exchange, 200, object);
	state->operation = certificate_operation_free(state->operation);
	return 0;
}

/* DER in base64; some clients encode that once more, or send PEM so. */
static int x5c_decode(CertificateContent *ret, const char *text, size_t n,
		      bool again)
{
	AKV_BUF Buf bytes = BUF_INIT(BUF_MAX_FILE);
	const unsigned char *at;
	X509 *certificate;
	int r = base64_decode(&bytes, BASE64_STANDARD, text, n);

	if (r != 0)
		return r == -ENOMEM ? r : CONTENT_E_FORMAT;
	at = (const unsigned char *)bytes.p;
	certificate = d2i_X509(NULL, &at, (long)bytes.n);
	if (!certificate && again &&
	    certificate_parse_pem(&certificate, bytes.p, bytes.n) != 0)
		return x5c_decode(ret, bytes.p, bytes.n, false);
	if (!certificate)
		return CONTENT_E_FORMAT;
	r = certificate_content_push(ret, &certificate);
	X509_free(certificate);
	return r;
}

static int x5c_parse(CertificateContent *ret, const cJSON *body)
{
	const cJSON *list, *item;
	int r = json_get_array(&list, body, "x5c");

	if (r != 0 || !list->child)
		return CONTENT_E_FORMAT;
	cJSON_ArrayForEach (item, list) {
		if (!cJSON_IsString(item))
			return CONTENT_E_FORMAT;
		r = x5c_decode(ret, item->valuestring,
			       strlen(item->valuestring), true);
		if (r != 0)
			return r;
	}
	return 0;
}

static int merge_reply(Exchange *exchange, const Object *object)
{
	AKV_BUF Buf location = BUF_INIT(BUF_MAX_URL);
	int r = buf_printf(&location, "%s/certificates/%s?api-version=%s",
			   exchange->base, object->name,
			   exchange_parameter(exchange, "api-version"));

	if (r == 0)
		r = objects_reply(exchange, object,
				  certificate_state(object)->operation->version,
				  VIEW_FULL);
	exchange->status = 201;
	exchange_add_header(exchange, "Location", location.p);
	return r;
}

/* The certificates of @body, one of which is for the key that waits. */
static int merge_parse(CertificateContent *ret, Exchange *exchange,
		       const Version *version, const cJSON *body)
{
	EVP_PKEY *key = certificate_version_part(version)->content.key;
	int r = x5c_parse(ret, body);

	if (r > 0) {
		(void)error_bad_parameter(
			exchange, "Certificate can not be read. Please check "
				  "if certificate is valid.");
		return CERTIFICATES_E_REFUSED;
	}
	if (r < 0 || EVP_PKEY_up_ref(key) != 1)
		return r;
	ret->key = key;
	r = certificate_content_match(ret);
	if (r == 0)
		return 0;
	(void)error_bad_parameter(
		exchange,
		"The public key of the end-entity certificate in the "
		"specified X.509 certificate content does not match the "
		"public part of the specified private key. Please check if "
		"certificate is valid.");
	return CERTIFICATES_E_REFUSED;
}

static int merge(Exchange *exchange, Object *object, const cJSON *body)
{
	AKV_CLEANUP(certificate_content_done) CertificateContent content = {0};
	CertificateOperation *operation = certificate_state(object)->operation;
	Version *version = operation->version;
	int r = merge_parse(&content, exchange, version, body);

	if (r == 0)
		r = certificate_operation_recall(operation);
	if (r == 0) {
		int noted;

		r = certificates_attributes(exchange, version, body);
		noted = certificate_operation_note(operation);
		r = r == 0 ? noted : r;
	}
	if (r != 0)
		return AKV_MIN(r, 0);
	operation->issued = AKV_TAKE(content.chain);
	r = certificate_operation_complete(exchange->vault, object,
					   exchange->now_us);
	if (r != 0)
		return r > 0 ? -EIO : r;
	return merge_reply(exchange, object);
}

int certificate_merge(Exchange *exchange)
{
	AKV_JSON cJSON *body = NULL;
	CertificateOperation *operation;
	Object *object;

	if (!objects_body(exchange, &body))
		return 0;
	object = operation_find(exchange);
	if (!object)
		return 0;
	operation = certificate_state(object)->operation;
	if (operation->status != OPERATION_IN_PROGRESS || operation->issued)
		return error_reply(exchange, 403, "Forbidden", NULL,
				   "Merge is not allowed: the pending "
				   "certificate does not wait for one.");
	return merge(exchange, object, body);
}
