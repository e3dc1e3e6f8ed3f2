/* SPDX-License-Identifier: MIT */

/* Subjects, other names, usages and times; certificates and requests of them.
 */

#include <openssl/x509v3.h>

#include "base/json.h"
#include "emulator/certificate.h"
#include "emulator/x509-make.h"
#include "emulator/x509-name.h"
#include "emulator/x509-properties.h"
#include "emulator/x509-sans.h"
#include "emulator/x509-usage.h"
#include "tests/unit/check.h"

enum { NOW_S = 1700000000 };

/* The text that comes back, or "" if it is no name. */
static const char *name_again(const char *text)
{
	static char again[X509_NAME_TEXT_MAX];
	AKV_CLEANUP(x509_name_freep) X509_NAME *name = NULL;
	AKV_BUF Buf buf = BUF_INIT(X509_NAME_TEXT_MAX);

	again[0] = '\0';
	if (x509_name_parse(&name, text) == 0 &&
	    x509_name_append(&buf, name) == 0)
		(void)snprintf(again, sizeof(again), "%s", buf.p);
	return again;
}

static void test_names(void)
{
	static const struct {
		const char *text, *again; /* "" if it is refused */
	} cases[] = {
		{"CN=a", "CN=a"},
		{"cn=MyCert", "CN=MyCert"},
		{" CN = a b ;O=c", "CN=a b, O=c"},
		{"E=t@e.com, CN=T, OU=U, O=O, L=L, S=WA, C=US",
		 "E=t@e.com, CN=T, OU=U, O=O, L=L, S=WA, C=US"},
		{"C=US, ST=WA, CN=x", "C=US, S=WA, CN=x"},
		{"CN=\"a, b\"", "CN=\"a, b\""},
		{"CN=\"say \"\"hi\"\"\"", "CN=\"say \"\"hi\"\"\""},
		{"CN=a\\, b", "CN=\"a, b\""},
		{"2.5.4.3=x", "CN=x"},
		{"OID.1.3.6.1.4.1.311.60.2.1.3=DE",
		 "OID.1.3.6.1.4.1.311.60.2.1.3=DE"},
		{"CN=\xc3\xa4", "CN=\xc3\xa4"},
		{"", ""},
		{"CN", ""},
		{"CN=", ""},
		{"CN=a,", ""},
		{"=a", ""},
		{"XX=a", ""},
		{"CN=\"a", ""},
		{"CN=\"a\"b", ""},
		{"CN=a\\", ""},
		{"CN=a+O=b", ""},
		{"C=USA", ""},
		{"CN=\xff", ""},
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(cases); i++)
		CHECK_STR(name_again(cases[i].text), cases[i].again);
}

/* The last part of the text is the first of the encoding. */
static void test_name_order(void)
{
	AKV_CLEANUP(x509_name_freep) X509_NAME *name = NULL;
	char text[64];

	CHECK_OK(x509_name_parse(&name, "CN=a, O=b, C=DE"));
	CHECK_STR(X509_NAME_oneline(name, text, sizeof(text)),
		  "/C=DE/O=b/CN=a");
}

static void test_usages(void)
{
	AKV_JSON cJSON *words = cJSON_Parse(
		"[\"digitalSignature\",\"decipherOnly\",\"cRLSign\"]");
	AKV_JSON cJSON *sorted = cJSON_Parse(
		"[\"cRLSign\",\"decipherOnly\",\"digitalSignature\"]");
	AKV_JSON cJSON *wrong = cJSON_Parse("[\"DigitalSignature\"]");
	AKV_JSON cJSON *again = NULL;
	uint32_t bits = 0;

	CHECK_OK(x509_usage_parse(&bits, words));
	CHECK_EQ(bits, KU_DIGITAL_SIGNATURE | KU_CRL_SIGN | KU_DECIPHER_ONLY);
	again = x509_usage_words(bits);
	CHECK(cJSON_Compare(sorted, again, true));
	CHECK_EQ(x509_usage_parse(&bits, wrong), X509_USAGE_E_INVALID);
}

static void test_months(void)
{
	static const struct {
		int64_t from_s, until_s;
		int months;
	} cases[] = {
		/* As the service counted them. */
		{1477593836, 1509130436, 13},
		{1469603703, 1556003703, 33},
		{1571119269, 1886479269, 120},
		{1430344421, 2208988799, 297},
		{0, 0, 1},
		{0, 31 * 86400 - 1, 1},
		{0, 31 * 86400, 2},
		{0, 31 * 86400 + 1, 2},
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(cases); i++)
		CHECK_EQ(months_between(cases[i].from_s, cases[i].until_s),
			 cases[i].months);
	/* 2023-11-14; 2023-01-31 and the ends of February. */
	CHECK_EQ(months_after(NOW_S, 12), NOW_S + (int64_t)366 * 86400);
	CHECK_EQ(months_after(1675123200, 1), 1677542400);
	CHECK_EQ(months_after(1675123200, 13), 1709164800);
}

static const char everything[] =
	"{\"subject\":\"CN=all, O=x\","
	"\"sans\":{\"emails\":[\"a@b.c\"],\"dns_names\":[\"a.example\","
	"\"*.b.example\"],\"upns\":[\"u@d\"],\"uris\":[\"https://x/\"],"
	"\"ipAddresses\":[\"192.0.2.1\",\"2001:db8::1\"]},"
	"\"ekus\":[\"1.3.6.1.5.5.7.3.1\"],\"key_usage\":[\"decipherOnly\","
	"\"encipherOnly\",\"keyAgreement\"],\"validity_months\":3}";

static void test_certificate(void)
{
	AKV_JSON cJSON *wanted = cJSON_Parse(everything);
	AKV_JSON cJSON *found = NULL;
	AKV_CLEANUP(pkey_freep) EVP_PKEY *key = EVP_EC_gen("prime256v1");
	AKV_CLEANUP(x509_freep) X509 *certificate = NULL;
	int64_t from_s = 0, until_s = 0;
	const cJSON *member;

	CHECK_OK(x509_make_certificate(&certificate, wanted, key, NULL, NOW_S));
	CHECK_EQ(X509_verify(certificate, key), 1);
	CHECK_OK(x509_validity(&from_s, &until_s, certificate));
	CHECK_EQ(from_s, NOW_S - X509_BACKDATED_S);
	CHECK_EQ(until_s, months_after(NOW_S, 3));
	CHECK_OK(x509_properties_read(&found, certificate));
	/* All comes back; the ten minutes before make a month of their own. */
	cJSON_ArrayForEach (member, wanted) {
		if (strcmp(member->string, "validity_months") != 0)
			CHECK(cJSON_Compare(
				member,
				cJSON_GetObjectItem(found, member->string),
				true));
	}
	CHECK_EQ(cJSON_GetObjectItem(found, "validity_months")->valueint, 4);
}

static void test_issuer(void)
{
	AKV_JSON cJSON *properties =
		cJSON_Parse("{\"subject\":\"CN=leaf\",\"validity_months\":1}");
	AKV_JSON cJSON *authority = cJSON_Parse(
		"{\"subject\":\"CN=authority\",\"validity_months\":1}");
	AKV_CLEANUP(pkey_freep) EVP_PKEY *key = EVP_EC_gen("prime256v1");
	AKV_CLEANUP(pkey_freep) EVP_PKEY *other = EVP_EC_gen("secp384r1");
	AKV_CLEANUP(x509_freep) X509 *issuer = NULL;
	AKV_CLEANUP(x509_freep) X509 *leaf = NULL;
	X509Signer signer = {.key = other};

	CHECK_OK(x509_make_certificate(&issuer, authority, other, NULL, NOW_S));
	signer.certificate = issuer;
	CHECK_OK(x509_make_certificate(&leaf, properties, key, &signer, NOW_S));
	CHECK_EQ(X509_verify(leaf, other), 1);
	CHECK_EQ(X509_check_issued(issuer, leaf), X509_V_OK);
}

static void test_request(void)
{
	AKV_JSON cJSON *wanted = cJSON_Parse(everything);
	AKV_CLEANUP(pkey_freep) EVP_PKEY *key = EVP_EC_gen("secp521r1");
	STACK_OF(X509_EXTENSION) * extensions;
	X509_REQ *request = NULL;

	CHECK_OK(x509_make_request(&request, wanted, key));
	CHECK_EQ(X509_REQ_verify(request, key), 1);
	extensions = X509_REQ_get_extensions(request);
	CHECK_EQ(sk_X509_EXTENSION_num(extensions), 4);
	sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
	X509_REQ_free(request);
}

static void test_refused(void)
{
	static const char *const cases[] = {
		"{}",
		"{\"subject\":\"CN=a\"}",
		"{\"subject\":\"CN=a\",\"validity_months\":0}",
		"{\"subject\":\"CN=a\",\"validity_months\":1201}",
		"{\"subject\":\"a\",\"validity_months\":1}",
		"{\"subject\":\"\",\"validity_months\":1}",
		"{\"subject\":\"\",\"validity_months\":1,\"sans\":{}}",
		"{\"subject\":\"CN=a\",\"validity_months\":1,\"ekus\":[\"x\"]}",
		"{\"subject\":\"CN=a\",\"validity_months\":1,\"ekus\":[1]}",
		"{\"subject\":\"CN=a\",\"validity_months\":1,"
		"\"key_usage\":[\"sign\"]}",
		"{\"subject\":\"CN=a\",\"validity_months\":1,"
		"\"sans\":{\"dns\":[\"a\"]}}",
		"{\"subject\":\"CN=a\",\"validity_months\":1,"
		"\"sans\":{\"dns_names\":[\"a b\"]}}",
		"{\"subject\":\"CN=a\",\"validity_months\":1,"
		"\"sans\":{\"ipAddresses\":[\"1.2.3\"]}}",
		"{\"subject\":\"CN=a\",\"validity_months\":1,"
		"\"sans\":{\"emails\":[\"\"]}}",
		"{\"subject\":\"CN=a\",\"validity_months\":1,"
		"\"sans\":{\"emails\":\"a@b\"}}",
	};
	AKV_JSON cJSON *nameless =
		cJSON_Parse("{\"subject\":\"\",\"validity_months\":1,"
			    "\"sans\":{\"dns_names\":[\"a.example\"]}}");

	for (size_t i = 0; i < AKV_ARRAY_LEN(cases); i++) {
		AKV_JSON cJSON *properties = cJSON_Parse(cases[i]);

		CHECK(properties != NULL);
		if (x509_make_check(properties) != X509_MAKE_E_INVALID)
			CHECK_FAIL("not refused: %s", cases[i]);
	}
	/* Another name is enough. */
	CHECK_OK(x509_make_check(nameless));
}

int main(void)
{
	RUN(test_names);
	RUN(test_name_order);
	RUN(test_usages);
	RUN(test_months);
	RUN(test_certificate);
	RUN(test_issuer);
	RUN(test_request);
	RUN(test_refused);
	return check_report();
}
