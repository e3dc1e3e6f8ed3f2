/* SPDX-License-Identifier: MIT */

/* Used by the mount and demo commands, before anything is started. */

#include "fs/mount-setup.h"

#include "fs/command-fail.h"
#include "fs/control.h"
#include "fs/settings.h"

void mount_setup_init(MountSetup *setup)
{
	*setup = (MountSetup){.state_fd = -1};
	options_init(&setup->options);
}

void mount_setup_done(MountSetup *setup)
{
	setup->state = state_free(setup->state);
	if (setup->state_fd >= 0)
		(void)close(setup->state_fd);
	setup->state_fd = -1;
}

static void options_complete(Options *options)
{
	if (!options->has_uid)
		options->uid = geteuid();
	if (!options->has_gid)
		options->gid = getegid();
	/* As root the mount is for the machine: owner and modes decide. */
	if (geteuid() == 0)
		options->allow_other = true;
}

int mount_setup_finish(MountSetup *setup, const char *path)
{
	char why[PATH_MAX + 128] = "";
	int r = state_new(&setup->state, &setup->state_fd);

	if (r < 0)
		return command_fail(EXIT_CODE_MOUNT, "shared memory: %s",
				    strerror(-r));
	r = settings_seal(setup->state);
	if (r == 0)
		r = settings_complete(&setup->options);
	if (r != 0)
		return r;
	if (setup->options.read_write)
		return command_fail(EXIT_CODE_USAGE,
				    "option rw: a vault is mounted read-only");
	options_complete(&setup->options);
	r = mountpoint_prepare(&setup->mountpoint, path, why, sizeof(why));
	if (r < 0)
		return command_fail(EXIT_CODE_MOUNT, "%s: %s", path,
				    strerror(-r));
	return r > 0 ? command_fail(EXIT_CODE_MOUNT, "%s", why) : 0;
}
