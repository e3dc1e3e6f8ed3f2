/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * process - what others may see of this process
 */

#include "base/std.h"

/* No core dump, not readable by other processes of this user. */
void process_hide(void);
