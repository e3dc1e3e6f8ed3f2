/* SPDX-License-Identifier: MIT */

/* The requests on /secrets, and what becomes of answers that are 200. */

#include "base/clock.h"
#include "base/log.h"
#include "check.h"
#include "fake-http.h"
#include "fake-loop.h"
#include "vault/objects.h"

#define S CLOCK_US_PER_S
#define TENANT "72f988bf-86f1-41af-91ab-2d7cd011db47"
#define V1 "0123456789abcdef0123456789abcdef"
#define HOST "https://demo.vault.azure.net"
#define BUNDLE "{\"value\":\"v\",\"id\":\"" HOST "/secrets/db/" V1 "\"}"

static SignIn *sign_in;
static Vault *vault;
static char logged[256];

static int store_open(AKV_UNUSED void *data, Secret **ret)
{
	return secret_new(ret, "s3cret", 6);
}

static void take_line(AKV_UNUSED enum log_level level, const char *line)
{
	(void)snprintf(logged, sizeof(logged), "%s", line);
}

static void begin(void)
{
	CredentialConfig credential_config = {
		.kind = "secret",
		.authority = "https://login.microsoftonline.com",
		.client_id = "app-1",
		.client_secret = {.open = store_open},
	};
	VaultConfig config = {.tenant = TENANT, .api_version = "7.5"};
	Credential *credential = NULL;
	char why[512];

	logged[0] = '\0';
	log_capture(take_line);
	fake_loop_begin();
	if (credential_new(&credential, &credential_config, why, sizeof(why)) !=
		    0 ||
	    sign_in_new(&sign_in, NULL, NULL, &credential, 5 * S) != 0 ||
	    source_parse(&config.source, "demo", NULL, why, sizeof(why)) != 0 ||
	    vault_new(&vault, &config, NULL, NULL, sign_in) != 0)
		abort();
}

static void end(void)
{
	vault = vault_free(vault);
	sign_in = sign_in_free(sign_in);
	fake_http_reset();
	fake_loop_end();
	log_capture(NULL);
}

static void answer(int status, const char *body)
{
	fake_http_answer(fake_http_last(),
			 &(FakeAnswer){.status = status,
				       .body = body,
				       .request_id = "request-1"});
}

static void grant(void)
{
	answer(200, "{\"expires_in\":3600,\"access_token\":\"t1\"}");
}

/* --- get ---------------------------------------------------------------- */

static const ListKey secrets = {.list = LIST_OBJECTS};

typedef struct Got {
	VaultCall *call;
	unsigned calls;
	VaultError error;
	Secret *value;
	char name[NAME_MAX_LENGTH + 1], version[VERSION_LENGTH + 1];
} Got;

static void got(void *data, const ObjectBundle *bundle, const VaultError *error)
{
	Got *g = data;

	g->calls++;
	g->error = *error;
	if (!!bundle != (error->answer == VAULT_OK))
		abort();
	if (!bundle)
		return;
	g->value = secret_ref(bundle->value);
	(void)snprintf(g->name, sizeof(g->name), "%s", bundle->name);
	(void)snprintf(g->version, sizeof(g->version), "%s", bundle->version);
}

static int get(Got *g, const char *name, const char *version)
{
	ObjectKey key;

	if (object_key_init(&key, COLLECTION_SECRETS, name, strlen(name)) != 0)
		return -EPROTO;
	return objects_get(vault, &g->call, &key, version,
			   clock_now_us() + 5 * S, got, g);
}

static void test_get(void)
{
	Got g = {0};
	size_t used;

	begin();
	CHECK_OK(get(&g, "DB", NULL));
	grant();
	used = secret_heap_used();
	CHECK_STR(fake_http_last()->url, HOST "/secrets/db?api-version=7.5");
	CHECK_STR(fake_http_last()->authorization, "Bearer t1");
	CHECK(fake_http_last()->body_max >= SECRET_VALUE_MAX);
	CHECK_EQ(g.calls, 0);
	answer(200, BUNDLE);
	CHECK_EQ(g.calls, 1);
	CHECK_EQ(g.error.answer, VAULT_OK);
	CHECK_STR(g.name, "db");
	CHECK_STR(g.version, V1);
	CHECK_STR(secret_bytes(g.value), "v");
	g.value = secret_unref(g.value); /* the last reference */
	CHECK_EQ(secret_heap_used(), used);
	end();
}

static void test_get_a_version(void)
{
	Got g = {0};

	begin();
	CHECK_OK(get(&g, "db", V1));
	grant();
	CHECK_STR(fake_http_last()->url,
		  HOST "/secrets/db/" V1 "?api-version=7.5");
	answer(200, BUNDLE);
	CHECK_EQ(g.error.answer, VAULT_OK);
	g.value = secret_unref(g.value);
	CHECK_OK(get(&g, "db", "ffffffffffffffffffffffffffffffff"));
	answer(200, BUNDLE);
	CHECK_EQ(g.error.answer, VAULT_E_UNTRUSTED);
	end();
}

static void test_what_may_not_be_asked(void)
{
	ObjectKey key = {.name = "a/../b"};
	VaultCall *call = NULL;
	Got g = {0};

	begin();
	CHECK_EQ(objects_get(vault, &call, &key, NULL, CLOCK_NEVER, got, &g),
		 -EINVAL);
	CHECK_EQ(get(&g, "db", "1"), -EINVAL);
	CHECK_EQ(get(&g, "db", ""), -EINVAL);
	CHECK_EQ(fake_http_count(), 0);
	end();
}

static void test_an_answer_that_cannot_be_believed(void)
{
	static const char *const bodies[] = {
		"",
		"<html>",
		"{}",
		"{\"value\":\"v\"}",
		"{\"value\":\"a\\u0000b\",\"id\":\"" HOST "/secrets/db/" V1
		"\"}",
		"{\"value\":\"v\",\"id\":\"" HOST "/secrets/other/" V1 "\"}",
	};

	begin();
	CHECK_OK(get(&(Got){0}, "db", NULL));
	grant();
	answer(404, "");
	for (size_t i = 0; i < AKV_ARRAY_LEN(bodies); i++) {
		Got g = {0};

		CHECK_OK(get(&g, "db", NULL));
		answer(200, bodies[i]);
		CHECK_EQ(g.calls, 1);
		CHECK_EQ(g.error.answer, VAULT_E_UNTRUSTED);
		CHECK_EQ(g.error.status, 200);
		CHECK_STR(g.error.request_id, "request-1");
		CHECK(strstr(g.error.sentence, "demo") != NULL);
	}
	end();
}

static void test_a_refusal(void)
{
	Got g = {0};

	begin();
	CHECK_OK(get(&g, "db", NULL));
	grant();
	answer(403, "{\"error\":{\"code\":\"Forbidden\",\"message\":"
		    "\"Operation get is not allowed on a disabled secret.\","
		    "\"innererror\":{\"code\":\"SecretDisabled\"}}}");
	CHECK_EQ(g.calls, 1);
	CHECK_EQ(g.error.answer, VAULT_E_DISABLED);
	CHECK_STR(g.error.inner, "SecretDisabled");
	end();
}

/* Values wait in locked memory, of which there is only so much. */
static void test_no_room_for_a_value(void)
{
	Secret *all[64];
	size_t n = 0;
	Got g = {0};

	begin();
	CHECK_OK(get(&g, "db", NULL));
	grant();
	while (n < AKV_ARRAY_LEN(all) && secret_new_blank(&all[n], 60000) == 0)
		n++;
	CHECK(n < AKV_ARRAY_LEN(all));
	for (size_t size = 32768; size > 0 && n < AKV_ARRAY_LEN(all); size /= 2)
		while (n < AKV_ARRAY_LEN(all) &&
		       secret_new_blank(&all[n], size) == 0)
			n++;
	answer(200, BUNDLE);
	for (; n > 0; n--)
		(void)secret_unref(all[n - 1]);
	CHECK_EQ(g.calls, 1);
	CHECK_EQ(g.error.answer, VAULT_E_UNAVAILABLE);
	CHECK(strstr(g.error.sentence, "LimitMEMLOCK") != NULL);
	end();
}

static void test_cancel_a_get(void)
{
	Got g = {0};

	begin();
	CHECK_OK(get(&g, "db", NULL));
	vault_cancel(g.call);
	grant();
	CHECK_OK(get(&g, "db", NULL));
	vault_cancel(g.call);
	CHECK_EQ(g.calls, 0);
	end(); /* the leak checkers look */
}

/* --- list --------------------------------------------------------------- */

typedef struct Listed {
	VaultCall *call;
	unsigned calls;
	VaultError error;
	size_t n;
	char first[NAME_MAX_LENGTH + 1];
	char next[512];
} Listed;

static void listed(void *data, const ObjectItem *items, size_t n,
		   const char *next, const VaultError *error)
{
	Listed *l = data;

	l->calls++;
	l->error = *error;
	l->n = n;
	(void)snprintf(l->first, sizeof(l->first), "%s",
		       n > 0 ? items[0].name : "");
	(void)snprintf(l->next, sizeof(l->next), "%s", next ? next : "");
}

static int list(Listed *l, const char *page)
{
	return objects_list(vault, &l->call, &secrets, page,
			    clock_now_us() + 5 * S, listed, l);
}

#define ITEM(name) "{\"id\":\"" HOST "/secrets/" name "\"}"

static void test_list_two_pages(void)
{
	Listed l = {0};

	begin();
	CHECK_OK(list(&l, NULL));
	grant();
	CHECK_STR(fake_http_last()->url, HOST "/secrets?api-version=7.5");
	answer(200,
	       "{\"value\":[" ITEM("A") "," ITEM(
		       "b") "],\"nextLink\":\"" HOST
			    ":443/secrets?api-version=7.5&$skiptoken=x\"}");
	CHECK_EQ(l.calls, 1);
	CHECK_EQ(l.error.answer, VAULT_OK);
	CHECK_EQ(l.n, 2);
	CHECK_STR(l.first, "A");
	CHECK_STR(l.next, "/secrets?api-version=7.5&$skiptoken=x");
	CHECK_OK(list(&l, l.next));
	CHECK_STR(fake_http_last()->url,
		  HOST "/secrets?api-version=7.5&$skiptoken=x");
	CHECK_STR(fake_http_last()->authorization, "Bearer t1");
	answer(200, "{\"value\":[],\"nextLink\":null}");
	CHECK_EQ(l.calls, 2);
	CHECK_EQ(l.n, 0);
	CHECK_STR(l.next, "");
	end();
}

static void test_links_that_lead_elsewhere(void)
{
	static const char *const links[] = {
		"https://evil.example/secrets?a=b",
		HOST ".evil.example/secrets?a=b",
		HOST "/keys?a=b",
		"http://demo.vault.azure.net/secrets?a=b",
		HOST "/secrets?api-version=7.5", /* the same page */
	};

	begin();
	CHECK_OK(get(&(Got){0}, "db", NULL));
	grant();
	answer(404, "");
	for (size_t i = 0; i < AKV_ARRAY_LEN(links); i++) {
		Listed l = {0};
		char body[512];

		CHECK_OK(list(&l, NULL));
		(void)snprintf(
			body, sizeof(body),
			"{\"value\":[" ITEM("a") "],\"nextLink\":\"%s\"}",
			links[i]);
		answer(200, body);
		CHECK_EQ(l.calls, 1);
		CHECK_EQ(l.error.answer, VAULT_E_UNTRUSTED);
		CHECK_EQ(l.n, 0);
		CHECK_STR(l.next, "");
		CHECK(strstr(l.error.sentence, "nextLink") != NULL);
	}
	end();
}

static void test_a_list_with_names_that_are_none(void)
{
	Listed l = {0};

	begin();
	CHECK_OK(list(&l, NULL));
	grant();
	answer(200, "{\"value\":[" ITEM("a_b") "," ITEM("ok") "]}");
	CHECK_EQ(l.n, 1);
	CHECK_STR(l.first, "ok");
	CHECK(strstr(logged, "lists 1 names") != NULL);
	CHECK(strstr(logged, "a_b") == NULL);
	end();
}

static void test_a_list_that_is_none(void)
{
	Listed l = {0};

	begin();
	CHECK_OK(list(&l, NULL));
	grant();
	answer(200, "{}");
	CHECK_EQ(l.error.answer, VAULT_E_UNTRUSTED);
	CHECK_OK(list(&l, NULL));
	answer(403, "{\"error\":{\"code\":\"Forbidden\"}}");
	CHECK_EQ(l.error.answer, VAULT_E_FORBIDDEN);
	CHECK_EQ(l.calls, 2);
	CHECK_EQ(list(&l, "/keys?a=b"), -EINVAL);
	CHECK_EQ(list(&l, "https://evil.example/secrets?a=b"), -EINVAL);
	CHECK_EQ(list(&l, "/secretsx"), -EINVAL);
	CHECK_OK(list(&l, NULL));
	vault_cancel(l.call);
	CHECK_EQ(l.calls, 2);
	end();
}

int main(void)
{
	if (secret_heap_init(NULL, 1 << 20) < 0)
		return 1;
	RUN(test_get);
	RUN(test_get_a_version);
	RUN(test_what_may_not_be_asked);
	RUN(test_an_answer_that_cannot_be_believed);
	RUN(test_a_refusal);
	RUN(test_no_room_for_a_value);
	RUN(test_cancel_a_get);
	RUN(test_list_two_pages);
	RUN(test_links_that_lead_elsewhere);
	RUN(test_a_list_with_names_that_are_none);
	RUN(test_a_list_that_is_none);
	return check_report();
}
