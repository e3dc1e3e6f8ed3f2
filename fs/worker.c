/* SPDX-License-Identifier: MIT */

/*
 * The worker: the program that does everything with the vault. It is started
 * by the launcher with the descriptors of control.h and nothing else: no
 * arguments, and nothing of the launcher's environment. It reads its
 * configuration, gives up its rights, builds the rooms one on the other, and
 * serves until the mount or the launcher is gone.
 */

#include <fcntl.h>
#include <malloc.h>
#include <poll.h>

#include "auth/challenge.h"
#include "auth/credential.h"
#include "auth/sign-in.h"
#include "base/clock.h"
#include "base/http.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/memory.h"
#include "base/parse.h"
#include "base/process.h"
#include "base/secret.h"
#include "cache/cache.h"
#include "cache/plane.h"
#include "fs/confine.h"
#include "fs/control.h"
#include "fs/errands.h"
#include "fs/filesystem.h"
#include "fs/identity.h"
#include "fs/options.h"
#include "fs/pending.h"
#include "fs/probe.h"
#include "fs/root-attributes.h"
#include "fs/state.h"
#include "fs/status.h"
#include "vault/vault.h"

enum {
	/* Values, tokens and what is on its way; see base/secret.h. */
	WORKER_HEAP_SIZE = 64 * 1024 * 1024,
	WORKER_MEMLOCK_SIZE = 96 * 1024 * 1024,
	WORKER_VALUES_MAX = 65536,
};

typedef struct Worker {
	Filesystem fs; /* first: the session's user data */
	Options options;
	State *state;
	Loop *loop;
	Http *http;
	ErrandClerk *clerk;
	Credential *credential;
	SignIn *sign_in;
	Cloud cloud;    /* if it is in no table */
	bool arc_agent; /* Azure Arc's agent is installed */
	Vault *vault;
	Arm *arm; /* NULL: arm=off */
	Plane *plane;
	Probe probe;
	RootAttributes root_attributes;
	Names *names[COLLECTIONS];
	struct fuse_session *session;
	LoopFd *control_watch;
	Buf ca_pem;
	size_t heap_size;
	bool memory_locked;
} Worker;

/* --- what the launcher is told ------------------------------------------- */

static void worker_tell(enum control_type type, int code, const char *text)
{
	ControlMessage message = {.type = type, .code = code};

	(void)snprintf(message.text, sizeof(message.text), "%s", text);
	/* If the launcher is gone, so are we in a moment. */
	(void)!control_send(WORKER_FD_CONTROL, &message, -1);
}

/* A configuration that cannot work: the launcher prints it. */
static int worker_refuse(int code, const char *sentence)
{
	log_error("%s", sentence);
	worker_tell(CONTROL_PROBED, code, sentence);
	return code;
}

static int worker_refuse_fault(const char *what, int r)
{
	char sentence[256];

	(void)snprintf(sentence, sizeof(sentence), "%s: %s", what,
		       strerror(-r));
	return worker_refuse(EXIT_CODE_USAGE, sentence);
}

/* --- configuration -------------------------------------------------------- */

static int worker_read_ca(Worker *worker)
{
	AKV_FD int fd = -1;

	if (!worker->options.cafile[0])
		return 0;
	fd = open(worker->options.cafile, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return buf_append_fd(&worker->ca_pem, fd);
}

/* Who started a mount in the background may wait for the end of its output. */
static void output_let_go(void)
{
	AKV_FD int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (fd >= 0 && (dup2(fd, 1) < 0 || dup2(fd, 2) < 0))
		log_debug("standard output stays: %s", strerror(errno));
}

static int worker_configure(Worker *worker)
{
	char why[512] = "";
	int r;

	options_init(&worker->options);
	r = options_set_file(&worker->options, WORKER_FD_CONFIG,
			     "the configuration", why, sizeof(why));
	(void)close(WORKER_FD_CONFIG);
	if (r < 0)
		return worker_refuse_fault("reading the configuration", r);
	if (r > 0)
		return worker_refuse(EXIT_CODE_USAGE, why);
	log_open(worker->options.syslog ? LOG_TARGET_SYSLOG : LOG_TARGET_STDERR,
		 options_log_level(&worker->options));
	if (worker->options.syslog)
		output_let_go();
	r = worker_read_ca(worker);
	if (r < 0) {
		(void)snprintf(why, sizeof(why), "cafile %.300s: %s",
			       worker->options.cafile, strerror(-r));
		return worker_refuse(EXIT_CODE_USAGE, why);
	}
	return 0;
}

static int worker_protect(Worker *worker)
{
	int r;

	worker->arc_agent = identity_arc_agent_is_there();
	r = confine_worker(WORKER_MEMLOCK_SIZE);
	if (r < 0)
		return worker_refuse_fault("giving up rights", r);
	process_hide();
	r = secret_heap_init(&worker->heap_size, WORKER_HEAP_SIZE);
	if (r < 0)
		return worker_refuse_fault("locked memory", r);
	worker->memory_locked = r == 0;
	if (!worker->memory_locked)
		log_warning("memory could not be locked: values may be "
			    "written to swap; raise RLIMIT_MEMLOCK");
	return 0;
}

/* --- the rooms ------------------------------------------------------------ */

static int worker_make_http(Worker *worker)
{
	const Options *o = &worker->options;
	char why[512];
	HttpConfig config = {
		.transfers = (unsigned)o->transfers,
		.connect_to = o->connect_to[0] ? o->connect_to : NULL,
		.ca_pem = o->cafile[0] ? worker->ca_pem.p : NULL,
		.ca_pem_size = worker->ca_pem.n,
		.proxy = o->proxy[0] ? o->proxy : NULL,
		.no_proxy = o->no_proxy[0] ? o->no_proxy : NULL,
	};
	int r = loop_new(&worker->loop);

	if (r == 0)
		r = http_new(&worker->http, worker->loop, &config);
	buf_done(&worker->ca_pem);
	if (r == HTTP_E_NO_ROOTS) {
		(void)snprintf(why, sizeof(why),
			       "cafile %.300s: there is no certificate in it",
			       o->cafile);
		return worker_refuse(EXIT_CODE_USAGE, why);
	}
	return r < 0 ? worker_refuse_fault("starting HTTP", r) : 0;
}

static int worker_make_sign_in(Worker *worker, const Source *source)
{
	CredentialConfig config;
	char why[512] = "";
	int r;

	identity_configure(&config, &worker->options, worker->state, source,
			   worker->arc_agent);
	r = credential_new(&worker->credential, &config, why, sizeof(why));
	if (r > 0)
		return worker_refuse(EXIT_CODE_AUTHENTICATION, why);
	if (r == 0)
		r = errand_clerk_new(&worker->clerk, worker->loop,
				     WORKER_FD_CONTROL);
	if (r == 0)
		r = sign_in_new(&worker->sign_in, worker->loop, worker->http,
				&worker->credential,
				worker->options.timeout_s * CLOCK_US_PER_S);
	if (r < 0)
		return worker_refuse_fault("signing in", r);
	sign_in_errands(worker->sign_in, errand_clerk_errands(worker->clerk));
	return 0;
}

static int worker_make_vault(Worker *worker)
{
	const Options *o = &worker->options;
	VaultConfig config = {
		.tenant = o->tenant_id[0] ? o->tenant_id : NULL,
		.allowed_tenants = o->allowed_tenants,
		.api_version = o->api_version[0] ? o->api_version
						 : VAULT_API_VERSION_DEFAULT,
	};
	const char *fault = o->resource[0] ? resource_fault(o->resource) : NULL;
	char why[512] = "";
	int r;

	/* Nothing could be read; akvfs doctor says more. */
	if (fault) {
		(void)snprintf(why, sizeof(why), "option resource: it %s",
			       fault);
		return worker_refuse(EXIT_CODE_USAGE, why);
	}
	/* AD FS, at a name of its own, speaks another dialect. */
	if (config.tenant && (!tenant_is_valid(config.tenant) ||
			      ascii_equal_fold(config.tenant, "adfs")))
		return worker_refuse(EXIT_CODE_USAGE,
				     "option tenant_id (or AZURE_TENANT_ID): "
				     "expected the id or a domain of a tenant "
				     "of Microsoft Entra ID");
	r = identity_source(&config.source, &worker->cloud, o, why,
			    sizeof(why));
	if (r > 0)
		return worker_refuse(EXIT_CODE_USAGE, why);
	if (r == 0)
		r = worker_make_sign_in(worker, &config.source);
	if (r > 0)
		return r;
	if (r == 0)
		r = vault_new(&worker->vault, &config, worker->loop,
			      worker->http, worker->sign_in);
	worker->fs.config.tree = (Tree){
		.at_root = config.source.has_collection,
		.collection = config.source.collection,
		.hidden_shown = o->ctldir,
	};
	return r < 0 ? worker_refuse_fault("the vault", r) : 0;
}

/* --- the management plane ------------------------------------------------ */

static int root_ask(void *data, CacheWait *wait)
{
	return plane_ask(data, wait);
}

static int root_value(void *data, Buf *buf, const char *name)
{
	return root_attributes_value(buf, plane_vault(data), name);
}

static int root_list(void *data, Buf *buf)
{
	return root_attributes_list(buf, plane_vault(data));
}

static int worker_make_plane(Worker *worker, const CachePolicy *policy)
{
	const Options *o = &worker->options;
	ArmId id;
	int r = 0;

	if (o->arm_id[0] &&
	    arm_id_parse(&id, o->arm_id, strlen(o->arm_id)) != 0)
		return worker_refuse(EXIT_CODE_USAGE,
				     "option arm_id: expected /subscriptions/"
				     "GUID/resourceGroups/NAME/providers/"
				     "Microsoft.KeyVault/vaults/NAME");
	if (o->arm)
		r = arm_new(&worker->arm, o->arm_id[0] ? &id : NULL,
			    worker->vault, worker->loop, worker->http,
			    worker->sign_in, policy->timeout_us);
	if (r == 0)
		r = plane_new(&worker->plane, worker->loop, worker->arm,
			      policy);
	worker->root_attributes = (RootAttributes){
		.data = worker->plane,
		.ask = root_ask,
		.value = root_value,
		.list = root_list,
	};
	worker->fs.root_attributes = &worker->root_attributes;
	return r < 0 ? worker_refuse_fault("the management plane", r) : 0;
}

static int worker_make_cache(Worker *worker)
{
	const Options *o = &worker->options;
	CachePolicy policy = {
		.ttl_us = o->ttl_s * CLOCK_US_PER_S,
		.negative_ttl_us = o->negative_ttl_s * CLOCK_US_PER_S,
		.stale_us = o->stale_s * CLOCK_US_PER_S,
		.timeout_us = o->timeout_s * CLOCK_US_PER_S,
		.values_max = WORKER_VALUES_MAX,
		/* The rest is for tokens and for what is on its way. */
		.bytes_max = worker->heap_size / 4 * 3,
	};
	CacheSource source = cache_source_vault(worker->vault);
	int r = 0;

	for (size_t i = 0; i < COLLECTIONS && r == 0; i++)
		r = names_new(&worker->names[i],
			      state_names(worker->state, (enum collection)i),
			      STATE_NAMES_SIZE);
	if (r == 0)
		r = nodes_new(&worker->fs.nodes, state_nodes(worker->state),
			      STATE_NODES_SIZE);
	if (r == 0)
		r = snapshots_new(&worker->fs.snapshots);
	if (r == 0)
		r = cache_new(&worker->fs.cache, worker->loop, &source, &policy,
			      worker->names);
	return r < 0 ? worker_refuse_fault("the cache", r)
		     : worker_make_plane(worker, &policy);
}

/* --- serving ------------------------------------------------------------ */

static int worker_status(void *data, Buf *buf)
{
	const Worker *worker = data;
	const StatusFacts facts = {
		.vault = vault_name(worker->vault),
		.identity = sign_in_name(worker->sign_in),
		.signed_in_as = sign_in_identity(worker->sign_in),
		.state = worker->state,
		.cache = worker->fs.cache,
		.counts = &worker->fs.counts,
		.nodes = worker->fs.nodes,
		.http = worker->http,
		.management = plane_state(worker->plane),
		.management_why = plane_why(worker->plane),
		.pending = channel_pending(worker->fs.user.channel),
		.memory_locked = worker->memory_locked,
		.secret_heap_size = worker->heap_size,
	};

	return status_write(buf, &facts);
}

static void worker_make_fs(Worker *worker)
{
	const Options *o = &worker->options;

	worker->fs.config.uid = (uint32_t)o->uid;
	worker->fs.config.gid = (uint32_t)o->gid;
	worker->fs.config.file_mode = o->file_mode & 0777;
	worker->fs.config.dir_mode = o->dir_mode & 0777;
	worker->fs.config.page_cache = o->page_cache;
	worker->fs.config.mounted_s = clock_wall_s();
	/* More than one worker makes in a second, the unit of changed_s. */
	worker->fs.config.rounds_before = worker->state->counters.workers << 16;
	worker->fs.config.ttl_s = o->ttl_s;
	worker->fs.loop = worker->loop;
	worker->fs.origin = vault_origin(worker->vault);
	worker->fs.status = worker_status;
	worker->fs.status_data = worker;
}

static void worker_initialised(AKV_UNUSED ChannelUser *user)
{
	worker_tell(CONTROL_SERVING, EXIT_CODE_OK, "");
}

/* libfuse's own lines take the same road as ours. */
AKV_PRINTF(2, 0)
static void fuse_log_line(enum fuse_log_level level, const char *format,
			  va_list arguments)
{
	char line[LOG_LINE_MAX];
	size_t n;

	if (vsnprintf(line, sizeof(line), format, arguments) < 0)
		return;
	n = strlen(line);
	while (n > 0 && line[n - 1] == '\n')
		line[--n] = '\0';
	if (level <= FUSE_LOG_ERR)
		log_error("%s", line);
	else
		log_debug("%s", line);
}

static int worker_serve(Worker *worker, int fd)
{
	char *argv[] = {(char *)(uintptr_t) "akvfs", NULL};
	struct fuse_args args = FUSE_ARGS_INIT(1, argv);
	const struct fuse_lowlevel_ops *operations = filesystem_operations();
	int r;

	fuse_set_log_func(fuse_log_line);
	worker->session = fuse_session_new(&args, operations,
					   sizeof(*operations), &worker->fs);
	fuse_opt_free_args(&args);
	if (!worker->session)
		return -ENOMEM;
	r = channel_new(&worker->fs.user.channel, worker->loop, worker->session,
			worker->state, fd, &worker->fs.user,
			worker_initialised);
	if (r < 0)
		return r;
	/* Starting and signing in needed more than serving will. */
	(void)malloc_trim(0);
	return channel_start(worker->fs.user.channel);
}

/* Whoever wonders why something may be read, or not, has to know as whom. */
static void worker_say_who(const Worker *worker)
{
	const char *id = sign_in_identity(worker->sign_in);

	log_info("signed in by %s%s%s%s", sign_in_name(worker->sign_in),
		 id[0] != '\0' ? " (" : "", id, id[0] != '\0' ? ")" : "");
}

static void worker_probed(void *data, int code, const char *text)
{
	Worker *worker = data;

	vault_patience(worker->vault, 0);
	if (code == EXIT_CODE_OK)
		worker_say_who(worker);
	worker_tell(CONTROL_PROBED, code, text);
	if (code != EXIT_CODE_OK)
		loop_stop(worker->loop, code);
}

static void worker_obey(Worker *worker, const ControlMessage *message, int fd)
{
	int r = 0;

	switch (message->type) {
	case CONTROL_PROBE:
		vault_patience(worker->vault,
			       sign_in_patience_us(worker->sign_in));
		r = probe_start(&worker->probe, worker->vault,
				worker->options.timeout_s * CLOCK_US_PER_S,
				worker_probed, worker);
		break;
	case CONTROL_SERVE:
		if (fd >= 0 && !worker->session)
			r = worker_serve(worker, fd);
		break;
	case CONTROL_EVICT:
		cache_evict(worker->fs.cache);
		log_info("all values are forgotten");
		break;
	case CONTROL_STOP:
		loop_stop(worker->loop, EXIT_CODE_OK);
		break;
	case CONTROL_ERRAND_STREAM:
	case CONTROL_ERRAND_END:
		errand_clerk_hear(worker->clerk, message, fd);
		break;
	case CONTROL_PROBED:
	case CONTROL_SERVING:
	case CONTROL_ERRAND:
		break;
	}
	if (r < 0) {
		log_error("serving: %s", strerror(-r));
		loop_stop(worker->loop, EXIT_CODE_MOUNT);
	}
}

static void worker_control(void *data, AKV_UNUSED short events)
{
	Worker *worker = data;
	ControlMessage message;
	int fd = -1;
	int r = control_receive(WORKER_FD_CONTROL, &message, &fd);

	if (r == 0)
		worker_obey(worker, &message, fd);
	else if (r != CONTROL_E_NONE)
		loop_stop(worker->loop, EXIT_CODE_OK);
}

static int worker_run(Worker *worker)
{
	int r;

	r = loop_fd_new(&worker->control_watch, worker->loop, WORKER_FD_CONTROL,
			POLLIN, worker_control, worker);
	if (r == 0)
		r = loop_run(worker->loop);
	if (r < 0)
		log_error("the worker's loop: %s", strerror(-r));
	return r < 0 ? EXIT_CODE_MOUNT : r;
}

static void worker_done(Worker *worker)
{
	/* Those who wait first: they are known to cache and session. */
	pending_end(&worker->fs);
	(void)plane_free(worker->plane);
	(void)arm_free(worker->arm);
	(void)cache_free(worker->fs.cache);
	(void)channel_free(worker->fs.user.channel);
	if (worker->session)
		fuse_session_destroy(worker->session);
	(void)snapshots_free(worker->fs.snapshots);
	(void)nodes_free(worker->fs.nodes);
	for (size_t i = 0; i < COLLECTIONS; i++)
		(void)names_free(worker->names[i]);
	(void)vault_free(worker->vault);
	(void)sign_in_free(worker->sign_in);
	(void)errand_clerk_free(worker->clerk);
	(void)credential_free(worker->credential);
	(void)http_free(worker->http);
	(void)loop_fd_free(worker->control_watch);
	(void)loop_free(worker->loop);
	(void)state_free(worker->state);
	buf_done(&worker->ca_pem);
}

static int worker_start(Worker *worker)
{
	int r = state_map(&worker->state, WORKER_FD_STATE);

	if (r < 0)
		return worker_refuse_fault("the shared state", r);
	(void)close(WORKER_FD_STATE);
	worker->state->counters.workers++;
	r = worker_configure(worker);
	if (r == 0)
		r = worker_protect(worker);
	if (r == 0)
		r = worker_make_http(worker);
	if (r == 0)
		r = worker_make_vault(worker);
	if (r == 0)
		r = worker_make_cache(worker);
	if (r == 0)
		worker_make_fs(worker);
	return r;
}

int main(void)
{
	Worker worker = {.ca_pem = BUF_INIT(BUF_MAX_FILE)};
	int r = memory_init();

	log_open(LOG_TARGET_STDERR, LOG_LEVEL_INFO);
	if (r < 0)
		return worker_refuse_fault("memory", r);
	r = worker_start(&worker);
	if (r == 0)
		r = worker_run(&worker);
	worker_done(&worker);
	return r;
}
