/* SPDX-License-Identifier: MIT */

/* A secret that holds a PFX: what is found is bounded, or why is said. */

#include "base/parse.h"
#include "fs/pfx.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool ready;
	AKV_CLEANUP(secret_unrefp) Secret *secret = NULL;
	Material material = {0};
	char why[128] = "";
	const Why where = {why, sizeof(why)};
	int r;

	if (!ready)
		FUZZ_CHECK(secret_heap_init(NULL, 1 << 20) >= 0);
	ready = true;
	if (size > SECRET_SIZE_MAX / 4 || secret_new(&secret, data, size) != 0)
		return 0;
	r = pfx_read(&material, secret, &where);
	FUZZ_CHECK(r == 0 || r == MATERIAL_E_UNTRUSTED);
	FUZZ_CHECK((r == 0) == (why[0] == '\0') && ascii_is_printable(why));
	FUZZ_CHECK(material.n <= MATERIAL_CERTIFICATES_MAX);
	material_done(&material);
	return 0;
}
