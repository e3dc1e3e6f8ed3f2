/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * device - sign in as a person, who types a code into a browser
 *
 * The device code flow. What keeps the person signed in (a refresh token) is
 * kept in memory only, for the life of the mount: each mount asks again. For
 * credential.c and its test only.
 */

#include "auth/credential.h"

extern const CredentialOps device_ops;
