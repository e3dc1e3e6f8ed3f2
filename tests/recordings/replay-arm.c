/* SPDX-License-Identifier: MIT */

/*
 * replay-arm FILE... - what the management plane said, given to our readers
 *
 * Each recorded vault is read, and compared with the JSON that it was read of;
 * each recorded list of resources is searched for all that are in it. See
 * tests/data/recordings/README.md.
 */

#include "base/json.h"
#include "tests/unit/check.h"
#include "vault/answer.h"
#include "vault/arm-find.h"
#include "vault/arm-vault.h"

enum { VAULTS_AT_LEAST = 110 };

static unsigned vaults, lists, refusals, wrong;
static char why_text[256];
static const Why why = {.text = why_text, .size = sizeof(why_text)};

static void fail(const char *at, const char *what)
{
	wrong++;
	(void)fprintf(stderr, "%s: %s %s\n", at, what, why_text);
}

static const char *text_of(const cJSON *object, const char *name)
{
	const char *text;

	return json_get_string(&text, object, name) == 0 ? text : "";
}

static int size_of(const cJSON *object, const char *name)
{
	return cJSON_GetArraySize(
		cJSON_GetObjectItemCaseSensitive(object, name));
}

/* Is all of it there that was said? */
static bool is_whole(const ArmVault *vault, const cJSON *said)
{
	const cJSON *properties =
		cJSON_GetObjectItemCaseSensitive(said, "properties");
	const cJSON *sku = cJSON_GetObjectItemCaseSensitive(properties, "sku");
	const cJSON *acls =
		cJSON_GetObjectItemCaseSensitive(properties, "networkAcls");
	const cJSON *rbac = cJSON_GetObjectItemCaseSensitive(
		properties, "enableRbacAuthorization");

	return vault->dropped == 0 &&
	       strcmp(vault->location, text_of(said, "location")) == 0 &&
	       strcmp(vault->tenant, text_of(properties, "tenantId")) == 0 &&
	       strcmp(vault->uri, text_of(properties, "vaultUri")) == 0 &&
	       strcmp(vault->sku, text_of(sku, "name")) == 0 &&
	       strcmp(vault->state, text_of(properties, "provisioningState")) ==
		       0 &&
	       vault->rbac == (bool)cJSON_IsTrue(rbac) &&
	       cJSON_GetArraySize(vault->tags) == size_of(said, "tags") &&
	       cJSON_GetArraySize(vault->policies) ==
		       size_of(properties, "accessPolicies") &&
	       size_of(vault->network_acls, "ipRules") ==
		       size_of(acls, "ipRules") &&
	       size_of(vault->network_acls, "virtualNetworkRules") ==
		       size_of(acls, "virtualNetworkRules");
}

static void replay_vault(const char *at, const cJSON *said, const char *body)
{
	AKV_CLEANUP(arm_vault_freep) ArmVault *vault = NULL;
	const char *text = text_of(said, "id");
	ArmId id;

	vaults++;
	if (arm_id_parse(&id, text, strlen(text)) != 0)
		fail(at, "the id is not read");
	else if (arm_vault_read(&vault, &id, body, strlen(body), &why) != 0)
		fail(at, "the vault is not read");
	else if (!is_whole(vault, said))
		fail(at, "something of the vault is lost");
}

static void replay_list(const char *at, const cJSON *said, const char *body)
{
	const cJSON *item;

	lists++;
	cJSON_ArrayForEach (item, cJSON_GetObjectItem(said, "value")) {
		const char *name = text_of(item, "name");
		char *link = NULL;
		ArmId id;

		if (arm_find_in_resources(&id, &link, name, body, strlen(body),
					  &why) != 0)
			fail(at, "a vault is not found");
		free(link);
	}
}

static void replay_refusal(const char *at, int status, const char *body)
{
	VaultTopic topic = {.vault = "demo"};
	HttpResponse response = {
		.status = status,
		.body = body,
		.body_size = strlen(body),
	};
	VaultError error;

	refusals++;
	vault_error_read(&error, &response, &topic);
	if (error.answer != VAULT_E_NOT_FOUND || error.code[0] == '\0')
		fail(at, "the refusal is not understood");
}

static void replay_line(const char *at, const char *line)
{
	AKV_JSON cJSON *json = cJSON_Parse(line);
	const cJSON *response = cJSON_GetObjectItem(json, "response");
	const cJSON *body = cJSON_GetObjectItem(response, "body");
	const cJSON *number = cJSON_GetObjectItem(response, "status");
	int status = cJSON_IsNumber(number) ? number->valueint : 0;
	const char *operation = text_of(json, "op");
	char *text = cJSON_PrintUnformatted(body);

	why_text[0] = '\0';
	if (strcmp(operation, "arm.vault.get") == 0 && status == 404)
		replay_refusal(at, status, text);
	else if (status == 200 && (strcmp(operation, "arm.vault.get") == 0 ||
				   strcmp(operation, "arm.vault.put") == 0 ||
				   strcmp(operation, "arm.vault.patch") == 0))
		replay_vault(at, body, text);
	else if (status == 200 && strcmp(operation, "arm.vault.list") == 0)
		replay_list(at, body, text);
	cJSON_free(text);
}

static int replay_file(const char *path)
{
	FILE *file = fopen(path, "re");
	char *line = NULL, at[512];
	unsigned number = 0;
	size_t size = 0;

	if (!file)
		return -errno;
	while (getline(&line, &size, file) > 0) {
		(void)snprintf(at, sizeof(at), "%s:%u", path, ++number);
		replay_line(at, line);
	}
	free(line);
	(void)fclose(file);
	return 0;
}

static void test_enough(void)
{
	CHECK(vaults >= VAULTS_AT_LEAST);
	CHECK(lists > 0 && refusals > 0);
	CHECK_EQ(wrong, 0);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (replay_file(argv[i]) < 0) {
			(void)fprintf(stderr, "%s cannot be read\n", argv[i]);
			return 1;
		}
	}
	(void)printf("%u vaults, %u lists, %u refusals\n", vaults, lists,
		     refusals);
	RUN(test_enough);
	return check_report();
}
