/* SPDX-License-Identifier: MIT */

/* Used by material.c. */

#include "fs/pem.h"

#include <openssl/err.h>
#include <openssl/pem.h>

/* PEM_read_bio_ex() gives these three; they are in the secure heap. */
typedef struct PemBlock {
	char *name;
	char *header;
	unsigned char *data;
	long n;
} PemBlock;

static void block_done(PemBlock *block)
{
	OPENSSL_secure_free(block->name);
	OPENSSL_secure_free(block->header);
	OPENSSL_secure_clear_free(block->data, (size_t)block->n);
	*block = (PemBlock){0};
}

static int block_read(Material *material, const PemBlock *block, const Why *why)
{
	if (strcmp(block->name, PEM_STRING_X509) == 0)
		return material_add_certificate_der(material, block->data,
						    (size_t)block->n, why);
	if (strcmp(block->name, PEM_STRING_PKCS8) == 0 ||
	    strstr(block->header, "ENCRYPTED"))
		return why_say(why, MATERIAL_E_UNTRUSTED,
			       "its secret holds a key that is encrypted");
	if (strcmp(block->name, PEM_STRING_PKCS8INF) == 0 ||
	    strcmp(block->name, PEM_STRING_RSA) == 0 ||
	    strcmp(block->name, PEM_STRING_ECPRIVATEKEY) == 0)
		return material_add_key_der(material, block->data,
					    (size_t)block->n, why);
	return 0;
}

static bool is_end(void)
{
	unsigned long last = ERR_peek_last_error();

	return ERR_GET_LIB(last) == ERR_LIB_PEM &&
	       ERR_GET_REASON(last) == PEM_R_NO_START_LINE;
}

static int blocks_read(Material *material, BIO *bio, const Why *why)
{
	for (int i = 0; i < PEM_BLOCKS_MAX; i++) {
		PemBlock block = {0};
		int r;

		ERR_clear_error();
		if (PEM_read_bio_ex(bio, &block.name, &block.header,
				    &block.data, &block.n,
				    PEM_FLAG_SECURE) != 1) {
			if (!is_end())
				return why_crypto(
					why, MATERIAL_E_UNTRUSTED,
					"its secret is not well-formed PEM");
			ERR_clear_error();
			return 0;
		}
		r = block_read(material, &block, why);
		block_done(&block);
		if (r != 0)
			return r;
	}
	return why_say(why, MATERIAL_E_UNTRUSTED,
		       "its secret holds more than %d blocks of PEM",
		       PEM_BLOCKS_MAX);
}

int pem_read(Material *material, const Secret *value, const Why *why)
{
	BIO *bio =
		BIO_new_mem_buf(secret_bytes(value), (int)secret_size(value));
	int r = bio ? blocks_read(material, bio, why) : -ENOMEM;

	BIO_free(bio);
	return r;
}
