/* SPDX-License-Identifier: MIT */

/* Options are read from a list and as a file; what is read can be handed on. */

#include <sys/mman.h>

#include "fs/options.h"
#include "tests/fuzz/fuzz.h"

static int file_read(Options *options, const void *text, size_t n)
{
	AKV_FD int fd = memfd_create("options", MFD_CLOEXEC);
	char why[256] = "";
	int r;

	FUZZ_CHECK(fd >= 0 && write(fd, text, n) == (ssize_t)n &&
		   lseek(fd, 0, SEEK_SET) == 0);
	r = options_set_file(options, fd, "fuzz", why, sizeof(why));
	FUZZ_CHECK(r <= 0 || strncmp(why, "fuzz", 4) == 0);
	return r;
}

static void hand_on(const Options *options)
{
	AKV_BUF Buf first = BUF_INIT(BUF_MAX_FILE);
	AKV_BUF Buf second = BUF_INIT(BUF_MAX_FILE);
	Options copy;

	FUZZ_CHECK(options_write(options, &first) == 0);
	options_init(&copy);
	FUZZ_CHECK(file_read(&copy, first.p, first.n) == 0);
	FUZZ_CHECK(options_write(&copy, &second) == 0);
	FUZZ_CHECK(strcmp(first.p, second.p) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *list = fuzz_string(data, size);
	char why[256] = "";
	Options options;
	int r;

	options_init(&options);
	r = options_set_list(&options, list, why, sizeof(why));
	FUZZ_CHECK((r > 0) == (why[0] != '\0'));
	if (r == 0)
		hand_on(&options);
	free(list);

	options_init(&options);
	if (file_read(&options, data, size) == 0)
		hand_on(&options);
	return 0;
}
