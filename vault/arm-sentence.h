/* SPDX-License-Identifier: MIT */
#pragma once

/* arm-sentence - why the management plane says nothing, for a person */

#include "base/std.h"
#include "vault/answer.h"

/*
 * Set error->sentence for what was asked of @host about @vault; it is left
 * where it says more already: signing in failed, or there was no answer.
 */
void arm_sentence_write(VaultError *error, const char *vault, const char *host);
