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
#include "emulator/host-env.h"
#include "emulator/seed.h"
#include "emulator/server.h"

enum {
	EXIT_USAGE = 1,
	EXIT_RUN = 3,
	SEED_SIZE_MAX = 256 * 1024 * 1024,
	LISTEN_BACKLOG = 1024,
	ADDRESS_SIZE = 300,
	STOP_TIMEOUT_S = 2,
	LISTENERS = 3,
};

typedef struct Address {
	char host[256], port[8]; /* port is "" if there is none */
} Address;

typedef struct Options {
	Address listen[LISTENERS]; /* by enum listener */
	const char *arc_tokens;    /* a directory, or NULL */
	const char *state_dir;
	const char *seed; /* a file, or NULL */
	uint64_t soft_delete_delay_ms;
	bool die_with_parent, log_whole;
} Options;

static const char usage[] =
	"Usage: akv-emulator --listen ADDR:PORT --state-dir DIR [options]\n"
	"\n"
	"An Azure Key Vault with its Entra ID on localhost, over TLS.\n"
	"\n"
	"  --listen ADDR:PORT        where to serve; port 0 picks a free one\n"
	"  --state-dir DIR           gets ca.pem, env, requests.jsonl and "
	"keys\n"
	"  --metadata ADDR:PORT      the instance metadata service, in clear\n"
	"  --service-fabric ADDR:PORT  the token service of Service Fabric\n"
	"  --arc-tokens DIR          where Azure Arc's key files are made\n"
	"  --seed FILE.json          vaults and objects to begin with\n"
	"  --soft-delete-delay-ms N  how long deletion takes to show (400)\n"
	"  --log-whole               log headers and bodies, secrets and "
	"all\n"
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
static bool address_parse(Address *ret, const char *text)
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
	if (n == 0 || n >= sizeof(ret->host))
		return false;
	(void)snprintf(ret->host, sizeof(ret->host), "%.*s", (int)n, text);
	(void)snprintf(ret->port, sizeof(ret->port), "%u", (unsigned)port);
	return true;
}

enum option_code {
	OPTION_LISTEN = 256,
	OPTION_METADATA,
	OPTION_FABRIC,
	OPTION_ARC_TOKENS,
	OPTION_STATE_DIR,
	OPTION_SEED,
	OPTION_DELAY,
	OPTION_LOG_WHOLE,
	OPTION_PARENT,
	OPTION_HELP,
	OPTION_VERSION,
};

static const struct option long_options[] = {
	{"listen", required_argument, NULL, OPTION_LISTEN},
	{"metadata", required_argument, NULL, OPTION_METADATA},
	{"service-fabric", required_argument, NULL, OPTION_FABRIC},
	{"arc-tokens", required_argument, NULL, OPTION_ARC_TOKENS},
	{"state-dir", required_argument, NULL, OPTION_STATE_DIR},
	{"seed", required_argument, NULL, OPTION_SEED},
	{"soft-delete-delay-ms", required_argument, NULL, OPTION_DELAY},
	{"log-whole", no_argument, NULL, OPTION_LOG_WHOLE},
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
		return address_parse(&options->listen[LISTENER_TLS], optarg);
	case OPTION_METADATA:
		return address_parse(&options->listen[LISTENER_METADATA],
				     optarg);
	case OPTION_FABRIC:
		return address_parse(&options->listen[LISTENER_FABRIC], optarg);
	case OPTION_ARC_TOKENS:
		options->arc_tokens = optarg;
		return strlen(optarg) < sizeof(((ArcAgent *)NULL)->dir);
	case OPTION_STATE_DIR:
		options->state_dir = optarg;
		return true;
	case OPTION_SEED:
		options->seed = optarg;
		return true;
	case OPTION_DELAY:
		return parse_uint64(&options->soft_delete_delay_ms, optarg,
				    SOFT_DELETE_DELAY_MAX_MS) == 0;
	case OPTION_LOG_WHOLE:
		options->log_whole = true;
		return true;
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
	if (optind < argc || !ret->listen[LISTENER_TLS].port[0] ||
	    !ret->state_dir) {
		(void)fputs(usage, stderr);
		return EXIT_USAGE;
	}
	return -1;
}

static int listen_open(int *ret, const Address *address)
{
	struct addrinfo hints = {
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM,
	};
	struct addrinfo *found = NULL;
	AKV_FD int fd = -1;
	const int on = 1;
	int r = 0;

	if (getaddrinfo(address->host, address->port, &hints, &found) != 0)
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

/* What is listened on, and what serves there. */
typedef struct Listeners {
	int fds[LISTENERS]; /* -1: not open, or taken over by a server */
	char addresses[LISTENERS][ADDRESS_SIZE];
	Server *servers[LISTENERS];
} Listeners;

static void listeners_close(Listeners *listeners)
{
	for (size_t i = 0; i < LISTENERS; i++) {
		listeners->servers[i] = server_free(listeners->servers[i]);
		akv_fd_closep(&listeners->fds[i]);
	}
}

static int listeners_open(Listeners *ret, const Options *options)
{
	for (size_t i = 0; i < LISTENERS; i++) {
		const Address *address = &options->listen[i];
		int r = 0;

		if (!address->port[0])
			continue;
		r = listen_open(&ret->fds[i], address);
		if (r == 0)
			r = listen_address(ret->addresses[i], ret->fds[i]);
		if (r < 0)
			return complain("cannot listen on %s:%s: %s",
					address->host, address->port,
					strerror(-r));
	}
	return 0;
}

static int env_write(const Emulator *emulator, const Listeners *listeners)
{
	int r = emulator_write_env(emulator,
				   listeners->addresses[LISTENER_TLS]);

	if (r < 0)
		return r;
	return host_env_write(emulator, listeners->addresses[LISTENER_METADATA],
			      listeners->addresses[LISTENER_FABRIC]);
}

static int servers_start(Listeners *listeners, Emulator *emulator)
{
	for (size_t i = 0; i < LISTENERS; i++) {
		int r = 0;

		if (listeners->fds[i] >= 0)
			r = server_new(&listeners->servers[i], emulator,
				       (enum listener)i,
				       akv_fd_take(&listeners->fds[i]));
		if (r < 0)
			return r;
	}
	return 0;
}

/* Serve until a signal says to stop. An exit code. */
static int serve(Emulator *emulator, Listeners *listeners, const sigset_t *stop)
{
	const char *address = listeners->addresses[LISTENER_TLS];
	int r, which;

	r = env_write(emulator, listeners);
	if (r < 0)
		return complain("cannot write env: %s", strerror(-r));
	r = servers_start(listeners, emulator);
	if (r == 0)
		r = state_dir_write(&emulator->state_dir, "ready", 0644,
				    address, strlen(address));
	if (r < 0)
		return complain("cannot serve: %s", strerror(-r));
	if (listeners->addresses[LISTENER_METADATA][0])
		(void)printf("metadata on %s\n",
			     listeners->addresses[LISTENER_METADATA]);
	if (listeners->addresses[LISTENER_FABRIC][0])
		(void)printf("service fabric on %s\n",
			     listeners->addresses[LISTENER_FABRIC]);
	(void)printf("listening on %s\n", address);
	(void)fflush(stdout);
	do {
		r = sigwait(stop, &which);
	} while (r == EINTR);

	state_dir_remove(&emulator->state_dir, "ready");
	/* Should a thread not end, the process does all the same. */
	(void)alarm(STOP_TIMEOUT_S);
	return 0;
}

static void emulator_configure(Emulator *emulator, const Options *options)
{
	emulator->soft_delete_delay_us =
		(int64_t)options->soft_delete_delay_ms *
		(int64_t)CLOCK_US_PER_MS;
	if (options->arc_tokens)
		(void)snprintf(emulator->arc.dir, sizeof(emulator->arc.dir),
			       "%s", options->arc_tokens);
	emulator->log.whole = options->log_whole;
	state_dir_remove(&emulator->state_dir, "ready");
}

static int run(const Options *options, const sigset_t *stop)
{
	AKV_CLEANUP(listeners_close)
	Listeners listeners = {.fds = {-1, -1, -1}};
	Emulator emulator;
	int r;

	r = listeners_open(&listeners, options);
	if (r != 0)
		return r;
	r = emulator_init(&emulator, options->state_dir,
			  options->listen[LISTENER_TLS].host);
	if (r < 0)
		return complain("cannot use %s: %s", options->state_dir,
				strerror(-r));
	emulator_configure(&emulator, options);
	if (options->seed)
		r = seed_load(&emulator, options->seed);
	else if (seed_apply_default(&emulator) < 0)
		r = complain("out of memory");
	if (r == 0)
		r = serve(&emulator, &listeners, stop);
	/* Servers use the emulator until they have ended. */
	listeners_close(&listeners);
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
