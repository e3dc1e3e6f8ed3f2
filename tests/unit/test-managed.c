/* SPDX-License-Identifier: MIT */

/* What is asked of each host, when it is asked again, and what its answers
 * mean.
 */

#include "auth/managed-answer.h"
#include "auth/managed.h"
#include "exchange-test.h"

#define S CLOCK_US_PER_S
#define IMDS_URL                                                \
	"http://169.254.169.254/metadata/identity/oauth2/token" \
	"?api-version=2018-02-01&resource=https%3A%2F%2Fvault." \
	"azure.net"
#define TOKEN                                               \
	"{\"access_token\":\"t\",\"expires_in\":\"86399\"," \
	"\"expires_on\":\"1764039599\",\"token_type\":\"Bearer\"}"

static Credential *credential;

static void begin(const CredentialOps *ops, const ManagedConfig *managed)
{
	CredentialConfig config = {.managed = *managed};

	if (ops->new (&credential, &config) != 0)
		abort();
}

static void end(void)
{
	finish();
	credential = credential_free(credential);
}

static bool has_header(const char *line)
{
	for (size_t i = 0; i < HTTP_REQUEST_HEADERS_MAX; i++)
		if (exchange.request.headers[i] &&
		    strcmp(exchange.request.headers[i], line) == 0)
			return true;
	return false;
}

static void test_imds(void)
{
	begin(&managed_ops, &(ManagedConfig){0});
	CHECK_STR(credential->identity, "system-assigned identity");
	CHECK_OK(start(credential, &ask_vault));
	CHECK_STR(exchange.request.method, "GET");
	CHECK_STR(exchange.request.url, IMDS_URL);
	CHECK(has_header("Metadata: true"));
	CHECK(exchange.request.secret_header == NULL);
	CHECK(exchange.request.body == NULL);
	CHECK(exchange.request.allow_clear && exchange.request.no_proxy);
	CHECK(!exchange.request.pinned);
	/* A machine that is just starting may take long. */
	CHECK_EQ(exchange.request.deadline_us, NOW_US + 60 * S);
	CHECK_EQ(respond(credential, 200, TOKEN), EXCHANGE_E_TOKEN);
	CHECK_STR(token_text(), "t");
	/* A day's token without refresh_in is renewed at half its life. */
	CHECK_EQ(exchange.token.refresh_us, NOW_US + 86399 / 2 * S);
	end();
}

/* 404, 410, 429, 5xx and no answer pass: six more tries, with long pauses. */
static void test_imds_is_asked_again(void)
{
	static const int statuses[] = {404, 410, 429, 500, 0, 511};

	begin(&managed_ops, &(ManagedConfig){0});
	CHECK_OK(start(credential, &ask_vault));
	for (size_t i = 0; i < AKV_ARRAY_LEN(statuses); i++) {
		FakeAnswer none = {.result = HTTP_E_CONNECT};

		CHECK_OK(statuses[i] == 0
				 ? respond_with(credential, &none)
				 : respond(credential, statuses[i], "{}"));
		CHECK_EQ(exchange.act, EXCHANGE_PAUSE);
		CHECK(exchange.until_us > clock_now_us());
		CHECK_OK(pause_over(credential));
		CHECK_EQ(exchange.act, EXCHANGE_REQUEST);
		CHECK_STR(exchange.request.url, IMDS_URL);
	}
	CHECK_EQ(respond(credential, 503, "{\"error\":\"busy\"}"),
		 EXCHANGE_E_FAILED);
	CHECK_EQ(exchange.result, TOKEN_RESPONSE_E_UNREACHABLE);
	end();
}

static void test_pauses(void)
{
	static const unsigned most[] = {2, 6, 14, 25, 25, 25};
	uint64_t sum = 0;

	for (unsigned i = 0; i < 6; i++) {
		uint64_t least = managed_pause_us(MANAGED_IMDS, i + 1, 0);

		CHECK(least <= most[i] * S);
		CHECK(least >= AKV_MIN(most[i] * 799 * S / 1000, 19 * S));
		CHECK(managed_pause_us(MANAGED_IMDS, i + 1, UINT32_MAX) <=
		      25 * S);
		sum += managed_pause_us(MANAGED_IMDS, i + 1, UINT32_MAX);
	}
	CHECK(sum > 70 * S);
	CHECK_EQ(managed_pause_us(MANAGED_IMDS, 7, 0), 0);
	CHECK_EQ(managed_pause_us(MANAGED_ARC, 4, 0), 0);
	CHECK(managed_pause_us(MANAGED_ARC, 3, 0) > 0);
}

static void imds_says(const ManagedConfig *config, int status, const char *body,
		      int expected, int result, const char *words)
{
	begin(&managed_ops, config);
	CHECK_OK(start(credential, &ask_vault));
	CHECK_EQ(respond(credential, status, body), expected);
	CHECK_EQ(exchange.result, result);
	CHECK_EQ(exchange.failure.status, status);
	if (!strstr(exchange.failure.sentence, words))
		CHECK_FAIL("%s", exchange.failure.sentence);
	end();
}

static void test_what_imds_says(void)
{
	static const char missing[] =
		"{\"error\":\"invalid_request\",\"error_description\":"
		"\"Identity not found\"}";
	const ManagedConfig system = {0}, user = {.client_id = "c-1"};

	imds_says(&system, 400, missing, EXCHANGE_E_UNAVAILABLE,
		  TOKEN_RESPONSE_E_REFUSED, "no system-assigned");
	imds_says(&user, 400, missing, EXCHANGE_E_FAILED,
		  TOKEN_RESPONSE_E_REFUSED, "c-1 is not assigned");
	imds_says(&system, 400,
		  "{\"error\":\"invalid_request\",\"error_description\":"
		  "\"Multiple user assigned identities exist, please specify "
		  "the clientId / resourceId of the identity in the token "
		  "request\"}",
		  EXCHANGE_E_FAILED, TOKEN_RESPONSE_E_REFUSED,
		  "identity_client_id=");
	imds_says(&system, 403,
		  "{\"error\":\"x\",\"message\":\"connecting to 169.254.169.254"
		  ": socket operation was attempted to an unreachable host\"}",
		  EXCHANGE_E_UNAVAILABLE, TOKEN_RESPONSE_E_UNREACHABLE,
		  "proxy");
	imds_says(&system, 200, "<html>Welcome</html>", EXCHANGE_E_UNAVAILABLE,
		  TOKEN_RESPONSE_E_INVALID, "NO_PROXY");
	imds_says(&system, 200, "{\"access_token\":\"t\"}", EXCHANGE_E_FAILED,
		  TOKEN_RESPONSE_E_INVALID, "expiry");
	imds_says(&system, 400, "{\"error\":\"invalid_resource\"}",
		  EXCHANGE_E_FAILED, TOKEN_RESPONSE_E_REFUSED,
		  "HTTP 400 invalid_resource");
}

/* In a chain a second is enough to know that there is none. */
static void test_the_probe(void)
{
	begin(&managed_probing_ops, &(ManagedConfig){0});
	CHECK_OK(start(credential, &ask_vault));
	CHECK_STR(exchange.request.url, IMDS_URL);
	CHECK(!has_header("Metadata: true"));
	CHECK_EQ(exchange.request.deadline_us, NOW_US + S);
	CHECK_OK(respond(credential, 400, "whatever"));
	CHECK(has_header("Metadata: true"));
	CHECK_EQ(respond(credential, 200, TOKEN), EXCHANGE_E_TOKEN);
	finish();
	CHECK_OK(start(credential, &ask_vault));
	CHECK_EQ(respond_with(credential,
			      &(FakeAnswer){.result = HTTP_E_TIMEOUT}),
		 EXCHANGE_E_UNAVAILABLE);
	CHECK_EQ(exchange.result, TOKEN_RESPONSE_E_UNREACHABLE);
	end();
}

static Store header = {.secret = "h-1"};

static void test_app_service(void)
{
	begin(&managed_probing_ops,
	      &(ManagedConfig){.identity_endpoint = "http://localhost:8081/msi",
			       .identity_header = store_of(&header)});
	CHECK_OK(start(credential, &ask_vault));
	CHECK_STR(secret_bytes(exchange.request.secret_header),
		  "X-IDENTITY-HEADER: h-1");
	CHECK(has_header("Metadata: true"));
	CHECK_EQ(exchange.request.deadline_us, NOW_US + TIMEOUT_US);
	CHECK_EQ(respond(credential, 200,
			 "{\"access_token\":\"t\",\"expires_on\":"
			 "\"1763956800\",\"resource\":\"r\",\"token_type\":"
			 "\"Bearer\",\"client_id\":\"c\"}"),
		 EXCHANGE_E_TOKEN);
	CHECK_EQ(exchange.token.expires_us, NOW_US + 3600 * S);
	finish();
	/* It is configured, so a failure is one. */
	CHECK_OK(start(credential, &ask_vault));
	CHECK_EQ(respond(credential, 404, "{}"), EXCHANGE_E_FAILED);
	end();
}

static void test_machine_learning(void)
{
	begin(&managed_ops,
	      &(ManagedConfig){.msi_endpoint = "http://127.0.0.1:46808/MSI/a",
			       .msi_secret = store_of(&header)});
	CHECK_OK(start(credential, &ask_vault));
	CHECK_STR(secret_bytes(exchange.request.secret_header), "secret: h-1");
	CHECK(!has_header("Metadata: true"));
	CHECK_EQ(respond(credential, 200,
			 "{\"access_token\":\"t\",\"expires_on\":"
			 "\"11/24/2025 04:00:00 AM +00:00\"}"),
		 EXCHANGE_E_TOKEN);
	CHECK_EQ(exchange.token.expires_us, NOW_US + 3600 * S);
	end();
}

static void test_cloud_shell(void)
{
	begin(&managed_ops,
	      &(ManagedConfig){.msi_endpoint = "http://localhost:50342/o"});
	CHECK_OK(start(credential, &ask_vault));
	CHECK_STR(exchange.request.method, "POST");
	CHECK_STR(exchange.request.url, "http://localhost:50342/o");
	CHECK_STR(exchange.request.content_type,
		  "application/x-www-form-urlencoded");
	CHECK_STR(body_text(), "resource=https%3A%2F%2Fvault.azure.net");
	CHECK(has_header("Metadata: true"));
	end();
}

static void test_service_fabric(void)
{
	ManagedConfig config = {
		.identity_endpoint = "https://10.0.0.4:2377/x",
		.identity_header = store_of(&header),
		.thumbprint = "00112233445566778899AABBCCDDEEFF00112233",
	};

	begin(&managed_ops, &config);
	CHECK_OK(start(credential, &ask_vault));
	CHECK_STR(secret_bytes(exchange.request.secret_header), "Secret: h-1");
	CHECK(exchange.request.pinned && !exchange.request.allow_clear);
	CHECK_EQ(exchange.request.pinned_sha1[19], 0x33);
	CHECK_EQ(respond(credential, 404,
			 "{\"error\":{\"code\":\"ManagedIdentityNotFound\","
			 "\"message\":\"none\"}}"),
		 EXCHANGE_E_FAILED);
	CHECK_STR(exchange.failure.error, "ManagedIdentityNotFound");
	end();
	/* Another certificate stays another; a node that is away may return. */
	begin(&managed_ops, &config);
	CHECK_OK(start(credential, &ask_vault));
	CHECK_OK(respond_with(credential,
			      &(FakeAnswer){.result = HTTP_E_CONNECT}));
	CHECK_EQ(exchange.act, EXCHANGE_PAUSE);
	CHECK_OK(pause_over(credential));
	CHECK_EQ(respond_with(credential, &(FakeAnswer){.result = HTTP_E_TLS}),
		 EXCHANGE_E_FAILED);
	CHECK_EQ(exchange.failure.result, HTTP_E_TLS);
	end();
	config.thumbprint = "00";
	begin(&managed_ops, &config);
	/* A chain must not go on to another identity. */
	CHECK_EQ(start(credential, &ask_vault), EXCHANGE_E_FAILED);
	CHECK(strstr(exchange.failure.sentence, "IDENTITY_SERVER_THUMBPRINT"));
	end();
}

static int arc_challenge(const char *challenge)
{
	return respond_with(credential, &(FakeAnswer){.status = 401,
						      .body = "",
						      .challenge = challenge});
}

static void test_arc(void)
{
	begin(&managed_arc_ops, &(ManagedConfig){0});
	CHECK_OK(start(credential, &ask_vault));
	CHECK(exchange.request.secret_header == NULL);
	CHECK_OK(arc_challenge("Basic realm=" ARC_KEY_FOLDER "/k-1.key"));
	CHECK_EQ(exchange.act, EXCHANGE_ERRAND);
	CHECK_EQ(exchange.errand.kind, ERRAND_ARC_KEY);
	CHECK_STR(exchange.errand.words[0], "k-1.key");
	CHECK_OK(answer(credential, 0, 0, "the-key\n", NULL));
	CHECK_STR(secret_bytes(exchange.request.secret_header),
		  "Authorization: Basic the-key");
	CHECK(has_header("Metadata: true"));
	CHECK_EQ(respond(credential, 200, TOKEN), EXCHANGE_E_TOKEN);
	finish();
	/* A second challenge is no invitation to go on for ever. */
	CHECK_OK(start(credential, &ask_vault));
	CHECK_OK(arc_challenge("Basic realm=" ARC_KEY_FOLDER "/k-2.key"));
	CHECK_OK(answer(credential, 0, 0, "k", NULL));
	CHECK_EQ(respond_with(credential,
			      &(FakeAnswer){.status = 401,
					    .body = "{}",
					    .challenge = "Basic realm=x"}),
		 EXCHANGE_E_FAILED);
	end();
}

static void test_arc_key_files(void)
{
	static const struct {
		int result;
		const char *content, *words;
	} rows[] = {
		{-EACCES, NULL, "group himds"},
		{-EPERM, NULL, "not permitted"},
		{-ENOENT, NULL, "No such file"},
		{0, NULL, "it is empty"},
		{0, "a\r\nX: y", "not one word"},
	};

	begin(&managed_arc_ops, &(ManagedConfig){0});
	for (size_t i = 0; i < AKV_ARRAY_LEN(rows); i++) {
		CHECK_OK(start(credential, &ask_vault));
		CHECK_OK(arc_challenge("Basic realm=" ARC_KEY_FOLDER "/k.key"));
		CHECK_EQ(answer(credential, rows[i].result, 0, rows[i].content,
				NULL),
			 EXCHANGE_E_FAILED);
		if (!strstr(exchange.failure.sentence, rows[i].words))
			CHECK_FAIL("%s", exchange.failure.sentence);
		finish();
	}
	CHECK_OK(start(credential, &ask_vault));
	CHECK_EQ(arc_challenge("Basic realm=/etc/shadow.key"),
		 EXCHANGE_E_FAILED);
	CHECK(strstr(exchange.failure.sentence, "no other is read") != NULL);
	end();
}

/* An agent that ignores the selector gives the system's token. */
static void test_arc_has_to_name_the_identity(void)
{
	static const char *const bodies[] = {
		"{\"access_token\":\"t\",\"expires_in\":60,\"client_id\":"
		"\"C-1\"}",
		"{\"access_token\":\"t\",\"expires_in\":60,\"client_id\":"
		"\"other\"}",
		"{\"access_token\":\"t\",\"expires_in\":60}",
	};

	begin(&managed_arc_ops, &(ManagedConfig){.client_id = "c-1"});
	for (size_t i = 0; i < AKV_ARRAY_LEN(bodies); i++) {
		CHECK_OK(start(credential, &ask_vault));
		CHECK_OK(arc_challenge("Basic realm=" ARC_KEY_FOLDER "/k.key"));
		CHECK_OK(answer(credential, 0, 0, "k", NULL));
		CHECK_EQ(respond(credential, 200, bodies[i]),
			 i == 0 ? EXCHANGE_E_TOKEN : EXCHANGE_E_FAILED);
		finish();
	}
	end();
}

int main(void)
{
	if (secret_heap_init(NULL, 1 << 20) < 0)
		return 1;
	RUN(test_imds);
	RUN(test_imds_is_asked_again);
	RUN(test_pauses);
	RUN(test_what_imds_says);
	RUN(test_the_probe);
	RUN(test_app_service);
	RUN(test_machine_learning);
	RUN(test_cloud_shell);
	RUN(test_service_fabric);
	RUN(test_arc);
	RUN(test_arc_key_files);
	RUN(test_arc_has_to_name_the_identity);
	return check_report();
}
