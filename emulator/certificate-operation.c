/* SPDX-License-Identifier: MIT */

/* Called with the emulator's lock held. */

#include "emulator/certificate-operation.h"

#include <strings.h>

#include "base/base64.h"
#include "base/clock.h"
#include "emulator/certificate-family.h"
#include "emulator/certificate-version.h"
#include "emulator/x509-make.h"

CertificateOperation *
certificate_operation_free(CertificateOperation *operation)
{
	if (!operation)
		return NULL;
	if (operation->is_held)
		(void)version_free(operation->version);
	sk_X509_pop_free(operation->issued, X509_free);
	cJSON_Delete(operation->tags);
	free(operation->issuer);
	free(operation->request);
	free(operation);
	return NULL;
}

static int request_encode(char **ret, X509_REQ *request)
{
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_FILE);
	unsigned char *der = NULL;
	int n = i2d_X509_REQ(request, &der);
	int r;

	if (n <= 0)
		return -EIO;
	r = base64_encode(&text, BASE64_STANDARD, der, (size_t)n);
	OPENSSL_free(der);
	return r == 0 ? buf_take(&text, ret) : r;
}

int certificate_operation_new(CertificateOperation **ret,
			      const CertificatePolicy *policy, EVP_PKEY *key)
{
	AKV_CLEANUP(certificate_operation_freep)
	CertificateOperation *operation = calloc(1, sizeof(*operation));
	X509_REQ *request = NULL;
	int r;

	if (!operation)
		return -ENOMEM;
	random_version(operation->id);
	operation->issuer = strdup(certificate_policy_issuer(policy));
	if (!operation->issuer)
		return -ENOMEM;
	r = x509_make_request(&request, certificate_policy_properties(policy),
			      key);
	if (r == 0)
		r = request_encode(&operation->request, request);
	X509_REQ_free(request);
	if (r == 0)
		*ret = AKV_TAKE(operation);
	return r > 0 ? -EIO : r;
}

static void state_free(void *payload)
{
	CertificateState *state = payload;

	if (!state)
		return;
	certificate_policy_done(&state->policy);
	(void)certificate_operation_free(state->operation);
	free(state);
}

CertificateState *certificate_state_make(Object *object)
{
	if (!object->payload) {
		object->payload = calloc(1, sizeof(CertificateState));
		object->payload_free = state_free;
	}
	return object->payload;
}

CertificateState *certificate_state(const Object *object)
{
	return object->payload;
}

bool certificate_state_is_busy(const CertificateState *state)
{
	return state && state->operation &&
	       state->operation->status == OPERATION_IN_PROGRESS;
}

/* On a copy of the part first: what does not fit must change nothing. */
static int version_issue(Version *version, CertificateOperation *operation)
{
	CertificatePart *part = certificate_version_part(version);
	CertificateContent before = part->content;
	int r;

	part->content.chain = operation->issued;
	r = certificate_version_issue(version);
	if (r != 0) {
		part->content = before;
		return r;
	}
	operation->issued = NULL;
	return 0;
}

/* Put a copy of @from, which may be NULL, in the place of *@ret. */
static int tags_copy(cJSON **ret, const cJSON *from)
{
	cJSON *copy = from ? cJSON_Duplicate(from, true) : NULL;

	if (from && !copy)
		return -ENOMEM;
	cJSON_Delete(*ret);
	*ret = copy;
	return 0;
}

int certificate_operation_note(CertificateOperation *operation)
{
	Version *version = operation->version;

	operation->enabled = version->enabled;
	version->enabled = false;
	return tags_copy(&operation->tags, version->tags);
}

int certificate_operation_recall(CertificateOperation *operation)
{
	operation->version->enabled = operation->enabled;
	return tags_copy(&operation->version->tags, operation->tags);
}

int certificate_operation_complete(Vault *vault, Object *object, int64_t now_us)
{
	CertificateOperation *operation = certificate_state(object)->operation;
	Version *version = operation->version;
	int r = version_issue(version, operation);

	if (r == 0)
		r = certificate_operation_recall(operation);
	if (r != 0)
		return r;
	/* What is issued has another id than what waited for it. */
	random_version(version->id);
	version->created_s = now_us / (int64_t)CLOCK_US_PER_S;
	version->updated_s = version->created_s;
	if (operation->is_held) {
		operation->is_held = false;
		r = object_add_version(object, &version);
	}
	if (r == 0)
		r = certificate_family_add(vault, object->name,
					   operation->version, now_us);
	operation->status = OPERATION_COMPLETED;
	return r;
}

void certificate_operations_expect(Vault *vault, int64_t at_us)
{
	if (vault->certificates_due_us == 0 ||
	    at_us < vault->certificates_due_us)
		vault->certificates_due_us = at_us;
}

/* End it if it is due, else look again when it will be. */
static int operation_settle(Vault *vault, Object *object, int64_t now_us)
{
	CertificateState *state = certificate_state(object);
	CertificateOperation *operation;

	if (!certificate_state_is_busy(state))
		return 0;
	operation = state->operation;
	if (operation->due_us == 0)
		return 0;
	switch (object_state(object, now_us)) {
	case OBJECT_LIVE:
		break;
	case OBJECT_RECOVERING:
		certificate_operations_expect(vault, object->until_us);
		return 0;
	default:
		return 0; /* it rests while it is deleted */
	}
	if (now_us < operation->due_us) {
		certificate_operations_expect(vault, operation->due_us);
		return 0;
	}
	if (operation->is_cancelled) {
		operation->status = OPERATION_CANCELLED;
		return 0;
	}
	return certificate_operation_complete(vault, object, operation->due_us);
}

int certificate_operations_settle(Vault *vault, int64_t now_us)
{
	Collection *collection = &vault->collections[COLLECTION_CERTIFICATES];

	if (vault->certificates_due_us == 0 ||
	    now_us < vault->certificates_due_us)
		return 0;
	vault->certificates_due_us = 0;
	for (size_t i = 0; i < collection->n; i++) {
		int r = operation_settle(vault, collection->objects[i], now_us);

		if (r != 0)
			return r > 0 ? -EIO : r;
	}
	return 0;
}

static void details_write(Writer *writer, const CertificateOperation *operation)
{
	if (strcasecmp(operation->issuer, "Unknown") == 0)
		writer_string(writer, "status_details",
			      "Pending certificate created. Please Perform "
			      "Merge to complete the request.");
	else
		writer_string(writer, "status_details",
			      "Pending certificate created. Certificate "
			      "request is in progress. This may take some time "
			      "based on the issuer provider. Please check "
			      "again later.");
}

void certificate_operation_write(Exchange *exchange, const Object *object,
				 const CertificateOperation *operation)
{
	static const char *const statuses[] = {
		[OPERATION_IN_PROGRESS] = "inProgress",
		[OPERATION_COMPLETED] = "completed",
		[OPERATION_CANCELLED] = "cancelled",
	};
	Writer *writer = &exchange->writer;

	writer_begin(writer, NULL, '{');
	writer_format(writer, "id", "%s/certificates/%s/pending",
		      exchange->base, object->name);
	writer_begin(writer, "issuer", '{');
	writer_string(writer, "name", operation->issuer);
	writer_end(writer, '}');
	writer_string(writer, "csr", operation->request);
	writer_bool(writer, "cancellation_requested", operation->is_cancelled);
	writer_string(writer, "status", statuses[operation->status]);
	if (operation->status == OPERATION_IN_PROGRESS)
		details_write(writer, operation);
	if (operation->status == OPERATION_COMPLETED)
		writer_format(writer, "target", "%s/certificates/%s",
			      exchange->base, object->name);
	writer_string(writer, "request_id", operation->id);
	writer_end(writer, '}');
}
