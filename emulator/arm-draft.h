/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * arm-draft - what a vault will be if the request at hand is granted
 *
 * A request is read into a draft first: what is refused must change nothing.
 */

#include <cjson/cJSON.h>

#include "base/std.h"
#include "emulator/vault-store.h"

struct ArmApi;

typedef struct ArmDraft {
	VaultFacts facts; /* owned */
	char tenant[GUID_SIZE];
	char location[LOCATION_SIZE];
	bool soft_delete, purge_protection, rbac;
	unsigned retention_days;
	bool fresh; /* there is no such vault yet */
} ArmDraft;

/* From @vault; or of a new one, if NULL. -ENOMEM. */
AKV_MUST_CHECK int arm_draft_init(ArmDraft *ret, const Vault *vault,
				  const struct ArmApi *api);
void arm_draft_done(ArmDraft *draft);

/*
 * What PUT and PATCH have in their bodies. With @whole the body is all there is
 * (PUT), else what it leaves out stays. Returns 0, -ENOMEM, or
 * ARM_DRAFT_E_INVALID with *@why static text.
 */
enum { ARM_DRAFT_E_INVALID = 1, ARM_TAGS_MAX = 50 };
AKV_MUST_CHECK int arm_draft_read(ArmDraft *draft, const cJSON *body,
				  bool whole, const char **why);

/* Make @vault what the draft says, which is empty then. */
void arm_draft_commit(ArmDraft *draft, Vault *vault);
