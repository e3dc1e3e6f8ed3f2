/* SPDX-License-Identifier: MIT */

/* Used by key-files.c, with keys that jwk_read() made. */

#include "fs/ssh-key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>

#include "base/base64.h"
#include "fs/jwk.h"

enum { BLOB_MAX = BUF_MAX_LINE, ED25519_SIZE = 32 };

static const struct {
	const char *group;
	const char *name;
} curves[] = {
	{"prime256v1", "nistp256"},
	{"secp384r1", "nistp384"},
	{"secp521r1", "nistp521"},
};

/* The string of RFC 4251 5: its length in four bytes, and its bytes. */
static int append_bytes(Buf *blob, const void *bytes, size_t n)
{
	const unsigned char length[4] = {
		(unsigned char)(n >> 24),
		(unsigned char)(n >> 16),
		(unsigned char)(n >> 8),
		(unsigned char)n,
	};
	int r = buf_append(blob, length, sizeof(length));

	return r == 0 ? buf_append(blob, bytes, n) : r;
}

static int append_text(Buf *blob, const char *text)
{
	return append_bytes(blob, text, strlen(text));
}

/* The mpint of RFC 4251 5: a zero in front where the first bit is set. */
static int append_number(Buf *blob, EVP_PKEY *key, const char *param)
{
	unsigned char bytes[1 + JWK_RSA_BITS_MAX / 8] = {0};
	BIGNUM *number = NULL;
	size_t n, zero;

	if (!EVP_PKEY_get_bn_param(key, param, &number))
		return -ENOMEM;
	n = (size_t)BN_num_bytes(number);
	if (n < sizeof(bytes))
		(void)BN_bn2bin(number, bytes + 1);
	BN_free(number);
	if (n >= sizeof(bytes))
		return -EINVAL;
	zero = bytes[1] & 0x80 ? 1 : 0;
	return append_bytes(blob, bytes + 1 - zero, n + zero);
}

static int append_rsa(Buf *blob, EVP_PKEY *key)
{
	int r = append_text(blob, "ssh-rsa");

	if (r == 0)
		r = append_number(blob, key, OSSL_PKEY_PARAM_RSA_E);
	if (r == 0)
		r = append_number(blob, key, OSSL_PKEY_PARAM_RSA_N);
	return r;
}

static int append_point(Buf *blob, EVP_PKEY *key)
{
	unsigned char point[1 + 2 * JWK_COORDINATE_MAX];
	size_t n = 0;

	if (!EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY,
					     point, sizeof(point), &n))
		return -EINVAL;
	return append_bytes(blob, point, n);
}

static int append_ec(Buf *blob, char *type, size_t type_size, EVP_PKEY *key)
{
	char group[32];
	int r;

	if (!EVP_PKEY_get_group_name(key, group, sizeof(group), NULL))
		return -EINVAL;
	for (size_t i = 0; i < AKV_ARRAY_LEN(curves); i++) {
		if (strcmp(curves[i].group, group) != 0)
			continue;
		(void)snprintf(type, type_size, "ecdsa-sha2-%s",
			       curves[i].name);
		r = append_text(blob, type);
		if (r == 0)
			r = append_text(blob, curves[i].name);
		return r == 0 ? append_point(blob, key) : r;
	}
	return SSH_KEY_E_NONE;
}

static int append_ed25519(Buf *blob, EVP_PKEY *key)
{
	unsigned char bytes[ED25519_SIZE];
	size_t n = sizeof(bytes);
	int r = append_text(blob, "ssh-ed25519");

	if (!EVP_PKEY_get_raw_public_key(key, bytes, &n))
		return -EINVAL;
	return r == 0 ? append_bytes(blob, bytes, n) : r;
}

int ssh_key_append(Buf *buf, EVP_PKEY *key, const char *comment)
{
	AKV_BUF Buf blob = BUF_INIT(BLOB_MAX);
	char type[32] = "ssh-rsa";
	int r;

	if (EVP_PKEY_is_a(key, "RSA")) {
		r = append_rsa(&blob, key);
	} else if (EVP_PKEY_is_a(key, "EC")) {
		r = append_ec(&blob, type, sizeof(type), key);
	} else if (EVP_PKEY_is_a(key, "ED25519")) {
		(void)snprintf(type, sizeof(type), "ssh-ed25519");
		r = append_ed25519(&blob, key);
	} else {
		return SSH_KEY_E_NONE;
	}
	if (r == 0)
		r = buf_printf(buf, "%s ", type);
	if (r == 0)
		r = base64_encode(buf, BASE64_STANDARD, blob.p, blob.n);
	return r == 0 ? buf_printf(buf, " %s\n", comment) : r;
}
