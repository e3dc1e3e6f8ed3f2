/* SPDX-License-Identifier: MIT */

/* Called with the emulator's lock held. Ids are compared without case. */

#include "emulator/directory.h"

#include <strings.h>

void principal_forget_certificates(Principal *principal)
{
	for (size_t i = 0; i < principal->n_certificates; i++)
		X509_free(principal->certificates[i]);
	for (size_t i = 0; i < principal->n_subjects; i++) {
		free(principal->subjects[i].subject);
		X509_free(principal->subjects[i].issuer);
	}
	principal->n_certificates = 0;
	principal->n_subjects = 0;
}

void principal_forget_federated(Principal *principal)
{
	for (size_t i = 0; i < principal->n_federated; i++) {
		free(principal->federated[i].issuer);
		free(principal->federated[i].subject);
		free(principal->federated[i].audience);
	}
	principal->n_federated = 0;
}

void directory_done(Directory *directory)
{
	for (size_t i = 0; i < directory->n_principals; i++) {
		Principal *principal = &directory->principals[i];

		principal_forget_certificates(principal);
		principal_forget_federated(principal);
		explicit_bzero(principal, sizeof(*principal));
	}
	free(directory->principals);
	free(directory->objects);
	*directory = (Directory){0};
}

bool directory_has_tenant(const Directory *directory, const char *tenant)
{
	for (size_t i = 0; i < directory->n_tenants; i++) {
		if (strcasecmp(directory->tenants[i], tenant) == 0)
			return true;
	}
	return false;
}

int directory_add_tenant(Directory *directory, const char *tenant)
{
	if (strlen(tenant) >= GUID_SIZE || *tenant == '\0')
		return DIRECTORY_E_INVALID;
	if (directory_has_tenant(directory, tenant))
		return 0;
	if (directory->n_tenants == TENANTS_MAX)
		return -ENOSPC;
	(void)snprintf(directory->tenants[directory->n_tenants++], GUID_SIZE,
		       "%s", tenant);
	return 0;
}

Principal *directory_edit(Directory *directory, const char *client_id)
{
	for (size_t i = 0; i < directory->n_principals; i++) {
		Principal *principal = &directory->principals[i];

		if (strcasecmp(principal->client_id, client_id) == 0)
			return principal;
	}
	return NULL;
}

const Principal *directory_find(const Directory *directory,
				const char *client_id)
{
	for (size_t i = 0; i < directory->n_principals; i++) {
		const Principal *principal = &directory->principals[i];

		if (strcasecmp(principal->client_id, client_id) == 0)
			return principal;
	}
	return NULL;
}

static int principal_add(Directory *directory, Principal **ret,
			 const char *client_id)
{
	Principal *principals, *principal;
	char seed[CLIENT_ID_SIZE + 32];

	if (directory->n_principals >= PRINCIPALS_MAX)
		return -ENOSPC;
	principals =
		reallocarray(directory->principals, directory->n_principals + 1,
			     sizeof(*principals));
	if (!principals)
		return -ENOMEM;
	directory->principals = principals;
	principal = &principals[directory->n_principals++];
	*principal = (Principal){0};
	(void)snprintf(principal->client_id, CLIENT_ID_SIZE, "%s", client_id);
	(void)snprintf(seed, sizeof(seed), "service principal of %s",
		       client_id);
	derived_guid(principal->object_id, seed);
	(void)snprintf(principal->name, DIRECTORY_NAME_SIZE, "%s", client_id);
	*ret = principal;
	return 0;
}

int directory_set_principal(Directory *directory, const char *client_id,
			    const char *tenant, const char *secret)
{
	Principal *principal = directory_edit(directory, client_id);
	int r;

	if (strlen(client_id) >= CLIENT_ID_SIZE || *client_id == '\0' ||
	    strlen(secret) >= PRINCIPAL_SECRET_SIZE)
		return DIRECTORY_E_INVALID;
	r = directory_add_tenant(directory, tenant);
	if (r == 0 && !principal)
		r = principal_add(directory, &principal, client_id);
	if (r != 0)
		return r;
	(void)snprintf(principal->tenant, GUID_SIZE, "%s", tenant);
	explicit_bzero(principal->secret, PRINCIPAL_SECRET_SIZE);
	(void)snprintf(principal->secret, PRINCIPAL_SECRET_SIZE, "%s", secret);
	return 0;
}

const Principal *directory_find_object_id(const Directory *directory,
					  const char *object_id)
{
	for (size_t i = 0; i < directory->n_principals; i++) {
		const Principal *principal = &directory->principals[i];

		if (strcasecmp(principal->object_id, object_id) == 0)
			return principal;
	}
	return NULL;
}

int directory_describe(Directory *directory, const char *client_id,
		       const char *name, const bool *graph)
{
	Principal *principal = directory_edit(directory, client_id);

	if (!principal || (name && strlen(name) >= DIRECTORY_NAME_SIZE))
		return DIRECTORY_E_INVALID;
	if (name)
		(void)snprintf(principal->name, DIRECTORY_NAME_SIZE, "%s",
			       name);
	if (graph)
		principal->graph = *graph;
	return 0;
}

static DirectoryObject *object_find(const Directory *directory, const char *id)
{
	for (size_t i = 0; i < directory->n_objects; i++) {
		if (strcasecmp(directory->objects[i].id, id) == 0)
			return &directory->objects[i];
	}
	return NULL;
}

const DirectoryObject *directory_find_object(const Directory *directory,
					     const char *id)
{
	return object_find(directory, id);
}

int directory_set_object(Directory *directory, const DirectoryObject *object)
{
	DirectoryObject *known = object_find(directory, object->id);
	DirectoryObject *grown;

	if (known) {
		*known = *object;
		return 0;
	}
	if (directory->n_objects >= DIRECTORY_OBJECTS_MAX)
		return -ENOSPC;
	grown = reallocarray(directory->objects, directory->n_objects + 1,
			     sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	directory->objects = grown;
	grown[directory->n_objects++] = *object;
	return 0;
}
