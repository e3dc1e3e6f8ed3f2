/* SPDX-License-Identifier: MIT */

/* Used by the commands, before anything is started. */

#include "fs/settings.h"

#include <fcntl.h>

#include "fs/command-fail.h"
#include "fs/control.h"

#define CONFIG_SYSTEM "/etc/akvfs.conf"

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

int settings_read(Options *options,
		  int (*apply)(Options *options, const void *data),
		  const void *data)
{
	char config[PATH_MAX], why[512] = "";
	int r;

	/* config= has to be known before what may overrule it. */
	options_init(options);
	r = apply(options, data);
	(void)snprintf(config, sizeof(config), "%s", options->config);
	options_init(options);
	if (r == 0)
		r = config_read(options, CONFIG_SYSTEM, false);
	if (r == 0 && config[0])
		r = config_read(options, config, true);
	if (r == 0 && options_set_environment(options, why, sizeof(why)) != 0)
		r = command_fail(EXIT_CODE_USAGE, "%s", why);
	return r == 0 ? apply(options, data) : r;
}

int settings_apply(Options *options, const char *const *lists, size_t n_lists,
		   const char *source)
{
	char why[512] = "";
	int r = 0;

	for (size_t i = 0; i < n_lists && r == 0; i++)
		r = options_set_list(options, lists[i], why, sizeof(why));
	if (r == 0 && source)
		r = options_set(options, "source", source, why, sizeof(why));
	return r == 0 ? 0
		      : command_fail(EXIT_CODE_USAGE, "%s",
				     r < 0 ? strerror(-r) : why);
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

int settings_seal(State *state)
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

int settings_complete(Options *options)
{
	int r = path_complete(options->certificate);

	return r == 0 ? path_complete(options->token_file) : r;
}
