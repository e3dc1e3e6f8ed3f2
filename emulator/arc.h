/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * arc - the agent of Azure Arc, which asks its caller to read a file
 *
 * Step one is answered with 401 and "Basic realm=FILE"; step two has to bring
 * what is in the file, which only root and the group himds can read. Each
 * challenge has a file of its own, good once.
 */

#include "base/std.h"
#include "emulator/exchange.h"

#define ARC_TOKEN_DIR                                          \
	"/var/opt/azcmagent/tokens" /* where clients expect it \
				     */

enum { ARC_KEY_SIZE = 65, ARC_CHALLENGES_MAX = 8 };

typedef struct ArcChallenge {
	char path[512];
	char key[ARC_KEY_SIZE]; /* "": none */
} ArcChallenge;

typedef struct ArcAgent {
	char dir[400]; /* where the files are made */
	bool is_old;   /* knows the machine's identity only, says nothing */
	ArcChallenge challenges[ARC_CHALLENGES_MAX];
	size_t next; /* to be replaced */
} ArcAgent;

/* Take the files away that are still there. */
void arc_agent_done(ArcAgent *agent);

AKV_MUST_CHECK int arc_token(Exchange *exchange);
