/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * pipelines - sign in from a job of Azure Pipelines
 *
 * The service gives the job an assertion for its service connection, and the
 * authority a token for that. For credential.c and its test only.
 */

#include "auth/credential.h"

extern const CredentialOps pipelines_ops;
