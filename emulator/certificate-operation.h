/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * certificate-operation - a certificate that was asked for
 *
 * It has a signing request, and ends when a certificate is there, or when it is
 * cancelled. What issuers make comes after a while; what somebody else signs is
 * merged. With the policy it is the payload of the certificate's Object.
 */

#include "base/std.h"
#include "emulator/certificate-policy.h"
#include "emulator/exchange.h"
#include "emulator/object.h"

enum operation_status {
	OPERATION_IN_PROGRESS,
	OPERATION_COMPLETED,
	OPERATION_CANCELLED,
};

typedef struct CertificateOperation {
	enum operation_status status;
	char id[VERSION_LENGTH + 1]; /* "request_id" */
	char *issuer;                /* owned: its name */
	char *request;               /* owned: PKCS #10, in base64 */
	bool is_cancelled;           /* so it was asked */
	bool enabled;                /* what the certificate is to be, ... */
	cJSON *tags;                 /* owned: ... and have; or NULL */
	int64_t due_us;              /* when it ends by itself; 0: never */
	STACK_OF(X509) * issued;     /* owned: what will be there then */
	Version *version;            /* borrowed, or owned as held says */
	bool is_held;                /* version is not its object's yet */
} CertificateOperation;

CertificateOperation *
certificate_operation_free(CertificateOperation *operation);
AKV_DEFINE_CLEANUP(CertificateOperation *, certificate_operation_free);

/* A new one for @key, by @policy. 0, -ENOMEM or -EIO. */
AKV_MUST_CHECK int certificate_operation_new(CertificateOperation **ret,
					     const CertificatePolicy *policy,
					     EVP_PKEY *key);

/* What a certificate has besides its versions. */
typedef struct CertificateState {
	CertificatePolicy policy;
	CertificateOperation *operation; /* owned, or NULL */
} CertificateState;

/* Of @object; made on it if it has none. NULL without memory. */
CertificateState *certificate_state_make(Object *object);
CertificateState *certificate_state(const Object *object);

/* Is something under way? */
bool certificate_state_is_busy(const CertificateState *state);

/*
 * Take down what its version is now: that is what it will be when it is issued,
 * whatever is changed while it waits; until then it is disabled. And put that
 * back. 0 or -ENOMEM.
 */
AKV_MUST_CHECK int certificate_operation_note(CertificateOperation *operation);
AKV_MUST_CHECK int
certificate_operation_recall(CertificateOperation *operation);

/*
 * Put the certificate into its place, as of @now_us, with its key and secret.
 * Returns 0, a negative errno, or CONTENT_E_MISMATCH (certificate-content.h)
 * if what was issued is not for the key; then nothing has changed.
 */
AKV_MUST_CHECK int certificate_operation_complete(Vault *vault, Object *object,
						  int64_t now_us);

/* End what is due. 0 or a negative errno. */
AKV_MUST_CHECK int certificate_operations_settle(Vault *vault, int64_t now_us);

/* See to it that certificate_operations_settle() looks then. */
void certificate_operations_expect(Vault *vault, int64_t at_us);

/* Write its members. */
void certificate_operation_write(Exchange *exchange, const Object *object,
				 const CertificateOperation *operation);
