/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * host-env - files for a shell to source: be a process of such a host
 *
 * env-app-service, env-machine-learning, env-cloud-shell, env-arc and
 * env-service-fabric in the state directory.
 */

#include "base/std.h"
#include "emulator/emulator.h"

/* Where the listeners are, "127.0.0.1:8080"; "": there is none. */
AKV_MUST_CHECK int host_env_write(const Emulator *emulator,
				  const char *metadata, const char *fabric);
