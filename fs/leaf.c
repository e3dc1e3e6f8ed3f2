/* SPDX-License-Identifier: MIT */

/* Used by certificate-files.c and facts.c. */

#include "fs/leaf.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/base64.h"

enum { SHA1_SIZE = 20, SAN_MAX = 4096 };

static int x5t_check(const cJSON *document, const X509 *leaf, const Why *why)
{
	AKV_BUF Buf told = BUF_INIT(64);
	unsigned char digest[EVP_MAX_MD_SIZE];
	const char *text = NULL;
	int r = json_get_string(&text, document, "x5t");

	if (r == JSON_E_ABSENT)
		return 0;
	if (r == 0)
		r = base64_decode(&told, BASE64_URL, text, strlen(text));
	if (r == -ENOMEM || X509_digest(leaf, EVP_sha1(), digest, NULL) != 1)
		return -ENOMEM;
	if (r != 0 || told.n != SHA1_SIZE ||
	    memcmp(told.p, digest, SHA1_SIZE) != 0)
		return why_say(why, LEAF_E_UNTRUSTED,
			       "its \"x5t\" is not that of its \"cer\"");
	return 0;
}

int leaf_read(X509 **ret, const cJSON *document, const Why *why)
{
	AKV_BUF Buf der = BUF_INIT(BUF_MAX_FILE);
	AKV_CLEANUP(x509_freep) X509 *leaf = NULL;
	const unsigned char *p;
	const char *text = NULL;
	const cJSON *pending = NULL;
	int r = json_get_string(&text, document, "cer");

	if (r == JSON_E_ABSENT &&
	    json_get_object(&pending, document, "pending") == 0)
		return why_say(why, LEAF_E_ABSENT,
			       "the certificate is not issued yet");
	if (r != 0)
		return why_say(why, LEAF_E_UNTRUSTED, "its \"cer\" %s",
			       json_answer_text(r));
	r = base64_decode(&der, BASE64_STANDARD, text, strlen(text));
	if (r == -ENOMEM)
		return r;
	p = (const unsigned char *)der.p;
	if (r == 0)
		leaf = d2i_X509(NULL, &p, (long)der.n);
	if (!leaf || p != (const unsigned char *)der.p + der.n)
		return why_crypto(why, LEAF_E_UNTRUSTED,
				  "its \"cer\" is no certificate in base64");
	r = x5t_check(document, leaf, why);
	if (r == 0)
		*ret = AKV_TAKE(leaf);
	return r;
}

void leaf_thumbprint(char ret[LEAF_HEX_SIZE], const X509 *leaf,
		     const EVP_MD *digest)
{
	unsigned char bytes[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	ret[0] = '\0';
	if (X509_digest(leaf, digest, bytes, &n) != 1)
		return;
	for (unsigned i = 0; i < n && 2 * i + 2 < LEAF_HEX_SIZE; i++)
		(void)snprintf(ret + (size_t)2 * i, 3, "%02X", bytes[i]);
}

int leaf_append_name(Buf *buf, const X509_NAME *name)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;
	int r = -ENOMEM;
	long n;

	if (bio && X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) >= 0) {
		n = BIO_get_mem_data(bio, &text);
		r = buf_append(buf, text, (size_t)n);
	}
	ERR_clear_error();
	BIO_free(bio);
	return r;
}

/* --- subject alternative names ------------------------------------------ */

static int append_escaped(Buf *buf, const ASN1_STRING *string)
{
	const unsigned char *p = ASN1_STRING_get0_data(string);
	int n = ASN1_STRING_length(string);
	int r = 0;

	for (int i = 0; i < n && r == 0; i++) {
		if (p[i] > ' ' && p[i] < 0x7f && p[i] != ',')
			r = buf_append_char(buf, (char)p[i]);
		else
			r = buf_printf(buf, "%%%02X", p[i]);
	}
	return r;
}

static int append_address(Buf *buf, const ASN1_STRING *string)
{
	char text[INET6_ADDRSTRLEN];
	int family = ASN1_STRING_length(string) == 4 ? AF_INET : AF_INET6;

	if (ASN1_STRING_length(string) != 4 && ASN1_STRING_length(string) != 16)
		return append_escaped(buf, string);
	if (!inet_ntop(family, ASN1_STRING_get0_data(string), text,
		       sizeof(text)))
		return -ENOMEM;
	return buf_append_string(buf, text);
}

static int append_san(Buf *buf, const GENERAL_NAME *name)
{
	static const struct {
		int type;
		const char *prefix;
	} kinds[] = {
		{GEN_DNS, "DNS:"},
		{GEN_EMAIL, "email:"},
		{GEN_IPADD, "IP:"},
		{GEN_URI, "URI:"},
	};
	int type = 0;
	const ASN1_STRING *string = GENERAL_NAME_get0_value(name, &type);

	for (size_t i = 0; i < AKV_ARRAY_LEN(kinds); i++) {
		int r;

		if (kinds[i].type != type)
			continue;
		r = buf_append_string(buf, kinds[i].prefix);
		if (r != 0)
			return r;
		return type == GEN_IPADD ? append_address(buf, string)
					 : append_escaped(buf, string);
	}
	return 0;
}

int leaf_each_san(const X509 *leaf, int (*each)(void *data, const char *san),
		  void *data)
{
	GENERAL_NAMES *names =
		X509_get_ext_d2i(leaf, NID_subject_alt_name, NULL, NULL);
	int r = 0;

	for (int i = 0; r == 0 && i < sk_GENERAL_NAME_num(names); i++) {
		AKV_BUF Buf text = BUF_INIT(SAN_MAX);

		r = append_san(&text, sk_GENERAL_NAME_value(names, i));
		/* One that is longer than any name is none. */
		if (r == -EMSGSIZE)
			r = 0;
		else if (r == 0 && text.n > 0)
			r = each(data, text.p);
	}
	GENERAL_NAMES_free(names);
	ERR_clear_error();
	return r;
}
