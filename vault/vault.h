/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * vault - the data-plane client of one vault
 *
 * Sends a request with a token that auth/ attached, answers a challenge, mints
 * once after a 401 and replays, retries what is worth it until the deadline
 * (vault/retry.h), and gives whole, checked answers. The calls are in
 * objects.h; this is what they share.
 */

#include "auth/sign-in.h"
#include "base/http.h"
#include "base/loop.h"
#include "base/std.h"
#include "vault/answer.h"
#include "vault/arm-id.h"
#include "vault/source.h"

typedef struct Vault Vault;
typedef struct VaultCall VaultCall;

typedef struct VaultConfig {
	Source source;
	const char *tenant; /* or NULL: the challenge tells */
	/* Where @tenant is not the vault's: "GUID;GUID" that are fine, too, "*"
	 * for any; or NULL. */
	const char *allowed_tenants;
	const char *api_version; /* "7.4" */
} VaultConfig;

#define VAULT_API_VERSION_DEFAULT "7.4"

/*
 * @config is copied; @loop, @http and @sign_in are borrowed and must outlive
 * the vault. Returns 0, -ENOMEM, or -EINVAL for a tenant or version that cannot
 * be one.
 */
AKV_MUST_CHECK int vault_new(Vault **ret, const VaultConfig *config, Loop *loop,
			     Http *http, SignIn *sign_in);
Vault *vault_free(Vault *vault); /* calls under way end without callback */
AKV_DEFINE_CLEANUP(Vault *, vault_free);

const char *vault_name(const Vault *vault);

/*
 * Called once, from the loop. @error->answer is VAULT_OK with @response, whose
 * body is wiped after the call, or else another answer.
 */
typedef void (*VaultDone)(void *data, const HttpResponse *response,
			  const VaultError *error);

typedef struct VaultAsk {
	/* "/secrets/name?api-version=7.4", rebuilt from checked parts. */
	const char *target;
	enum collection collection; /* what it is about, as in VaultTopic */
	enum part part;
	bool is_whole;
	size_t body_max; /* 0: HTTP_BODY_MAX */
	uint64_t deadline_us;
	Secret *body; /* JSON to be sent, which makes it a POST; or NULL */
} VaultAsk;

/*
 * GET that of this vault; or POST, for questions that need a body. Either may
 * be repeated. Returns 0 or a negative errno.
 */
AKV_MUST_CHECK int vault_get(Vault *vault, VaultCall **ret, const VaultAsk *ask,
			     VaultDone done, void *data);

/* A call that ends with VAULT_E_ABSENT, from the loop, without a request. */
AKV_MUST_CHECK int vault_get_nothing(Vault *vault, VaultCall **ret,
				     const VaultAsk *ask, VaultDone done,
				     void *data);

/*
 * Have @memory freed, with free(), when the call has ended in whatever way, its
 * callback included: what vault_get() was given as @data. Once per call.
 */
void vault_call_keep(VaultCall *call, void *memory);

/*
 * End a call without its callback. Accepts NULL; no effect from the call's own
 * callback, after which the call is gone.
 */
void vault_cancel(VaultCall *call);

/*
 * Let a call that begins to wait for a token do so for @patience_us beyond its
 * deadline, which then starts over with the token: the first call of a mount
 * waits for a person or a slow metadata service, and later ones do not.
 */
void vault_patience(Vault *vault, uint64_t patience_us);

const char *vault_api_version(const Vault *vault);
const Origin *vault_origin(const Vault *vault);
const Source *vault_source(const Vault *vault);

/* What it is known by so far, or NULL: its tenant; its id, from a refusal. */
const char *vault_tenant(const Vault *vault);
const ArmId *vault_arm_id(const Vault *vault);

/* Can it have such objects? A managed HSM has keys only. */
bool vault_can_hold(const Vault *vault, enum collection collection);

/* SOURCE's own collection, or else the first that it can have. */
enum collection vault_first_collection(const Vault *vault);

/* For the words of an error about @ask. */
VaultTopic vault_topic(const Vault *vault, const VaultAsk *ask);
