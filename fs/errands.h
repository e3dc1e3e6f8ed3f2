/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * errands - the worker's side: what the launcher does for it
 *
 * An Errands (auth/errand.h) over the socket to the launcher: it sends what is
 * asked for, reads what comes through the pipes it is handed, within bounds,
 * and calls back when the launcher has said that it is over.
 */

#include "auth/errand.h"
#include "base/loop.h"
#include "base/std.h"
#include "fs/control.h"

typedef struct ErrandClerk ErrandClerk;

AKV_MUST_CHECK int errand_clerk_new(ErrandClerk **ret, Loop *loop,
				    int control_fd);
/* What is under way ends without a call. */
ErrandClerk *errand_clerk_free(ErrandClerk *clerk);
AKV_DEFINE_CLEANUP(ErrandClerk *, errand_clerk_free);

/* For sign_in_errands(); lives as long as @clerk. */
const Errands *errand_clerk_errands(const ErrandClerk *clerk);

/* Take CONTROL_ERRAND_STREAM or _END; @fd (or -1) is taken over. */
void errand_clerk_hear(ErrandClerk *clerk, const ControlMessage *message,
		       int fd);
