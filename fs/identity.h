/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * identity - what the options say of who signs in, as auth/ wants to know it
 */

#include "auth/credential.h"
#include "base/std.h"
#include "fs/options.h"
#include "fs/state.h"
#include "vault/source.h"

/*
 * Is Azure Arc's agent installed? To be asked before rights are given up: its
 * folders may be closed to who the worker becomes.
 */
bool identity_arc_agent_is_there(void);

/*
 * Set *@ret, which borrows from @options, @state and @source: the secrets are
 * fetched from @state when a request needs them, and the source that a chain
 * has chosen is kept there for later workers.
 */
void identity_configure(CredentialConfig *ret, const Options *options,
			State *state, const Source *source, bool arc_agent);
