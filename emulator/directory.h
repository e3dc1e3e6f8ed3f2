/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * directory - the tenants, and the applications that may ask for tokens
 */

#include "base/std.h"
#include "emulator/names.h"
#include "emulator/permissions.h"

enum {
	PRINCIPALS_MAX = 1024,
	PRINCIPAL_SECRET_SIZE = 256,
	TENANTS_MAX = 64,
};

/* The tenant and the application that exist without any seed. */
#define DIRECTORY_DEFAULT_TENANT "5e1f6d4c-2b3a-4c58-9d7e-8a9b0c1d2e3f"
#define DIRECTORY_DEFAULT_CLIENT "a1b2c3d4-0e5f-4a6b-8c7d-9e0f1a2b3c4d"

typedef struct Principal {
	char client_id[CLIENT_ID_SIZE];
	char object_id[GUID_SIZE]; /* of the service principal */
	char tenant[GUID_SIZE];
	char secret[PRINCIPAL_SECRET_SIZE];
} Principal;

typedef struct Directory {
	Principal *principals; /* owned */
	size_t n_principals;
	char tenants[TENANTS_MAX][GUID_SIZE];
	size_t n_tenants;
} Directory;

void directory_done(Directory *directory);

/* Returns 0, DIRECTORY_E_INVALID for an id that is too long, or -ENOSPC. */
enum { DIRECTORY_E_INVALID = 1 };
AKV_MUST_CHECK int directory_add_tenant(Directory *directory,
					const char *tenant);
bool directory_has_tenant(const Directory *directory, const char *tenant);

/*
 * Add an application with its tenant, or replace the secret of one that is
 * there. As above; also -ENOMEM.
 */
AKV_MUST_CHECK int directory_set_principal(Directory *directory,
					   const char *client_id,
					   const char *tenant,
					   const char *secret);

/* NULL if there is none; borrowed until the next change. */
const Principal *directory_find(const Directory *directory,
				const char *client_id);
