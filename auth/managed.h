/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * managed - sign in as the identity that Azure gives to where this runs
 *
 * A GET to a service of the place (managed-host.h); Azure Arc asks first for
 * the content of a file that only the administrators of the machine may read.
 * For credential.c, chain.c, federated.c and its test only.
 */

#include "auth/credential.h"

extern const CredentialOps managed_ops;     /* whichever host is there */
extern const CredentialOps managed_arc_ops; /* the Arc agent's only */

/*
 * The same, but asks first, with a second's patience, whether there is an
 * instance metadata service: where managed identity is one of several sources.
 */
extern const CredentialOps managed_probing_ops;

/*
 * It gave a token once, so that it need not be looked for again: from now on
 * its answer is waited for. For a @credential of managed_probing_ops.
 */
void managed_found(Credential *credential);
