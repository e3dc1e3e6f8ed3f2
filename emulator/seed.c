/* SPDX-License-Identifier: MIT */

/*
 * Called with the emulator's lock held, or before there are threads. Unknown
 * members are refused: a misspelt seed would make a test of something else.
 */

#include "emulator/seed.h"

#include <strings.h>

#include "base/clock.h"
#include "base/json.h"
#include "emulator/seed-arm.h"
#include "emulator/seed-certificate.h"
#include "emulator/seed-identity.h"
#include "emulator/seed-key.h"
#include "emulator/seed-object.h"

/* The sample vault: enough to look around in. */
static const char default_seed[] =
	"{\"vaults\":{\"demo\":{\"secrets\":{"
	"\"db-password\":{\"value\":\"correct-horse-battery-staple\","
	"\"contentType\":\"text/plain\","
	"\"tags\":{\"team\":\"shop\",\"env\":\"demo\"}},"
	"\"api-key\":{\"value\":\"sk_demo_4eC39HqLyjWDarjtT1zdp7dc\","
	"\"tags\":{\"service\":\"payments\"}},"
	"\"smtp-password\":\"Tr0ub4dor&3\","
	"\"greeting\":\"Hello from the vault\\n\","
	"\"app-settings\":{\"value\":"
	"\"{\\\"log\\\":\\\"info\\\",\\\"retries\\\":3}\","
	"\"contentType\":\"application/json\"},"
	"\"old-password\":{\"value\":\"hunter2\","
	"\"attributes\":{\"enabled\":false}}},"
	"\"keys\":{\"release\":{\"kty\":\"EC\",\"crv\":\"P-256\"}},"
	"\"certificates\":{\"web\":{\"policy\":{\"key_props\":{\"kty\":\"EC\"},"
	"\"secret_props\":{\"contentType\":\"application/x-pem-file\"},"
	"\"x509_props\":{\"subject\":\"CN=shop.example\"}}}}"
	"}}}";

static int refuse(char why[SEED_WHY_SIZE], const char *where, const char *what)
{
	(void)snprintf(why, SEED_WHY_SIZE, "%.200s: %s", where, what);
	return SEED_E_INVALID;
}

static int bool_apply(bool *ret, const cJSON *value)
{
	if (!cJSON_IsBool(value))
		return SEED_E_INVALID;
	*ret = cJSON_IsTrue(value);
	return 0;
}

static int retention_apply(Vault *vault, const cJSON *value)
{
	double days = value->valuedouble;

	if (!cJSON_IsNumber(value) || !(days >= (double)RETENTION_DAYS_MIN) ||
	    !(days <= (double)RETENTION_DAYS_MAX))
		return SEED_E_INVALID;
	vault->retention_days = (unsigned)days;
	return 0;
}

static int location_apply(Vault *vault, const cJSON *value)
{
	if (!cJSON_IsString(value) ||
	    strlen(value->valuestring) >= LOCATION_SIZE)
		return SEED_E_INVALID;
	(void)snprintf(vault->location, LOCATION_SIZE, "%s",
		       value->valuestring);
	return 0;
}

static int tenant_apply(Emulator *emulator, Vault *vault, const cJSON *value)
{
	int r;

	if (!cJSON_IsString(value))
		return SEED_E_INVALID;
	r = directory_add_tenant(&emulator->directory, value->valuestring);
	if (r == 0)
		(void)snprintf(vault->tenant, GUID_SIZE, "%s",
			       value->valuestring);
	return r;
}

/* {"CLIENT-ID":{"secret":...,"tenant":...,"permissions":{...}}} */
static int principal_apply(Emulator *emulator, Vault *vault,
			   const cJSON *principal)
{
	const char *id = principal->string;
	const Principal *known = directory_find(&emulator->directory, id);
	const char *secret = known ? known->secret : "";
	const char *tenant = known ? known->tenant : vault->tenant;
	const cJSON *permissions = NULL;
	int r;

	r = json_get_string(&secret, principal, "secret");
	if (r == 0 || r == JSON_E_ABSENT)
		r = json_get_string(&tenant, principal, "tenant");
	if (r == 0 || r == JSON_E_ABSENT)
		r = json_get_object(&permissions, principal, "permissions");
	if (r != 0 && r != JSON_E_ABSENT)
		return SEED_E_INVALID;
	r = permissions_set(&vault->permissions, id, permissions);
	/* The strings may be those of the entry that is being replaced. */
	if (r == 0 &&
	    !(known && secret == known->secret && tenant == known->tenant)) {
		Principal copy = {0};

		(void)snprintf(copy.secret, sizeof(copy.secret), "%s", secret);
		(void)snprintf(copy.tenant, sizeof(copy.tenant), "%s", tenant);
		r = directory_set_principal(&emulator->directory, id,
					    copy.tenant, copy.secret);
		explicit_bzero(&copy, sizeof(copy));
	}
	return r == 0 ? seed_arm_principal(emulator, vault, principal) : r;
}

static int principals_apply(Emulator *emulator, Vault *vault,
			    const cJSON *principals)
{
	const cJSON *principal;

	if (!cJSON_IsObject(principals))
		return SEED_E_INVALID;
	cJSON_ArrayForEach (principal, principals) {
		int r = principal_apply(emulator, vault, principal);

		if (r != 0)
			return r;
	}
	return 0;
}

/* A member of a vault that holds objects; NULL: not served, must be empty. */
static const struct {
	const char *name;
	const SeedKind *kind;
} collections[] = {
	{"secrets", &seed_secrets},
	{"keys", &seed_keys},
	{"certificates", &seed_certificates},
	{"storage", &seed_storage},
};

static int objects_apply(Emulator *emulator, Vault *vault, const SeedKind *kind,
			 const cJSON *objects, char why[SEED_WHY_SIZE])
{
	const char *what = "";
	const cJSON *object;

	if (!cJSON_IsObject(objects))
		return refuse(why, objects->string, "is not an object");
	if (vault->is_hsm && kind->collection != COLLECTION_KEYS)
		return refuse(why, objects->string,
			      "is not what a managed HSM has");
	cJSON_ArrayForEach (object, objects) {
		int r;

		r = seed_object(kind, vault, object, emulator_now_us(emulator),
				&what);
		if (r == SEED_OBJECT_E_INVALID)
			return refuse(why, object->string, what);
		if (r < 0)
			return r;
	}
	return 0;
}

static int vault_property_apply(Emulator *emulator, Vault *vault,
				const cJSON *member)
{
	const char *name = member->string;

	if (strcmp(name, "principals") == 0)
		return principals_apply(emulator, vault, member);
	if (strcmp(name, "tenant") == 0)
		return tenant_apply(emulator, vault, member);
	if (strcmp(name, "location") == 0)
		return location_apply(vault, member);
	/* The management plane's name for it, and a short one. */
	if (strcmp(name, "softDeleteRetentionInDays") == 0 ||
	    strcmp(name, "retentionDays") == 0)
		return retention_apply(vault, member);
	if (strcmp(name, "softDelete") == 0)
		return bool_apply(&vault->soft_delete, member);
	if (strcmp(name, "purgeProtection") == 0)
		return bool_apply(&vault->purge_protection, member);
	if (strcmp(name, "rbac") == 0)
		return bool_apply(&vault->rbac, member);
	if (strcmp(name, "managedHsm") == 0)
		return 0; /* see vault_apply() */
	if (strcmp(name, "emptyPages") == 0)
		return bool_apply(&vault->empty_pages, member);
	return seed_arm_vault(emulator, vault, member);
}

static int vault_member_apply(Emulator *emulator, Vault *vault,
			      const cJSON *member, char why[SEED_WHY_SIZE])
{
	int r;

	for (size_t i = 0; i < AKV_ARRAY_LEN(collections); i++) {
		if (strcmp(member->string, collections[i].name) == 0)
			return objects_apply(emulator, vault,
					     collections[i].kind, member, why);
	}
	r = vault_property_apply(emulator, vault, member);
	if (r > 0)
		return refuse(why, member->string,
			      "is not known here, or has a wrong type, name or "
			      "value inside");
	return r;
}

static int vault_apply(Emulator *emulator, const cJSON *seed,
		       char why[SEED_WHY_SIZE])
{
	Vault *vault = vault_store_find(&emulator->vaults, seed->string);
	const cJSON *member;
	int r;

	if (!vault) {
		r = vault_store_add(&emulator->vaults, &vault, seed->string,
				    DIRECTORY_DEFAULT_TENANT);
		if (r == -EINVAL)
			return refuse(why, seed->string,
				      "is no name for a vault");
		if (r < 0)
			return r;
		seed_arm_made(emulator, vault);
	}
	if (!cJSON_IsObject(seed))
		return refuse(why, seed->string, "is not an object");
	/* Before its keys, wherever it stands. */
	r = json_get_bool(&vault->is_hsm, seed, "managedHsm");
	if (r != 0 && r != JSON_E_ABSENT)
		return refuse(why, "managedHsm", "is not true or false");
	cJSON_ArrayForEach (member, seed) {
		r = vault_member_apply(emulator, vault, member, why);
		if (r != 0)
			return r;
	}
	seed_arm_done(vault);
	return 0;
}

static int lifetime_apply(int64_t *ret, const cJSON *value)
{
	double seconds = value->valuedouble;

	if (!cJSON_IsNumber(value) || !(seconds >= 1) ||
	    !(seconds <= (double)TOKEN_LIFETIME_MAX_S))
		return SEED_E_INVALID;
	*ret = (int64_t)seconds;
	return 0;
}

static int lifetimes_apply(Emulator *emulator, const cJSON *member,
			   char why[SEED_WHY_SIZE])
{
	bool managed = strcmp(member->string, "managedTokenLifetimeS") == 0;

	if (lifetime_apply(managed ? &emulator->managed_lifetime_s
				   : &emulator->token_lifetime_s,
			   member) == 0)
		return 0;
	return refuse(why, member->string, "is not a number of seconds");
}

static int vaults_apply(Emulator *emulator, const cJSON *vaults,
			char why[SEED_WHY_SIZE])
{
	const cJSON *vault;

	if (!cJSON_IsObject(vaults))
		return refuse(why, vaults->string, "is not an object");
	cJSON_ArrayForEach (vault, vaults) {
		int r = vault_apply(emulator, vault, why);

		if (r != 0)
			return r;
	}
	return 0;
}

static const struct {
	const char *name;
	int (*apply)(Emulator *emulator, const cJSON *member,
		     char why[SEED_WHY_SIZE]);
} members[] = {
	{"vaults", vaults_apply},
	{"tenants", seed_tenants},
	{"host", seed_host},
	{"pipelines", seed_pipelines},
	{"tokenLifetimeS", lifetimes_apply},
	{"managedTokenLifetimeS", lifetimes_apply},
};

static int member_apply(Emulator *emulator, const cJSON *member,
			char why[SEED_WHY_SIZE])
{
	int r;

	for (size_t i = 0; i < AKV_ARRAY_LEN(members); i++) {
		if (strcmp(member->string, members[i].name) == 0)
			return members[i].apply(emulator, member, why);
	}
	r = seed_arm_top(emulator, member);
	if (r > 0)
		return refuse(why, member->string,
			      "is not known here, or no object");
	return r;
}

int seed_apply(Emulator *emulator, const cJSON *seed, char why[SEED_WHY_SIZE])
{
	const cJSON *member;

	if (!cJSON_IsObject(seed))
		return refuse(why, "the seed", "is not an object");
	cJSON_ArrayForEach (member, seed) {
		int r = member_apply(emulator, member, why);

		if (r != 0)
			return r;
	}
	return 0;
}

int seed_apply_default(Emulator *emulator)
{
	AKV_JSON cJSON *seed = cJSON_Parse(default_seed);
	char why[SEED_WHY_SIZE];
	int r;

	if (!seed)
		return -ENOMEM;
	r = seed_apply(emulator, seed, why);
	return r > 0 ? -EINVAL : r;
}
