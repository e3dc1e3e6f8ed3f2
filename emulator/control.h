/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * control - the emulator's own endpoints, /_emulator/..., on every host
 *
 * They need no token: who can reach the emulator may command it.
 */

#include "base/std.h"
#include "emulator/exchange.h"

int control_faults_get(Exchange *exchange);
int control_faults_post(Exchange *exchange);
int control_faults_delete(Exchange *exchange);
int control_requests_get(Exchange *exchange);
int control_clock_get(Exchange *exchange);
int control_clock_post(Exchange *exchange);
int control_seed_post(Exchange *exchange);
