/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * mount-setup - from options and environment to a mount that can be launched
 */

#include "base/std.h"
#include "fs/launcher.h"
#include "fs/mountpoint.h"
#include "fs/options.h"
#include "fs/state.h"

typedef struct MountSetup {
	Options options;
	Mountpoint mountpoint;
	State *state;
	int state_fd;
} MountSetup;

void mount_setup_init(MountSetup *setup);
void mount_setup_done(MountSetup *setup);

/*
 * All is set: find the mountpoint, fill in owner and modes, seal the
 * secrets to sign in with and wipe them from the environment. Returns 0 or
 * an exit code, having printed what is wrong.
 */
AKV_MUST_CHECK int mount_setup_finish(MountSetup *setup, const char *path);
