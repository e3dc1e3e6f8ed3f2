/* SPDX-License-Identifier: MIT */

/*
 * The first byte chooses the password, the rest is the file of certificate=.
 * What is taken of it can sign; of what is refused nothing stays.
 */

#include "auth/assertion.h"
#include "auth/key-file.h"
#include "base/parse.h"
#include "tests/fuzz/fuzz.h"

enum { RSA_BITS_MAX = 4096 };

/* Header, claims and signature. */
static void check_assertion(const KeyFile *key_file)
{
	static const AssertionWish wish = {.client_id = "c",
					   .audience = "https://a/t",
					   .wall_s = 1763953200,
					   .send_chain = true};
	AKV_CLEANUP(secret_unrefp) Secret *assertion = NULL;
	int r = assertion_make(&assertion, key_file, &wish);
	const char *text;

	FUZZ_CHECK(r == 0 || (r < 0 && !assertion));
	if (r != 0)
		return;
	text = secret_bytes(assertion);
	FUZZ_CHECK(ascii_is_printable(text));
	text = strchr(text, '.');
	FUZZ_CHECK(text && strchr(text + 1, '.'));
}

static void check_key_file(KeyFile *key_file)
{
	FUZZ_CHECK(key_file->n > 0);
	FUZZ_CHECK(key_file->n <= KEY_FILE_CERTIFICATES_MAX);
	FUZZ_CHECK(EVP_PKEY_get_base_id(key_file->key) == EVP_PKEY_RSA);
	FUZZ_CHECK(X509_check_private_key(key_file->certificates[0],
					  key_file->key) == 1);
	if (EVP_PKEY_get_bits(key_file->key) <= RSA_BITS_MAX)
		check_assertion(key_file);
	key_file_done(key_file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const passwords[] = {NULL, "", "pass w"};
	static bool ready;
	AKV_CLEANUP(secret_unrefp) Secret *file = NULL;
	AKV_CLEANUP(secret_unrefp) Secret *password = NULL;
	const KeyFile none = {0};
	KeyFile key_file = {0};
	char why[300] = "";
	const char *text;
	int r;

	if (!ready)
		FUZZ_CHECK(secret_heap_init(NULL, 1 << 20) >= 0);
	ready = true;
	if (size == 0 || secret_new(&file, data + 1, size - 1) != 0)
		return 0;
	text = passwords[data[0] % AKV_ARRAY_LEN(passwords)];
	if (text && secret_new(&password, text, strlen(text)) != 0)
		return 0;
	r = key_file_read(&key_file, file, password, why, sizeof(why));
	FUZZ_CHECK(r == 0 || r == KEY_FILE_E_INVALID);
	FUZZ_CHECK((r == 0) == (why[0] == '\0') && ascii_is_printable(why));
	if (r == 0)
		check_key_file(&key_file);
	FUZZ_CHECK(memcmp(&key_file, &none, sizeof(none)) == 0);
	return 0;
}
