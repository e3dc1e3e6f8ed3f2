/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * registers - forget what vector registers still hold
 *
 * memcpy and strlen work in vector registers, and those keep the last bytes
 * that went through them: measured, up to 64 bytes of a bearer token in a core
 * of a worker that had long been idle. From there the kernel or a signal may
 * write them to memory. So they are zeroed before the worker sleeps.
 */

#include "base/std.h"

/* All vector registers that a caller may not rely on; some 10 ns. */
void registers_wipe(void);
