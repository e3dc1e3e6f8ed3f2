/* SPDX-License-Identifier: MIT */

/* What PUT and PATCH make of a vault, and what they may not. */

#include "base/json.h"
#include "emulator/arm-api.h"
#include "emulator/arm-draft.h"
#include "tests/unit/check.h"

#define TENANT "5e1f6d4c-2b3a-4c58-9d7e-8a9b0c1d2e3f"
#define START                                                                  \
	"{\"location\":\"West Europe\",\"properties\":{\"tenantId\":\"" TENANT \
	"\",\"sku\":{\"family\":\"A\",\"name\":\"premium\"}"

static int read_body(ArmDraft *draft, const char *text, bool whole)
{
	AKV_JSON cJSON *body = cJSON_Parse(text);
	const char *why = NULL;
	int r = body ? arm_draft_read(draft, body, whole, &why) : -EINVAL;

	return r == ARM_DRAFT_E_INVALID && !why ? -EINVAL : r;
}

static int make(ArmDraft *ret, const char *text, const char *version)
{
	int r = arm_draft_init(ret, NULL, arm_api_find(version));

	return r == 0 ? read_body(ret, text, true) : r;
}

static void test_create(void)
{
	AKV_CLEANUP(arm_draft_done) ArmDraft draft = {0};

	CHECK_OK(make(&draft, START ",\"accessPolicies\":[]}}", "2023-07-01"));
	CHECK_STR(draft.location, "westeurope");
	CHECK_STR(draft.tenant, TENANT);
	CHECK_STR(draft.facts.sku, "premium");
	CHECK(draft.soft_delete && !draft.rbac && !draft.purge_protection);
	CHECK_EQ(draft.retention_days, 90);
	CHECK_EQ(draft.facts.rbac, UNSTATED);
}

/* From 2026-02-01 on a new vault asks for roles, and needs no policies. */
static void test_create_by_the_newest(void)
{
	AKV_CLEANUP(arm_draft_done) ArmDraft draft = {0};
	AKV_CLEANUP(arm_draft_done) ArmDraft old = {0};

	CHECK_OK(make(&draft, START "}}", "2026-02-01"));
	CHECK(draft.rbac);
	CHECK_EQ(make(&old, START "}}", "2023-07-01"), ARM_DRAFT_E_INVALID);
}

static void test_create_refused(void)
{
	static const char *const bodies[] = {
		"{}",
		"{\"location\":\"x\"}",
		"{\"properties\":{}}",
		"{\"location\":\"x\",\"properties\":{\"tenantId\":\"t\"}}",
		START ",\"accessPolicies\":{}}}",
		START ",\"accessPolicies\":[{}]}}",
		START ",\"accessPolicies\":[{\"tenantId\":\"" TENANT
		      "\",\"objectId\":\"o\",\"permissions\":{\"keys\":[\"x\"]}"
		      "}]}}",
		START ",\"accessPolicies\":[],\"enableSoftDelete\":1}}",
		START
		",\"accessPolicies\":[],\"softDeleteRetentionInDays\":6}}",
		START
		",\"accessPolicies\":[],\"enablePurgeProtection\":false}}",
		START ",\"accessPolicies\":[],\"publicNetworkAccess\":\"x\"}}",
		START ",\"accessPolicies\":[],\"networkAcls\":[]}}",
		START ",\"accessPolicies\":[]},\"tags\":{\"a\":1}}",
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(bodies); i++) {
		AKV_CLEANUP(arm_draft_done) ArmDraft draft = {0};

		CHECK_EQ(make(&draft, bodies[i], "2023-07-01"),
			 ARM_DRAFT_E_INVALID);
	}
}

/* A vault to be changed; freed by vault_facts_done(). */
static void vault_init(Vault *ret)
{
	*ret = (Vault){
		.tenant = TENANT,
		.location = "eastus",
		.soft_delete = true,
		.retention_days = 30,
	};
	vault_facts_init(&ret->facts);
	ret->facts.network_acls = cJSON_CreateObject();
	ret->facts.tags = cJSON_CreateObject();
}

static int change(ArmDraft *ret, const Vault *vault, const char *text,
		  bool whole)
{
	int r = arm_draft_init(ret, vault, arm_api_find("2023-07-01"));

	return r == 0 ? read_body(ret, text, whole) : r;
}

static void test_patch_keeps_the_rest(void)
{
	AKV_CLEANUP(arm_draft_done) ArmDraft draft = {0};
	Vault vault;

	vault_init(&vault);
	CHECK_OK(change(&draft, &vault, "{\"tags\":{\"a\":\"b\"}}", false));
	CHECK(draft.facts.network_acls && draft.facts.tags->child);
	CHECK_STR(draft.location, "eastus");
	CHECK_EQ(draft.retention_days, 30);
	arm_draft_commit(&draft, &vault);
	CHECK(vault.facts.tags->child != NULL);
	vault_facts_done(&vault.facts);
}

static void test_put_forgets_the_rest(void)
{
	AKV_CLEANUP(arm_draft_done) ArmDraft draft = {0};
	Vault vault;

	vault_init(&vault);
	CHECK_OK(change(&draft, &vault, START "}}", true));
	CHECK(!draft.facts.network_acls && !draft.facts.tags);
	CHECK_STR(draft.location, "eastus");
	vault_facts_done(&vault.facts);
}

static void test_what_is_for_ever(void)
{
	static const char *const properties[] = {
		"\"enableSoftDelete\":false",
		"\"enablePurgeProtection\":false",
		"\"softDeleteRetentionInDays\":31",
	};
	char body[256];
	Vault vault;

	vault_init(&vault);
	for (size_t i = 0; i < AKV_ARRAY_LEN(properties); i++) {
		AKV_CLEANUP(arm_draft_done) ArmDraft draft = {0};

		(void)snprintf(body, sizeof(body), "{\"properties\":{%s}}",
			       properties[i]);
		CHECK_EQ(change(&draft, &vault, body, false),
			 ARM_DRAFT_E_INVALID);
	}
	CHECK(vault.soft_delete);
	vault_facts_done(&vault.facts);
}

int main(void)
{
	RUN(test_create);
	RUN(test_create_by_the_newest);
	RUN(test_create_refused);
	RUN(test_patch_keeps_the_rest);
	RUN(test_put_forgets_the_rest);
	RUN(test_what_is_for_ever);
	return check_report();
}
