/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * sentence - one sentence for a person: what is wrong and what would fix it
 *
 * Made of facts that the service states; commands are those of the Azure
 * command line. The service's own words are bounded and printable, and those
 * of a 401, which may quote a token's header, are never shown.
 */

#include "base/std.h"
#include "vault/answer.h"

typedef struct SentenceFacts {
	const VaultTopic *topic;
	const char *message;      /* error.message, or "" */
	const char *network_info; /* x-ms-keyvault-network-info, or "" */
	const char *reason;       /* libcurl's words, or "" */
} SentenceFacts;

/* Set error->sentence from @facts and the other members of @error. */
void sentence_write(VaultError *error, const SentenceFacts *facts);

/*
 * The command that such a sentence ends with, behind ": ": where it begins; or
 * NULL.
 */
const char *sentence_command(const char *sentence);
