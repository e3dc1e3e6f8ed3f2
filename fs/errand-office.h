/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * errand-office - clerk and desk of errands in one process
 *
 * A command that signs in as the user who calls it needs no launcher to open
 * that user's files and run that user's programs; the rules for them stay the
 * same, since the same two ends do it.
 */

#include "auth/errand.h"
#include "base/loop.h"
#include "base/std.h"
#include "fs/options.h"

typedef struct ErrandOffice ErrandOffice;

/*
 * @loop, @options and @data outlive it; SIGCHLD is blocked from now on. @show
 * says something to the person who calls: 0, or -ENOTTY. One per process.
 */
AKV_MUST_CHECK int errand_office_new(ErrandOffice **ret, Loop *loop,
				     const Options *options,
				     int (*show)(void *data, const char *text),
				     void *data);
/* What is under way ends without a call; programs are killed. */
ErrandOffice *errand_office_free(ErrandOffice *office);
AKV_DEFINE_CLEANUP(ErrandOffice *, errand_office_free);

/* For sign_in_errands(); lives as long as @office. */
const Errands *errand_office_errands(const ErrandOffice *office);
