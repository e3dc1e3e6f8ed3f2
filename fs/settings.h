/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * settings - what a command was asked for, by all who may say it
 *
 * Defaults, /etc/akvfs.conf, config=FILE, the environment, the command line:
 * each overrules what comes before it. Those that fail have printed why.
 */

#include "base/std.h"
#include "fs/options.h"
#include "fs/state.h"

/*
 * Set @options from all of these; @apply sets those of the command line, and is
 * called twice, since config= has to be known before what overrules that file.
 * Returns 0, an exit code, or what @apply returns.
 */
AKV_MUST_CHECK int settings_read(Options *options,
				 int (*apply)(Options *options,
					      const void *data),
				 const void *data);

/* Set @options from @lists of -o and from @source (NULL: none is given). */
AKV_MUST_CHECK int settings_apply(Options *options, const char *const *lists,
				  size_t n_lists, const char *source);

/*
 * Seal the secrets to sign in with into @state, and wipe them from the
 * environment. Returns 0 or an exit code.
 */
AKV_MUST_CHECK int settings_seal(State *state);

/* Make the files of @options absolute. Returns likewise. */
AKV_MUST_CHECK int settings_complete(Options *options);
