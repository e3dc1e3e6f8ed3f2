/* SPDX-License-Identifier: MIT */

/*
 * akvfs-doctor: the verbs of akvfs that speak to the network without a mount.
 * It signs in as the user who calls it, so nothing of that user's is given up;
 * what it holds is hidden and wiped as in a worker.
 */

#include "base/log.h"
#include "base/memory.h"
#include "base/process.h"
#include "base/secret.h"
#include "fs/control.h"
#include "fs/doctor-commands.h"

/* Tokens, an answer with one, and what a tool prints. */
enum { DOCTOR_HEAP_SIZE = 2 * 1024 * 1024 };

typedef struct Verb {
	const char *name;
	int (*run)(int argc, char **argv);
} Verb;

static const Verb verbs[] = {
	{"doctor", command_doctor},
	{"token", command_token},
};

/*
 * A worker has no environment. This one needs it, but for what would have the
 * libraries write keys to a file, or load code and settings of the caller's.
 */
static void environment_clean(void)
{
	static const char *const names[] = {
		"SSLKEYLOGFILE",   "OPENSSL_CONF",     "OPENSSL_MODULES",
		"OPENSSL_ENGINES", "CURL_SSL_BACKEND",
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(names); i++)
		(void)unsetenv(names[i]);
}

static int doctor_prepare(void)
{
	size_t size;
	int r;

	environment_clean();
	process_hide();
	log_open(LOG_TARGET_STDERR, LOG_LEVEL_WARNING);
	r = memory_init();
	if (r < 0)
		return command_fail(EXIT_CODE_USAGE, "memory: %s",
				    strerror(-r));
	r = secret_heap_init(&size, DOCTOR_HEAP_SIZE);
	if (r < 0)
		return command_fail(EXIT_CODE_USAGE, "locked memory: %s",
				    strerror(-r));
	return 0;
}

int main(int argc, char **argv)
{
	int r = doctor_prepare();

	if (r != 0)
		return r;
	for (size_t i = 0; argc >= 2 && i < AKV_ARRAY_LEN(verbs); i++) {
		if (strcmp(argv[1], verbs[i].name) == 0)
			return verbs[i].run(argc - 1, argv + 1);
	}
	return command_fail(EXIT_CODE_USAGE,
			    "akvfs-doctor is called by akvfs doctor and "
			    "akvfs token");
}
