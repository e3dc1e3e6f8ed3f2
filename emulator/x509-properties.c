/* SPDX-License-Identifier: MIT */

/* Pure. */

#include "emulator/x509-properties.h"

#include <openssl/x509v3.h>
#include <time.h>

#include "base/buf.h"
#include "base/json.h"
#include "emulator/x509-name.h"
#include "emulator/x509-sans.h"
#include "emulator/x509-usage.h"

enum { MONTHS_PER_YEAR = 12, OID_SIZE = 128 };

int months_between(int64_t from_s, int64_t until_s)
{
	struct tm from, until;
	time_t a = (time_t)from_s, b = (time_t)until_s;
	int months;
	bool over;

	(void)gmtime_r(&a, &from);
	(void)gmtime_r(&b, &until);
	months = (until.tm_year - from.tm_year) * MONTHS_PER_YEAR +
		 until.tm_mon - from.tm_mon;
	over = until.tm_mday != from.tm_mday
		       ? until.tm_mday > from.tm_mday
		       : until.tm_hour * 3600 + until.tm_min * 60 +
					 until.tm_sec >=
				 from.tm_hour * 3600 + from.tm_min * 60 +
					 from.tm_sec;
	return months + (over ? 1 : 0);
}

static int time_read(int64_t *ret, const ASN1_TIME *when)
{
	struct tm parts;

	if (ASN1_TIME_to_tm(when, &parts) != 1)
		return -EIO;
	*ret = (int64_t)timegm(&parts);
	return 0;
}

int x509_validity(int64_t *ret_from_s, int64_t *ret_until_s,
		  const X509 *certificate)
{
	int64_t from_s, until_s;
	int r = time_read(&from_s, X509_get0_notBefore(certificate));

	if (r == 0)
		r = time_read(&until_s, X509_get0_notAfter(certificate));
	if (r < 0)
		return r;
	*ret_from_s = from_s;
	*ret_until_s = until_s;
	return 0;
}

static int subject_add(cJSON *properties, const X509 *certificate)
{
	AKV_BUF Buf text = BUF_INIT(X509_NAME_TEXT_MAX);
	int r = x509_name_append(&text, X509_get_subject_name(certificate));

	if (r < 0)
		return r == -EMSGSIZE ? -EIO : r;
	return cJSON_AddStringToObject(properties, "subject", text.p) ? 0
								      : -ENOMEM;
}

static int item_add(cJSON *properties, const char *name, cJSON *item)
{
	if (item && cJSON_AddItemToObject(properties, name, item))
		return 0;
	cJSON_Delete(item);
	return -ENOMEM;
}

static int sans_add(cJSON *properties, const X509 *certificate)
{
	cJSON *sans = NULL;
	int r = x509_sans_read(&sans, certificate);

	if (r < 0 || !sans)
		return r;
	return item_add(properties, "sans", sans);
}

static int ekus_add(cJSON *properties, const X509 *certificate)
{
	EXTENDED_KEY_USAGE *usage =
		X509_get_ext_d2i(certificate, NID_ext_key_usage, NULL, NULL);
	cJSON *list = cJSON_AddArrayToObject(properties, "ekus");
	int r = list ? 0 : -ENOMEM;

	for (int i = 0; i < sk_ASN1_OBJECT_num(usage) && r == 0; i++) {
		char oid[OID_SIZE];
		cJSON *text;

		if (OBJ_obj2txt(oid, sizeof(oid),
				sk_ASN1_OBJECT_value(usage, i), 1) <= 0)
			continue;
		text = cJSON_CreateString(oid);
		if (!text || !cJSON_AddItemToArray(list, text)) {
			cJSON_Delete(text);
			r = -ENOMEM;
		}
	}
	EXTENDED_KEY_USAGE_free(usage);
	return r;
}

static int usage_add(cJSON *properties, X509 *certificate)
{
	uint32_t bits = X509_get_key_usage(certificate);

	/* OpenSSL says so for a certificate that does not limit its key. */
	if (bits == UINT32_MAX)
		bits = 0;
	return item_add(properties, "key_usage", x509_usage_words(bits));
}

static int constraints_add(cJSON *properties, X509 *certificate)
{
	cJSON *constraints =
		cJSON_AddObjectToObject(properties, "basic_constraints");

	if (!constraints ||
	    !cJSON_AddBoolToObject(constraints, "ca",
				   X509_check_ca(certificate) == 1))
		return -ENOMEM;
	return 0;
}

static int months_add(cJSON *properties, const X509 *certificate)
{
	int64_t from_s, until_s;
	int r = x509_validity(&from_s, &until_s, certificate);

	if (r < 0)
		return r;
	return cJSON_AddNumberToObject(properties, "validity_months",
				       months_between(from_s, until_s))
		       ? 0
		       : -ENOMEM;
}

int x509_properties_read(cJSON **ret, X509 *certificate)
{
	AKV_JSON cJSON *properties = cJSON_CreateObject();
	int r;

	if (!properties)
		return -ENOMEM;
	r = subject_add(properties, certificate);
	if (r == 0)
		r = sans_add(properties, certificate);
	if (r == 0)
		r = ekus_add(properties, certificate);
	if (r == 0)
		r = usage_add(properties, certificate);
	if (r == 0)
		r = months_add(properties, certificate);
	if (r == 0)
		r = constraints_add(properties, certificate);
	if (r == 0)
		*ret = AKV_TAKE(properties);
	return r;
}
