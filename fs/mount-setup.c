/* SPDX-License-Identifier: MIT */

/* Used by the mount and demo commands, before anything is started. */

#include "fs/mount-setup.h"

#include <fcntl.h>

#include "fs/commands.h"
#include "fs/control.h"

#define CONFIG_SYSTEM "/etc/akvfs.conf"
#define CLIENT_SECRET_VARIABLE "AZURE_CLIENT_SECRET"

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

static int config_read(Options *options, const char *path, bool required)
{
	AKV_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	char why[512] = "";
	int r;

	if (fd < 0 && errno == ENOENT && !required)
		return 0;
	if (fd < 0)
		return command_fail(EXIT_CODE_USAGE, "%s: %s", path,
				    strerror(errno));
	r = options_set_file(options, fd, path, why, sizeof(why));
	if (r < 0)
		return command_fail(EXIT_CODE_USAGE, "%s: %s", path,
				    strerror(-r));
	return r > 0 ? command_fail(EXIT_CODE_USAGE, "%s", why) : 0;
}

int mount_setup_defaults(MountSetup *setup, const char *config)
{
	char why[512] = "";
	int r = config_read(&setup->options, CONFIG_SYSTEM, false);

	if (r == 0 && config)
		r = config_read(&setup->options, config, true);
	if (r == 0 &&
	    options_set_environment(&setup->options, why, sizeof(why)) != 0)
		r = command_fail(EXIT_CODE_USAGE, "%s", why);
	return r;
}

/*
 * Take the client secret out of the environment. Its place there is wiped too,
 * since /proc/PID/environ shows the memory it was in.
 */
static int client_secret_seal(State *state)
{
	char *secret = secure_getenv(CLIENT_SECRET_VARIABLE);
	int r;

	if (!secret || !*secret)
		return 0;
	r = sealed_store(&state->client_secret, secret, strlen(secret));
	explicit_bzero(secret, strlen(secret));
	(void)unsetenv(CLIENT_SECRET_VARIABLE);
	if (r == -EMSGSIZE)
		return command_fail(EXIT_CODE_USAGE,
				    CLIENT_SECRET_VARIABLE
				    " is longer than %d bytes",
				    SEALED_SIZE_MAX);
	if (r < 0)
		return command_fail(EXIT_CODE_MOUNT, "sealing: %s",
				    strerror(-r));
	return 0;
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
	r = client_secret_seal(setup->state);
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
