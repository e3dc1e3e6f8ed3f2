/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * managed-host - the services that hand out tokens of managed identities
 *
 * Each place where Azure runs has its own: another address, another version,
 * another header, another spelling of the same id. Which one it is, is told by
 * what the place has set in the environment, without a request. (Reference:
 * "managed identities", and the clients of Microsoft's SDKs.)
 */

#include "auth/credential.h"

enum managed_host {
	MANAGED_SERVICE_FABRIC,
	MANAGED_APP_SERVICE, /* Functions, Container Apps, Automation, too */
	MANAGED_MACHINE_LEARNING,
	MANAGED_CLOUD_SHELL,
	MANAGED_ARC,
	MANAGED_IMDS, /* a virtual machine: the instance metadata service */
};

enum managed_host managed_host_of(const ManagedConfig *config);
const char *managed_host_text(enum managed_host host); /* "Azure Arc" */

/*
 * Append the URL to ask at: a GET's with its query, or for Cloud Shell, whose
 * question is a form, the plain one. Returns 0, MANAGED_E_REFUSED with a
 * sentence in @why (an id that this host does not take, an address that may not
 * be asked in clear), or what buf_append() does.
 */
enum { MANAGED_E_REFUSED = 1 };
AKV_MUST_CHECK int managed_host_url(Buf *url, enum managed_host host,
				    const ManagedConfig *config,
				    const char *resource, char *why,
				    size_t why_size);

/* The user-assigned identity's id, "" for the system-assigned one; and its
 * name as @host spells it. */
const char *managed_host_id(enum managed_host host, const ManagedConfig *config,
			    const char **ret_name);

/* May @host be spoken to without TLS: this machine, or a private address? */
bool host_may_be_clear(const char *host);

/*
 * The 20 bytes of "A1:B2 c3..." (40 hexadecimal digits). Returns 0 or
 * MANAGED_E_REFUSED.
 */
AKV_MUST_CHECK int thumbprint_parse(unsigned char ret[HTTP_SHA1_SIZE],
				    const char *text);

/*
 * The name of the key file from the Arc agent's challenges: "GUID.key", if it
 * lies in the one folder where the agent puts them. Returns 0 or
 * MANAGED_E_REFUSED.
 */
AKV_MUST_CHECK int arc_key_name(char ret[ARC_KEY_NAME_SIZE],
				const char *const *challenges, size_t n);
