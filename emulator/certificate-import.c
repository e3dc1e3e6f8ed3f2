/* SPDX-License-Identifier: MIT */

/* Runs with the emulator's lock held, inside a handler. */

#include "emulator/certificate-import.h"

#include "base/base64.h"
#include "base/clock.h"
#include "base/json.h"
#include "emulator/certificate-family.h"
#include "emulator/certificate-operation.h"
#include "emulator/certificate-version.h"
#include "emulator/certificates.h"
#include "emulator/errors.h"
#include "emulator/objects.h"

/* Base64 as tools write it, with line ends. */
static int base64_text_decode(Buf *ret, const char *text)
{
	AKV_BUF Buf plain = BUF_INIT(BUF_MAX_FILE);
	int r = 0;

	for (; *text && r == 0; text++) {
		if (!strchr(" \t\r\n", *text))
			r = buf_append_char(&plain, *text);
	}
	return r == 0 ? base64_decode(ret, BASE64_STANDARD, plain.p, plain.n)
		      : r;
}

static int pfx_parse(CertificateContent *ret, const char *value,
		     const char *password, const char **why)
{
	AKV_BUF Buf der = BUF_INIT(BUF_MAX_FILE);
	int r = base64_text_decode(&der, value);

	if (r == -ENOMEM)
		return r;
	*why = "Format of Pkcs12 value is invalid.";
	if (r != 0)
		return IMPORT_E_INVALID;
	*why = "Pkcs12 value is invalid.";
	return certificate_content_parse_pfx(ret, der.p, der.n, password);
}

/* Some clients put base64 around PEM as well; the service does not mind. */
static int pem_parse(CertificateContent *ret, const char *value,
		     const char *password)
{
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_FILE);
	int r;

	if (strstr(value, "-----BEGIN "))
		return certificate_content_parse_pem(ret, value, strlen(value),
						     password);
	r = base64_text_decode(&text, value);
	if (r != 0)
		return r == -ENOMEM ? r : CONTENT_E_FORMAT;
	return certificate_content_parse_pem(ret, text.p, text.n, password);
}

int certificate_import_parse(CertificateContent *ret,
			     const CertificatePolicy *policy, const char *value,
			     const char *password, const char **why)
{
	int r;

	*why = "The specified PEM X.509 certificate content is in an "
	       "unexpected format. Please check if certificate is in valid "
	       "PEM format.";
	if (certificate_policy_is_pem(policy))
		r = pem_parse(ret, value, password);
	else
		r = pfx_parse(ret, value, password, why);
	if (r == CONTENT_E_KEY)
		*why = "The specified X.509 certificate content can not be "
		       "read: it has no private key.";
	if (r == CONTENT_E_MISMATCH)
		*why = "The public key of the end-entity certificate in the "
		       "specified X.509 certificate content does not match "
		       "the public part of the specified private key. Please "
		       "check if certificate is valid.";
	return r > 0 ? IMPORT_E_INVALID : r;
}

int certificate_import_describe(CertificatePolicy *policy,
				const CertificateContent *content,
				const char **why)
{
	bool hsm = certificate_policy_shape(policy).hsm;
	AKV_CLEANUP(key_material_freep) KeyMaterial *material = NULL;
	int r = key_material_import(&material, content->key, hsm);

	*why = "The key of the certificate is not supported: RSA of 2048 to "
	       "4096 bits, or EC with the curve P-256, P-384, P-521 or "
	       "P-256K.";
	if (r == 0)
		r = certificate_policy_describe(policy, content->leaf,
						material);
	if (r == 0)
		r = certificate_policy_complete(policy);
	return r > 0 ? IMPORT_E_INVALID : r;
}

/* value, pwd and policy. IMPORT_E_INVALID with *@why set. */
static int body_parse(CertificateContent *ret, CertificatePolicy *ret_policy,
		      const Exchange *exchange, const cJSON *body,
		      const char **why)
{
	const char *value, *password = "";
	const cJSON *given;
	int r;

	*why = "The property \"value\" must be specified.";
	r = json_get_string(&value, body, "value");
	if (r != 0)
		return IMPORT_E_INVALID;
	*why = "The property \"pwd\" is not a string.";
	r = json_get_string(&password, body, "pwd");
	if (r != 0 && r != JSON_E_ABSENT)
		return IMPORT_E_INVALID;
	r = certificate_policy_init(ret_policy,
				    exchange->now_us / (int64_t)CLOCK_US_PER_S);
	if (r == 0 && json_get(&given, body, "policy") != JSON_E_ABSENT)
		r = certificate_policy_apply(
			ret_policy,
			cJSON_GetObjectItemCaseSensitive(body, "policy"), why);
	if (r == 0)
		r = certificate_import_parse(ret, ret_policy, value, password,
					     why);
	if (r == 0)
		r = certificate_import_describe(ret_policy, ret, why);
	return r > 0 ? IMPORT_E_INVALID : r;
}

static int version_make(Version **ret, Exchange *exchange,
			const CertificatePolicy *policy,
			CertificateContent *content, const cJSON *body)
{
	AKV_CLEANUP(version_freep) Version *version = NULL;
	CertificatePart part = {
		.exportable = certificate_policy_exportable(policy),
		.hsm = certificate_policy_shape(policy).hsm,
		.is_pem = certificate_policy_is_pem(policy),
	};
	int r = certificates_order(exchange, &part.keeps_order, body);

	if (r != 0)
		return r;
	part.content = *content;
	*content = (CertificateContent){0};
	r = certificate_version_new(&version, &part, exchange->now_us);
	certificate_content_done(&part.content);
	if (r == 0)
		r = certificate_version_issue(version);
	if (r == 0)
		r = certificates_attributes(exchange, version, body);
	if (r == 0)
		*ret = AKV_TAKE(version);
	return r;
}

/* Takes all of them over. */
static int version_add(Exchange *exchange, Version **version,
		       CertificatePolicy *policy)
{
	AKV_CLEANUP(object_freep) Object *fresh = NULL;
	const Version *added = *version;
	CertificateState *state;
	Object *object = NULL;
	int r = certificates_for_writing(exchange, &object, &fresh);

	if (r != 0)
		return AKV_MIN(r, 0);
	state = certificate_state_make(object);
	r = state ? object_add_version(object, version) : -ENOMEM;
	if (r == 0)
		r = certificate_family_add(exchange->vault, object->name, added,
					   exchange->now_us);
	if (r < 0)
		return r;
	/* What was asked for before has nothing to do with this one. */
	state->operation = certificate_operation_free(state->operation);
	certificate_policy_done(&state->policy);
	state->policy = *policy;
	*policy = (CertificatePolicy){0};
	if (fresh)
		r = collection_add(objects_collection(exchange), &fresh);
	return r < 0 ? r : objects_reply(exchange, object, added, VIEW_FULL);
}

int certificate_import(Exchange *exchange)
{
	AKV_CLEANUP(certificate_content_done) CertificateContent content = {0};
	AKV_CLEANUP(certificate_policy_done) CertificatePolicy policy = {0};
	AKV_CLEANUP(version_freep) Version *version = NULL;
	AKV_JSON cJSON *body = NULL;
	const char *why = NULL;
	int r;

	if (!objects_body(exchange, &body))
		return 0;
	r = body_parse(&content, &policy, exchange, body, &why);
	if (r == IMPORT_E_INVALID)
		return error_bad_parameter(exchange, "%s", why);
	if (r == 0)
		r = version_make(&version, exchange, &policy, &content, body);
	if (r != 0)
		return AKV_MIN(r, 0);
	return version_add(exchange, &version, &policy);
}
