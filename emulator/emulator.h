/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * emulator - everything there is, and the lock around it
 *
 * Each connection has a thread. All state is under one lock, which a thread
 * holds while a handler runs and never while it waits or sends.
 */

#include <pthread.h>

#include "base/std.h"
#include "emulator/arc.h"
#include "emulator/arm-scopes.h"
#include "emulator/bearer.h"
#include "emulator/device-code.h"
#include "emulator/directory.h"
#include "emulator/faults.h"
#include "emulator/identity.h"
#include "emulator/request-log.h"
#include "emulator/state-dir.h"
#include "emulator/user-token.h"
#include "emulator/vault-store.h"
#include "emulator/workload.h"

typedef struct Emulator {
	pthread_mutex_t lock;

	/* Set before the server starts, then only read. */
	StateDir state_dir;
	Identity identity;
	int64_t soft_delete_delay_us;

	/* Under the lock. */
	int64_t clock_offset_us;
	int64_t token_lifetime_s;   /* of Entra */
	int64_t managed_lifetime_s; /* of the metadata endpoints */
	VaultStore vaults;
	ArmScopes scopes;
	Directory directory;
	DeviceCodes device_codes;
	RefreshTokens refresh_tokens;
	Pipelines pipelines;
	ArcAgent arc;
	BearerCache bearers;
	Faults faults;
	RequestLog log;
} Emulator;

enum {
	TOKEN_LIFETIME_DEFAULT_S = 3599,
	MANAGED_LIFETIME_DEFAULT_S = 86399,
	TOKEN_LIFETIME_MAX_S = 365 * 86400,
	CLOCK_ADVANCE_MAX_S = 60 * 365 * 86400,
	SOFT_DELETE_DELAY_DEFAULT_MS = 400,
	SOFT_DELETE_DELAY_MAX_MS = 3600 * 1000,
};

/*
 * Open @state_dir and make what is in it; there are no vaults yet.
 * @listen_host is for the TLS certificate. Returns 0 or a negative errno.
 */
AKV_MUST_CHECK int emulator_init(Emulator *ret, const char *state_dir,
				 const char *listen_host);
void emulator_done(Emulator *emulator);

/*
 * Write the file env: what a shell sources to be the default principal.
 * @address is where the emulator listens, "127.0.0.1:8443".
 */
AKV_MUST_CHECK int emulator_write_env(const Emulator *emulator,
				      const char *address);

/* The time on the emulator's clock, and on the machine's. */
int64_t emulator_now_us(const Emulator *emulator);
int64_t emulator_wall_us(void);
