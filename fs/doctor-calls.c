/* SPDX-License-Identifier: MIT */

/*
 * The stages list, secret and arm: the calls that a mount makes. Of an answer
 * that is a success, nothing is looked at. The verdict on a refusal waits for
 * what the management plane says of the vault.
 */

#include "base/clock.h"
#include "fs/doctor.h"
#include "vault/arm.h"
#include "vault/doctor-access.h"
#include "vault/target.h"
#include "vault/vault.h"

/* The management plane is several services, one after the other. */
enum { ARM_TIMES = 3 };

typedef struct Calls {
	Doctor *doctor;
	Vault *vault; /* owned */
	VaultError list, secret, arm_error;
	bool listed, got;
	ArmVault *arm; /* owned; NULL: not to be seen */
} Calls;

typedef struct Answer {
	Loop *loop;
	VaultError *error;
	ArmVault **arm;
} Answer;

static void call_answered(void *data, AKV_UNUSED const HttpResponse *response,
			  const VaultError *error)
{
	const Answer *answer = data;

	*answer->error = *error;
	loop_stop(answer->loop, 0);
}

static VaultAsk ask_about(const Calls *calls, const char *target, bool is_whole)
{
	const Client *client = &calls->doctor->client;

	return (VaultAsk){
		.target = target,
		.collection = vault_first_collection(calls->vault),
		.part = PART_OBJECT,
		.is_whole = is_whole,
		.deadline_us =
			clock_add(clock_now_us(),
				  client->options.timeout_s * CLOCK_US_PER_S),
	};
}

static int call_make(Calls *calls, const char *target, bool is_whole,
		     VaultError *error)
{
	Loop *loop = calls->doctor->client.loop;
	Answer answer = {.loop = loop, .error = error};
	VaultAsk ask = ask_about(calls, target, is_whole);
	VaultCall *call;
	int r = vault_get(calls->vault, &call, &ask, call_answered, &answer);

	return r == 0 ? loop_run(loop) : r;
}

static int call_list(Calls *calls)
{
	AKV_BUF Buf target = BUF_INIT(BUF_MAX_URL);
	ListKey key = {
		.list = LIST_OBJECTS,
		.collection = vault_first_collection(calls->vault),
	};
	int r = target_of_list(&target, &key);

	if (r == 0)
		r = buf_printf(&target, "?api-version=%s&maxresults=1",
			       vault_api_version(calls->vault));
	if (r == 0)
		r = call_make(calls, target.p, true, &calls->list);
	calls->listed = r == 0;
	return r;
}

static int call_secret(Calls *calls)
{
	AKV_BUF Buf target = BUF_INIT(BUF_MAX_URL);
	const char *name = calls->doctor->secret;
	ObjectKey key;
	int r = object_key_init(&key, COLLECTION_SECRETS, name, strlen(name));

	if (r == 0)
		r = target_of_object(&target, &key, NULL);
	if (r == 0)
		r = buf_printf(&target, "?api-version=%s",
			       vault_api_version(calls->vault));
	if (r == 0)
		r = call_make(calls, target.p, false, &calls->secret);
	calls->got = r == 0;
	return r;
}

/* --- the management plane ---------------------------------------------------
 */

static void arm_answered(void *data, ArmVault **vault, const VaultError *error)
{
	const Answer *answer = data;

	*answer->error = *error;
	if (error->answer == VAULT_OK)
		*answer->arm = AKV_TAKE(*vault);
	loop_stop(answer->loop, 0);
}

static void call_arm(Calls *calls)
{
	Client *client = &calls->doctor->client;
	const Options *o = &client->options;
	AKV_CLEANUP(arm_freep) Arm *arm = NULL;
	Answer answer = {client->loop, &calls->arm_error, &calls->arm};
	bool has_id = false;
	ArmId id;
	int r;

	if (o->arm_id[0] != '\0')
		has_id = arm_id_parse(&id, o->arm_id, strlen(o->arm_id)) == 0;
	r = arm_new(&arm, has_id ? &id : NULL, calls->vault, client->loop,
		    client->http, calls->doctor->sign_in,
		    ARM_TIMES * o->timeout_s * CLOCK_US_PER_S);
	if (r == 0)
		r = arm_get(arm, arm_answered, &answer);
	if (r == 0)
		r = loop_run(client->loop);
	if (r < 0)
		(void)snprintf(calls->arm_error.sentence,
			       sizeof(calls->arm_error.sentence), "%s",
			       strerror(-r));
}

/* --- verdicts ---------------------------------------------------------------
 */

/* Did a stage before find that this may be another identity than meant? */
static const char *doubt_of(const Doctor *doctor)
{
	static const char *const codes[] = {"config-incomplete",
					    "token-identity"};

	for (size_t i = 0; i < doctor->n; i++)
		for (size_t k = 0; k < AKV_ARRAY_LEN(codes); k++)
			if (strcmp(doctor->findings[i].code, codes[k]) == 0)
				return doctor->findings[i].sentence;
	return NULL;
}

static void judge(Calls *calls, const char *stage, const char *verb,
		  const char *name, const VaultError *error)
{
	Doctor *doctor = calls->doctor;
	const Source *source = &doctor->client.source;
	AccessFacts facts = {
		.stage = stage,
		.vault = source->vault,
		.verb = verb,
		.noun = source->is_hsm ? "keys" : "secrets",
		.host = source->origin.host,
		.name = name,
		.can_get = calls->got && calls->secret.answer == VAULT_OK,
		.doubt = doubt_of(doctor),
		.error = error,
		.claims = doctor->has_claims ? &doctor->claims : NULL,
		.is_managed = strcmp(doctor->kind, "managed") == 0 ||
			      strcmp(doctor->kind, "arc") == 0,
		.seen_as = doctor->seen_as,
		.now_s = clock_wall_s() - doctor->ahead_s,
		.arm = calls->arm,
	};

	doctor_access(doctor_next(doctor), &facts);
}

static void judge_all(Calls *calls)
{
	Doctor *doctor = calls->doctor;

	if (calls->listed)
		judge(calls, "list", "list", NULL, &calls->list);
	else
		doctor_skip(doctor, "list", "access-fault",
			    "no request can be made");
	if (calls->got)
		judge(calls, "secret", "get", doctor->secret, &calls->secret);
	else if (doctor->secret)
		doctor_skip(doctor, "secret", "access-fault",
			    "no request can be made");
	if (doctor->client.options.arm)
		doctor_arm(doctor_next(doctor), calls->arm, &calls->arm_error,
			   doctor->has_claims ? &doctor->claims : NULL);
	else
		doctor_skip(doctor, "arm", "arm-off", "arm=off");
}

static int calls_begin(Calls *calls)
{
	Doctor *doctor = calls->doctor;
	const Options *o = &doctor->client.options;
	VaultConfig config = {
		.source = doctor->client.source,
		.tenant = o->tenant_id[0] != '\0' ? o->tenant_id : NULL,
		.allowed_tenants = o->allowed_tenants,
		.api_version = o->api_version[0] != '\0'
				       ? o->api_version
				       : VAULT_API_VERSION_DEFAULT,
	};

	return vault_new(&calls->vault, &config, doctor->client.loop,
			 doctor->client.http, doctor->sign_in);
}

static void skip_all(Doctor *doctor, const char *why)
{
	doctor_skip(doctor, "list", "access-not-asked", why);
	if (doctor->secret)
		doctor_skip(doctor, "secret", "access-not-asked", why);
	doctor_skip(doctor, "arm", "arm-not-asked", why);
}

void doctor_look_access(Doctor *doctor)
{
	Calls calls = {.doctor = doctor};
	int r;

	if (!doctor->sign_in || !doctor->is_vault) {
		skip_all(doctor, doctor->sign_in ? "no token is sent there"
						 : "there is no token to send");
		return;
	}
	r = calls_begin(&calls);
	if (r == 0)
		r = call_list(&calls);
	if (r == 0 && doctor->secret)
		r = call_secret(&calls);
	if (r == 0 && doctor->client.options.arm)
		call_arm(&calls);
	judge_all(&calls);
	(void)arm_vault_free(calls.arm);
	(void)vault_free(calls.vault);
}
