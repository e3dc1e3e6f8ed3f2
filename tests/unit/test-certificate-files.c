/* SPDX-License-Identifier: MIT */

/* The files of certificates/NAME/, read back by OpenSSL. */

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>

#include "base/json.h"
#include "fs/facts.h"
#include "fs/rendition.h"
#include "tests/unit/check.h"
#include "tests/unit/pki.h"

enum { CHAIN = 4, NID_3DES = NID_pbe_WithSHA1And3_Key_TripleDES_CBC };

/* A leaf, two that are in between, and a root. */
static EVP_PKEY *keys[CHAIN];
static X509 *chain[CHAIN];
static X509 *stranger; /* of another chain, with the root's name */
static RenditionSources sources;
static RenditionResult results[RENDITIONS];

static void chain_make(void)
{
	static const char *const names[CHAIN] = {"leaf", "two", "three",
						 "root"};

	for (size_t i = CHAIN; i-- > 0;) {
		keys[i] = i == 0 ? pki_rsa(2048) : pki_ec("P-256");
		chain[i] = pki_issue(names[i], keys[i],
				     i + 1 < CHAIN ? chain[i + 1] : NULL,
				     i + 1 < CHAIN ? keys[i + 1] : NULL);
	}
	stranger = pki_issue("root", keys[0], NULL, NULL);
}

static void begin(Secret *document, Secret *secret, const char *content_type)
{
	sources = (RenditionSources){
		.document = document,
		.secret = secret,
		.secret_content_type = content_type,
		.secret_why = "the identity may not get secrets",
	};
	renditions_make(results, RENDITION_OF_CERTIFICATE, &sources);
}

static void end(void)
{
	renditions_done(results);
	secret_unref((Secret *)(uintptr_t)sources.document);
	secret_unref((Secret *)(uintptr_t)sources.secret);
	secret_unref((Secret *)(uintptr_t)sources.pending);
	sources = (RenditionSources){0};
}

static BIO *file(enum rendition rendition)
{
	const Secret *bytes = results[rendition].bytes;

	return bytes ? BIO_new_mem_buf(secret_bytes(bytes),
				       (int)secret_size(bytes))
		     : BIO_new(BIO_s_mem());
}

/* Does the file hold these certificates in that order, and none besides? */
static bool holds(enum rendition rendition, size_t from, size_t to)
{
	BIO *bio = file(rendition);
	bool so = true;
	X509 *read;

	for (size_t i = from; so && i < to; i++) {
		read = PEM_read_bio_X509(bio, NULL, NULL, NULL);
		so = read && X509_cmp(read, chain[i]) == 0;
		X509_free(read);
	}
	read = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	so = so && !read;
	X509_free(read);
	BIO_free(bio);
	ERR_clear_error();
	return so;
}

static bool holds_key(enum rendition rendition)
{
	BIO *bio = file(rendition);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
	bool so = key && EVP_PKEY_eq(key, keys[0]) == 1;

	EVP_PKEY_free(key);
	BIO_free(bio);
	return so;
}

static bool pfx_holds(size_t n)
{
	BIO *bio = file(RENDITION_CERTIFICATE_PFX);
	PKCS12 *p12 = d2i_PKCS12_bio(bio, NULL);
	STACK_OF(X509) *others = NULL;
	EVP_PKEY *key = NULL;
	X509 *leaf = NULL;
	bool so = p12 && PKCS12_parse(p12, "", &key, &leaf, &others) == 1 &&
		  EVP_PKEY_eq(key, keys[0]) == 1 &&
		  X509_cmp(leaf, chain[0]) == 0 &&
		  AKV_MAX(sk_X509_num(others), 0) == (int)n - 1;

	EVP_PKEY_free(key);
	X509_free(leaf);
	sk_X509_pop_free(others, X509_free);
	PKCS12_free(p12);
	BIO_free(bio);
	return so;
}

static void check_all(size_t n)
{
	CHECK(holds(RENDITION_CERTIFICATE_PEM, 0, 1));
	CHECK(holds(RENDITION_CERTIFICATE_FULL_CHAIN, 0, n));
	if (n > 1)
		CHECK(holds(RENDITION_CERTIFICATE_CHAIN, 1, n));
	else
		CHECK_EQ(results[RENDITION_CERTIFICATE_CHAIN].answer,
			 RENDITION_E_ABSENT);
	CHECK(holds_key(RENDITION_CERTIFICATE_PRIVATE_KEY));
	CHECK(holds_key(RENDITION_CERTIFICATE_BUNDLE));
	CHECK(holds(RENDITION_CERTIFICATE_BUNDLE, 0, n));
	CHECK(pfx_holds(n));
}

static void test_both_forms_in_any_order(void)
{
	static const size_t lengths[] = {1, 2, 4};

	for (size_t i = 0; i < AKV_ARRAY_LEN(lengths); i++) {
		size_t n = lengths[i];
		X509 *shuffled[CHAIN + 1];

		/* The root first, the leaf last, and one that is foreign. */
		for (size_t k = 0; k < n; k++)
			shuffled[k] = chain[n - 1 - k];
		shuffled[n] = stranger;
		begin(pki_document(chain[0], ""),
		      pki_pem(keys[0], shuffled, n + 1),
		      "application/x-pem-file");
		check_all(n);
		end();
		begin(pki_document(chain[0], ""),
		      pki_pfx(keys[0], chain[0], shuffled, n - 1, "", NID_3DES,
			      2000),
		      "application/x-pkcs12");
		check_all(n);
		end();
	}
}

/* What the service wrote until about 2021. */
static void test_old_encryption(void)
{
	OSSL_PROVIDER *legacy = OSSL_PROVIDER_try_load(NULL, "legacy", 1);
	Secret *old = pki_pfx(keys[0], chain[0], chain + 1, 2, "",
			      NID_pbe_WithSHA1And40BitRC2_CBC, 2000);

	/* It is loaded by who needs it. */
	CHECK_EQ(OSSL_PROVIDER_unload(legacy), 1);
	CHECK(!OSSL_PROVIDER_available(NULL, "legacy"));
	begin(pki_document(chain[0], ""), old, "application/x-pkcs12");
	check_all(3);
	CHECK(OSSL_PROVIDER_available(NULL, "legacy"));
	end();
	begin(pki_document(chain[0], ""),
	      pki_pfx(keys[0], chain[0], chain + 1, 2, "", NID_aes_256_cbc,
		      2000),
	      "application/x-pkcs12");
	check_all(3);
	end();
}

/* Every file, twice, byte for byte; made alone and with the others. */
static void test_same_bytes_again(void)
{
	begin(pki_document(chain[0], ",\"policy\":{\"a\":1}"),
	      pki_pem(keys[0], chain, CHAIN), "application/x-pem-file");
	for (size_t i = 0; i < RENDITIONS; i++) {
		AKV_CLEANUP(secret_unrefp) Secret *again = NULL;
		char why[RENDITION_WHY_SIZE];

		if (rendition_row((enum rendition)i)->owner !=
		    RENDITION_OF_CERTIFICATE)
			continue;
		CHECK_OK(results[i].answer);
		CHECK_OK(rendition_make(&again, (enum rendition)i, &sources,
					why, sizeof(why)));
		CHECK(secret_equal(again, results[i].bytes));
	}
	end();
}

static void test_without_the_secret(void)
{
	begin(pki_document(chain[0], ""), NULL, NULL);
	CHECK(holds(RENDITION_CERTIFICATE_PEM, 0, 1));
	CHECK_EQ(results[RENDITION_CERTIFICATE_FULL_CHAIN].answer,
		 RENDITION_E_ABSENT);
	CHECK_EQ(results[RENDITION_CERTIFICATE_PFX].answer, RENDITION_E_ABSENT);
	CHECK_STR(results[RENDITION_CERTIFICATE_PRIVATE_KEY].why,
		  "the identity may not get secrets");
	end();
	/* The root is its own issuer: nothing is missing. */
	begin(pki_document(chain[3], ""), NULL, NULL);
	CHECK(holds(RENDITION_CERTIFICATE_FULL_CHAIN, 3, 4));
	CHECK_EQ(results[RENDITION_CERTIFICATE_CHAIN].answer,
		 RENDITION_E_ABSENT);
	end();
}

static void test_key_that_stays_in_the_vault(void)
{
	begin(pki_document(chain[0], ",\"policy\":{\"key_props\":"
				     "{\"exportable\":false}}"),
	      pki_pem(NULL, chain, 2), "application/x-pem-file");
	CHECK(holds(RENDITION_CERTIFICATE_FULL_CHAIN, 0, 2));
	CHECK_EQ(results[RENDITION_CERTIFICATE_PRIVATE_KEY].answer,
		 RENDITION_E_KEPT);
	CHECK_STR(results[RENDITION_CERTIFICATE_BUNDLE].why,
		  "its private key is not exportable");
	end();
}

static int refused(Secret *secret, const char *content_type)
{
	int answer, public;

	begin(pki_document(chain[0], ""), secret, content_type);
	answer = results[RENDITION_CERTIFICATE_BUNDLE].answer;
	public = results[RENDITION_CERTIFICATE_PEM].answer;
	if (answer != results[RENDITION_CERTIFICATE_PFX].answer ||
	    answer != results[RENDITION_CERTIFICATE_PRIVATE_KEY].answer ||
	    (answer != 0) != !!results[RENDITION_CERTIFICATE_BUNDLE].why[0])
		answer = -1;
	end();
	return public == 0 ? answer : -2;
}

static void test_secrets_that_are_refused(void)
{
	X509 *many[30];
	AKV_CLEANUP(secret_unrefp)
	Secret *good = pki_pem(keys[0], chain, 1);
	static const char pem[] = "application/x-pem-file";
	static const char pfx[] = "application/x-pkcs12";

	for (size_t i = 0; i < AKV_ARRAY_LEN(many); i++)
		many[i] = chain[1];
	/* The key of another. */
	CHECK_EQ(refused(pki_pem(keys[1], chain, 1), pem), 2);
	CHECK_EQ(refused(pki_pfx(keys[1], chain[1], NULL, 0, "", NID_3DES, 1),
			 pfx),
		 2);
	CHECK_EQ(refused(pki_pem(keys[0], many, AKV_ARRAY_LEN(many)), pem), 2);
	/* A password; more work than is done for anyone. */
	CHECK_EQ(refused(pki_pfx(keys[0], chain[0], NULL, 0, "secret", NID_3DES,
				 2000),
			 pfx),
		 2);
	CHECK_EQ(refused(pki_pfx(keys[0], chain[0], NULL, 0, "", NID_3DES,
				 250000),
			 pfx),
		 2);
	CHECK_EQ(refused(pki_text("MIIKEAIBAzCCCcwGCSqGSIb3DQEHAaCC"), pfx), 2);
	CHECK_EQ(refused(pki_text("*"), pfx), 2);
	CHECK_EQ(refused(pki_text("-----BEGIN CERTIFICATE-----\nAAAA\n"
				  "-----END CERTIFICATE-----\n"),
			 pem),
		 2);
	CHECK_EQ(refused(pki_text("-----BEGIN PRIVATE KEY-----\nMIIE"), pem),
		 2);
	CHECK_EQ(refused(secret_ref(good), "text/plain"), 2);
	CHECK_EQ(refused(secret_ref(good), NULL), 2);
	CHECK_EQ(refused(secret_ref(good), pem), 0);
}

static void test_a_certificate_that_is_none(void)
{
	static const char *const documents[] = {
		"[]",
		"{\"id\":\"https://v/certificates/web/1\"}",
		"{\"id\":\"https://v/certificates/web/1\",\"cer\":\"AAAA\"}",
		"{\"id\":\"https://v/certificates/web/1\",\"cer\":\"*\"}",
		"{\"id\":\"x\",\"cer\":\"AAAA\"}",
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(documents); i++) {
		begin(pki_text(documents[i]), NULL, NULL);
		for (size_t k = 0; k < RENDITIONS; k++) {
			if (rendition_row((enum rendition)k)->owner ==
			    RENDITION_OF_CERTIFICATE)
				CHECK_EQ(results[k].answer,
					 RENDITION_E_UNTRUSTED);
		}
		end();
	}
	begin(pki_document(chain[0],
			   ",\"x5t\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAA\""),
	      NULL, NULL);
	CHECK_EQ(results[RENDITION_CERTIFICATE_PEM].answer,
		 RENDITION_E_UNTRUSTED);
	end();
}

/* Of one that was asked for and is not there yet, there is its JSON. */
static void test_one_that_is_not_issued_yet(void)
{
	begin(pki_text("{\"id\":\"https://v/certificates/web/1\","
		       "\"pending\":{\"id\":\"x\"},\"policy\":{\"a\":1}}"),
	      NULL, NULL);
	for (size_t k = 0; k < RENDITIONS; k++) {
		bool made = k == RENDITION_CERTIFICATE_JSON ||
			    k == RENDITION_CERTIFICATE_POLICY;

		if (rendition_row((enum rendition)k)->owner ==
		    RENDITION_OF_CERTIFICATE)
			CHECK_EQ(results[k].answer,
				 made ? 0 : RENDITION_E_ABSENT);
	}
	end();
}

static void test_json(void)
{
	AKV_JSON cJSON *json = NULL;
	const cJSON *part = NULL;
	const Secret *bytes;
	const char *text = NULL;
	Secret *pending = pki_text("{\"status\":\"inProgress\"}");
	RenditionSources with;
	AKV_CLEANUP(secret_unrefp) Secret *made = NULL;
	char why[RENDITION_WHY_SIZE];

	begin(pki_document(chain[0],
			   ",\"attributes\":{\"created\":0,\"enabled\":true},"
			   "\"policy\":{\"b\":2,\"a\":{\"created\":7}}"),
	      NULL, NULL);
	bytes = results[RENDITION_CERTIFICATE_POLICY].bytes;
	CHECK(bytes);
	CHECK_STR((const char *)secret_bytes(bytes),
		  "{\n  \"a\": {\n    \"created\": 7\n  },\n  \"b\": 2\n}\n");
	with = sources;
	with.pending = pending;
	CHECK_OK(rendition_make(&made, RENDITION_CERTIFICATE_JSON, &with, why,
				sizeof(why)));
	CHECK_OK(
		json_parse(&json, secret_bytes(made), secret_size(made), NULL));
	CHECK_OK(json_get_string(&text, json, "subject"));
	CHECK_STR(text, "CN=leaf");
	CHECK_OK(json_get_string(&text, json, "issuer"));
	CHECK_STR(text, "CN=two");
	CHECK_OK(json_get_object(&part, json, "attributes"));
	CHECK_OK(json_get_string(&text, part, "created"));
	CHECK_STR(text, "1970-01-01T00:00:00Z");
	CHECK_OK(json_get_object(&part, json, "pending"));
	CHECK_OK(json_get_string(&text, part, "status"));
	CHECK_STR(text, "inProgress");
	CHECK_EQ(json_get(&part, json, "cer"), JSON_E_ABSENT);
	CHECK_EQ(json_get(&part, json, "policy"), JSON_E_ABSENT);
	secret_unref(pending);
	end();
}

static const char *fact(const Secret *document, const char *name)
{
	static char text[512];
	AKV_BUF Buf buf = BUF_INIT(sizeof(text) - 1);
	int r = fact_append(&buf, RENDITION_OF_CERTIFICATE, document, name);

	(void)snprintf(text, sizeof(text), "%s",
		       r == 0 ? buf.p : (r == FACT_E_ABSENT ? "-" : "?"));
	return text;
}

static void test_facts(void)
{
	AKV_CLEANUP(secret_unrefp)
	Secret *document = pki_document(chain[0], "");
	AKV_CLEANUP(secret_unrefp) Secret *bad = pki_text("{\"cer\":\"*\"}");
	unsigned char sha1[20];
	char hex[2 * sizeof(sha1) + 1];

	CHECK(X509_digest(chain[0], EVP_sha1(), sha1, NULL) == 1);
	for (size_t i = 0; i < sizeof(sha1); i++)
		(void)snprintf(hex + 2 * i, 3, "%02X", sha1[i]);
	CHECK_STR(fact(document, "subject"), "CN=leaf");
	CHECK_STR(fact(document, "issuer"), "CN=two");
	CHECK_STR(fact(document, "thumbprint"), hex);
	CHECK_STR(fact(document, "sans"), "DNS:leaf.example,IP:192.0.2.1");
	CHECK_STR(fact(document, "kty"), "-");
	CHECK_STR(fact(bad, "sans"), "?");
}

int main(void)
{
	if (secret_heap_init(NULL, 4 << 20) < 0)
		return 1;
	chain_make();
	RUN(test_both_forms_in_any_order);
	RUN(test_old_encryption);
	RUN(test_same_bytes_again);
	RUN(test_without_the_secret);
	RUN(test_key_that_stays_in_the_vault);
	RUN(test_secrets_that_are_refused);
	RUN(test_a_certificate_that_is_none);
	RUN(test_one_that_is_not_issued_yet);
	RUN(test_json);
	RUN(test_facts);
	for (size_t i = 0; i < CHAIN; i++) {
		EVP_PKEY_free(keys[i]);
		X509_free(chain[i]);
	}
	X509_free(stranger);
	return check_report();
}
