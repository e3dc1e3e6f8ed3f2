/* SPDX-License-Identifier: MIT */

/* Pure. Addresses are in the form of inet_ntop(3). */

#include "emulator/x509-sans.h"

#include <arpa/inet.h>

#include "base/json.h"

enum { IPV4_SIZE = 4, IPV6_SIZE = 16 };

#define UPN_OID "1.3.6.1.4.1.311.20.2.3"

/* The kind of names that a member holds. */
static const struct {
	const char *member;
	int type;
	bool always; /* there, if only empty, once there is any name */
} kinds[] = {
	{"emails", GEN_EMAIL, true},       {"dns_names", GEN_DNS, true},
	{"upns", GEN_OTHERNAME, true},     {"uris", GEN_URI, false},
	{"ipAddresses", GEN_IPADD, false},
};

static bool is_ascii(const char *text)
{
	for (; *text; text++) {
		if (*text <= ' ' || *text > '~')
			return false;
	}
	return true;
}

static int ia5_set(GENERAL_NAME *name, int type, const char *text)
{
	ASN1_IA5STRING *value;

	if (!is_ascii(text))
		return X509_SANS_E_INVALID;
	value = ASN1_IA5STRING_new();
	if (!value || ASN1_STRING_set(value, text, -1) != 1) {
		ASN1_IA5STRING_free(value);
		return -ENOMEM;
	}
	GENERAL_NAME_set0_value(name, type, value);
	return 0;
}

static int address_set(GENERAL_NAME *name, const char *text)
{
	unsigned char bytes[IPV6_SIZE];
	ASN1_OCTET_STRING *value;
	int n;

	if (inet_pton(AF_INET, text, bytes) == 1)
		n = IPV4_SIZE;
	else if (inet_pton(AF_INET6, text, bytes) == 1)
		n = IPV6_SIZE;
	else
		return X509_SANS_E_INVALID;
	value = ASN1_OCTET_STRING_new();
	if (!value || ASN1_OCTET_STRING_set(value, bytes, n) != 1) {
		ASN1_OCTET_STRING_free(value);
		return -ENOMEM;
	}
	GENERAL_NAME_set0_value(name, GEN_IPADD, value);
	return 0;
}

static int upn_set(GENERAL_NAME *name, const char *text)
{
	ASN1_OBJECT *type = OBJ_txt2obj(UPN_OID, 1);
	ASN1_TYPE *value = ASN1_TYPE_new();
	ASN1_UTF8STRING *string = ASN1_UTF8STRING_new();

	if (!type || !value || !string ||
	    ASN1_STRING_set(string, text, -1) != 1) {
		ASN1_OBJECT_free(type);
		ASN1_TYPE_free(value);
		ASN1_UTF8STRING_free(string);
		return -ENOMEM;
	}
	ASN1_TYPE_set(value, V_ASN1_UTF8STRING, string);
	if (GENERAL_NAME_set0_othername(name, type, value) == 1)
		return 0;
	ASN1_OBJECT_free(type);
	ASN1_TYPE_free(value);
	return -ENOMEM;
}

static int name_set(GENERAL_NAME *name, int type, const char *text)
{
	if (*text == '\0' || strlen(text) > X509_SAN_SIZE_MAX)
		return X509_SANS_E_INVALID;
	if (type == GEN_IPADD)
		return address_set(name, text);
	if (type == GEN_OTHERNAME)
		return upn_set(name, text);
	return ia5_set(name, type, text);
}

static int names_add(GENERAL_NAMES *names, int type, const cJSON *list)
{
	const cJSON *item;

	if (!cJSON_IsArray(list))
		return X509_SANS_E_INVALID;
	cJSON_ArrayForEach (item, list) {
		GENERAL_NAME *name;
		int r;

		if (!cJSON_IsString(item) ||
		    sk_GENERAL_NAME_num(names) == X509_SANS_MAX)
			return X509_SANS_E_INVALID;
		name = GENERAL_NAME_new();
		if (!name)
			return -ENOMEM;
		r = name_set(name, type, item->valuestring);
		if (r == 0 && sk_GENERAL_NAME_push(names, name) == 0)
			r = -ENOMEM;
		if (r != 0) {
			GENERAL_NAME_free(name);
			return r;
		}
	}
	return 0;
}

static int member_add(GENERAL_NAMES *names, const cJSON *member)
{
	for (size_t i = 0; i < AKV_ARRAY_LEN(kinds); i++) {
		if (strcmp(kinds[i].member, member->string) == 0)
			return names_add(names, kinds[i].type, member);
	}
	return X509_SANS_E_INVALID;
}

int x509_sans_parse(GENERAL_NAMES **ret, const cJSON *sans)
{
	AKV_CLEANUP(x509_sans_freep) GENERAL_NAMES *names = GENERAL_NAMES_new();
	const cJSON *member;

	if (!names)
		return -ENOMEM;
	if (!cJSON_IsObject(sans))
		return X509_SANS_E_INVALID;
	cJSON_ArrayForEach (member, sans) {
		int r;

		if (cJSON_IsNull(member))
			continue;
		r = member_add(names, member);
		if (r != 0)
			return r;
	}
	*ret = AKV_TAKE(names);
	return 0;
}

/* NULL: it is of another kind, or cannot be written. The caller frees. */
static cJSON *name_text(const GENERAL_NAME *name, int wanted)
{
	char address[INET6_ADDRSTRLEN];
	const ASN1_STRING *string = NULL;
	ASN1_OBJECT *type = NULL;
	ASN1_TYPE *other = NULL;
	cJSON *text;
	int kind;
	void *value = GENERAL_NAME_get0_value(name, &kind);
	char *copy;

	if (kind != wanted)
		return NULL;
	if (kind == GEN_IPADD) {
		int n = ASN1_STRING_length(value);

		if ((n != IPV4_SIZE && n != IPV6_SIZE) ||
		    !inet_ntop(n == IPV4_SIZE ? AF_INET : AF_INET6,
			       ASN1_STRING_get0_data(value), address,
			       sizeof(address)))
			return NULL;
		return cJSON_CreateString(address);
	}
	if (kind == GEN_OTHERNAME) {
		char oid[32];

		if (GENERAL_NAME_get0_otherName(name, &type, &other) != 1 ||
		    OBJ_obj2txt(oid, sizeof(oid), type, 1) <= 0 ||
		    strcmp(oid, UPN_OID) != 0 ||
		    other->type != V_ASN1_UTF8STRING)
			return NULL;
		string = other->value.utf8string;
	} else {
		string = value;
	}
	copy = strndup((const char *)ASN1_STRING_get0_data(string),
		       (size_t)ASN1_STRING_length(string));
	text = copy ? cJSON_CreateString(copy) : NULL;
	free(copy);
	return text;
}

static int member_read(cJSON *sans, const GENERAL_NAMES *names, size_t kind)
{
	cJSON *list = cJSON_CreateArray();

	if (!list)
		return -ENOMEM;
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		cJSON *text = name_text(sk_GENERAL_NAME_value(names, i),
					kinds[kind].type);

		if (text)
			(void)cJSON_AddItemToArray(list, text);
	}
	if ((list->child || kinds[kind].always) &&
	    cJSON_AddItemToObject(sans, kinds[kind].member, list))
		return 0;
	cJSON_Delete(list);
	return 0;
}

int x509_sans_read(cJSON **ret, const X509 *certificate)
{
	AKV_CLEANUP(x509_sans_freep)
	GENERAL_NAMES *names =
		X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	AKV_JSON cJSON *sans = NULL;

	if (sk_GENERAL_NAME_num(names) <= 0) {
		*ret = NULL;
		return 0;
	}
	sans = cJSON_CreateObject();
	if (!sans)
		return -ENOMEM;
	for (size_t i = 0; i < AKV_ARRAY_LEN(kinds); i++) {
		int r = member_read(sans, names, i);

		if (r < 0)
			return r;
	}
	*ret = AKV_TAKE(sans);
	return 0;
}
