/* SPDX-License-Identifier: MIT */

/* Nobody who reads files waits here: only attributes of the root do. */

#include "cache/plane.h"

#include "base/clock.h"
#include "base/log.h"

struct Plane {
	Loop *loop;
	Arm *arm;
	CachePolicy policy;
	bool asked, under_way;
	ArmVault *vault;    /* owned, or NULL */
	uint64_t known_us;  /* when @vault was asked for */
	uint64_t asked_us;  /* when the last answer was */
	uint64_t until_us;  /* that answer stands until then */
	VaultError failure; /* of that answer; VAULT_OK: none */
	WaitList waiters;
};

int plane_new(Plane **ret, Loop *loop, Arm *arm, const CachePolicy *policy)
{
	Plane *plane = calloc(1, sizeof(*plane));

	if (!plane)
		return -ENOMEM;
	plane->loop = loop;
	plane->arm = arm;
	plane->policy = *policy;
	*ret = plane;
	return 0;
}

Plane *plane_free(Plane *plane)
{
	if (!plane)
		return NULL;
	while (plane->waiters.first)
		wait_remove(plane->waiters.first);
	plane->vault = arm_vault_free(plane->vault);
	free(plane);
	return NULL;
}

static void wait_answer(CacheWait *wait)
{
	const CacheReply reply = {.answer = VAULT_OK};

	wait->done(wait, &reply);
}

/* What is old is better than nothing, for a while. */
static void vault_forget(Plane *plane)
{
	bool passing = vault_answer_is_transient(plane->failure.answer);
	uint64_t good_us = plane->policy.ttl_us + plane->policy.stale_us;

	if (!passing || clock_now_us() - plane->known_us > good_us)
		plane->vault = arm_vault_free(plane->vault);
}

static void plane_take(Plane *plane, ArmVault **vault, const VaultError *error)
{
	plane->under_way = false;
	plane->asked = true;
	plane->failure = *error;
	if (error->answer == VAULT_OK) {
		plane->vault = arm_vault_free(plane->vault);
		plane->vault = AKV_TAKE(*vault);
		plane->known_us = plane->asked_us;
		plane->until_us = plane->asked_us + plane->policy.ttl_us;
		return;
	}
	log_debug("the management plane tells nothing: %s", error->sentence);
	plane->until_us = clock_now_us() + plane->policy.negative_ttl_us;
	vault_forget(plane);
}

static void plane_done(void *data, ArmVault **vault, const VaultError *error)
{
	Plane *plane = data;
	WaitList waiters = {0};

	plane_take(plane, vault, error);
	wait_move(&waiters, &plane->waiters);
	while (waiters.first) {
		CacheWait *wait = waiters.first;

		wait_remove(wait);
		wait_answer(wait);
	}
}

/* Begin to ask, unless that is under way; a fault is an answer, too. */
static void plane_start(Plane *plane)
{
	VaultError error = {.answer = VAULT_E_UNAVAILABLE};
	int r;

	if (plane->under_way)
		return;
	plane->asked_us = clock_now_us();
	r = arm_get(plane->arm, plane_done, plane);
	plane->under_way = r == 0;
	if (r == 0)
		return;
	(void)snprintf(error.sentence, sizeof(error.sentence),
		       "the management plane cannot be asked: %s",
		       strerror(-r));
	plane_take(plane, NULL, &error);
}

int plane_ask(Plane *plane, CacheWait *wait)
{
	uint64_t now_us = clock_now_us();

	if (plane->arm && (!plane->asked || now_us >= plane->until_us))
		plane_start(plane);
	if (!plane->under_way) {
		wait_answer(wait);
		return 0;
	}
	return wait_add(&plane->waiters, wait, plane->loop,
			now_us + plane->policy.timeout_us + WAIT_GRACE_US,
			wait_answer);
}

const ArmVault *plane_vault(const Plane *plane)
{
	return plane->vault;
}

const char *plane_state(const Plane *plane)
{
	if (!plane->arm)
		return "off";
	if (!plane->asked)
		return "not asked";
	if (!plane->vault)
		return "unknown";
	return plane->failure.answer == VAULT_OK ? "known" : "old";
}

const char *plane_why(const Plane *plane)
{
	return plane->failure.answer == VAULT_OK ? "" : plane->failure.sentence;
}
