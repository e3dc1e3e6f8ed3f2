/* SPDX-License-Identifier: MIT */

/* Pure but for the serial number, which is random. */

#include "emulator/x509-make.h"

#include <openssl/bn.h>
#include <openssl/x509v3.h>
#include <time.h>

#include "base/json.h"
#include "emulator/certificate.h"
#include "emulator/names.h"
#include "emulator/x509-name.h"
#include "emulator/x509-properties.h"
#include "emulator/x509-sans.h"
#include "emulator/x509-usage.h"

enum { USAGE_BITS = 9, MONTHS_PER_YEAR = 12 };

typedef STACK_OF(X509_EXTENSION) Extensions;

/* What a policy asks for, as OpenSSL has it. */
typedef struct Terms {
	X509_NAME *subject;
	Extensions *extensions;
	unsigned months;
} Terms;

static void terms_done(Terms *terms)
{
	X509_NAME_free(terms->subject);
	sk_X509_EXTENSION_pop_free(terms->extensions, X509_EXTENSION_free);
}

static int extension_add(Terms *terms, int nid, bool critical, void *value)
{
	/* X509V3_ADD_APPEND */
	return X509V3_add1_i2d(&terms->extensions, nid, value, critical,
			       X509V3_ADD_APPEND) == 1
		       ? 0
		       : -ENOMEM;
}

static int usage_add(Terms *terms, const cJSON *words)
{
	ASN1_BIT_STRING *string;
	uint32_t bits;
	int r = x509_usage_parse(&bits, words);

	if (r != 0 || bits == 0)
		return r;
	string = ASN1_BIT_STRING_new();
	if (!string)
		return -ENOMEM;
	/* The first eight are a byte, the first of them its highest bit. */
	for (int i = 0; i < USAGE_BITS && r == 0; i++) {
		uint32_t bit = i < 8 ? 0x80U >> i : (uint32_t)KU_DECIPHER_ONLY;

		if ((bits & bit) && ASN1_BIT_STRING_set_bit(string, i, 1) != 1)
			r = -ENOMEM;
	}
	if (r == 0)
		r = extension_add(terms, NID_key_usage, true, string);
	ASN1_BIT_STRING_free(string);
	return r;
}

static int eku_push(EXTENDED_KEY_USAGE *usage, const cJSON *item)
{
	ASN1_OBJECT *purpose =
		cJSON_IsString(item) ? OBJ_txt2obj(item->valuestring, 1) : NULL;

	if (!purpose)
		return X509_MAKE_E_INVALID;
	if (sk_ASN1_OBJECT_push(usage, purpose) > 0)
		return 0;
	ASN1_OBJECT_free(purpose);
	return -ENOMEM;
}

static int ekus_add(Terms *terms, const cJSON *list)
{
	EXTENDED_KEY_USAGE *usage;
	const cJSON *item;
	int r = 0;

	if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) > EKUS_MAX)
		return X509_MAKE_E_INVALID;
	if (!list->child)
		return 0;
	usage = EXTENDED_KEY_USAGE_new();
	if (!usage)
		return -ENOMEM;
	cJSON_ArrayForEach (item, list) {
		r = eku_push(usage, item);
		if (r != 0)
			break;
	}
	if (r == 0)
		r = extension_add(terms, NID_ext_key_usage, false, usage);
	EXTENDED_KEY_USAGE_free(usage);
	return r;
}

static int sans_add(Terms *terms, const cJSON *sans)
{
	AKV_CLEANUP(x509_sans_freep) GENERAL_NAMES *names = NULL;
	int r = x509_sans_parse(&names, sans);

	if (r != 0 || sk_GENERAL_NAME_num(names) == 0)
		return r;
	return extension_add(terms, NID_subject_alt_name, false, names);
}

static int constraints_add(Terms *terms)
{
	BASIC_CONSTRAINTS *constraints = BASIC_CONSTRAINTS_new();
	int r;

	if (!constraints)
		return -ENOMEM;
	r = extension_add(terms, NID_basic_constraints, false, constraints);
	BASIC_CONSTRAINTS_free(constraints);
	return r;
}

/* Without a subject there has to be another name. */
static int subject_take(Terms *terms, const cJSON *properties, bool has_sans)
{
	const char *text;
	int r = json_get_string(&text, properties, "subject");

	if (r == JSON_E_ABSENT || (r == 0 && *text == '\0')) {
		if (!has_sans)
			return X509_MAKE_E_INVALID;
		terms->subject = X509_NAME_new();
		return terms->subject ? 0 : -ENOMEM;
	}
	return r == 0 ? x509_name_parse(&terms->subject, text)
		      : X509_MAKE_E_INVALID;
}

static int months_take(Terms *terms, const cJSON *properties)
{
	int64_t months;

	if (json_get_int64(&months, properties, "validity_months") != 0 ||
	    months < 1 || months > VALIDITY_MONTHS_MAX)
		return X509_MAKE_E_INVALID;
	terms->months = (unsigned)months;
	return 0;
}

/* Absent is fine; what is there has to be right. */
static int optional_add(Terms *terms, const cJSON *properties, const char *name,
			int (*add)(Terms *terms, const cJSON *value))
{
	const cJSON *value;
	int r = json_get(&value, properties, name);

	if (r == JSON_E_ABSENT)
		return 0;
	return r == 0 ? add(terms, value) : X509_MAKE_E_INVALID;
}

static int terms_take(Terms *ret, const cJSON *properties)
{
	int before, r;

	r = optional_add(ret, properties, "key_usage", usage_add);
	if (r == 0)
		r = optional_add(ret, properties, "ekus", ekus_add);
	before = sk_X509_EXTENSION_num(ret->extensions);
	if (r == 0)
		r = optional_add(ret, properties, "sans", sans_add);
	if (r == 0)
		r = subject_take(ret, properties,
				 sk_X509_EXTENSION_num(ret->extensions) >
					 before);
	if (r == 0)
		r = months_take(ret, properties);
	if (r == 0)
		r = constraints_add(ret);
	return r > 0 ? X509_MAKE_E_INVALID : r;
}

int x509_make_check(const cJSON *properties)
{
	AKV_CLEANUP(terms_done) Terms terms = {0};

	return terms_take(&terms, properties);
}

int64_t months_after(int64_t from_s, unsigned months)
{
	static const int days[] = {31, 29, 31, 30, 31, 30,
				   31, 31, 30, 31, 30, 31};
	time_t from = (time_t)from_s;
	struct tm parts;
	int year;

	(void)gmtime_r(&from, &parts);
	parts.tm_mon += (int)months;
	parts.tm_year += parts.tm_mon / MONTHS_PER_YEAR;
	parts.tm_mon %= MONTHS_PER_YEAR;
	parts.tm_mday = AKV_MIN(parts.tm_mday, days[parts.tm_mon]);
	year = parts.tm_year + 1900;
	if (parts.tm_mon == 1 && parts.tm_mday == 29 &&
	    (year % 4 != 0 || (year % 100 == 0 && year % 400 != 0)))
		parts.tm_mday = 28;
	return (int64_t)timegm(&parts);
}

static bool times_set(X509 *certificate, unsigned months, int64_t now_s)
{
	time_t from = (time_t)(now_s - X509_BACKDATED_S);
	time_t until = (time_t)months_after(now_s, months);

	/* ASN1_TIME_set() takes the short form for years up to 2049. */
	return ASN1_TIME_set(X509_getm_notBefore(certificate), from) &&
	       ASN1_TIME_set(X509_getm_notAfter(certificate), until);
}

static bool key_identifier_add(X509 *certificate, X509 *issuer, int nid,
			       const char *value)
{
	X509V3_CTX context;
	X509_EXTENSION *extension;
	bool ok;

	X509V3_set_ctx_nodb(&context);
	X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	ok = extension && X509_add_ext(certificate, extension, -1) == 1;
	X509_EXTENSION_free(extension);
	return ok;
}

static bool extensions_set(X509 *certificate, X509 *issuer, const Terms *terms)
{
	for (int i = 0; i < sk_X509_EXTENSION_num(terms->extensions); i++) {
		if (X509_add_ext(certificate,
				 sk_X509_EXTENSION_value(terms->extensions, i),
				 -1) != 1)
			return false;
	}
	return key_identifier_add(certificate, issuer,
				  NID_subject_key_identifier, "hash") &&
	       key_identifier_add(certificate, issuer,
				  NID_authority_key_identifier, "keyid:always");
}

AKV_UNUSED static inline void certificate_freep(X509 **certificate)
{
	X509_free(*certificate);
}

int x509_make_certificate(X509 **ret, const cJSON *properties, EVP_PKEY *key,
			  const X509Signer *signer, int64_t now_s)
{
	AKV_CLEANUP(certificate_freep) X509 *certificate = X509_new();
	AKV_CLEANUP(terms_done) Terms terms = {0};
	X509 *issuer = signer ? signer->certificate : certificate;
	EVP_PKEY *issuer_key = signer ? signer->key : key;
	int r;

	if (!certificate)
		return -ENOMEM;
	r = terms_take(&terms, properties);
	if (r != 0)
		return r;
	if (X509_set_version(certificate, X509_VERSION_3) != 1 ||
	    !certificate_serial_set(certificate) ||
	    !times_set(certificate, terms.months, now_s) ||
	    X509_set_pubkey(certificate, key) != 1 ||
	    X509_set_subject_name(certificate, terms.subject) != 1 ||
	    X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) !=
		    1 ||
	    !extensions_set(certificate, issuer, &terms) ||
	    X509_sign(certificate, issuer_key, EVP_sha256()) == 0)
		return -EIO;
	*ret = AKV_TAKE(certificate);
	return 0;
}

int x509_make_request(X509_REQ **ret, const cJSON *properties, EVP_PKEY *key)
{
	AKV_CLEANUP(terms_done) Terms terms = {0};
	X509_REQ *request;
	int r = terms_take(&terms, properties);

	if (r != 0)
		return r;
	request = X509_REQ_new();
	if (!request)
		return -ENOMEM;
	if (X509_REQ_set_version(request, X509_REQ_VERSION_1) == 1 &&
	    X509_REQ_set_subject_name(request, terms.subject) == 1 &&
	    X509_REQ_set_pubkey(request, key) == 1 &&
	    X509_REQ_add_extensions(request, terms.extensions) == 1 &&
	    X509_REQ_sign(request, key, EVP_sha256()) > 0) {
		*ret = request;
		return 0;
	}
	X509_REQ_free(request);
	return -EIO;
}
