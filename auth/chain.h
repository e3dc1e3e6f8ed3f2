/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * chain - auth=auto: the sources of this place, one after the other
 *
 * It goes on only when a source is not there; one that is there and fails ends
 * it, so that a wrong secret is not hidden by another identity. The first
 * that gives a token is the one for the life of the mount: what an identity
 * may read must not change because a service was down. For credential.c, for
 * akvfs doctor, which looks at each source by itself, and for tests.
 */

#include "auth/credential.h"

/* Numbers that outlive a worker: CredentialConfig.chosen. */
enum chain_source {
	CHAIN_SECRET = 1,
	CHAIN_CERTIFICATE,
	CHAIN_WORKLOAD,
	CHAIN_MANAGED,
	CHAIN_AZ,
	CHAIN_AZD,
};

extern const CredentialOps chain_ops;

typedef struct ChainSource {
	enum chain_source source;
	const char *kind; /* what auth= calls it, used alone */
	const char *name; /* Credential.name */
	const CredentialOps *ops;
	const char *absent; /* what is said where it is not configured */
} ChainSource;

/* Source @i in the order in which they are tried; NULL behind the last. */
const ChainSource *chain_source_at(size_t i);

/*
 * What AZURE_TOKEN_CREDENTIALS means: "prod", "dev", or one name of the SDKs'
 * ("ManagedIdentityCredential", ...), in any case; "" and NULL mean all. A bit
 * (1 << enum chain_source) per source, or 0 for what it does not know.
 */
unsigned chain_sources(const char *preference);
