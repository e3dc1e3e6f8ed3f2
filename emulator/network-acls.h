/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * network-acls - the networkAcls of a vault, in the form the service keeps
 *
 * An address alone gets its "/32", the ids of subnets are written small, and
 * rules that let everybody in are not kept at all.
 */

#include <cjson/cJSON.h>

#include "base/std.h"

enum {
	NETWORK_IP_RULES_MAX = 1000,
	NETWORK_SUBNETS_MAX = 200,
};

/*
 * Set *@ret to what is kept of @acls, NULL for nothing; the caller deletes it.
 * Returns 0, -ENOMEM, or NETWORK_ACLS_E_INVALID with *@why static text.
 */
enum { NETWORK_ACLS_E_INVALID = 1 };
AKV_MUST_CHECK int network_acls_parse(cJSON **ret, const cJSON *acls,
				      const char **why);

/* "1.2.3.4" to "1.2.3.4/32"; false if it is no IPv4 address or network. */
enum { NETWORK_TEXT_SIZE = 20 };
bool network_normalize(char ret[NETWORK_TEXT_SIZE], const char *text);

/* Do @acls (as kept; NULL: none) let a client at @address in? */
bool network_acls_allow(const cJSON *acls, const char *address);
