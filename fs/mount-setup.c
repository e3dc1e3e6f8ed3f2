/* SPDX-License-Identifier: MIT */

/* Used by the mount and demo commands, before anything is started. */

#include "fs/mount-setup.h"

#include <fcntl.h>

#include "fs/commands.h"
#include "fs/control.h"

#define CONFIG_SYSTEM "/etc/akvfs.conf"

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
 * Take a secret out of the environment. Its place there is wiped too, since
 * /proc/PID/environ shows the memory it was in.
 */
static int secret_seal(Sealed *sealed, const char *variable)
{
	char *secret = secure_getenv(variable);
	int r;

	if (!secret || !*secret)
		return 0;
	r = sealed_store(sealed, secret, strlen(secret));
	explicit_bzero(secret, strlen(secret));
	(void)unsetenv(variable);
	if (r == -EMSGSIZE)
		return command_fail(EXIT_CODE_USAGE,
				    "%s is longer than %d bytes", variable,
				    SEALED_SIZE_MAX);
	if (r < 0)
		return command_fail(EXIT_CODE_MOUNT, "sealing: %s",
				    strerror(-r));
	return 0;
}

static int secrets_seal(State *state)
{
	static const struct {
		enum state_secret which;
		const char *variable;
	} rows[] = {
		{STATE_CLIENT_SECRET, "AZURE_CLIENT_SECRET"},
		{STATE_CERTIFICATE_PASSWORD,
		 "AZURE_CLIENT_CERTIFICATE_PASSWORD"},
		{STATE_IDENTITY_HEADER, "IDENTITY_HEADER"},
		{STATE_MSI_SECRET, "MSI_SECRET"},
		{STATE_SYSTEM_TOKEN, "SYSTEM_ACCESSTOKEN"},
	};
	int r = 0;

	for (size_t i = 0; i < AKV_ARRAY_LEN(rows) && r == 0; i++)
		r = secret_seal(&state->secrets[rows[i].which],
				rows[i].variable);
	return r;
}

/* A mount in the background has another working directory. */
static int path_complete(char path[PATH_MAX])
{
	char directory[PATH_MAX], whole[PATH_MAX];
	int n;

	if (path[0] == '\0' || path[0] == '/')
		return 0;
	if (!getcwd(directory, sizeof(directory)))
		return command_fail(EXIT_CODE_USAGE, "%s: %s", path,
				    strerror(errno));
	n = snprintf(whole, sizeof(whole), "%s/%s", directory, path);
	if (n < 0 || (size_t)n >= sizeof(whole))
		return command_fail(EXIT_CODE_USAGE, "%s: the path is too long",
				    path);
	memcpy(path, whole, (size_t)n + 1);
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
	r = secrets_seal(setup->state);
	if (r == 0)
		r = path_complete(setup->options.certificate);
	if (r == 0)
		r = path_complete(setup->options.token_file);
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
