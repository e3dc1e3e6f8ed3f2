/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * cli - sign in as whoever is logged in to az or azd
 *
 * The tool is run as an errand, as the user who mounts. For credential.c,
 * chain.c and its test only.
 */

#include "auth/credential.h"

extern const CredentialOps cli_az_ops;
extern const CredentialOps cli_azd_ops;
