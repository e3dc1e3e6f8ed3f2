/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * federated - sign in as an application, vouched for by a managed identity
 *
 * The managed identity's token for the audience of token exchanges is the
 * application's assertion: so an identity of one tenant signs in to another.
 * For credential.c and its test only.
 */

#include "auth/credential.h"

extern const CredentialOps federated_ops;
