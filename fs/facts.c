/* SPDX-License-Identifier: MIT */

/* Used by xattr.c. */

#include "fs/facts.h"

#include <openssl/evp.h>

#include "fs/document.h"
#include "fs/jwk.h"
#include "fs/leaf.h"

typedef struct Fact {
	const char *name;
	int (*append)(Buf *buf, const cJSON *document);
} Fact;

static int untrusted(int r)
{
	return r < 0 ? r : FACT_E_UNTRUSTED;
}

/* Bytes of a text of the vault; commas too, in a list. */
static int append_text(Buf *buf, const char *text, bool in_list)
{
	int r = 0;

	for (; *text && r == 0; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < ' ' || c > '~' || (in_list && c == ','))
			r = buf_printf(buf, "%%%02X", c);
		else
			r = buf_append_char(buf, *text);
	}
	return r;
}

/* --- keys --------------------------------------------------------------- */

static int append_member(Buf *buf, const cJSON *document, const char *name)
{
	const cJSON *jwk = NULL;
	const char *text = NULL;
	int r = json_get_object(&jwk, document, "key");

	if (r == 0)
		r = json_get_string(&text, jwk, name);
	if (r == JSON_E_ABSENT)
		return FACT_E_ABSENT;
	return r == 0 ? append_text(buf, text, false) : untrusted(r);
}

static int append_kty(Buf *buf, const cJSON *document)
{
	return append_member(buf, document, "kty");
}

static bool has_curve(const cJSON *document)
{
	const cJSON *jwk = NULL;
	const char *kty = NULL;

	return json_get_object(&jwk, document, "key") == 0 &&
	       json_get_string(&kty, jwk, "kty") == 0 &&
	       (strncmp(kty, "EC", 2) == 0 || strncmp(kty, "OKP", 3) == 0);
}

/* The service was seen to tell a curve of RSA keys, too. */
static int append_crv(Buf *buf, const cJSON *document)
{
	return has_curve(document) ? append_member(buf, document, "crv")
				   : FACT_E_ABSENT;
}

static int append_size(Buf *buf, const cJSON *document)
{
	char text[RENDITION_WHY_SIZE];
	const Why why = {text, sizeof(text)};
	AKV_CLEANUP(evp_pkey_freep) EVP_PKEY *key = NULL;
	const cJSON *jwk = NULL;
	int r;

	if (has_curve(document))
		return FACT_E_ABSENT;
	r = json_get_object(&jwk, document, "key");
	if (r == 0)
		r = jwk_read(&key, jwk, &why);
	if (r == JWK_E_SYMMETRIC)
		return FACT_E_ABSENT;
	return r == 0 ? buf_printf(buf, "%d", EVP_PKEY_get_bits(key))
		      : untrusted(r);
}

static int append_key_ops(Buf *buf, const cJSON *document)
{
	const cJSON *jwk = NULL;
	const cJSON *operations = NULL;
	const cJSON *operation;
	int r = json_get_object(&jwk, document, "key");

	if (r == 0)
		r = json_get_array(&operations, jwk, "key_ops");
	if (r == JSON_E_ABSENT)
		return FACT_E_ABSENT;
	if (r != 0)
		return untrusted(r);
	cJSON_ArrayForEach (operation, operations) {
		if (!cJSON_IsString(operation))
			return FACT_E_UNTRUSTED;
		if (r == 0 && operation != operations->child)
			r = buf_append_char(buf, ',');
		if (r == 0)
			r = append_text(buf, operation->valuestring, true);
	}
	return r;
}

/* --- certificates ------------------------------------------------------- */

static int leaf_of(X509 **ret, const cJSON *document)
{
	char text[RENDITION_WHY_SIZE];
	const Why why = {text, sizeof(text)};
	int r = leaf_read(ret, document, &why);

	return r == 0 ? 0 : untrusted(r);
}

static int append_subject(Buf *buf, const cJSON *document)
{
	AKV_CLEANUP(x509_freep) X509 *leaf = NULL;
	int r = leaf_of(&leaf, document);

	return r == 0 ? leaf_append_name(buf, X509_get_subject_name(leaf)) : r;
}

static int append_issuer(Buf *buf, const cJSON *document)
{
	AKV_CLEANUP(x509_freep) X509 *leaf = NULL;
	int r = leaf_of(&leaf, document);

	return r == 0 ? leaf_append_name(buf, X509_get_issuer_name(leaf)) : r;
}

static int append_thumbprint(Buf *buf, const cJSON *document)
{
	AKV_CLEANUP(x509_freep) X509 *leaf = NULL;
	char hex[LEAF_HEX_SIZE];
	int r = leaf_of(&leaf, document);

	if (r != 0)
		return r;
	leaf_thumbprint(hex, leaf, EVP_sha1());
	return buf_append_string(buf, hex);
}

typedef struct Sans {
	Buf *buf;
	bool any;
} Sans;

static int append_one_san(void *data, const char *san)
{
	Sans *sans = data;
	int r = sans->any ? buf_append_char(sans->buf, ',') : 0;

	sans->any = true;
	return r == 0 ? buf_append_string(sans->buf, san) : r;
}

static int append_sans(Buf *buf, const cJSON *document)
{
	AKV_CLEANUP(x509_freep) X509 *leaf = NULL;
	Sans sans = {.buf = buf};
	int r = leaf_of(&leaf, document);

	if (r == 0)
		r = leaf_each_san(leaf, append_one_san, &sans);
	return r == 0 && !sans.any ? FACT_E_ABSENT : r;
}

/* --- the tables --------------------------------------------------------- */

static const Fact key_facts[] = {
	{"kty", append_kty},   {"key_ops", append_key_ops},
	{"size", append_size}, {"crv", append_crv},
	{NULL, NULL},
};

static const Fact certificate_facts[] = {
	{"subject", append_subject},
	{"issuer", append_issuer},
	{"thumbprint", append_thumbprint},
	{"sans", append_sans},
	{NULL, NULL},
};

static const char *const key_names[] = {"kty", "key_ops", "size", "crv", NULL};
static const char *const certificate_names[] = {"subject", "issuer",
						"thumbprint", "sans", NULL};

const char *const *facts_names(enum rendition_owner owner)
{
	return owner == RENDITION_OF_KEY ? key_names : certificate_names;
}

int fact_append(Buf *buf, enum rendition_owner owner, const Secret *document,
		const char *name)
{
	const Fact *fact =
		owner == RENDITION_OF_KEY ? key_facts : certificate_facts;
	char text[RENDITION_WHY_SIZE];
	const Why why = {text, sizeof(text)};
	AKV_JSON cJSON *json = NULL;
	int r;

	while (fact->name && strcmp(fact->name, name) != 0)
		fact++;
	if (!fact->name)
		return FACT_E_ABSENT;
	r = document_read(&json, document, &why);
	return r == 0 ? fact->append(buf, json) : untrusted(r);
}
