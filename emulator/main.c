/* SPDX-License-Identifier: MIT */

/*
 * akv-emulator - an Azure Key Vault, and the Entra ID that guards it, on
 * localhost over TLS. See docs/emulator.md.
 */

#include <arpa/inet.h>
#include <fcntl.h>
#include <getopt.h>
#include <netdb.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/parse.h"
#include "base/process.h"
#include "emulator/emulator.h"
#include "emulator/seed.h"
#include "emulator/server.h"

enum {
	EXIT_USAGE = 1,
	EXIT_RUN = 3,
	SEED_SIZE_MAX = 256 * 1024 * 1024,
	LISTEN_BACKLOG = 1024,
	ADDRESS_SIZE = 300,
	STOP_TIMEOUT_S = 2,
};

typedef struct Options {
	char host[256], port[8];
	const char *state_dir;
	const char *seed; /* a file, or NULL */
	uint64_t soft_delete_delay_ms;
	bool die_with_parent;
} Options;

static const char usage[] =
	"Usage: akv-emulator --listen ADDR:PORT --state-dir DIR [options]\n"
	"\n"
	"An Azure Key Vault with its Entra ID on localhost, over TLS.\n"
	"\n"
	"  --listen ADDR:PORT        where to serve; port 0 picks a free one\n"
	"  --state-dir DIR           gets ca.pem, env, requests.jsonl and "
	"keys\n"
	"  --seed FILE.json          vaults and objects to begin with\n"
	"  --soft-delete-delay-ms N  how long deletion takes to show (400)\n"
	"  --die-with-parent         end when the process that started this "
	"does\n"
	"  --help, --version\n"
	"\n"
	"When it serves it prints \"listening on ADDR:PORT\" and makes "
	"DIR/ready.\n";

static int complain(const char *format, ...) AKV_PRINTF(1, 2);

static int complain(const char *format, ...)
{
	va_list arguments;

	(void)fputs("akv-emulator: ", stderr);
	va_start(arguments, format);
	(void)vfprintf(stderr, format, arguments);
	va_end(arguments);
	(void)fputc('\n', stderr);
	return EXIT_RUN;
}

/* "127.0.0.1:8443", "[::1]:0", "localhost:8443" */
static bool address_parse(Options *options, const char *text)
{
	const char *colon = strrchr(text, ':');
	uint64_t port;
	size_t n;

	if (!colon || parse_uint64(&port, colon + 1, 65535) != 0)
		return false;
	n = (size_t)(colon - text);
	if (n >= 2 && text[0] == '[' && text[n - 1] == ']') {
		text++;
		n -= 2;
	}
	if (n == 0 || n >= sizeof(options->host))
		return false;
	(void)snprintf(options->host, sizeof(options->host), "%.*s", (int)n,
		       text);
	(void)snprintf(options->port, sizeof(options->port), "%u",
		       (unsigned)port);
	return true;
}

enum option_code {
	OPTION_LISTEN = 256,
	OPTION_STATE_DIR,
	OPTION_SEED,
	OPTION_DELAY,
	OPTION_PARENT,
	OPTION_HELP,
	OPTION_VERSION,
};

static const struct option long_options[] = {
	{"listen", required_argument, NULL, OPTION_LISTEN},
	{"state-dir", required_argument, NULL, OPTION_STATE_DIR},
	{"seed", required_argument, NULL, OPTION_SEED},
	{"soft-delete-delay-ms", required_argument, NULL, OPTION_DELAY},
	{"die-with-parent", no_argument, NULL, OPTION_PARENT},
	{"help", no_argument, NULL, OPTION_HELP},
	{"version", no_argument, NULL, OPTION_VERSION},
	{NULL, 0, NULL, 0},
};

/* False if the option is wrong; *@ret_exit: 0 or more to end at once. */
static bool option_take(Options *options, int which, int *ret_exit)
{
	switch (which) {
	case OPTION_LISTEN:
		return address_parse(options, optarg);
	case OPTION_STATE_DIR:
		options->state_dir = optarg;
		return true;
	case OPTION_SEED:
		options->seed = optarg;
		return true;
	case OPTION_DELAY:
		return parse_uint64(&options->soft_delete_delay_ms, optarg,
				    SOFT_DELETE_DELAY_MAX_MS) == 0;
	case OPTION_PARENT:
		options->die_with_parent = true;
		return true;
	case OPTION_HELP:
		(void)fputs(usage, stdout);
		*ret_exit = 0;
		return true;
	case OPTION_VERSION:
		(void)puts("akv-emulator " AKVFS_VERSION);
		*ret_exit = 0;
		return true;
	default:
		return false;
	}
}

/* -1 to go on, or an exit code. */
static int options_parse(Options *ret, int argc, char **argv)
{
	int which, result = -1;

	*ret = (Options){
		.soft_delete_delay_ms = SOFT_DELETE_DELAY_DEFAULT_MS,
	};
	while ((which = getopt_long(argc, argv, "", long_options, NULL)) !=
	       -1) {
		if (!option_take(ret, which, &result)) {
			if (which != '?')
				(void)complain("\"%s\" is no good value",
					       optarg);
			return EXIT_USAGE;
		}
		if (result >= 0)
			return result;
	}
	if (optind < argc || !ret->port[0] || !ret->state_dir) {
		(void)fputs(usage, stderr);
		return EXIT_USAGE;
	}
	return -1;
}

static int listen_open(int *ret, const Options *options)
{
	struct addrinfo hints = {
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM,
	};
	struct addrinfo *found = NULL;
	AKV_FD int fd = -1;
	const int on = 1;
	int r = 0;

	if (getaddrinfo(options->host, options->port, &hints, &found) != 0)
		return -EADDRNOTAVAIL;
	fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    bind(fd, found->ai_addr, found->ai_addrlen) < 0 ||
	    listen(fd, LISTEN_BACKLOG) < 0)
		r = -errno;
	freeaddrinfo(found);
	if (r == 0)
		*ret = akv_fd_take(&fd);
	return r;
}

/* Where @fd really listens: the port may have been 0. */
static int listen_address(char ret[ADDRESS_SIZE], int fd)
{
	struct sockaddr_storage address = {0};
	socklen_t size = sizeof(address);
	char host[INET6_ADDRSTRLEN], port[8];
	bool v6;

	if (getsockname(fd, (struct sockaddr *)&address, &size) < 0)
		return -errno;
	if (getnameinfo((struct sockaddr *)&address, size, host, sizeof(host),
			port, sizeof(port),
			NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return -EINVAL;
	v6 = address.ss_family == AF_INET6;
	(void)snprintf(ret, ADDRESS_SIZE, "%s%s%s:%s", v6 ? "[" : "", host,
		       v6 ? "]" : "", port);
	return 0;
}

static int seed_load(Emulator *emulator, const char *path)
{
	AKV_BUF Buf text = BUF_INIT(SEED_SIZE_MAX);
	AKV_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	char why[SEED_WHY_SIZE];
	const char *end = NULL;
	cJSON *seed;
	int r;

	if (fd < 0)
		return complain("%s: %s", path, strerror(errno));
	r = buf_append_fd(&text, fd);
	if (r < 0)
		return complain("%s: %s", path, strerror(-r));
	seed = cJSON_ParseWithLengthOpts(text.p, text.n + 1, &end, true);
	if (!seed)
		return complain("%s: not JSON at byte %td", path,
				end ? end - text.p : 0);
	r = seed_apply(emulator, seed, why);
	cJSON_Delete(seed);
	if (r > 0)
		return complain("%s: %s", path, why);
	if (r < 0)
		return complain("%s: %s", path, strerror(-r));
	return 0;
}

/* Serve until a signal says to stop. An exit code. */
static int serve(Emulator *emulator, int fd, const sigset_t *stop)
{
	char address[ADDRESS_SIZE];
	Server *server = NULL;
	int r, which;

	r = listen_address(address, fd);
	if (r == 0)
		r = emulator_write_env(emulator, address);
	if (r < 0) {
		(void)close(fd);
		return complain("cannot write env: %s", strerror(-r));
	}
	r = server_new(&server, emulator, fd);
	if (r == 0)
		r = state_dir_write(&emulator->state_dir, "ready", 0644,
				    address, strlen(address));
	if (r < 0) {
		(void)server_free(server);
		return complain("cannot serve: %s", strerror(-r));
	}
	(void)printf("listening on %s\n", address);
	(void)fflush(stdout);
	do {
		r = sigwait(stop, &which);
	} while (r == EINTR);

	state_dir_remove(&emulator->state_dir, "ready");
	/* Should a thread not end, the process does all the same. */
	(void)alarm(STOP_TIMEOUT_S);
	(void)server_free(server);
	return 0;
}

static int run(const Options *options, const sigset_t *stop)
{
	Emulator emulator;
	int fd = -1, r;

	r = listen_open(&fd, options);
	if (r < 0)
		return complain("cannot listen on %s:%s: %s", options->host,
				options->port, strerror(-r));
	r = emulator_init(&emulator, options->state_dir, options->host);
	if (r < 0) {
		(void)close(fd);
		return complain("cannot use %s: %s", options->state_dir,
				strerror(-r));
	}
	emulator.soft_delete_delay_us = (int64_t)options->soft_delete_delay_ms *
					(int64_t)CLOCK_US_PER_MS;
	state_dir_remove(&emulator.state_dir, "ready");
	if (options->seed)
		r = seed_load(&emulator, options->seed);
	else if (seed_apply_default(&emulator) < 0)
		r = complain("out of memory");
	if (r == 0)
		r = serve(&emulator, fd, stop);
	else
		(void)close(fd);
	emulator_done(&emulator);
	return r;
}

int main(int argc, char **argv)
{
	pid_t parent = getppid();
	Options options;
	sigset_t stop;
	int r;

	r = options_parse(&options, argc, argv);
	if (r >= 0)
		return r;
	if (memory_init() < 0)
		return complain("cannot set the allocators up");
	process_hide();

	/* Blocked here, so in every thread; taken by sigwait() above. */
	(void)sigemptyset(&stop);
	(void)sigaddset(&stop, SIGTERM);
	(void)sigaddset(&stop, SIGINT);
	(void)sigaddset(&stop, SIGHUP);
	(void)pthread_sigmask(SIG_BLOCK, &stop, NULL);
	(void)signal(SIGPIPE, SIG_IGN);

	if (options.die_with_parent) {
		(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
		/* It may have gone before that was said. */
		if (getppid() != parent)
			return 0;
	}
	return run(&options, &stop);
}
