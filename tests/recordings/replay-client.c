/* SPDX-License-Identifier: MIT */

/*
 * replay-client - recorded answers of the real service, given to our readers
 *
 * Reads files of recorded exchanges (tests/data/recordings/README.md) and lets
 * each answer about secrets go the way that it goes in vault/ and auth/. What
 * must come of it is known from the recording itself: the value that was read,
 * the names in a list, the code of an error. Some exchanges hold what only the
 * recorder can have written; for those the refusal is what is expected. Every
 * kind has to occur, and the table at the end says how often it did.
 */

#include <stdarg.h>
#include <stdio.h>

#include "auth/challenge.h"
#include "auth/token-response.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/parse.h"
#include "base/time.h"
#include "base/url.h"
#include "vault/answer.h"
#include "vault/link.h"
#include "vault/model.h"
#include "vault/refusal.h"

#define NOW_US (1000 * CLOCK_US_PER_S)

enum kind {
	KIND_GET,        /* 200: the recorded value */
	KIND_SET,        /* 200 of a PUT: the same form */
	KIND_NO_VALUE,   /* 200 of a change: a bundle without value, refused */
	KIND_LIST,       /* 200: every name, and the next page's target */
	KIND_LIST_EMPTY, /* a page without items that has a next one */
	KIND_VERSIONS,   /* 200: no list of names; its link for its own path */
	KIND_CHALLENGE,  /* 401: the tenant */
	KIND_DISABLED,   /* 403 with that innererror */
	KIND_FORBIDDEN,  /* 403 otherwise */
	KIND_NOT_FOUND,
	KIND_REFUSED, /* 400, 405, 409 */
	KIND_TOKEN,   /* 200 of a token endpoint */
	KINDS,
};

static const char *const kind_names[KINDS] = {
	"get",
	"set",
	"bundle without a value",
	"list",
	"empty page with a next one",
	"versions",
	"challenge",
	"disabled",
	"forbidden",
	"not found",
	"refused",
	"token",
};

static unsigned counts[KINDS];
static unsigned recorders; /* exchanges with what a recorder has written */
static unsigned failures;

typedef struct Exchange {
	const char *file;
	unsigned line;
	const char *operation, *method, *uri;
	Url url;
	Origin origin;  /* of the request, but https if a proxy was recorded */
	char name[256]; /* the second segment of the path; "" if none */
	char version[VERSION_LENGTH + 1];
	const cJSON *document; /* the body, if it was JSON */
	Buf body;
	const cJSON *headers;
	HttpResponse response;
} Exchange;

static void AKV_PRINTF(2, 3)
	wrong(const Exchange *exchange, const char *format, ...)
{
	va_list arguments;

	failures++;
	(void)fprintf(stderr, "%s:%u: %s %s -> %d: ", exchange->file,
		      exchange->line, exchange->method, exchange->uri,
		      exchange->response.status);
	va_start(arguments, format);
	(void)vfprintf(stderr, format, arguments);
	va_end(arguments);
	(void)fputc('\n', stderr);
}

static const char *text_of(const cJSON *object, const char *name)
{
	const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);

	return cJSON_IsString(member) ? member->valuestring : "";
}

/* A header in any case of letters; "" if absent. */
static const char *header_of(const Exchange *exchange, const char *name)
{
	const cJSON *header;

	cJSON_ArrayForEach (header, exchange->headers)
		if (ascii_equal_fold(header->string, name) &&
		    cJSON_IsString(header))
			return header->valuestring;
	return "";
}

/* --- an exchange, taken apart ------------------------------------------- */

static void take_segments(Exchange *exchange)
{
	const char *p = strchr(exchange->url.path + 1, '/');
	size_t n;

	if (!p)
		return;
	n = strcspn(++p, "/");
	if (n < sizeof(exchange->name))
		memcpy(exchange->name, p, n);
	p += n;
	if (*p == '/' && version_is_valid(p + 1, strlen(p + 1)))
		memcpy(exchange->version, p + 1, VERSION_LENGTH);
}

static int take_body(Exchange *exchange, const cJSON *body)
{
	char *printed;
	int r;

	if (cJSON_IsString(body))
		return buf_append_string(&exchange->body, body->valuestring);
	if (!body || cJSON_IsNull(body))
		return 0;
	exchange->document = body;
	printed = cJSON_PrintUnformatted(body);
	if (!printed)
		return -ENOMEM;
	r = buf_append_string(&exchange->body, printed);
	cJSON_free(printed);
	return r;
}

static int exchange_read(Exchange *exchange, const cJSON *line)
{
	const cJSON *request =
		cJSON_GetObjectItemCaseSensitive(line, "request");
	const cJSON *response =
		cJSON_GetObjectItemCaseSensitive(line, "response");
	HttpResponse *r = &exchange->response;

	exchange->operation = text_of(line, "op");
	exchange->method = text_of(request, "method");
	exchange->uri = text_of(request, "uri");
	exchange->headers =
		cJSON_GetObjectItemCaseSensitive(response, "headers");
	if (url_parse(&exchange->url, exchange->uri, NULL) != 0)
		return -EINVAL;
	exchange->origin = exchange->url.origin;
	(void)snprintf(exchange->origin.scheme, sizeof(exchange->origin.scheme),
		       "https");
	exchange->origin.port = 443;
	take_segments(exchange);
	if (take_body(exchange,
		      cJSON_GetObjectItemCaseSensitive(response, "body")) != 0)
		return -ENOMEM;
	r->status =
		cJSON_GetObjectItemCaseSensitive(response, "status")->valueint;
	r->body = exchange->body.p;
	r->body_size = exchange->body.n;
	r->challenges[0] = header_of(exchange, "WWW-Authenticate");
	r->n_challenges = r->challenges[0][0] != '\0';
	r->request_id = header_of(exchange, "x-ms-request-id");
	r->network_info = header_of(exchange, "x-ms-keyvault-network-info");
	r->date = header_of(exchange, "Date");
	r->retry_after = header_of(exchange, "Retry-After");
	r->retry_after_ms = "";
	return 0;
}

/* --- bundles ------------------------------------------------------------ */

/* Does the id name another secret than the request? The recorder's doing. */
static bool id_is_of_another(const Exchange *exchange)
{
	const char *at = strstr(text_of(exchange->document, "id"), "/secrets/");
	size_t n = strlen(exchange->name);

	return at && (strncasecmp(at + 9, exchange->name, n) != 0 ||
		      at[9 + n] != '/');
}

static void bundle_compare(const Exchange *exchange, const ObjectBundle *bundle)
{
	const char *value = text_of(exchange->document, "value");
	const cJSON *attributes = cJSON_GetObjectItemCaseSensitive(
		exchange->document, "attributes");
	const cJSON *updated =
		cJSON_GetObjectItemCaseSensitive(attributes, "updated");

	if (secret_size(bundle->value) != strlen(value) ||
	    memcmp(secret_bytes(bundle->value), value, strlen(value)) != 0)
		wrong(exchange, "another value");
	if (!strstr(text_of(exchange->document, "id"), bundle->version))
		wrong(exchange, "another version");
	if (strcmp(bundle->content_type,
		   text_of(exchange->document, "contentType")) != 0)
		wrong(exchange, "another content type");
	if (cJSON_IsNumber(updated) &&
	    bundle->attributes.updated_s != (int64_t)updated->valuedouble)
		wrong(exchange, "another time of change");
	if (bundle->attributes.recovery_level[0] == '\0' &&
	    strstr(exchange->body.p, "ecovery"))
		wrong(exchange, "no recovery level");
}

static void replay_bundle(const Exchange *exchange, enum kind kind)
{
	bool has_value = cJSON_IsString(
		cJSON_GetObjectItemCaseSensitive(exchange->document, "value"));
	bool foreign = id_is_of_another(exchange);
	ObjectBundle bundle = {0};
	char why[128] = "";
	ObjectKey key;
	int r;

	if (object_key_init(&key, COLLECTION_SECRETS, exchange->name,
			    strlen(exchange->name)) != 0) {
		recorders++;
		return;
	}
	counts[kind]++;
	r = object_bundle_read(
		&bundle, exchange->body.p, exchange->body.n, &key,
		exchange->version[0] != '\0' ? exchange->version : NULL, why,
		sizeof(why));
	if (foreign)
		recorders++;
	if (foreign || !has_value) {
		if (r != MODEL_E_UNTRUSTED ||
		    (!foreign && strcmp(why, "its \"value\" is missing") != 0))
			wrong(exchange, "not refused: %d %s", r, why);
	} else if (r != 0) {
		wrong(exchange, "not read: %d %s", r, why);
	} else {
		bundle_compare(exchange, &bundle);
	}
	if (r == 0)
		object_bundle_done(&bundle);
}

/* --- lists -------------------------------------------------------------- */

/*
 * The link must be taken for the host of the request. Where the recorder wrote
 * another host into the one or the other, it must be refused, and taken for the
 * host that it names itself.
 */
static void replay_link(const Exchange *exchange, const char *link)
{
	AKV_CLEANUP(url_done) Url url = {0};
	const char *why = "";
	char *target = NULL;
	int r = link_target(&target, &why, link, &exchange->origin,
			    exchange->url.path, NULL);

	if (url_parse(&url, link, NULL) != 0) {
		wrong(exchange, "the link is no URL");
	} else if (!origin_equal(&url.origin, &exchange->origin)) {
		recorders++;
		if (r != LINK_E_UNTRUSTED)
			wrong(exchange, "a link elsewhere was taken");
		r = link_target(&target, &why, link, &url.origin,
				exchange->url.path, NULL);
	}
	if (r != 0)
		wrong(exchange, "the link was refused: %s", why);
	else if (!strstr(link, strchr(target, '?')))
		wrong(exchange, "the link was changed: %s", target);
	free(target);
}

static void replay_list(const Exchange *exchange)
{
	const cJSON *value =
		cJSON_GetObjectItemCaseSensitive(exchange->document, "value");
	int recorded = cJSON_GetArraySize(value);
	ObjectItem *items = NULL;
	size_t n = 0;
	size_t dropped = 0;
	char *next = NULL;
	char why[128] = "";
	int r = object_page_read(&items, &n, &dropped, &next,
				 COLLECTION_SECRETS, exchange->body.p,
				 exchange->body.n, why, sizeof(why));

	counts[KIND_LIST]++;
	if (r != 0) {
		wrong(exchange, "not read: %d %s", r, why);
		return;
	}
	if (n != (size_t)recorded || dropped != 0)
		wrong(exchange, "%zu names of %d", n, recorded);
	for (int i = 0; i < recorded && (size_t)i < n; i++)
		if (!ascii_ends_with_fold(
			    text_of(cJSON_GetArrayItem(value, i), "id"),
			    items[i].name))
			wrong(exchange, "another name at %d", i);
	if (strcmp(next, text_of(exchange->document, "nextLink")) != 0)
		wrong(exchange, "another nextLink");
	if (next[0] != '\0') {
		counts[KIND_LIST_EMPTY] += recorded == 0;
		replay_link(exchange, next);
	}
	free(items);
	free(next);
}

/* Versions are no names: their list must not be taken for one of names. */
static void replay_versions(const Exchange *exchange)
{
	const cJSON *value =
		cJSON_GetObjectItemCaseSensitive(exchange->document, "value");
	const char *link = text_of(exchange->document, "nextLink");
	ObjectItem *items = NULL;
	size_t n = 0;
	size_t dropped = 0;
	char *next = NULL;
	char why[128] = "";
	int r = object_page_read(&items, &n, &dropped, &next,
				 COLLECTION_SECRETS, exchange->body.p,
				 exchange->body.n, why, sizeof(why));
	int expected = cJSON_GetArraySize(value) > 0 ? MODEL_E_UNTRUSTED : 0;

	counts[KIND_VERSIONS]++;
	if (r != expected || n != 0)
		wrong(exchange, "read as names: %d, %zu", r, n);
	if (link[0] != '\0')
		replay_link(exchange, link);
	free(items);
	free(next);
}

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
	if (source_parse(&source, "demo", NULL, why, sizeof(why)) != 0)
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
	VaultError error;

	vault_error_read(&error, &exchange->response, "demo");
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

static bool is_operation(const Exchange *exchange, const char *name)
{
	return strcmp(exchange->operation, name) == 0;
}

/* False if it is of a kind that our readers do not read. */
static bool replay(const Exchange *exchange)
{
	bool secret = strncmp(exchange->operation, "secret.", 7) == 0;
	bool deleted = strncmp(exchange->operation, "deletedsecret.", 14) == 0;
	int status = exchange->response.status;

	if ((secret || deleted) && status >= 400)
		replay_refusal(exchange);
	else if (is_operation(exchange, "aad.token") && status == 200)
		replay_token(exchange);
	else if (!secret || status != 200)
		return false;
	else if (is_operation(exchange, "secret.get"))
		replay_bundle(exchange, KIND_GET);
	else if (is_operation(exchange, "secret.set"))
		replay_bundle(exchange, KIND_SET);
	else if (is_operation(exchange, "secret.update") ||
		 is_operation(exchange, "secret.delete"))
		replay_bundle(exchange, KIND_NO_VALUE);
	else if (is_operation(exchange, "secret.list"))
		replay_list(exchange);
	else if (is_operation(exchange, "secret.versions"))
		replay_versions(exchange);
	else
		return false;
	return true;
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
	url_done(&exchange.url);
	buf_done(&exchange.body);
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
