/* SPDX-License-Identifier: MIT */

/* Blobs: sealed ones open, all others do not. */

#include "base/base64.h"
#include "emulator/backup.h"
#include "tests/unit/check.h"

enum { KEY_SIZE = 32 };

static const unsigned char key[KEY_SIZE] = "0123456789abcdef0123456789abcde";
static const unsigned char other[KEY_SIZE] = "another key of thirty-two bytes";
static const char text[] = "{\"name\":\"a\",\"value\":\"hunter2\"}";

static int seal(Buf *blob)
{
	return backup_seal(blob, key, "secret", text, sizeof(text) - 1);
}

static void test_there_and_back(void)
{
	AKV_BUF Buf blob = BUF_INIT(BUF_MAX_FILE);
	AKV_BUF Buf opened = BUF_INIT(BUF_MAX_FILE);

	CHECK_OK(seal(&blob));
	CHECK(!strstr(blob.p, "hunter2"));
	CHECK_OK(backup_open(&opened, key, "secret", blob.p, blob.n));
	CHECK_STR(opened.p, text);
}

/* Real ones begin like that too. */
static void test_begins_as_the_service_s(void)
{
	AKV_BUF Buf blob = BUF_INIT(BUF_MAX_FILE);

	CHECK_OK(seal(&blob));
	CHECK(strncmp(blob.p,
		      "KUF6dXJlS2V5VmF1bHRTZWNyZXRCYWNrdXBWMS5taWNyb3NvZnQu"
		      "Y29t",
		      56) == 0);
}

static void test_others_do_not_open(void)
{
	AKV_BUF Buf blob = BUF_INIT(BUF_MAX_FILE);
	AKV_BUF Buf opened = BUF_INIT(BUF_MAX_FILE);

	CHECK_OK(seal(&blob));
	CHECK_EQ(backup_open(&opened, other, "secret", blob.p, blob.n),
		 BACKUP_E_MALFORMED);
	CHECK_EQ(backup_open(&opened, key, "key", blob.p, blob.n),
		 BACKUP_E_MALFORMED);
	CHECK_EQ(backup_open(&opened, key, "secret", "AAAA", 4),
		 BACKUP_E_MALFORMED);
	CHECK_EQ(backup_open(&opened, key, "secret", "", 0),
		 BACKUP_E_MALFORMED);
	CHECK_EQ(opened.n, 0);
}

static void test_tampered_does_not_open(void)
{
	AKV_BUF Buf blob = BUF_INIT(BUF_MAX_FILE);

	CHECK_OK(seal(&blob));
	for (size_t i = 0; i < blob.n; i++) {
		AKV_BUF Buf opened = BUF_INIT(BUF_MAX_FILE);
		char was = blob.p[i];

		blob.p[i] = was == 'A' ? 'B' : 'A';
		CHECK_EQ(backup_open(&opened, key, "secret", blob.p, blob.n),
			 BACKUP_E_MALFORMED);
		blob.p[i] = was;
		CHECK_EQ(backup_open(&opened, key, "secret", blob.p, i),
			 BACKUP_E_MALFORMED);
	}
}

int main(void)
{
	RUN(test_there_and_back);
	RUN(test_begins_as_the_service_s);
	RUN(test_others_do_not_open);
	RUN(test_tampered_does_not_open);
	return check_report();
}
