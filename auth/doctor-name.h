/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * doctor-name - does the vault's name lead to it?
 *
 * The stage "dns" of akvfs doctor. A vault that is missing, one that is deleted
 * and a private DNS zone that is not linked all look the same: the name does
 * not resolve. A vault with a private endpoint is an alias below
 * "privatelink."; where that leads to a public address, the zone is missing.
 */

#include "auth/finding.h"

enum { NAME_ADDRESSES_MAX = 8, NAME_ADDRESS_SIZE = 46 };

enum name_answer {
	NAME_FOUND,
	NAME_ABSENT,  /* there is no such name, or it has no address */
	NAME_UNKNOWN, /* no name server answered */
};

typedef struct NameFacts {
	const char *host, *vault;
	const char *cloud;      /* "public" */
	const char *connect_to; /* of the option; "": none */
	bool proxied;           /* a proxy finds the name, not this machine */
	enum name_answer answer;
	const char *reason; /* of the resolver, where it found nothing */
	char canonical[256];
	char addresses[NAME_ADDRESSES_MAX][NAME_ADDRESS_SIZE];
	size_t n_addresses;
} NameFacts;

void doctor_name(Finding *ret, const NameFacts *facts);

/* Is it an address of a private network, of this link or of this machine? */
bool address_is_private(const char *address);
