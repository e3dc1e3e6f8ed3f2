/* SPDX-License-Identifier: MIT */

/* Used by certificate-files.c; pem.c and pfx.c add what they find. */

#include "fs/material.h"

#include "base/parse.h"
#include "fs/pem.h"
#include "fs/pfx.h"

void material_done(Material *material)
{
	EVP_PKEY_free(material->key);
	for (size_t i = 0; i < material->n; i++)
		X509_free(material->certificates[i]);
	*material = (Material){0};
}

int material_add_certificate(Material *material, X509 *certificate,
			     const Why *why)
{
	if (!certificate)
		return why_crypto(why, MATERIAL_E_UNTRUSTED,
				  "its secret holds what is no certificate");
	if (material->n == MATERIAL_CERTIFICATES_MAX) {
		X509_free(certificate);
		return why_say(why, MATERIAL_E_UNTRUSTED,
			       "its secret holds more than %d certificates",
			       MATERIAL_CERTIFICATES_MAX);
	}
	material->certificates[material->n++] = certificate;
	return 0;
}

int material_add_key(Material *material, EVP_PKEY *key, const Why *why)
{
	if (!key)
		return why_crypto(why, MATERIAL_E_UNTRUSTED,
				  "its secret holds what is no private key");
	if (material->key) {
		EVP_PKEY_free(key);
		return why_say(why, MATERIAL_E_UNTRUSTED,
			       "its secret holds several private keys");
	}
	material->key = key;
	return 0;
}

int material_add_certificate_der(Material *material, const unsigned char *der,
				 size_t n, const Why *why)
{
	const unsigned char *p = der;
	X509 *certificate = d2i_X509(NULL, &p, (long)n);

	if (certificate && p != der + n) {
		X509_free(certificate);
		certificate = NULL;
	}
	return material_add_certificate(material, certificate, why);
}

int material_add_key_der(Material *material, const unsigned char *der, size_t n,
			 const Why *why)
{
	const unsigned char *p = der;
	EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &p, (long)n);

	if (key && p != der + n) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	return material_add_key(material, key, why);
}

int material_read(Material *ret, const Secret *value, const char *content_type,
		  const Why *why)
{
	Material material = {0};
	int r;

	if (content_type && ascii_equal_fold(content_type, PEM_CONTENT_TYPE))
		r = pem_read(&material, value, why);
	else if (content_type &&
		 ascii_equal_fold(content_type, PFX_CONTENT_TYPE))
		r = pfx_read(&material, value, why);
	else
		r = why_say(why, MATERIAL_E_UNTRUSTED,
			    "its secret is of neither " PEM_CONTENT_TYPE
			    " nor " PFX_CONTENT_TYPE);
	if (r != 0) {
		material_done(&material);
		return r;
	}
	*ret = material;
	return 0;
}
