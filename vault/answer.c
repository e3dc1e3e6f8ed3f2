/* SPDX-License-Identifier: MIT */

/*
 * The body of a refusal is read as strictly as any other, and a refusal whose
 * body cannot be read is still one: proxies and old services send none, or
 * HTML. Called by vault.c.
 */

#include "vault/answer.h"

#include "auth/quote.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/parse.h"
#include "vault/retry.h"
#include "vault/sentence.h"

const char *vault_answer_text(enum vault_answer answer)
{
	switch (answer) {
	case VAULT_OK:
		return "ok";
	case VAULT_E_NOT_FOUND:
		return "not found";
	case VAULT_E_FORBIDDEN:
		return "forbidden";
	case VAULT_E_UNAUTHORIZED:
		return "unauthorized";
	case VAULT_E_DISABLED:
		return "disabled";
	case VAULT_E_THROTTLED:
		return "throttled";
	case VAULT_E_UNAVAILABLE:
		return "unavailable";
	case VAULT_E_UNREACHABLE:
		return "unreachable";
	case VAULT_E_UNRESOLVED:
		return "unresolved";
	case VAULT_E_TLS:
		return "tls failure";
	case VAULT_E_UNTRUSTED:
		return "untrusted answer";
	case VAULT_E_REFUSED:
		return "refused";
	case VAULT_E_ABSENT:
		return "absent";
	}
	return "unknown";
}

bool vault_answer_is_transient(enum vault_answer answer)
{
	switch (answer) {
	case VAULT_E_THROTTLED:
	case VAULT_E_UNAVAILABLE:
	case VAULT_E_UNREACHABLE:
	case VAULT_E_UNRESOLVED:
	case VAULT_E_TLS:
		return true;
	case VAULT_OK:
	case VAULT_E_NOT_FOUND:
	case VAULT_E_FORBIDDEN:
	case VAULT_E_UNAUTHORIZED:
	case VAULT_E_DISABLED:
	case VAULT_E_UNTRUSTED:
	case VAULT_E_REFUSED:
	case VAULT_E_ABSENT:
		return false;
	}
	return false;
}

static enum vault_answer answer_of_result(int result)
{
	switch (result) {
	case HTTP_E_RESOLVE:
		return VAULT_E_UNRESOLVED;
	case HTTP_E_CONNECT:
	case HTTP_E_TIMEOUT:
		return VAULT_E_UNREACHABLE;
	case HTTP_E_TLS:
		return VAULT_E_TLS;
	default:
		return VAULT_E_UNTRUSTED;
	}
}

static bool is_of_disabled(const char *inner)
{
	return ascii_equal_fold(inner, "SecretDisabled") ||
	       ascii_equal_fold(inner, "KeyDisabled") ||
	       ascii_equal_fold(inner, "CertificateDisabled");
}

/*
 * Does the refusal say that there is nothing of the kind? Lists exist in every
 * vault that knows the collection, storage accounts have left newer versions
 * of the interface, and who may not read rotation policies has none to show.
 */
static bool is_of_absent(const VaultError *error, const VaultTopic *topic)
{
	bool is_storage = topic->collection == COLLECTION_STORAGE;

	switch (error->status) {
	case 400:
		return is_storage ||
		       ascii_equal_fold(error->code, "NotSupported");
	case 403:
		return topic->part == PART_ROTATION;
	case 404:
		return topic->is_whole;
	default:
		return false;
	}
}

static enum vault_answer answer_of_status(const VaultError *error)
{
	switch (error->status) {
	case 401:
		/* The service has not yet learnt a new signing key. */
		return strcmp(error->inner, "AKV10046") == 0
			       ? VAULT_E_UNAVAILABLE
			       : VAULT_E_UNAUTHORIZED;
	case 403:
		return is_of_disabled(error->inner) ? VAULT_E_DISABLED
						    : VAULT_E_FORBIDDEN;
	case 404:
		return VAULT_E_NOT_FOUND;
	case 408:
		return VAULT_E_UNAVAILABLE;
	case 429:
		return VAULT_E_THROTTLED;
	default:
		if (error->status >= 500)
			return VAULT_E_UNAVAILABLE;
		return error->status >= 300 ? VAULT_E_REFUSED
					    : VAULT_E_UNTRUSTED;
	}
}

static void take_string(char *ret, size_t size, const cJSON *object,
			const char *name)
{
	const char *text;

	if (json_get_string(&text, object, name) == 0)
		quote_text(ret, size, text, strlen(text));
}

/* Some servers write innerError. */
static const cJSON *inner_of(const cJSON *object)
{
	const cJSON *inner;

	if (json_get_object(&inner, object, "innererror") == 0 ||
	    json_get_object(&inner, object, "innerError") == 0)
		return inner;
	return NULL;
}

/* The messages of a 401 begin with a number, "AKV10022: ". */
static void take_number(VaultError *error, const char *message)
{
	size_t n = strlen("AKV");

	if (error->inner[0] != '\0' || strncmp(message, "AKV", n) != 0)
		return;
	n += strspn(message + n, "0123456789");
	if (n < sizeof(error->inner) && message[n] == ':')
		(void)snprintf(error->inner, sizeof(error->inner), "%.*s",
			       (int)n, message);
}

/* "appid=..." or "oid=..." of @message, appended to the caller. */
static void take_caller(VaultError *error, const char *message, const char *key)
{
	static const char set[] = "0123456789abcdefghijklmnopqrstuvwxyz"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ-";
	const char *at = strstr(message, key);
	size_t used = strlen(error->caller);
	size_t n;

	if (!at)
		return;
	n = strspn(at + strlen(key), set);
	if (n == 0 || n > 64)
		return;
	(void)snprintf(error->caller + used, sizeof(error->caller) - used,
		       "%s%.*s", used > 0 ? ";" : "", (int)(strlen(key) + n),
		       at);
}

static void read_body(VaultError *error, const cJSON *body,
		      const char **ret_message)
{
	const cJSON *object;
	ArmId id;

	if (json_get_object(&object, body, "error") != 0)
		return;
	take_string(error->code, sizeof(error->code), object, "code");
	if (json_get_string(ret_message, object, "message") == 0) {
		take_caller(error, *ret_message, "appid=");
		take_caller(error, *ret_message, "oid=");
		if (arm_id_find(&id, *ret_message) == 0)
			error->arm_id = id;
	}
	for (int i = 0; i < JSON_DEPTH_MAX && (object = inner_of(object)); i++)
		take_string(error->inner, sizeof(error->inner), object, "code");
	take_number(error, *ret_message);
}

static const char *text_or_nothing(const char *text)
{
	return text ? text : "";
}

void vault_error_read(VaultError *ret, const HttpResponse *response,
		      const VaultTopic *topic)
{
	AKV_JSON cJSON *body = NULL;
	SentenceFacts facts = {
		.topic = topic,
		.message = "",
		.network_info = text_or_nothing(response->network_info),
		.reason = text_or_nothing(response->reason),
	};
	char reason[32];

	*ret = (VaultError){0};
	quote_text(ret->request_id, sizeof(ret->request_id),
		   response->request_id,
		   strlen(text_or_nothing(response->request_id)));
	if (response->result != HTTP_OK) {
		ret->answer = answer_of_result(response->result);
		if (facts.reason[0] == '\0')
			facts.reason = http_result_text(response->result);
		sentence_write(ret, &facts);
		return;
	}
	ret->status = response->status;
	if (response->body_size > 0 &&
	    json_parse(&body, response->body, response->body_size, NULL) == 0)
		read_body(ret, body, &facts.message);
	ret->answer = answer_of_status(ret);
	ret->retry_after_us =
		retry_after_us(response->retry_after_ms, response->retry_after,
			       response->date, clock_wall_s());
	(void)snprintf(reason, sizeof(reason), "HTTP %d", response->status);
	facts.reason = reason;
	if (is_of_absent(ret, topic))
		ret->answer = VAULT_E_ABSENT;
	sentence_write(ret, &facts);
}

void vault_error_body(VaultError *ret, const HttpResponse *response,
		      const VaultTopic *topic, const char *caller, int fault,
		      const char *why)
{
	*ret = (VaultError){
		.answer = fault < 0 ? VAULT_E_UNAVAILABLE : VAULT_E_UNTRUSTED,
		.status = response->status,
	};
	(void)snprintf(ret->request_id, sizeof(ret->request_id), "%s",
		       text_or_nothing(response->request_id));
	(void)snprintf(ret->caller, sizeof(ret->caller), "%s", caller);
	if (fault < 0)
		(void)snprintf(ret->sentence, sizeof(ret->sentence),
			       "the answer of the vault %s could not be kept "
			       "(%s): raise the memory that may be locked "
			       "(LimitMEMLOCK=, ulimit -l)",
			       topic->vault, strerror(-fault));
	else
		(void)snprintf(ret->sentence, sizeof(ret->sentence),
			       "the answer of the vault %s cannot be believed: "
			       "%s",
			       topic->vault, why);
}

void vault_error_absent(VaultError *ret, const VaultTopic *topic)
{
	SentenceFacts facts = {
		.topic = topic,
		.message = "",
		.network_info = "",
		.reason = "",
	};

	*ret = (VaultError){.answer = VAULT_E_ABSENT};
	sentence_write(ret, &facts);
}
