/* SPDX-License-Identifier: MIT */

/*
 * The first byte chooses the status; then a line that stands for each header,
 * and the body. A refusal has a sentence, and nothing in it drives a terminal.
 */

#include "base/parse.h"
#include "tests/fuzz/fuzz.h"
#include "vault/answer.h"

static void error_check(const VaultError *error)
{
	FUZZ_CHECK(error->answer > VAULT_OK && error->answer <= VAULT_E_ABSENT);
	FUZZ_CHECK(error->sentence[0] != '\0');
	FUZZ_CHECK(ascii_is_printable(error->sentence));
	FUZZ_CHECK(ascii_is_printable(error->code));
	FUZZ_CHECK(ascii_is_printable(error->inner));
	FUZZ_CHECK(ascii_is_printable(error->caller));
	FUZZ_CHECK(ascii_is_printable(error->request_id));
}

/* Whatever was asked for. */
static void check_topics(const HttpResponse *response,
			 enum collection collection)
{
	static const enum part parts[] = {PART_OBJECT, PART_DELETED,
					  PART_ROTATION, PART_SAS};

	for (size_t i = 0; i < AKV_ARRAY_LEN(parts); i++) {
		VaultTopic topic = {
			.vault = "demo",
			.collection = collection,
			.part = parts[i],
			.is_whole = parts[i] == PART_DELETED,
			.is_hsm = collection == COLLECTION_KEYS,
		};
		VaultError error;

		vault_error_read(&error, response, &topic);
		error_check(&error);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int statuses[] = {401, 403, 404, 429, 503,
				       400, 302, 204, 0};
	HttpResponse response = {.result = HTTP_OK};
	char *text, *body;

	if (size == 0)
		return 0;
	text = fuzz_string(data + 1, size - 1);
	body = strchr(text, '\n');
	if (body)
		*body++ = '\0';
	response.status = statuses[data[0] % AKV_ARRAY_LEN(statuses)];
	if (response.status == 0)
		response.result = 1 + data[0] % HTTP_E_PROTOCOL;
	response.body = body ? body : "";
	response.body_size = strlen(response.body);
	response.request_id = text;
	response.retry_after = text;
	response.retry_after_ms = text;
	response.date = text;
	response.network_info = text;
	response.reason = text;
	for (int i = 0; i < COLLECTIONS; i++)
		check_topics(&response, (enum collection)i);
	free(text);
	return 0;
}
