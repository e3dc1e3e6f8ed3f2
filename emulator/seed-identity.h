/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * seed-identity - tenants, principals, and the host of a seed
 */

#include <cjson/cJSON.h>

#include "base/std.h"
#include "emulator/emulator.h"
#include "emulator/seed.h"

/*
 * "tenants": {"GUID": {"principals": {"CLIENT-ID": {...}}}}, "host": {...} and
 * "pipelines": {...}. Return 0, a negative errno, or SEED_E_INVALID with @why.
 */
AKV_MUST_CHECK int seed_tenants(Emulator *emulator, const cJSON *tenants,
				char why[SEED_WHY_SIZE]);
AKV_MUST_CHECK int seed_host(Emulator *emulator, const cJSON *host,
			     char why[SEED_WHY_SIZE]);
AKV_MUST_CHECK int seed_pipelines(Emulator *emulator, const cJSON *pipelines,
				  char why[SEED_WHY_SIZE]);
