/* SPDX-License-Identifier: MIT */

/*
 * Certificates with their keys and secrets, by seeds: what belongs together is
 * renewed, deleted and taken away together.
 */

#include "base/json.h"
#include "emulator/certificate-version.h"
#include "emulator/key-material.h"
#include "emulator/seed.h"
#include "tests/unit/check.h"

#define EC_POLICY                                                  \
	"{\"policy\":{\"key_props\":{\"kty\":\"EC\"%s},"           \
	"\"secret_props\":{\"contentType\":\"application/x-%s\"}," \
	"\"x509_props\":{\"subject\":\"CN=a\"}}%s}"

static Emulator emulator;
static char why[SEED_WHY_SIZE];

/* Put the certificate "a" of the vault "test" into the state of @json. */
static int seed_a(const char *json)
{
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_FORM);
	AKV_JSON cJSON *value = NULL;
	int r = buf_printf(
		&text, "{\"vaults\":{\"test\":{\"certificates\":{\"a\":%s}}}}",
		json);

	if (r < 0)
		return r;
	value = cJSON_Parse(text.p);
	return value ? seed_apply(&emulator, value, why) : -EINVAL;
}

static int seed_ec(const char *form, const char *key, const char *rest)
{
	char text[1024];

	(void)snprintf(text, sizeof(text), EC_POLICY, key, form, rest);
	return seed_a(text);
}

static Object *object_a(enum collection_kind kind)
{
	Vault *vault = vault_store_find(&emulator.vaults, "test");

	return vault ? collection_find(&vault->collections[kind], "a",
				       emulator_now_us(&emulator))
		     : NULL;
}

/* The secret's key and certificate are those of the other two. */
static void family_check(void)
{
	const Version *certificate = object_a(COLLECTION_CERTIFICATES)->current;
	const Version *key = object_a(COLLECTION_KEYS)->current;
	const Version *secret = object_a(COLLECTION_SECRETS)->current;
	const CertificatePart *part = certificate_version_part(certificate);
	AKV_CLEANUP(certificate_content_done) CertificateContent read = {0};

	CHECK_STR(key->id, certificate->id);
	CHECK_STR(secret->id, certificate->id);
	CHECK(key->managed && secret->managed && !certificate->managed);
	CHECK_EQ(secret->exp_s, certificate->exp_s);
	CHECK_EQ(key->enabled, certificate->enabled);
	CHECK_EQ(
		EVP_PKEY_eq(key_version_material(key)->pkey, part->content.key),
		1);
	CHECK_STR(secret->content_type, "application/x-pem-file");
	CHECK_OK(certificate_content_parse_pem(&read, secret->value,
					       secret->value_size, ""));
	CHECK_EQ(X509_cmp(read.leaf, part->content.leaf), 0);
}

static void test_rotation(void)
{
	CHECK_OK(seed_ec("pem-file", "", ""));
	family_check();
	for (int i = 0; i < 20; i++) {
		CHECK_OK(seed_ec("pem-file", "", ",\"tags\":{\"t\":\"1\"}"));
		family_check();
	}
	CHECK_EQ(object_a(COLLECTION_CERTIFICATES)->n_versions, 21);
	CHECK_EQ(object_a(COLLECTION_KEYS)->n_versions, 21);
	CHECK_EQ(object_a(COLLECTION_SECRETS)->n_versions, 21);
	CHECK(object_a(COLLECTION_SECRETS)->current->tags != NULL);
}

/* Without a policy and a key, what is there is changed. */
static void test_change(void)
{
	CHECK_OK(seed_a("{\"attributes\":{\"enabled\":false}}"));
	family_check();
	CHECK(!object_a(COLLECTION_KEYS)->current->enabled);
	CHECK_OK(seed_a("{\"attributes\":{\"enabled\":true}}"));
	CHECK_EQ(object_a(COLLECTION_CERTIFICATES)->n_versions, 21);
}

static void test_deletion(void)
{
	CHECK_OK(seed_a("{\"deleted\":true}"));
	CHECK_EQ(object_state(object_a(COLLECTION_SECRETS),
			      emulator_now_us(&emulator)),
		 OBJECT_DELETED);
	CHECK_OK(seed_a("{}"));
	CHECK_EQ(object_state(object_a(COLLECTION_KEYS),
			      emulator_now_us(&emulator)),
		 OBJECT_LIVE);
	CHECK_OK(seed_a("null"));
	CHECK(!object_a(COLLECTION_CERTIFICATES));
	CHECK(!object_a(COLLECTION_KEYS));
	CHECK(!object_a(COLLECTION_SECRETS));
}

/* Who may not export the key finds the certificate alone in the secret. */
static void test_not_exportable(void)
{
	CHECK_OK(seed_ec("pem-file", ",\"exportable\":false", ""));
	CHECK(!strstr(object_a(COLLECTION_SECRETS)->current->value,
		      "PRIVATE KEY"));
	CHECK(strstr(object_a(COLLECTION_SECRETS)->current->value,
		     "BEGIN CERTIFICATE") != NULL);
	CHECK(!key_version_material(object_a(COLLECTION_KEYS)->current)
		       ->exportable);
	CHECK_OK(seed_a("null"));
}

static void test_refused(void)
{
	static const char *const cases[] = {
		"{}",
		"{\"value\":\"x\"}",
		"{\"pem\":\"x\"}",
		"{\"pem\":7}",
		"{\"pfx\":\"AAAA\"}",
		"{\"policy\":{}}",
		"{\"policy\":{\"x509_props\":{\"subject\":\"x\"}}}",
		"\"no pem\"",
	};
	AKV_JSON cJSON *key = cJSON_Parse(
		"{\"vaults\":{\"test\":{\"secrets\":{\"a\":\"x\"}}}}");

	for (size_t i = 0; i < AKV_ARRAY_LEN(cases); i++) {
		if (seed_a(cases[i]) != SEED_E_INVALID)
			CHECK_FAIL("not refused: %s", cases[i]);
	}
	CHECK(!object_a(COLLECTION_SECRETS));
	/* Nor is the name of a secret that is somebody else's. */
	CHECK_OK(seed_apply(&emulator, key, why));
	CHECK_EQ(seed_ec("pem-file", "", ""), SEED_E_INVALID);
	CHECK(!object_a(COLLECTION_CERTIFICATES));
	CHECK_STR(object_a(COLLECTION_SECRETS)->current->value, "x");
}

int main(void)
{
	RUN(test_rotation);
	RUN(test_change);
	RUN(test_deletion);
	RUN(test_not_exportable);
	RUN(test_refused);
	vault_store_done(&emulator.vaults);
	directory_done(&emulator.directory);
	return check_report();
}
