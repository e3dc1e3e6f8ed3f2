/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * source - the SOURCE of a mount: which vault, and what of it
 *
 * A vault's name ("myvault"), a host, or an https URL whose path chooses a
 * collection; a managed HSM by its host or URL. A host must be below a suffix
 * of auth/cloud.h, or of one that was stated by an option, or it is refused: a
 * token is never sent to a host that only claims to be a vault.
 */

#include "auth/cloud.h"
#include "base/std.h"
#include "base/url.h"
#include "vault/name.h"

typedef struct Source {
	Origin origin;  /* https://myvault.vault.azure.net */
	char vault[64]; /* "myvault" */
	const Cloud *cloud;
	const char *resource; /* of @cloud (for vaults or HSMs), or resource= */
	bool is_hsm;          /* a managed HSM, which holds keys only */
	bool has_collection;  /* SOURCE names one: it is the mount's root */
	enum collection collection;
} Source;

/*
 * @cloud_name may be NULL (public for a bare name, else found by the host). On
 * SOURCE_E_INVALID, @why says in a sentence what is wrong.
 */
enum { SOURCE_E_INVALID = 1 };
AKV_MUST_CHECK int source_parse(Source *ret, const char *text,
				const char *cloud_name, char *why,
				size_t why_size);

/*
 * Likewise, of @custom and no other cloud; see cloud_state(). It must outlive
 * *@ret.
 */
AKV_MUST_CHECK int source_parse_of(Source *ret, const char *text,
				   const Cloud *custom, char *why,
				   size_t why_size);

/* Can what it names have such objects? */
bool source_can_hold(const Source *source, enum collection collection);
