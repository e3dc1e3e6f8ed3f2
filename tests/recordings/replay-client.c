/* SPDX-License-Identifier: MIT */

/*
 * replay-client - recorded answers of the real service, given to our readers
 *
 * Reads files of recorded exchanges (tests/data/recordings/README.md) and lets
 * each answer to a GET go the way that it goes in vault/ and auth/. What
 * must come of it is known from the recording itself: the value that was read,
 * the names in a list, the code of an error. Some exchanges hold what only the
 * recorder can have written; for those the refusal is what is expected. Every
 * kind has to occur, and the table at the end says how often it did.
 */

#include <stdio.h>

#include "auth/challenge.h"
#include "auth/token-response.h"
#include "base/clock.h"
#include "base/parse.h"
#include "base/time.h"
#include "tests/recordings/exchange.h"
#include "tests/recordings/replay-objects.h"
#include "vault/answer.h"
#include "vault/refusal.h"

#define NOW_US (1000 * CLOCK_US_PER_S)

static const char *const kind_names[KINDS] = {
	"get",
	"set",
	"bundle without a value",
	"SAS token",
	"key",
	"rotation policy",
	"certificate",
	"certificate that is not issued",
	"operation",
	"storage account",
	"SAS definition",
	"deleted object",
	"list",
	"empty page with a next one",
	"page that is null",
	"versions",
	"deleted ones",
	"SAS definitions",
	"challenge",
	"disabled",
	"forbidden",
	"not found",
	"refused",
	"token",
};

/* --- refusals ----------------------------------------------------------- */

/* In "https://HOST/TENANT": has the recorder put a word there? */
static bool tenant_is_recorders(const char *header)
{
	return strstr(header, "/azure_tenant_id\"") != NULL;
}

static void replay_challenge(const Exchange *exchange, const VaultError *error)
{
	const char *header = exchange->response.challenges[0];
	bool local = header && strstr(header, "https://local\"");
	Source source;
	Challenge challenge;
	RefusalFacts facts = {.source = &source, .challenge = &challenge};
	char why[512] = "";
	int r = challenge_parse(&challenge, exchange->response.challenges,
				exchange->response.n_challenges);

	counts[KIND_CHALLENGE]++;
	if (error->answer != VAULT_E_UNAUTHORIZED)
		wrong(exchange, "answer %s", vault_answer_text(error->answer));
	if (header && tenant_is_recorders(header)) {
		recorders++;
		if (r != CHALLENGE_E_INVALID)
			wrong(exchange, "a tenant that is none was taken");
		return;
	}
	if (r != 0) {
		wrong(exchange, "the challenge was not read: %d", r);
		return;
	}
	if (challenge.tenant[0] == '\0' || !strstr(header, challenge.tenant))
		wrong(exchange, "another tenant: %s", challenge.tenant);
	if (source_parse(&source,
			 strstr(header, "https://managedhsm.azure.net")
				 ? "https://demo.managedhsm.azure.net"
				 : "demo",
			 NULL, why, sizeof(why)) != 0)
		abort();
	recorders += local;
	if (refusal_judge(&facts, why, sizeof(why)) !=
	    (local ? REFUSAL_FINAL : REFUSAL_TAKE_TENANT))
		wrong(exchange, "judged otherwise: %s", why);
}

/* The code of the error's innererror, however deep it lies. */
static const char *innermost(const cJSON *error)
{
	const char *code = "";

	while ((error = cJSON_GetObjectItemCaseSensitive(error, "innererror")))
		code = text_of(error, "code");
	return code;
}

static void replay_refusal(const Exchange *exchange)
{
	static const struct {
		int status;
		enum kind kind;
		enum vault_answer answer;
	} expected[] = {
		{400, KIND_REFUSED, VAULT_E_REFUSED},
		{403, KIND_FORBIDDEN, VAULT_E_FORBIDDEN},
		{404, KIND_NOT_FOUND, VAULT_E_NOT_FOUND},
		{405, KIND_REFUSED, VAULT_E_REFUSED},
		{409, KIND_REFUSED, VAULT_E_REFUSED},
	};
	const cJSON *recorded =
		cJSON_GetObjectItemCaseSensitive(exchange->document, "error");
	const char *inner = innermost(recorded);
	VaultTopic topic = {
		.vault = "demo",
		.collection = exchange->collection,
		.part = exchange->deleted ? PART_DELETED : PART_OBJECT,
	};
	VaultError error;

	vault_error_read(&error, &exchange->response, &topic);
	if (strcmp(error.request_id, exchange->response.request_id) != 0 ||
	    strcmp(error.code, text_of(recorded, "code")) != 0)
		wrong(exchange, "another code or request: %s, %s", error.code,
		      error.request_id);
	if (error.sentence[0] == '\0' || !ascii_is_printable(error.sentence))
		wrong(exchange, "no sentence");
	if (exchange->response.status == 401) {
		replay_challenge(exchange, &error);
		return;
	}
	if (strcmp(error.inner, inner) != 0)
		wrong(exchange, "inner code %s", error.inner);
	if (strcmp(inner, "SecretDisabled") == 0) {
		counts[KIND_DISABLED]++;
		if (error.answer != VAULT_E_DISABLED)
			wrong(exchange, "not disabled");
		return;
	}
	for (size_t i = 0; i < AKV_ARRAY_LEN(expected); i++) {
		if (expected[i].status != exchange->response.status)
			continue;
		counts[expected[i].kind]++;
		if (error.answer != expected[i].answer)
			wrong(exchange, "answer %s",
			      vault_answer_text(error.answer));
		return;
	}
	wrong(exchange, "a status that is not expected");
}

/* --- tokens ------------------------------------------------------------- */

/* Read at the time of the answer, as its Date header has it. */
static void replay_token(const Exchange *exchange)
{
	const char *recorded = text_of(exchange->document, "access_token");
	AuthFailure failure;
	Token token = {0};
	int64_t wall_s = 0;
	int r = time_parse_http_date(&wall_s, exchange->response.date);

	if (r != 0)
		wrong(exchange, "no date");
	r = token_response_read(&token, &failure, &exchange->response, NOW_US,
				wall_s);
	counts[KIND_TOKEN]++;
	if (r != 0) {
		wrong(exchange, "no token: %s", failure.sentence);
		return;
	}
	if (strcmp(secret_bytes(token.bytes), recorded) != 0)
		wrong(exchange, "another token");
	if (token.expires_us < NOW_US + 3000 * CLOCK_US_PER_S ||
	    token.expires_us > NOW_US + 90000 * CLOCK_US_PER_S)
		wrong(exchange, "a life of %llu us",
		      (unsigned long long)(token.expires_us - NOW_US));
	token_done(&token);
}

/* --- files -------------------------------------------------------------- */

/* False if it is of a kind that our readers do not read. */
static bool replay(Exchange *exchange)
{
	int status = exchange->response.status;

	if (strcmp(exchange->operation, "aad.token") == 0 && status == 200) {
		replay_token(exchange);
		return true;
	}
	if (!exchange_take_ask(exchange))
		return false;
	if (status >= 400) {
		replay_refusal(exchange);
		return true;
	}
	return status == 200 &&
	       (replay_object(exchange) || replay_any_list(exchange));
}

/* 1 if the line was replayed, 0 if it is of no kind that is. */
static unsigned replay_line(const char *file, unsigned number, const char *text,
			    size_t n)
{
	AKV_JSON cJSON *line = NULL;
	Exchange exchange = {
		.file = file,
		.line = number,
		.method = "",
		.uri = "",
		.body = BUF_INIT(BUF_MAX_FILE),
	};
	unsigned replayed = 0;
	JsonFault fault = {0};

	if (json_parse(&line, text, n, &fault) != 0)
		wrong(&exchange, "not strict JSON: %s at %zu",
		      fault.what ? fault.what : "", fault.offset);
	else if (exchange_read(&exchange, line) != 0)
		wrong(&exchange, "the exchange cannot be read");
	else
		replayed = replay(&exchange);
	exchange_done(&exchange);
	return replayed;
}

static unsigned replay_file(const char *path, unsigned *ret_others)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	FILE *file = fopen(path, "re");
	unsigned replayed = 0;
	unsigned number = 0;
	char *text = NULL;
	size_t capacity = 0;
	ssize_t n;

	if (!file) {
		perror(path);
		failures++;
		return 0;
	}
	while ((n = getline(&text, &capacity, file)) > 0) {
		unsigned was = replay_line(name, ++number, text, (size_t)n);

		replayed += was;
		*ret_others += !was;
	}
	free(text);
	(void)fclose(file);
	return replayed;
}

int main(int argc, char **argv)
{
	unsigned replayed = 0;
	unsigned others = 0;

	if (secret_heap_init(NULL, 1 << 20) < 0)
		return 1;
	for (int i = 1; i < argc; i++)
		replayed += replay_file(argv[i], &others);
	for (int i = 0; i < KINDS; i++) {
		(void)printf("%5u %s\n", counts[i], kind_names[i]);
		if (counts[i] == 0) {
			(void)fprintf(stderr, "none of the kind: %s\n",
				      kind_names[i]);
			failures++;
		}
	}
	(void)printf("%u replayed, of which %u with what only a recorder can "
		     "have written; %u of other kinds; %u failed\n",
		     replayed, recorders, others, failures);
	return failures == 0 && replayed > 0 ? 0 : 1;
}
