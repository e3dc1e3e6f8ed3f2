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
 * The source that @options name, of the cloud and with the resource that they
 * state. *@custom is that cloud if it is in no table; it, and @options, must
 * outlive *@ret. Returns 0, SOURCE_E_INVALID with a sentence in @why, or a
 * negative errno.
 */
AKV_MUST_CHECK int identity_source(Source *ret, Cloud *custom,
				   const Options *options, char *why,
				   size_t why_size);

/*
 * Set *@ret, which borrows from @options, @state and @source: the secrets are
 * fetched from @state when a request needs them, and the source that a chain
 * has chosen is kept there for later workers.
 */
void identity_configure(CredentialConfig *ret, const Options *options,
			State *state, const Source *source, bool arc_agent);
