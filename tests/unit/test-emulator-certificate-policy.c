/* SPDX-License-Identifier: MIT */

/* Policies: what they are by default, by a body, and by a certificate. */

#include "base/json.h"
#include "emulator/certificate-policy.h"
#include "emulator/certificate.h"
#include "emulator/x509-make.h"
#include "tests/unit/check.h"

static const char *why;

static int apply(CertificatePolicy *policy, const char *text)
{
	AKV_JSON cJSON *body = cJSON_Parse(text);

	return body ? certificate_policy_apply(policy, body, &why) : -EINVAL;
}

/* The policy as it is answered, compared with @wanted. */
static void written_check(const CertificatePolicy *policy, bool newer,
			  const char *wanted)
{
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_FILE);
	Writer writer = WRITER_INIT(&text);

	writer_begin(&writer, NULL, '{');
	certificate_policy_write(&writer, policy, newer);
	writer_end(&writer, '}');
	CHECK_OK(writer.fault);
	CHECK_STR(text.p, wanted);
}

static void test_defaults(void)
{
	AKV_CLEANUP(certificate_policy_done) CertificatePolicy policy = {0};

	CHECK_OK(certificate_policy_init(&policy, 7));
	CHECK_EQ(certificate_policy_check(&policy, &why),
		 CERTIFICATE_POLICY_E_INVALID);
	CHECK_OK(apply(&policy, "{\"x509_props\":{\"subject\":\"CN=a\"},"
				"\"issuer\":{\"name\":\"Self\"}}"));
	CHECK_OK(certificate_policy_complete(&policy));
	CHECK_OK(certificate_policy_check(&policy, &why));
	written_check(
		&policy, false,
		"{\"key_props\":{\"exportable\":true,\"kty\":\"RSA\","
		"\"key_size\":2048,\"reuse_key\":false},"
		"\"secret_props\":{\"contentType\":\"application/x-pkcs12\"},"
		"\"x509_props\":{\"subject\":\"CN=a\","
		"\"ekus\":[\"1.3.6.1.5.5.7.3.1\",\"1.3.6.1.5.5.7.3.2\"],"
		"\"key_usage\":[\"digitalSignature\",\"keyEncipherment\"],"
		"\"validity_months\":12,\"basic_constraints\":{\"ca\":false}},"
		"\"lifetime_actions\":[{\"trigger\":{\"lifetime_percentage\":"
		"80},\"action\":{\"action_type\":\"AutoRenew\"}}],"
		"\"issuer\":{\"name\":\"Self\"},"
		"\"attributes\":{\"enabled\":true,\"created\":7,"
		"\"updated\":7}}");
}

/* Nobody renews what an unknown issuer has to sign. */
static void test_unknown_issuer(void)
{
	AKV_CLEANUP(certificate_policy_done) CertificatePolicy policy = {0};
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_FILE);
	Writer writer = WRITER_INIT(&text);

	CHECK_OK(certificate_policy_init(&policy, 7));
	CHECK_OK(certificate_policy_complete(&policy));
	CHECK_STR(certificate_policy_issuer(&policy), "Unknown");
	writer_begin(&writer, NULL, '{');
	certificate_policy_write(&writer, &policy, false);
	writer_end(&writer, '}');
	CHECK(strstr(text.p, "\"EmailContacts\"") != NULL);
}

static void test_key(void)
{
	static const struct {
		const char *json;
		enum key_type type;
		unsigned bits;
		const char *curve;
	} cases[] = {
		{"{}", KEY_TYPE_RSA, 2048, NULL},
		{"{\"key_size\":4096}", KEY_TYPE_RSA, 4096, NULL},
		{"{\"kty\":\"EC\"}", KEY_TYPE_EC, 0, "P-256"},
		{"{\"kty\":\"EC\",\"crv\":\"P-521\",\"key_size\":2048}",
		 KEY_TYPE_EC, 0, "P-521"},
		{"{\"kty\":\"EC\",\"crv\":\"P-256K\"}", KEY_TYPE_EC, 0,
		 "P-256K"},
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(cases); i++) {
		AKV_CLEANUP(certificate_policy_done)
		CertificatePolicy policy = {0};
		AKV_BUF Buf text = BUF_INIT(BUF_MAX_LINE);
		KeyShape shape;

		CHECK_OK(certificate_policy_init(&policy, 7));
		CHECK_OK(
			buf_printf(&text, "{\"key_props\":%s}", cases[i].json));
		CHECK_OK(apply(&policy, text.p));
		shape = certificate_policy_shape(&policy);
		CHECK_EQ(shape.type, cases[i].type);
		CHECK_EQ(shape.bits, cases[i].bits);
		if (cases[i].curve)
			CHECK_STR(shape.curve->name, cases[i].curve);
	}
}

/* From one kind to the other and back there is nothing left of the other. */
static void test_key_changes(void)
{
	AKV_CLEANUP(certificate_policy_done) CertificatePolicy policy = {0};

	CHECK_OK(certificate_policy_init(&policy, 7));
	CHECK_OK(apply(&policy, "{\"key_props\":{\"kty\":\"EC\","
				"\"crv\":\"P-384\"},"
				"\"x509_props\":{\"subject\":\"CN=a\"}}"));
	CHECK_OK(apply(&policy, "{\"key_props\":{\"kty\":\"RSA\"}}"));
	CHECK_EQ(certificate_policy_shape(&policy).bits, 2048);
	CHECK_OK(certificate_policy_check(&policy, &why));
}

static void test_refused(void)
{
	static const char *const cases[] = {
		"[]",
		"{\"key_props\":{\"kty\":\"oct\"}}",
		"{\"key_props\":{\"kty\":1}}",
		"{\"key_props\":{\"crv\":\"P-224\"}}",
		"{\"key_props\":{\"exportable\":\"true\"}}",
		"{\"key_props\":[]}",
		"{\"secret_props\":{\"contentType\":\"text/plain\"}}",
		"{\"x509_props\":{\"subject\":1}}",
		"{\"x509_props\":{\"sans\":[]}}",
		"{\"issuer\":{\"name\":\"\"}}",
		"{\"lifetime_actions\":{}}",
		"{\"lifetime_actions\":[{}]}",
		"{\"lifetime_actions\":[{\"trigger\":{\"lifetime_percentage\":"
		"100},\"action\":{\"action_type\":\"AutoRenew\"}}]}",
		"{\"lifetime_actions\":[{\"trigger\":{\"days_before_expiry\":"
		"1},\"action\":{\"action_type\":\"Pray\"}}]}",
		"{\"attributes\":{\"enabled\":1}}",
	};
	static const char *const unfit[] = {
		"{\"key_props\":{\"key_size\":1024}}",
		"{\"key_props\":{\"kty\":\"RSA-HSM\"}}",
		"{\"x509_props\":{\"subject\":\"a\"}}",
		"{\"x509_props\":{\"key_usage\":[\"sign\"]}}",
		"{\"x509_props\":{\"validity_months\":1201}}",
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(cases); i++) {
		AKV_CLEANUP(certificate_policy_done)
		CertificatePolicy policy = {0};

		CHECK_OK(certificate_policy_init(&policy, 7));
		if (apply(&policy, cases[i]) != CERTIFICATE_POLICY_E_INVALID)
			CHECK_FAIL("not refused: %s", cases[i]);
	}
	for (size_t i = 0; i < AKV_ARRAY_LEN(unfit); i++) {
		AKV_CLEANUP(certificate_policy_done)
		CertificatePolicy policy = {0};

		CHECK_OK(certificate_policy_init(&policy, 7));
		CHECK_OK(apply(&policy,
			       "{\"x509_props\":{\"subject\":\"CN=a\"}}"));
		CHECK_OK(apply(&policy, unfit[i]));
		if (certificate_policy_check(&policy, &why) !=
		    CERTIFICATE_POLICY_E_INVALID)
			CHECK_FAIL("not refused: %s", unfit[i]);
	}
}

/* Names of kinds that came in 2025 are not told to who asks as before. */
static void test_newer_names(void)
{
	AKV_CLEANUP(certificate_policy_done) CertificatePolicy policy = {0};

	CHECK_OK(certificate_policy_init(&policy, 7));
	CHECK_OK(apply(&policy, "{\"x509_props\":{\"subject\":\"CN=a\","
				"\"ekus\":[],\"key_usage\":[],\"sans\":{"
				"\"dns_names\":[\"a\"],\"uris\":[\"u:\"]}}}"));
	written_check(
		&policy, false,
		"{\"key_props\":{\"exportable\":true,\"kty\":\"RSA\","
		"\"key_size\":2048,\"reuse_key\":false},"
		"\"secret_props\":{\"contentType\":\"application/x-pkcs12\"},"
		"\"x509_props\":{\"subject\":\"CN=a\","
		"\"sans\":{\"dns_names\":[\"a\"]},\"ekus\":[],"
		"\"key_usage\":[],\"validity_months\":12,"
		"\"basic_constraints\":{\"ca\":false}},"
		"\"attributes\":{\"enabled\":true,\"created\":7,"
		"\"updated\":7}}");
}

static void test_describe_save_load(void)
{
	AKV_CLEANUP(certificate_policy_done) CertificatePolicy policy = {0};
	AKV_CLEANUP(certificate_policy_done) CertificatePolicy loaded = {0};
	AKV_CLEANUP(key_material_freep) KeyMaterial *material = NULL;
	AKV_CLEANUP(x509_freep) X509 *leaf = NULL;
	AKV_JSON cJSON *properties =
		cJSON_Parse("{\"subject\":\"CN=x, O=y\",\"validity_months\":2,"
			    "\"sans\":{\"dns_names\":[\"a.example\"]}}");
	const KeyShape shape = {
		.type = KEY_TYPE_EC,
		.curve = key_curve_find("P-384"),
	};
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_FILE);
	Writer writer = WRITER_INIT(&text);
	AKV_JSON cJSON *saved = NULL;

	CHECK_OK(key_material_generate(&material, &shape));
	CHECK_OK(x509_make_certificate(&leaf, properties, material->pkey, NULL,
				       1700000000));
	CHECK_OK(certificate_policy_init(&policy, 7));
	CHECK_OK(certificate_policy_describe(&policy, leaf, material));
	CHECK_OK(certificate_policy_complete(&policy));
	policy.updated_s = 8;
	CHECK_STR(certificate_policy_shape(&policy).curve->name, "P-384");
	CHECK_STR(cJSON_GetStringValue(cJSON_GetObjectItem(
			  certificate_policy_properties(&policy), "subject")),
		  "CN=x, O=y");

	writer_begin(&writer, NULL, '{');
	certificate_policy_save(&writer, &policy);
	writer_end(&writer, '}');
	saved = cJSON_Parse(text.p);
	CHECK_OK(certificate_policy_load(&loaded, saved));
	CHECK(cJSON_Compare(policy.sections, loaded.sections, true));
	CHECK_EQ(loaded.created_s, 7);
	CHECK_EQ(loaded.updated_s, 8);
}

int main(void)
{
	RUN(test_defaults);
	RUN(test_unknown_issuer);
	RUN(test_key);
	RUN(test_key_changes);
	RUN(test_refused);
	RUN(test_newer_names);
	RUN(test_describe_save_load);
	return check_report();
}
