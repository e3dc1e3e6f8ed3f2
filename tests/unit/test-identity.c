/* SPDX-License-Identifier: MIT */

/* What the options say of who signs in, and where its secrets are kept. */

#include "check.h"
#include "fs/identity.h"

static Options options;
static State *state;
static Source source;
static CredentialConfig config;

static void configure(const char *auth)
{
	(void)snprintf(options.auth, sizeof(options.auth), "%s", auth);
	identity_configure(&config, &options, state, &source, false);
}

static void begin(void)
{
	options_init(&options);
}

static void test_the_authority(void)
{
	begin();
	configure("secret");
	CHECK_STR(config.kind, "secret");
	CHECK_STR(config.authority, source.cloud->authority);
	CHECK_STR(config.exchange_audience, source.cloud->exchange_audience);
	(void)snprintf(options.authority, sizeof(options.authority),
		       "https://login.example");
	configure("secret");
	CHECK_STR(config.authority, "https://login.example");
}

/* Named, workload identity has a file by default; a chain has not. */
static void test_files(void)
{
	begin();
	configure("auto");
	CHECK(!config.certificate && !config.token_file);
	configure("workload");
	CHECK(config.token_file);
	(void)snprintf(options.token_file, sizeof(options.token_file), "/t");
	(void)snprintf(options.certificate, sizeof(options.certificate), "/c");
	configure("auto");
	CHECK(config.certificate && config.token_file);
}

/* An application's id is a managed identity's, unless one is named or the two
 * are different: then the application's must not be taken for it. */
static void test_whose_id(void)
{
	begin();
	(void)snprintf(options.client_id, sizeof(options.client_id), "app");
	configure("managed");
	CHECK_STR(config.managed.client_id, "app");
	configure("federated");
	CHECK(!config.managed.client_id);
	CHECK_STR(config.client_id, "app");
	(void)snprintf(options.identity_object_id,
		       sizeof(options.identity_object_id), "object");
	configure("managed");
	CHECK_STR(config.managed.client_id, "");
	CHECK_STR(config.managed.object_id, "object");
	options.identity_object_id[0] = '\0';
	(void)snprintf(options.identity_client_id,
		       sizeof(options.identity_client_id), "identity");
	configure("federated");
	CHECK_STR(config.managed.client_id, "identity");
	CHECK_STR(config.client_id, "app");
}

static SecretStore *store_at(size_t i)
{
	SecretStore *const stores[] = {
		&config.client_secret,
		&config.certificate_password,
		&config.managed.identity_header,
		&config.managed.msi_secret,
		&config.system_token,
		&config.refresh_token,
	};

	return i < AKV_ARRAY_LEN(stores) ? stores[i] : NULL;
}

/* Each secret is in a place of its own, and another worker finds it. */
static void test_secrets(void)
{
	SecretStore *store;

	begin();
	configure("auto");
	for (size_t i = 0; (store = store_at(i)); i++) {
		AKV_CLEANUP(secret_unrefp) Secret *none = NULL;
		AKV_CLEANUP(secret_unrefp) Secret *secret = NULL;
		char text[16];

		CHECK_EQ(secret_store_probe(store), CREDENTIAL_E_UNAVAILABLE);
		CHECK_EQ(store->open(store->data, &none), -ENOENT);
		CHECK(!none);
		(void)snprintf(text, sizeof(text), "secret %zu", i);
		CHECK_OK(secret_new(&secret, text, strlen(text)));
		CHECK_OK(store->put(store->data, secret));
	}
	memset(&config, 0, sizeof(config));
	configure("auto");
	for (size_t i = 0; (store = store_at(i)); i++) {
		AKV_CLEANUP(secret_unrefp) Secret *secret = NULL;
		char text[16];

		(void)snprintf(text, sizeof(text), "secret %zu", i);
		CHECK_OK(secret_store_probe(store));
		CHECK_OK(store->open(store->data, &secret));
		CHECK_EQ(secret_size(secret), strlen(text));
		CHECK_STR(secret_bytes(secret), text);
	}
	/* One is forgotten, the others stay. */
	store = store_at(0);
	CHECK_OK(store->put(store->data, NULL));
	CHECK_EQ(secret_store_probe(store), CREDENTIAL_E_UNAVAILABLE);
	CHECK_OK(secret_store_probe(store_at(1)));
}

static void test_the_choice_is_kept(void)
{
	begin();
	configure("auto");
	*config.chosen = 3;
	CHECK_EQ(state->sign_in_source, 3);
	configure("auto");
	CHECK_EQ(*config.chosen, 3);
}

int main(void)
{
	char why[256];
	AKV_FD int fd = -1;

	if (secret_heap_init(NULL, 1 << 20) < 0 || state_new(&state, &fd) < 0 ||
	    source_parse(&source, "demo", NULL, why, sizeof(why)) != 0)
		return 1;
	RUN(test_the_authority);
	RUN(test_files);
	RUN(test_whose_id);
	RUN(test_secrets);
	RUN(test_the_choice_is_kept);
	state = state_free(state);
	return check_report();
}
