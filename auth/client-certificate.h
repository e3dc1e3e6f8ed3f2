/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * client-certificate - sign in as an application, with its certificate
 *
 * The file of certificate= is read at each exchange, since certificates rotate
 * where they lie; the password of the file comes from a SecretStore. For
 * credential.c, chain.c and its test only.
 */

#include "auth/credential.h"

extern const CredentialOps client_certificate_ops;
