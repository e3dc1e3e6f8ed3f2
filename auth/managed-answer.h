/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * managed-answer - what the answer of a managed identity's host means
 *
 * Pure: a status and a body that nobody checked, and the number of tries so
 * far; out of it a token, a pause before the next try, or a sentence. The
 * instance metadata service is down for up to 70 s when its machine is
 * updated, and 404 and 410 pass, too.
 */

#include "auth/managed-host.h"

typedef struct ManagedFacts {
	enum managed_host host;
	const char *id_name, *id; /* of a user-assigned identity, or "" */
	unsigned tries;           /* this one included */
	uint32_t random;
} ManagedFacts;

enum { MANAGED_AGAIN = 4 };

/*
 * Returns EXCHANGE_E_*, with what they fill in @exchange, MANAGED_AGAIN with
 * @exchange->until_us, or -ENOMEM.
 */
AKV_MUST_CHECK int managed_answer(Exchange *exchange, const ManagedFacts *facts,
				  const HttpResponse *response);

/* The pause after the @tries-th try, 0: no more are made. */
uint64_t managed_pause_us(enum managed_host host, unsigned tries,
			  uint32_t random);
