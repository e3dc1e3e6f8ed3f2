/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * api-version - the versions of the data plane, and what each added
 */

#include "base/std.h"

typedef struct ApiVersion {
	const char *name;
	bool storage;          /* managed storage accounts */
	bool soft_delete;      /* deleted objects, recoveryLevel */
	bool recoverable_days; /* attributes.recoverableDays */
	bool cipher_sides;     /* iv, aad and tag; public_exponent */
	bool cert_names;       /* subject, issuer, ... of a certificate */
	bool rotation;         /* of keys; exportable, release_policy */
	bool hsm_platform;     /* attributes.hsmPlatform */
	bool cert_order;       /* preserveCertOrder */
	bool dated;            /* previousVersion, outContentType */
} ApiVersion;

/* The version of that name, also "NAME-preview" and so on; or NULL. */
const ApiVersion *api_version_find(const char *name);

/* The newest stable one, which errors recommend. */
const char *api_version_newest(void);
