/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * directory - the tenants, and who in them may ask for tokens
 *
 * A principal is an application, a managed identity (an application that hosts
 * vouch for), or a user. It proves who it is by a secret, a certificate, or the
 * token of an issuer that it trusts (a federated credential).
 */

#include <openssl/x509.h>

#include "base/std.h"
#include "emulator/names.h"
#include "emulator/permissions.h"

enum {
	PRINCIPALS_MAX = 1024,
	PRINCIPAL_SECRET_SIZE = 256,
	PRINCIPAL_NAME_SIZE = 256, /* a user's name, a resource id */
	PRINCIPAL_CERTIFICATES_MAX = 8,
	PRINCIPAL_SUBJECTS_MAX = 4,
	PRINCIPAL_FEDERATED_MAX = 20, /* as many as Entra allows */
	TENANTS_MAX = 64,
	DIRECTORY_OBJECTS_MAX = 4096,
	DIRECTORY_NAME_SIZE = 257,
	DIRECTORY_TYPE_SIZE = 24,
};

/* The tenant and the application that exist without any seed. */
#define DIRECTORY_DEFAULT_TENANT "5e1f6d4c-2b3a-4c58-9d7e-8a9b0c1d2e3f"
#define DIRECTORY_DEFAULT_CLIENT "a1b2c3d4-0e5f-4a6b-8c7d-9e0f1a2b3c4d"

/* Of the machine that the metadata endpoints stand for. */
enum assignment { ASSIGNED_NOT, ASSIGNED_SYSTEM, ASSIGNED_USER };

/* Tokens of @issuer for @audience about @subject are this principal's. */
typedef struct FederatedCredential {
	char *issuer, *subject, *audience; /* owned */
} FederatedCredential;

/* Any certificate of that subject by that issuer is this principal's. */
typedef struct TrustedSubject {
	char *subject; /* owned: a common name */
	X509 *issuer;  /* owned */
} TrustedSubject;

typedef struct Principal {
	char client_id[CLIENT_ID_SIZE];
	char object_id[GUID_SIZE]; /* of the service principal, of the user */
	char tenant[GUID_SIZE];
	char name[DIRECTORY_NAME_SIZE];     /* display name */
	bool graph;                         /* may read the directory */
	char secret[PRINCIPAL_SECRET_SIZE]; /* "": it has none */
	char user[PRINCIPAL_NAME_SIZE];     /* user principal name, or "" */
	char resource_id[PRINCIPAL_NAME_SIZE];
	enum assignment assignment;
	bool secret_expired, disabled, is_public;
	int refusal; /* the AADSTS number it always gets; 0: none */

	X509 *certificates[PRINCIPAL_CERTIFICATES_MAX]; /* owned */
	size_t n_certificates;
	TrustedSubject subjects[PRINCIPAL_SUBJECTS_MAX];
	size_t n_subjects;
	FederatedCredential federated[PRINCIPAL_FEDERATED_MAX];
	size_t n_federated;
} Principal;

/* What is in a tenant and signs in nowhere here: a user, a group. */
typedef struct DirectoryObject {
	char id[GUID_SIZE];
	char name[DIRECTORY_NAME_SIZE];
	char type[DIRECTORY_TYPE_SIZE]; /* "user", "group", ... */
} DirectoryObject;

typedef struct Directory {
	Principal *principals; /* owned */
	size_t n_principals;
	char tenants[TENANTS_MAX][GUID_SIZE];
	size_t n_tenants;
	DirectoryObject *objects; /* owned */
	size_t n_objects;
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
const Principal *directory_find_object_id(const Directory *directory,
					  const char *object_id);

/*
 * What is shown of a principal, and whether it may read the directory. NULL
 * leaves the name as it is. DIRECTORY_E_INVALID if there is no such principal
 * or the name is too long.
 */
AKV_MUST_CHECK int directory_describe(Directory *directory,
				      const char *client_id, const char *name,
				      const bool *graph);

/* Add or replace. -ENOSPC, -ENOMEM. */
AKV_MUST_CHECK int directory_set_object(Directory *directory,
					const DirectoryObject *object);
const DirectoryObject *directory_find_object(const Directory *directory,
					     const char *id);

/* The same as directory_find(), to be changed. */
Principal *directory_edit(Directory *directory, const char *client_id);

/* Take away what proves who it is, but for the secret. */
void principal_forget_certificates(Principal *principal);
void principal_forget_federated(Principal *principal);
