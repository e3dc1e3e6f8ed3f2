/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * workload - sign in with a token that another issuer wrote into a file
 *
 * Workload identity federation, as Kubernetes and others do it: the content of
 * the file of token_file= is the assertion. It is read at every exchange: who
 * writes it renews it. For credential.c, chain.c and its test only.
 */

#include "auth/credential.h"

extern const CredentialOps workload_ops;

/*
 * A token in @bytes, which may end in white space: printable ASCII without
 * blanks. Returns 0, WORKLOAD_E_INVALID, or -ENOMEM.
 */
enum { WORKLOAD_E_INVALID = 1 };
AKV_MUST_CHECK int workload_token(Secret **ret, const Secret *bytes);
