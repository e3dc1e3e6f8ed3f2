/* SPDX-License-Identifier: MIT */

/*
 * Seeds, and the requests that show what became of them: a whole emulator but
 * for its server, asked through its routes.
 */

#include "base/json.h"
#include "emulator/routes.h"
#include "emulator/seed.h"
#include "tests/unit/check.h"

static Emulator emulator;
static char why[SEED_WHY_SIZE];

static int seed(const char *text)
{
	AKV_JSON cJSON *value = cJSON_Parse(text);

	return value ? seed_apply(&emulator, value, why) : -EINVAL;
}

/* The secret of the vault "test", as it is kept. */
static Object *secret(const char *name)
{
	Vault *vault = vault_store_find(&emulator.vaults, "test");

	return vault ? collection_find(&vault->collections[COLLECTION_SECRETS],
				       name, emulator_now_us(&emulator))
		     : NULL;
}

/* Put the secret "a" of the vault "test" into the state of @json. */
static int seed_secret_a(const char *json)
{
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_FORM);
	int r = buf_printf(&text,
			   "{\"vaults\":{\"test\":{\"secrets\":"
			   "{\"a\":%s}}}}",
			   json);

	return r < 0 ? r : seed(text.p);
}

static void test_rotation(void)
{
	CHECK_OK(seed_secret_a("\"one\""));
	CHECK_STR(secret("A")->current->value, "one");
	CHECK_OK(seed_secret_a("{\"value\":\"two\",\"contentType\":\"t\"}"));
	CHECK_EQ(secret("a")->n_versions, 2);
	CHECK_STR(secret("a")->current->value, "two");
	CHECK_STR(secret("a")->current->content_type, "t");
	/* Without a value it is changed, not rotated. */
	CHECK_OK(seed_secret_a("{\"attributes\":{\"enabled\":false}}"));
	CHECK_EQ(secret("a")->n_versions, 2);
	CHECK(!secret("a")->current->enabled);
	CHECK_STR(secret("a")->current->value, "two");
	CHECK_OK(seed_secret_a("null"));
	CHECK(!secret("a"));
}

static void test_versions_and_deletion(void)
{
	CHECK_OK(seed_secret_a("{\"versions\":[{\"value\":\"1\",\"version\":"
			       "\"ABCDEF00000000000000000000000000\"},"
			       "{\"value\":\"2\"}],\"deleted\":true}"));
	CHECK_EQ(secret("a")->n_versions, 2);
	CHECK_STR(secret("a")->current->value, "2");
	CHECK_STR(secret("a")->current->previous,
		  "abcdef00000000000000000000000000");
	CHECK_EQ(object_state(secret("a"), emulator_now_us(&emulator)),
		 OBJECT_DELETED);
	CHECK_OK(seed_secret_a("{\"value\":\"3\"}"));
	CHECK_EQ(object_state(secret("a"), emulator_now_us(&emulator)),
		 OBJECT_LIVE);
	CHECK_OK(seed_secret_a("null"));
}

static void test_vault(void)
{
	const Vault *vault;

	CHECK_OK(seed("{\"tokenLifetimeS\":60,\"vaults\":{\"opts\":{"
		      "\"location\":\"eastus\",\"softDeleteRetentionInDays\":7,"
		      "\"purgeProtection\":true,\"tenant\":\"t2\","
		      "\"emptyPages\":true,\"rbac\":true,\"keys\":{}}}}"));
	vault = vault_store_find(&emulator.vaults, "OPTS");
	CHECK(vault);
	CHECK_STR(vault->location, "eastus");
	CHECK_STR(vault->tenant, "t2");
	CHECK(vault->empty_pages && vault->rbac);
	CHECK_STR(vault_recovery_level(vault), "CustomizedRecoverable");
	CHECK_EQ(emulator.token_lifetime_s, 60);
	CHECK(directory_has_tenant(&emulator.directory, "T2"));
}

static void test_principals(void)
{
	const Principal *principal;
	const Vault *vault;

	CHECK_OK(seed("{\"vaults\":{\"test\":{\"principals\":{\"app-1\":{"
		      "\"secret\":\"s1\",\"permissions\":{\"secrets\":"
		      "[\"get\"]}}}}}}"));
	/* Another vault: the secret is known already. */
	CHECK_OK(seed("{\"vaults\":{\"opts\":{\"principals\":{\"app-1\":{}}}}"
		      "}"));
	principal = directory_find(&emulator.directory, "APP-1");
	CHECK(principal);
	CHECK_STR(principal->secret, "s1");
	CHECK_STR(principal->tenant, DIRECTORY_DEFAULT_TENANT);
	vault = vault_store_find(&emulator.vaults, "test");
	CHECK(permissions_allow(&vault->permissions, "app-1",
				PERMISSION_SECRETS, "get", false));
	CHECK(!permissions_allow(&vault->permissions, "app-1",
				 PERMISSION_SECRETS, "set", true));
}

static void test_wrong_seeds(void)
{
	static const char *const seeds[] = {
		"{\"vaults\":{\"pool\":{\"managedHsm\":1}}}",
		"{\"vaults\":{\"pool\":{\"secrets\":{},\"managedHsm\":true}}}",
		"[]",
		"{\"vault\":{}}",
		"{\"vaults\":{\"x\":{}}}",
		"{\"vaults\":{\"a--b\":{}}}",
		"{\"vaults\":{\"test\":7}}",
		"{\"vaults\":{\"test\":{\"secret\":{}}}}",
		"{\"vaults\":{\"test\":{\"secrets\":{\"a_b\":\"x\"}}}}",
		"{\"vaults\":{\"test\":{\"secrets\":{\"a\":7}}}}",
		"{\"vaults\":{\"test\":{\"keys\":{\"a\":{}}}}}",
		"{\"vaults\":{\"test\":{\"softDelete\":1}}}",
		"{\"vaults\":{\"test\":{\"softDeleteRetentionInDays\":6}}}",
		"{\"tokenLifetimeS\":0}",
	};
	static const char *const secrets[] = {
		"{\"valeu\":\"x\"}",
		"{\"value\":1}",
		"{\"value\":\"x\",\"version\":\"12\"}",
		"{\"versions\":[]}",
		"{\"value\":\"x\",\"attributes\":{\"exp\":\"soon\"}}",
		"{\"value\":\"x\",\"deleted\":1}",
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(seeds); i++) {
		if (seed(seeds[i]) != SEED_E_INVALID)
			CHECK_FAIL("taken: %s", seeds[i]);
	}
	for (size_t i = 0; i < AKV_ARRAY_LEN(secrets); i++) {
		if (seed_secret_a(secrets[i]) != SEED_E_INVALID)
			CHECK_FAIL("taken: %s", secrets[i]);
		CHECK(strncmp(why, "a: ", 3) == 0);
		CHECK(!secret("a"));
	}
}

/* The status of a request without a token, and its body in @reply. */
static unsigned ask(Buf *reply, const char *host, const char *uri)
{
	Exchange exchange;
	unsigned status = 0;

	if (exchange_init(&exchange, uri) == 0) {
		exchange.emulator = &emulator;
		exchange.method = "GET";
		exchange.now_us = emulator_now_us(&emulator);
		exchange_set_host(&exchange, host);
		if (routes_dispatch(&exchange) == 0 &&
		    buf_append(reply, exchange.reply.p, exchange.reply.n) == 0)
			status = exchange.status;
	}
	exchange_done(&exchange);
	return status;
}

static void test_hosts(void)
{
	AKV_BUF Buf reply = BUF_INIT(BUF_MAX_FILE);

	CHECK_EQ(ask(&reply, "test.vault.azure.net", "/secrets"), 401);
	CHECK(strstr(reply.p, "AKV10000"));
	buf_reset(&reply);
	CHECK_EQ(ask(&reply, "none.vault.azure.net", "/secrets"), 404);
	CHECK(strstr(reply.p, "it has: test, opts, pool."));
	buf_reset(&reply);
	/* "pool" is a managed HSM, and "test" is none. */
	CHECK_EQ(ask(&reply, "pool.managedhsm.azure.net", "/keys"), 401);
	CHECK_EQ(ask(&reply, "pool.vault.azure.net", "/keys"), 404);
	CHECK_EQ(ask(&reply, "test.managedhsm.azure.net", "/keys"), 404);
	buf_reset(&reply);
	CHECK_EQ(ask(&reply, "example.com", "/secrets"), 404);
	buf_reset(&reply);
	CHECK_EQ(ask(&reply, "login.microsoftonline.us",
		     "/common/discovery/keys"),
		 200);
	CHECK(strstr(reply.p, emulator.identity.token_key_id));
	buf_reset(&reply);
	CHECK_EQ(ask(&reply, "example.com", "/_emulator/clock"), 200);
	CHECK(strstr(reply.p, "\"advanced_s\":0"));
}

int main(void)
{
	char dir[] = "/tmp/akv-emulator-seed-XXXXXX";
	static const char *const files[] = {
		"backup-key",    "ca-key.pem",     "ca.pem",
		"client-secret", "requests.jsonl", "token-key.pem",
	};

	if (!mkdtemp(dir) || emulator_init(&emulator, dir, NULL) < 0)
		return 1;
	RUN(test_rotation);
	RUN(test_versions_and_deletion);
	RUN(test_vault);
	RUN(test_principals);
	RUN(test_wrong_seeds);
	RUN(test_hosts);
	for (size_t i = 0; i < AKV_ARRAY_LEN(files); i++)
		state_dir_remove(&emulator.state_dir, files[i]);
	emulator_done(&emulator);
	(void)rmdir(dir);
	return check_report();
}
