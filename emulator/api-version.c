/* SPDX-License-Identifier: MIT */

/* Not in order of number: names are compared whole, never as numbers. */

#include "emulator/api-version.h"

#define SINCE_2016 .soft_delete = true, .storage = true
#define SINCE_7_1 SINCE_2016, .recoverable_days = true
#define SINCE_7_2 SINCE_7_1, .cipher_sides = true, .cert_names = true
#define SINCE_7_3 SINCE_7_2, .rotation = true
#define SINCE_7_5 SINCE_7_3, .hsm_platform = true
#define SINCE_7_6 SINCE_7_5, .cert_order = true
#define SINCE_2025 SINCE_7_6, .dated = true
#define SINCE_2026                                                           \
	.soft_delete = true, .recoverable_days = true, .cipher_sides = true, \
	.cert_names = true, .rotation = true, .hsm_platform = true,          \
	.cert_order = true, .dated = true

static const ApiVersion versions[] = {
	{.name = "2015-06-01"},
	{.name = "2016-10-01", SINCE_2016},
	{.name = "7.0", SINCE_2016},
	{.name = "7.1", SINCE_7_1},
	{.name = "7.2", SINCE_7_2},
	{.name = "7.3", SINCE_7_3},
	{.name = "7.4", SINCE_7_3},
	{.name = "7.5", SINCE_7_5},
	{.name = "7.6", SINCE_7_6},
	{.name = "2025-07-01", SINCE_2025},
	{.name = "2026-04-01", SINCE_2026},
};

const ApiVersion *api_version_find(const char *name)
{
	for (size_t i = 0; i < AKV_ARRAY_LEN(versions); i++) {
		size_t n = strlen(versions[i].name);

		if (strncmp(name, versions[i].name, n) != 0)
			continue;
		if (name[n] == '\0' || strncmp(name + n, "-preview", 8) == 0)
			return &versions[i];
	}
	return NULL;
}

const char *api_version_newest(void)
{
	return versions[AKV_ARRAY_LEN(versions) - 1].name;
}
