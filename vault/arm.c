/* SPDX-License-Identifier: MIT */

/*
 * A get is a run of requests, one after the other, whose order is in
 * enum arm_step; step_done() reads the answer to one and starts the next, or
 * ends the run. The services are Vaults (vault.h) with another origin,
 * resource and, since nobody has to be asked for it, a configured tenant.
 */

#include "vault/arm.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/parse.h"
#include "vault/arm-find.h"
#include "vault/arm-sentence.h"
#include "vault/link.h"

#define API_GRAPH "2022-10-01"
#define API_SUBSCRIPTIONS "2022-12-01"
#define API_RESOURCES "2015-11-01"
#define API_ROLES "2022-04-01"

/* Of Microsoft.KeyVault: the newest first, and what is asked if refused. */
static const char *const versions[] = {"2026-02-01", "2023-07-01",
				       "2019-09-01"};

enum arm_step {
	STEP_IDLE,
	STEP_QUERY,         /* Resource Graph */
	STEP_SUBSCRIPTIONS, /* that may be seen */
	STEP_RESOURCES,     /* the vaults in one of them */
	STEP_VAULT,
	STEP_ROLES,
	STEP_NAMES,  /* Microsoft Graph */
	STEP_FAILED, /* timer: the callback that is owed */
};

struct Arm {
	Loop *loop;
	Http *http;
	SignIn *sign_in;
	Vault *vault; /* of the data plane; borrowed */
	Vault *plane; /* owned; NULL: not asked yet */
	Vault *graph; /* owned; likewise */
	uint64_t timeout_us;
	ArmId id;
	bool id_is_configured;

	enum arm_step step;
	VaultCall *call;
	Timer timer;
	ArmDone done;
	void *data;
	uint64_t deadline_us;
	unsigned requests;
	size_t version;      /* in versions[] */
	ArmSubscriptions in; /* what is searched */
	size_t at;           /* the subscription that is searched now */
	char *target;        /* owned: of the page asked for */
	ArmVault *found;     /* owned */
	VaultError error;    /* with STEP_FAILED */
};

static void arm_fire(Timer *timer);

int arm_new(Arm **ret, const ArmId *id, Vault *vault, Loop *loop, Http *http,
	    SignIn *sign_in, uint64_t timeout_us)
{
	Arm *arm = calloc(1, sizeof(*arm));

	if (!arm)
		return -ENOMEM;
	arm->loop = loop;
	arm->http = http;
	arm->sign_in = sign_in;
	arm->vault = vault;
	arm->timeout_us = timeout_us;
	arm->timer.fire = arm_fire;
	if (id) {
		arm->id = *id;
		arm->id_is_configured = true;
	}
	*ret = arm;
	return 0;
}

/* Let go of what belongs to one run. */
static void run_reset(Arm *arm)
{
	vault_cancel(AKV_TAKE(arm->call));
	loop_timer_clear(arm->loop, &arm->timer);
	arm->step = STEP_IDLE;
	arm->found = arm_vault_free(arm->found);
	free(arm->target);
	arm->target = NULL;
}

Arm *arm_free(Arm *arm)
{
	if (!arm)
		return NULL;
	run_reset(arm);
	arm->plane = vault_free(arm->plane);
	arm->graph = vault_free(arm->graph);
	free(arm);
	return NULL;
}

/* --- the end ------------------------------------------------------------ */

static void end(Arm *arm, const VaultError *error)
{
	AKV_CLEANUP(arm_vault_freep) ArmVault *found = AKV_TAKE(arm->found);
	VaultError said = *error;
	ArmDone done = arm->done;
	void *data = arm->data;

	/* The callback may ask again, or free this. */
	run_reset(arm);
	done(data, &found, &said);
}

static const char *plane_host(const Arm *arm)
{
	const Cloud *cloud = vault_source(arm->vault)->cloud;
	const char *host = cloud->arm ? strstr(cloud->arm, "//") : NULL;

	return host ? host + 2 : "nowhere";
}

/* In words that are about the management plane, not the vault. */
static void end_saying(Arm *arm, const VaultError *error)
{
	VaultError said = *error;

	arm_sentence_write(&said, vault_name(arm->vault), plane_host(arm));
	end(arm, &said);
}

static void end_none(Arm *arm)
{
	VaultError error = {.answer = VAULT_E_NOT_FOUND};

	end_saying(arm, &error);
}

static void end_untrusted(Arm *arm, int r, const char *why)
{
	VaultError error = {.answer = r < 0 ? VAULT_E_UNAVAILABLE
					    : VAULT_E_UNTRUSTED};

	(void)snprintf(error.sentence, sizeof(error.sentence),
		       "the answer of %s cannot be believed: %s",
		       plane_host(arm), r < 0 ? strerror(-r) : why);
	end(arm, &error);
}

/* --- one request -------------------------------------------------------- */

static void step_done(void *data, const HttpResponse *response,
		      const VaultError *error);

/* A service of the same cloud and the same tenant, with its own resource. */
static int service_new(Vault **ret, const Arm *arm, const char *resource)
{
	VaultConfig config = {
		.source = *vault_source(arm->vault),
		.tenant = vault_tenant(arm->vault),
	};
	Url url = {0};
	int r;

	if (!resource || !config.tenant)
		return -ENOTSUP;
	r = url_parse(&url, resource, NULL);
	if (r != 0)
		return r < 0 ? r : -EINVAL;
	config.source.origin = url.origin;
	config.source.resource = resource;
	url_done(&url);
	return vault_new(ret, &config, arm->loop, arm->http, arm->sign_in);
}

/* What may be left out gets half of the time that is left. */
static uint64_t step_deadline(const Arm *arm, enum arm_step step)
{
	uint64_t now_us = clock_now_us();

	if (step == STEP_SUBSCRIPTIONS || step == STEP_RESOURCES ||
	    step == STEP_VAULT || now_us >= arm->deadline_us)
		return arm->deadline_us;
	return now_us + (arm->deadline_us - now_us) / 2;
}

/* GET @target of @service, or POST @body there. */
static int step_start(Arm *arm, enum arm_step step, Vault *service,
		      const char *target, const char *body)
{
	AKV_CLEANUP(secret_unrefp) Secret *sent = NULL;
	VaultAsk ask = {
		.target = target,
		.body_max = ARM_BODY_MAX,
		.deadline_us = step_deadline(arm, step),
	};
	int r = 0;

	if (arm->requests++ >= ARM_REQUESTS_MAX)
		return -E2BIG;
	if (body)
		r = secret_new(&sent, body, strlen(body));
	ask.body = sent;
	arm->step = step;
	return r == 0 ? vault_get(service, &arm->call, &ask, step_done, arm)
		      : r;
}

static int plane_start(Arm *arm, enum arm_step step, const char *target,
		       const char *body)
{
	int r = 0;

	if (!arm->plane)
		r = service_new(&arm->plane, arm,
				vault_source(arm->vault)->cloud->arm);
	return r == 0 ? step_start(arm, step, arm->plane, target, body) : r;
}

static int query_start(Arm *arm)
{
	AKV_BUF Buf body = BUF_INIT(BUF_MAX_LINE);
	int r = arm_find_query(&body, vault_name(arm->vault));

	return r == 0 ? plane_start(arm, STEP_QUERY,
				    "/providers/Microsoft.ResourceGraph/"
				    "resources?api-version=" API_GRAPH,
				    body.p)
		      : r;
}

static int subscriptions_start(Arm *arm)
{
	return plane_start(arm, STEP_SUBSCRIPTIONS,
			   "/subscriptions?api-version=" API_SUBSCRIPTIONS,
			   NULL);
}

/* The first page of the subscription arm->at. */
static int resources_start(Arm *arm)
{
	AKV_BUF Buf target = BUF_INIT(BUF_MAX_URL);
	int r = buf_printf(&target,
			   "/subscriptions/%s/resources?$filter=resourceType"
			   "%%20eq%%20%%27Microsoft.KeyVault%%2Fvaults%%27&"
			   "api-version=" API_RESOURCES,
			   arm->in.ids[arm->at]);

	free(arm->target);
	arm->target = NULL;
	if (r == 0)
		r = buf_take(&target, &arm->target);
	return r == 0 ? plane_start(arm, STEP_RESOURCES, arm->target, NULL) : r;
}

static int vault_start(Arm *arm)
{
	AKV_BUF Buf target = BUF_INIT(BUF_MAX_URL);
	int r = arm_id_append(&target, &arm->id, true);

	if (r == 0)
		r = buf_printf(&target, "?api-version=%s",
			       versions[arm->version]);
	return r == 0 ? plane_start(arm, STEP_VAULT, target.p, NULL) : r;
}

static int roles_start(Arm *arm)
{
	AKV_BUF Buf target = BUF_INIT(BUF_MAX_URL);
	int r = arm_id_append(&target, &arm->id, true);

	if (r == 0)
		r = buf_append_string(&target,
				      "/providers/Microsoft.Authorization/"
				      "roleAssignments?api-version=" API_ROLES
				      "&$filter=atScope()");
	return r == 0 ? plane_start(arm, STEP_ROLES, target.p, NULL) : r;
}

/* STEP_E_NOBODY: there is no name to ask for, or nobody to ask. */
enum { STEP_E_NOBODY = 1 };

static int names_start(Arm *arm)
{
	const Cloud *cloud = vault_source(arm->vault)->cloud;
	char *body = NULL;
	int r = arm_vault_principals(&body, arm->found);

	if (r == 0 && (!body || !cloud->graph))
		r = STEP_E_NOBODY;
	if (r == 0 && !arm->graph)
		r = service_new(&arm->graph, arm, cloud->graph);
	if (r == 0)
		r = step_start(arm, STEP_NAMES, arm->graph,
			       "/v1.0/directoryObjects/getByIds", body);
	cJSON_free(body);
	return r;
}

/* --- what came ---------------------------------------------------------- */

/* Go on with the first step that @r, of the one before, did not start. */
static void go_on(Arm *arm, int r)
{
	if (r < 0)
		end_untrusted(arm, r, "");
}

/* Names and roles are a plus: what goes wrong with them is no failure. */
static void finish(Arm *arm)
{
	VaultError fine = {.answer = VAULT_OK, .status = 200};

	end(arm, &fine);
}

static void names_or_finish(Arm *arm)
{
	if (names_start(arm) != 0)
		finish(arm);
}

static void id_found(Arm *arm, const ArmId *id)
{
	arm->id = *id;
	go_on(arm, vault_start(arm));
}

static void query_done(Arm *arm, const HttpResponse *response, const Why *why)
{
	ArmId id;
	int r = arm_find_in_graph(&id, vault_name(arm->vault),
				  vault_origin(arm->vault)->host,
				  response->body, response->body_size, why);

	if (r == 0)
		id_found(arm, &id);
	else
		go_on(arm, r < 0 ? r : subscriptions_start(arm));
}

static void subscriptions_done(Arm *arm, const HttpResponse *response,
			       const Why *why)
{
	int r = arm_find_subscriptions(&arm->in, response->body,
				       response->body_size, why);

	arm->at = 0;
	if (r == 0)
		go_on(arm, resources_start(arm));
	else if (r == ARM_FIND_E_NONE)
		end_none(arm);
	else
		end_untrusted(arm, r, why->text);
}

/* The next page of this subscription, or else the next subscription. */
static void resources_next(Arm *arm, const char *link)
{
	AKV_BUF Buf path = BUF_INIT(BUF_MAX_URL);
	const char *why;
	char *target = NULL;
	int r = buf_printf(&path, "/subscriptions/%s/resources",
			   arm->in.ids[arm->at]);

	if (r == 0 && link)
		r = link_target(&target, &why, link, vault_origin(arm->plane),
				path.p, arm->target);
	if (r == 0 && target) {
		free(arm->target);
		arm->target = target;
		go_on(arm, plane_start(arm, STEP_RESOURCES, target, NULL));
	} else if (r < 0) {
		go_on(arm, r);
	} else if (++arm->at < arm->in.n) {
		go_on(arm, resources_start(arm));
	} else {
		end_none(arm);
	}
}

static void resources_done(Arm *arm, const HttpResponse *response,
			   const Why *why)
{
	char *link = NULL;
	ArmId id;
	int r = arm_find_in_resources(&id, &link, vault_name(arm->vault),
				      response->body, response->body_size, why);

	if (r == 0)
		id_found(arm, &id);
	else if (r < 0)
		go_on(arm, r);
	else
		resources_next(arm, link);
	free(link);
}

static void vault_done(Arm *arm, const HttpResponse *response, const Why *why)
{
	int r = arm_vault_read(&arm->found, &arm->id, response->body,
			       response->body_size, why);

	if (r != 0)
		end_untrusted(arm, r, why->text);
	else if (roles_start(arm) < 0)
		names_or_finish(arm);
}

static void step_succeeded(Arm *arm, const HttpResponse *response)
{
	char text[256] = "";
	const Why why = {.text = text, .size = sizeof(text)};

	switch (arm->step) {
	case STEP_QUERY:
		query_done(arm, response, &why);
		break;
	case STEP_SUBSCRIPTIONS:
		subscriptions_done(arm, response, &why);
		break;
	case STEP_RESOURCES:
		resources_done(arm, response, &why);
		break;
	case STEP_VAULT:
		vault_done(arm, response, &why);
		break;
	case STEP_ROLES:
		if (arm_vault_read_roles(arm->found, response->body,
					 response->body_size, &why) != 0)
			log_debug("role assignments are left out: %s", text);
		names_or_finish(arm);
		break;
	case STEP_NAMES:
		if (arm_vault_read_names(arm->found, response->body,
					 response->body_size, &why) != 0)
			log_debug("display names are left out: %s", text);
		finish(arm);
		break;
	case STEP_IDLE:
	case STEP_FAILED:
		break;
	}
}

/* Does the refusal mean that the version is not known? */
static bool is_of_version(const VaultError *error)
{
	return ascii_equal_fold(error->code, "NoRegisteredProviderFound") ||
	       ascii_equal_fold(error->code, "InvalidApiVersionParameter") ||
	       ascii_equal_fold(error->code, "InvalidResourceType");
}

static void vault_failed(Arm *arm, const VaultError *error)
{
	if (is_of_version(error) &&
	    arm->version + 1 < AKV_ARRAY_LEN(versions)) {
		arm->version++;
		go_on(arm, vault_start(arm));
		return;
	}
	/* It may have been moved: it is searched for the next time. */
	if (error->answer == VAULT_E_NOT_FOUND && !arm->id_is_configured)
		arm->id = (ArmId){0};
	end_saying(arm, error);
}

/* Is there a point in asking the same host something else? */
static bool is_of_request(enum vault_answer answer)
{
	switch (answer) {
	case VAULT_E_NOT_FOUND:
	case VAULT_E_FORBIDDEN:
	case VAULT_E_REFUSED:
	case VAULT_E_ABSENT:
	case VAULT_E_THROTTLED:
	case VAULT_E_UNTRUSTED:
		return true;
	default:
		return false;
	}
}

static void step_failed(Arm *arm, const VaultError *error)
{
	switch (arm->step) {
	case STEP_QUERY:
		if (is_of_request(error->answer))
			go_on(arm, subscriptions_start(arm));
		else
			end_saying(arm, error);
		break;
	case STEP_RESOURCES:
		if (is_of_request(error->answer))
			resources_next(arm, NULL);
		else
			end_saying(arm, error);
		break;
	case STEP_VAULT:
		vault_failed(arm, error);
		break;
	case STEP_ROLES:
		names_or_finish(arm);
		break;
	case STEP_NAMES:
		finish(arm);
		break;
	case STEP_SUBSCRIPTIONS:
	case STEP_IDLE:
	case STEP_FAILED:
		end_saying(arm, error);
		break;
	}
}

static void step_done(void *data, const HttpResponse *response,
		      const VaultError *error)
{
	Arm *arm = data;

	arm->call = NULL;
	if (error->answer == VAULT_OK)
		step_succeeded(arm, response);
	else
		step_failed(arm, error);
}

/* --- the beginning ------------------------------------------------------ */

static void arm_fire(Timer *timer)
{
	Arm *arm = AKV_CONTAINER_OF(timer, Arm, timer);
	VaultError error = arm->error;

	end(arm, &error);
}

/* Why there is no plane to be asked; NULL if there is. */
static const char *cannot(const Arm *arm)
{
	const Source *source = vault_source(arm->vault);

	if (source->is_hsm)
		return "managed HSMs are not read from the management plane";
	if (!source->cloud->arm)
		return "this cloud's management plane is not known";
	if (!vault_tenant(arm->vault))
		return "the vault has not yet said which tenant it is of";
	return NULL;
}

int arm_get(Arm *arm, ArmDone done, void *data)
{
	const char *why = cannot(arm);
	const ArmId *hint = vault_arm_id(arm->vault);
	int r;

	if (arm->step != STEP_IDLE)
		return -EBUSY;
	arm->done = done;
	arm->data = data;
	arm->deadline_us = clock_now_us() + arm->timeout_us;
	arm->requests = 0;
	arm->version = 0;
	if (why) {
		arm->error = (VaultError){.answer = VAULT_E_ABSENT};
		(void)snprintf(arm->error.sentence, sizeof(arm->error.sentence),
			       "%s", why);
		arm->step = STEP_FAILED;
		return loop_timer_set(arm->loop, &arm->timer, clock_now_us());
	}
	if (arm->id.subscription[0] == '\0' && hint)
		arm->id = *hint;
	r = arm->id.subscription[0] != '\0' ? vault_start(arm)
					    : query_start(arm);
	if (r < 0)
		run_reset(arm);
	return r;
}
