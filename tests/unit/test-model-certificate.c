/* SPDX-License-Identifier: MIT */

/* Certificates and their operations: what is checked before it is handed on. */

#include "base/buf.h"
#include "model-test.h"
#include "vault/model-certificate.h"

#define HOST "https://demo.vault.azure.net"
#define V1 "0123456789abcdef0123456789abcdef"

static int check(const char *text)
{
	AKV_JSON cJSON *object = json_of(text);
	ObjectId id;

	if (object_id_read(&id, HOST "/certificates/Site/" V1,
			   COLLECTION_CERTIFICATES) != 0)
		return -EPROTO;
	return model_certificate_check(object, &id, &why);
}

static void test_certificates(void)
{
	CHECK_OK(check("{\"kid\":\"" HOST "/keys/site/" V1 "\",\"sid\":\"" HOST
		       "/secrets/SITE/" V1 "\",\"x5t\":\"AQAB\",\"cer\":"
		       "\"MAA=\",\"policy\":{},\"pending\":{\"id\":\"x\"}}"));
	CHECK_OK(check("{\"x5c\":[\"MAA=\",\"MAAA\"]}"));
	/* Not issued yet. */
	CHECK_OK(check("{\"policy\":{},\"pending\":{}}"));
	CHECK_OK(check("{\"cer\":null,\"kid\":null}"));
}

static void test_certificates_that_are_none(void)
{
	static const char *const texts[] = {
		"{\"cer\":7}",
		"{\"cer\":\"\"}",
		"{\"cer\":\"MAA\"}",
		"{\"cer\":\"-----BEGIN CERTIFICATE-----\"}",
		"{\"cer\":\"MA_-\"}",
		"{\"cer\":\"MAA=\",\"cer\":\"MAA=\"}",
		"{\"x5t\":\"AQA=\"}",
		"{\"x5t\":\"\"}",
		"{\"x5c\":\"MAA=\"}",
		"{\"x5c\":[7]}",
		"{\"x5c\":[\"MAA=\",\"M\"]}",
		"{\"x5c\":[\"\"]}",
		"{\"policy\":[]}",
		"{\"policy\":\"x\"}",
		"{\"pending\":true}",
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(texts); i++) {
		if (check(texts[i]) != MODEL_E_UNTRUSTED)
			CHECK_FAIL("was taken: %s", texts[i]);
		CHECK(why_text[0] != '\0');
	}
}

/* Whose private key would be put beside this certificate? */
static void test_keys_and_secrets_of_others(void)
{
	static const char *const ids[] = {
		HOST "/keys/other/" V1,
		HOST "/keys/site2/" V1,
		HOST "/secrets/site/" V1,
		"https://evil.vault.azure.net/keys/site/" V1,
		"https://demo.vault.azure.net.evil.example/keys/site/" V1,
		"site",
		HOST,
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(ids); i++) {
		char text[256];

		(void)snprintf(text, sizeof(text), "{\"kid\":\"%s\"}", ids[i]);
		if (check(text) != MODEL_E_UNTRUSTED)
			CHECK_FAIL("was taken: %s", text);
		CHECK_STR(why_text, "its \"kid\" is of another object");
	}
	CHECK_EQ(check("{\"sid\":\"" HOST "/keys/site/" V1 "\"}"),
		 MODEL_E_UNTRUSTED);
	CHECK_STR(why_text, "its \"sid\" is of another object");
	CHECK_EQ(check("{\"sid\":7}"), MODEL_E_UNTRUSTED);
}

static void test_sizes(void)
{
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_FILE);
	int groups = CERTIFICATE_DER_MAX / 3;

	CHECK_OK(buf_append_string(&text, "{\"cer\":\""));
	for (int i = 0; i < groups; i++)
		CHECK_OK(buf_append_string(&text, "AAAA"));
	CHECK_OK(buf_append_string(&text, "AA==\"}"));
	CHECK_OK(check(text.p)); /* 65,536 bytes */
	text.n -= 6;
	CHECK_OK(buf_append_string(&text, "AAA=\"}"));
	CHECK_EQ(check(text.p), MODEL_E_UNTRUSTED);
	CHECK_STR(why_text, "its \"cer\" is too long");
	buf_reset(&text);
	CHECK_OK(buf_append_string(&text, "{\"x5c\":["));
	for (int i = 0; i < 65; i++)
		CHECK_OK(
			buf_append_string(&text, i ? ",\"AA==\"" : "\"AA==\""));
	CHECK_OK(buf_append_string(&text, "]}"));
	CHECK_EQ(check(text.p), MODEL_E_UNTRUSTED);
}

static int check_pending(const char *text)
{
	AKV_JSON cJSON *object = json_of(text);

	return model_pending_check(object, &why);
}

static void test_operations(void)
{
	CHECK_OK(check_pending(
		"{\"issuer\":{\"name\":\"Self\"},\"csr\":\"MAA=\","
		"\"cancellation_requested\":false,\"status\":\"inProgress\","
		"\"status_details\":\"Pending certificate created.\","
		"\"request_id\":\"x\"}"));
	CHECK_OK(check_pending("{\"status\":\"completed\",\"target\":\"" HOST
			       "/certificates/site\",\"error\":null}"));
	CHECK_OK(check_pending("{\"error\":{\"code\":\"x\"}}"));
}

static void test_operations_that_are_none(void)
{
	static const char *const texts[] = {
		"{\"status\":1}",
		"{\"status_details\":[]}",
		"{\"cancellation_requested\":\"false\"}",
		"{\"csr\":\"MAA\"}",
		"{\"issuer\":\"Self\"}",
		"{\"error\":\"failed\"}",
		"{\"target\":{}}",
		"{\"request_id\":7}",
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(texts); i++)
		if (check_pending(texts[i]) != MODEL_E_UNTRUSTED)
			CHECK_FAIL("was taken: %s", texts[i]);
}

int main(void)
{
	RUN(test_certificates);
	RUN(test_certificates_that_are_none);
	RUN(test_keys_and_secrets_of_others);
	RUN(test_sizes);
	RUN(test_operations);
	RUN(test_operations_that_are_none);
	return check_report();
}
