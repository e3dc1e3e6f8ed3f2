/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * clouds - which service a host name belongs to, in each of the Azure clouds
 */

#include "base/std.h"
#include "emulator/names.h"

enum { HOST_SIZE = 254 };

typedef struct Cloud {
	const char *name;
	const char *vault_suffix, *hsm_suffix;
	const char *vault_resource, *hsm_resource; /* no slash at the end */
	const char *vault_app; /* Key Vault's application id; NULL: not known */
	const char *login;
	const char *arm, *graph; /* NULL: not known */
	const char *arm_legacy;  /* a resource of older days for arm's */
} Cloud;

enum host_kind {
	HOST_UNKNOWN,
	HOST_VAULT,
	HOST_HSM,
	HOST_LOGIN,
	HOST_ARM,
	HOST_GRAPH,
	HOST_ISSUER, /* of tokens that Entra takes in exchange */
	HOST_DEVOPS, /* Azure Pipelines */
	HOST_LOCAL,  /* localhost or an address: vault and login in one */
};

typedef struct HostMatch {
	enum host_kind kind;
	const Cloud *cloud;    /* the public one if the host does not say */
	char label[HOST_SIZE]; /* what stands before the suffix: the vault */
} HostMatch;

/* @host in lower case, without a port. */
void host_match(HostMatch *ret, const char *host);

/* The audience of tokens for the vault, or the managed HSM, at @where. */
const char *host_resource(const HostMatch *where);

/* Would Entra know a resource of this name? One slash at its end is allowed. */
bool resource_is_known(const char *resource);

/* Is @audience a resource of the management plane? One slash is allowed. */
bool audience_is_arm(const Cloud *cloud, const char *audience);

/* The same of Microsoft Graph, which also has an application id. */
bool audience_is_graph(const Cloud *cloud, const char *audience);

/* Is @audience the application id of Key Vault in that cloud, if any? */
bool audience_is_vault_app(const Cloud *cloud, const char *audience);
