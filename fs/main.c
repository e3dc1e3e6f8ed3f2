/* SPDX-License-Identifier: MIT */

/*
 * akvfs: the verbs. This program links neither libcurl nor cJSON: what speaks
 * to the network is akvfs-worker, and akvfs-doctor where nothing is mounted.
 */

#include "fs/commands.h"
#include "fs/control.h"

typedef struct Verb {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} Verb;

static const Verb verbs[] = {
	{"mount", command_mount,
	 "mount [-f] [-d] [-o OPT,...] SOURCE MOUNTPOINT"},
	{"umount", command_umount, "umount [-l] MOUNTPOINT"},
	{"doctor", command_exec_doctor,
	 "doctor [-o OPT,...] [--json] [--secret NAME] SOURCE"},
	{"token", command_exec_doctor,
	 "token [--decode] [--resource vault|arm|...] [SOURCE]"},
	{"demo", command_demo, "demo [MOUNTPOINT]"},
};

static int help_print(FILE *to, int code)
{
	(void)fputs("akvfs mounts an Azure Key Vault as files.\n\n", to);
	for (size_t i = 0; i < AKV_ARRAY_LEN(verbs); i++)
		(void)fprintf(to, "  akvfs %s\n", verbs[i].help);
	(void)fputs("\nSOURCE is a vault's name, its host, or its URL; with "
		    "/secrets behind it,\nthe secrets themselves are at the "
		    "mount's root. AZURE_TENANT_ID,\nAZURE_CLIENT_ID and "
		    "AZURE_CLIENT_SECRET say who signs in. See akvfs(8).\n",
		    to);
	return code;
}

static bool is_mount_helper(const char *program)
{
	const char *slash = strrchr(program, '/');

	return strcmp(slash ? slash + 1 : program, "mount.akvfs") == 0;
}

int main(int argc, char **argv)
{
	if (argc < 1)
		return EXIT_CODE_USAGE;
	if (is_mount_helper(argv[0]))
		return command_mount_helper(argc, argv);
	if (argc < 2)
		return help_print(stderr, EXIT_CODE_USAGE);
	for (size_t i = 0; i < AKV_ARRAY_LEN(verbs); i++) {
		if (strcmp(argv[1], verbs[i].name) == 0)
			return verbs[i].run(argc - 1, argv + 1);
	}
	if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 ||
	    strcmp(argv[1], "-h") == 0)
		return help_print(stdout, EXIT_CODE_OK);
	if (strcmp(argv[1], "version") == 0 ||
	    strcmp(argv[1], "--version") == 0) {
		(void)puts("akvfs " AKVFS_VERSION);
		return EXIT_CODE_OK;
	}
	/* akvfs SOURCE MOUNTPOINT -o OPT,...: as mount(8) would call it. */
	if (argc >= 3 && argv[1][0] != '-')
		return command_mount_helper(argc, argv);
	return command_fail(EXIT_CODE_USAGE,
			    "there is no verb %.40s; see akvfs help", argv[1]);
}
