/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * client-secret - sign in as an application, with its client secret
 *
 * The client credentials flow of the Microsoft identity platform: a form is
 * posted to the tenant's token endpoint, v2 (scope=) or v1 (resource=). For
 * credential.c and its test only.
 */

#include "auth/credential.h"

extern const CredentialOps client_secret_ops;
