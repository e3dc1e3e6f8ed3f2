/* SPDX-License-Identifier: MIT */

/* Pure. */

#include "emulator/x509-name.h"

#include <openssl/objects.h>

#include "base/parse.h"

enum { KEY_SIZE = 64 };

/* What the letters stand for, where OpenSSL has others or none. */
static const struct {
	const char *text;
	int nid;
} letters[] = {
	{"CN", NID_commonName},
	{"O", NID_organizationName},
	{"OU", NID_organizationalUnitName},
	{"L", NID_localityName},
	{"S", NID_stateOrProvinceName},
	{"ST", NID_stateOrProvinceName},
	{"C", NID_countryName},
	{"E", NID_pkcs9_emailAddress},
	{"EMAIL", NID_pkcs9_emailAddress},
	{"DC", NID_domainComponent},
	{"STREET", NID_streetAddress},
	{"SERIALNUMBER", NID_serialNumber},
	{"T", NID_title},
	{"G", NID_givenName},
	{"SN", NID_surname},
	{"I", NID_initials},
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static const char *skip_blanks(const char *at)
{
	while (is_blank(*at))
		at++;
	return at;
}

/* NULL if it is not known. The caller frees. */
static ASN1_OBJECT *type_find(const char *key)
{
	if (strncmp(key, "OID.", 4) == 0)
		key += 4;
	for (size_t i = 0; i < AKV_ARRAY_LEN(letters); i++) {
		if (ascii_equal_fold(letters[i].text, key))
			return OBJ_nid2obj(letters[i].nid);
	}
	return OBJ_txt2obj(key, 1);
}

/* "KEY=", with blanks around; *@at is left behind the '='. */
static int key_take(char ret[KEY_SIZE], const char **at)
{
	const char *key = skip_blanks(*at);
	const char *end = strchr(key, '=');
	size_t n;

	if (!end)
		return X509_NAME_E_INVALID;
	n = (size_t)(end - key);
	while (n > 0 && is_blank(key[n - 1]))
		n--;
	if (n == 0 || n >= KEY_SIZE)
		return X509_NAME_E_INVALID;
	(void)snprintf(ret, KEY_SIZE, "%.*s", (int)n, key);
	*at = skip_blanks(end + 1);
	return 0;
}

/* What is between quotes, where two stand for one. */
static int quoted_take(Buf *ret, const char **at)
{
	const char *p = *at + 1;
	int r;

	for (;;) {
		if (*p == '\0')
			return X509_NAME_E_INVALID;
		if (*p == '"' && p[1] != '"')
			break;
		if (*p == '"' || (*p == '\\' && p[1] != '\0'))
			p++;
		r = buf_append_char(ret, *p++);
		if (r < 0)
			return r;
	}
	*at = skip_blanks(p + 1);
	return 0;
}

static int plain_take(Buf *ret, const char **at)
{
	const char *p = *at;
	size_t trailing = 0;
	int r;

	for (; *p && *p != ',' && *p != ';'; p++) {
		if (*p == '+' || *p == '"')
			return X509_NAME_E_INVALID;
		trailing = is_blank(*p) ? trailing + 1 : 0;
		if (*p == '\\') {
			p++;
			if (*p == '\0')
				return X509_NAME_E_INVALID;
		}
		r = buf_append_char(ret, *p);
		if (r < 0)
			return r;
	}
	ret->n -= trailing;
	ret->p[ret->n] = '\0';
	*at = p;
	return 0;
}

/* Put before the others what stands behind them in the text. */
static int part_add(X509_NAME *name, const char *key, const Buf *value)
{
	ASN1_OBJECT *type = type_find(key);
	int ok;

	if (!type)
		return X509_NAME_E_INVALID;
	ok = X509_NAME_add_entry_by_OBJ(name, type, MBSTRING_UTF8,
					(const unsigned char *)value->p,
					(int)value->n, 0, 0);
	ASN1_OBJECT_free(type);
	return ok == 1 ? 0 : X509_NAME_E_INVALID;
}

static int part_take(X509_NAME *name, const char **at)
{
	AKV_BUF Buf value = BUF_INIT(X509_NAME_TEXT_MAX);
	char key[KEY_SIZE];
	int r = key_take(key, at);

	if (r == 0)
		r = **at == '"' ? quoted_take(&value, at)
				: plain_take(&value, at);
	if (r != 0)
		return r;
	if (value.n == 0 || (**at && **at != ',' && **at != ';'))
		return X509_NAME_E_INVALID;
	return part_add(name, key, &value);
}

int x509_name_parse(X509_NAME **ret, const char *text)
{
	AKV_CLEANUP(x509_name_freep) X509_NAME *name = X509_NAME_new();
	const char *at = text;
	int parts = 0, r;

	if (!name)
		return -ENOMEM;
	if (strlen(text) > X509_NAME_TEXT_MAX)
		return X509_NAME_E_INVALID;
	for (;;) {
		if (parts++ == X509_NAME_PARTS_MAX)
			return X509_NAME_E_INVALID;
		r = part_take(name, &at);
		if (r != 0)
			return r == -EMSGSIZE ? X509_NAME_E_INVALID : r;
		if (*at == '\0')
			break;
		at++;
	}
	*ret = AKV_TAKE(name);
	return 0;
}

static int key_append(Buf *ret, const ASN1_OBJECT *type)
{
	char dotted[KEY_SIZE];
	int nid = OBJ_obj2nid(type);

	for (size_t i = 0; i < AKV_ARRAY_LEN(letters); i++) {
		if (nid != NID_undef && letters[i].nid == nid)
			return buf_printf(ret, "%s=", letters[i].text);
	}
	if (OBJ_obj2txt(dotted, sizeof(dotted), type, 1) <= 0)
		return -EIO;
	return buf_printf(ret, "OID.%s=", dotted);
}

static bool needs_quotes(const char *text, size_t n)
{
	return n == 0 || is_blank(text[0]) || is_blank(text[n - 1]) ||
	       text[0] == '#' || strpbrk(text, ",+\"\\<>;=\n");
}

static int value_append(Buf *ret, const ASN1_STRING *value)
{
	unsigned char *text = NULL;
	int n = ASN1_STRING_to_UTF8(&text, value);
	int r = 0;

	if (n < 0)
		return -EIO;
	if (!needs_quotes((const char *)text, (size_t)n)) {
		r = buf_append(ret, text, (size_t)n);
	} else {
		r = buf_append_char(ret, '"');
		for (int i = 0; i < n && r == 0; i++) {
			if (text[i] == '"')
				r = buf_append_char(ret, '"');
			if (r == 0)
				r = buf_append_char(ret, (char)text[i]);
		}
		if (r == 0)
			r = buf_append_char(ret, '"');
	}
	OPENSSL_free(text);
	return r;
}

int x509_name_append(Buf *ret, const X509_NAME *name)
{
	int n = X509_NAME_entry_count(name);
	int r = 0;

	for (int i = n - 1; i >= 0 && r == 0; i--) {
		const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, i);

		if (i < n - 1)
			r = buf_append_string(ret, ", ");
		if (r == 0)
			r = key_append(ret, X509_NAME_ENTRY_get_object(entry));
		if (r == 0)
			r = value_append(ret, X509_NAME_ENTRY_get_data(entry));
	}
	return r;
}
