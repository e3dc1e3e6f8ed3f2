/* SPDX-License-Identifier: MIT */

/* Pure but for the random ones, which ask getrandom(2). */

#include "emulator/names.h"

#include <openssl/evp.h>
#include <sys/random.h>

static bool byte_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool byte_is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static size_t name_span(const char *name)
{
	size_t n = 0;

	while (byte_is_digit(name[n]) || byte_is_letter(name[n]) ||
	       name[n] == '-')
		n++;
	return n;
}

bool name_is_valid(const char *name)
{
	size_t n = name_span(name);

	return n >= 1 && n <= NAME_MAX_LENGTH && name[n] == '\0';
}

bool version_is_valid(const char *version)
{
	size_t n = strspn(version, "0123456789abcdefABCDEF");

	return n == VERSION_LENGTH && version[n] == '\0';
}

bool vault_name_is_valid(const char *name)
{
	size_t n = name_span(name);

	return n >= 3 && n <= VAULT_NAME_MAX && name[n] == '\0' &&
	       byte_is_letter(name[0]) && !strstr(name, "--") &&
	       name[n - 1] != '-';
}

void name_key(char ret[NAME_KEY_SIZE], const char *name)
{
	size_t n = 0;

	for (; name[n] && n < NAME_MAX_LENGTH; n++) {
		char c = name[n];

		ret[n] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
	}
	ret[n] = '\0';
}

void random_bytes(void *ret, size_t n)
{
	char *at = ret;

	while (n > 0) {
		ssize_t got = getrandom(at, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			abort();
		at += got;
		n -= (size_t)got;
	}
}

static void hex(char *to, const unsigned char *bytes, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		*to++ = digits[bytes[i] >> 4];
		*to++ = digits[bytes[i] & 15];
	}
	*to = '\0';
}

void random_version(char ret[VERSION_LENGTH + 1])
{
	unsigned char bytes[VERSION_LENGTH / 2];

	random_bytes(bytes, sizeof(bytes));
	hex(ret, bytes, sizeof(bytes));
}

/* RFC 4122 version 4 from 16 bytes. */
static void guid_format(char ret[GUID_SIZE], unsigned char bytes[16])
{
	char all[VERSION_LENGTH + 1];

	bytes[6] = (unsigned char)((bytes[6] & 0x0f) | 0x40);
	bytes[8] = (unsigned char)((bytes[8] & 0x3f) | 0x80);
	hex(all, bytes, 16);
	(void)snprintf(ret, GUID_SIZE, "%.8s-%.4s-%.4s-%.4s-%.12s", all,
		       all + 8, all + 12, all + 16, all + 20);
}

void random_guid(char ret[GUID_SIZE])
{
	unsigned char bytes[16];

	random_bytes(bytes, sizeof(bytes));
	guid_format(ret, bytes);
}

void derived_guid(char ret[GUID_SIZE], const char *text)
{
	unsigned char digest[EVP_MAX_MD_SIZE];

	if (EVP_Digest(text, strlen(text), digest, NULL, EVP_sha256(), NULL) !=
	    1)
		abort();
	guid_format(ret, digest);
}
