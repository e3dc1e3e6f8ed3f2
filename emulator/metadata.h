/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * metadata - the instance metadata service, and what hosts have in its place
 *
 * On a listener of its own, in clear. IMDS and Azure Arc share a path: a
 * request to a loopback address with a version of Arc's is for Arc.
 */

#include "base/std.h"
#include "emulator/exchange.h"
#include "emulator/host-identity.h"

/* Make the reply to a request of the metadata listener. */
AKV_MUST_CHECK int metadata_dispatch(Exchange *exchange);

/* {"error":...,"error_description":...}; returns 0. */
int metadata_error(Exchange *exchange, unsigned status, const char *error,
		   const char *description);

/*
 * What IMDS and Arc have in common once the caller may ask: resource, which
 * identity, its token. @echo: the reply says which identity it is by the ids
 * it was asked by.
 */
AKV_MUST_CHECK int metadata_token(Exchange *exchange,
				  const HostSelector *selector, bool echo);

/* client_id, object_id and msi_res_id, as IMDS spells them. */
void metadata_selector(HostSelector *ret, const Exchange *exchange);
