/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * command-fail - how a command says that it failed
 */

#include "base/std.h"

/* "akvfs: TEXT" on stderr; returns @code. */
int command_fail(int code, const char *format, ...) AKV_PRINTF(2, 3);
