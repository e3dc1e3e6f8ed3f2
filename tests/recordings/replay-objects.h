/* SPDX-License-Identifier: MIT */
#pragma once

/* replay-objects - recorded objects and lists, given to the readers of vault/
 */

#include "tests/recordings/exchange.h"

/* An answer that is 200; false if it is of a kind that we do not read. */
bool replay_object(const Exchange *exchange);
bool replay_any_list(const Exchange *exchange);
