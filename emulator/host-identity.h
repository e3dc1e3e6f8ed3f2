/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * host-identity - the managed identities of the one machine that the metadata
 * endpoints stand for, and their tokens
 */

#include "base/std.h"
#include "emulator/directory.h"
#include "emulator/exchange.h"

/* Which of them is asked for; all NULL: the one of the machine. */
typedef struct HostSelector {
	const char *client_id, *object_id, *resource_id; /* borrowed */
} HostSelector;

/* 0, HOST_E_NONE, or HOST_E_SEVERAL: none is asked for, and none stands out. */
enum { HOST_E_NONE = 1, HOST_E_SEVERAL };
AKV_MUST_CHECK int host_identity_find(const Principal **ret,
				      const Directory *directory,
				      const HostSelector *selector);

/* A token as one of the endpoints has it to give. */
typedef struct HostToken {
	Buf text;
	char resource[AUDIENCE_SIZE];
	int64_t life_s, expires_s;
} HostToken;
void host_token_done(HostToken *token);

/*
 * A token of @principal for @resource, which is taken as it is: slash, vault's
 * own URL and all. Returns 0, a negative errno, or HOST_E_RESOURCE: nothing of
 * Azure has that name.
 */
enum { HOST_E_RESOURCE = 3 };
AKV_MUST_CHECK int host_token_make(HostToken *ret, Exchange *exchange,
				   const Principal *principal,
				   const char *resource);
