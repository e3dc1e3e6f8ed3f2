/* SPDX-License-Identifier: MIT */

/* akvfs doctor: what it is asked, and how it says what it found. */

#include <getopt.h>
#include <sys/ioctl.h>

#include "base/log.h"
#include "fs/control.h"
#include "fs/doctor-commands.h"
#include "fs/doctor-report.h"
#include "fs/doctor.h"
#include "fs/settings.h"
#include "fs/token-input.h"
#include "vault/name.h"

enum {
	DOCTOR_LISTS_MAX = 32,
	DOCTOR_REPORT_MAX = 512 * 1024,
	DOCTOR_WIDTH_MIN = 60,
	DOCTOR_WIDTH_MAX = 100,
};

typedef struct DoctorArguments {
	const char *lists[DOCTOR_LISTS_MAX]; /* each -o */
	size_t n_lists;
	const char *source, *secret;
	bool json, token_stdin, debug;
} DoctorArguments;

static int doctor_usage(void)
{
	return command_fail(EXIT_CODE_USAGE,
			    "usage: akvfs doctor [-d] [-o OPT[,OPT...]] "
			    "[--json] [--secret NAME] [--token-stdin] SOURCE");
}

static int arguments_option(DoctorArguments *arguments, int option)
{
	switch (option) {
	case 'o':
		if (arguments->n_lists == DOCTOR_LISTS_MAX)
			return command_fail(EXIT_CODE_USAGE,
					    "too many -o options");
		arguments->lists[arguments->n_lists++] = optarg;
		return 0;
	case 'd':
		arguments->debug = true;
		return 0;
	case 'j':
		arguments->json = true;
		return 0;
	case 's':
		arguments->secret = optarg;
		return 0;
	case 't':
		arguments->token_stdin = true;
		return 0;
	default:
		return doctor_usage();
	}
}

static int arguments_read(DoctorArguments *arguments, int argc, char **argv)
{
	static const struct option names[] = {
		{"json", no_argument, NULL, 'j'},
		{"secret", required_argument, NULL, 's'},
		{"token-stdin", no_argument, NULL, 't'},
		{NULL, 0, NULL, 0},
	};
	int option, r = 0;

	optind = 1;
	while (r == 0 &&
	       (option = getopt_long(argc, argv, "do:", names, NULL)) != -1)
		r = arguments_option(arguments, option);
	if (r != 0)
		return r;
	if (argc - optind != 1)
		return doctor_usage();
	arguments->source = argv[optind];
	if (arguments->secret &&
	    !name_is_valid(arguments->secret, strlen(arguments->secret)))
		return command_fail(EXIT_CODE_USAGE,
				    "--secret takes the name of a secret: "
				    "letters, digits and hyphens");
	return 0;
}

static int options_apply(Options *options, const void *data)
{
	const DoctorArguments *arguments = data;
	int r = settings_apply(options, arguments->lists, arguments->n_lists,
			       arguments->source);

	options->debug = options->debug || arguments->debug;
	return r;
}

static int given_read(Doctor *doctor)
{
	char why[CLIENT_WHY_SIZE] = "";
	int r = token_input_read(&doctor->given, STDIN_FILENO, why,
				 sizeof(why));

	if (r == 0)
		return 0;
	return command_fail(EXIT_CODE_USAGE, "standard input: %s",
			    r < 0 ? strerror(-r) : why);
}

/* https://no-color.org, and what a terminal says of itself. */
static bool color_is_wanted(void)
{
	const char *no_color = secure_getenv("NO_COLOR");
	const char *term = secure_getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no_color && no_color[0] != '\0') &&
	       term && strcmp(term, "dumb") != 0;
}

/* Of the terminal; 0 where there is none: programs read lines. */
static size_t width_of_output(void)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO))
		return 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 ||
	    size.ws_col < DOCTOR_WIDTH_MIN)
		return DOCTOR_WIDTH_MIN;
	return AKV_MIN((size_t)size.ws_col, (size_t)DOCTOR_WIDTH_MAX);
}

static int print_report(const Doctor *doctor, const DoctorArguments *arguments,
			int code)
{
	AKV_BUF Buf text = BUF_INIT(DOCTOR_REPORT_MAX);
	DoctorReport report = {
		.source = doctor->client.options.source,
		.findings = doctor->findings,
		.n = doctor->n,
		.exit_code = code,
		.color = color_is_wanted(),
		.width = width_of_output(),
	};
	int r = arguments->json ? doctor_report_json(&text, &report)
				: doctor_report_text(&text, &report);

	if (r < 0)
		return command_fail(EXIT_CODE_USAGE, "the report: %s",
				    strerror(-r));
	if (fwrite(text.p, 1, text.n, stdout) != text.n || fflush(stdout) != 0)
		return command_fail(EXIT_CODE_USAGE, "standard output: %s",
				    strerror(errno));
	return code;
}

static int doctor_do(Doctor *doctor, const DoctorArguments *arguments)
{
	Options *options = &doctor->client.options;
	int r = settings_read(options, options_apply, arguments);

	doctor->secret = arguments->secret;
	if (r == 0 && arguments->token_stdin)
		r = given_read(doctor);
	if (r != 0)
		return r;
	if (options->debug)
		log_open(LOG_TARGET_STDERR, LOG_LEVEL_DEBUG);
	r = doctor_run(doctor);
	return doctor->n > 0 ? print_report(doctor, arguments, r) : r;
}

int command_doctor(int argc, char **argv)
{
	static Doctor doctor; /* too large for a stack */
	DoctorArguments arguments = {0};
	int r = arguments_read(&arguments, argc, argv);

	if (r != 0)
		return r;
	doctor_init(&doctor);
	r = doctor_do(&doctor, &arguments);
	doctor_done(&doctor);
	return r;
}
