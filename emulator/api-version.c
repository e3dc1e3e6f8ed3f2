/* SPDX-License-Identifier: MIT */

/* Not in order of number: names are compared whole, never as numbers. */

#include "emulator/api-version.h"

static const ApiVersion versions[] = {
	{.name = "2015-06-01"},
	{.name = "2016-10-01", .soft_delete = true},
	{.name = "7.0", .soft_delete = true},
	{.name = "7.1", .soft_delete = true, .recoverable_days = true},
	{.name = "7.2", .soft_delete = true, .recoverable_days = true},
	{.name = "7.3", .soft_delete = true, .recoverable_days = true},
	{.name = "7.4", .soft_delete = true, .recoverable_days = true},
	{.name = "7.5", .soft_delete = true, .recoverable_days = true},
	{.name = "7.6", .soft_delete = true, .recoverable_days = true},
	{
		.name = "2025-07-01",
		.soft_delete = true,
		.recoverable_days = true,
		.dated = true,
	},
	{
		.name = "2026-04-01",
		.soft_delete = true,
		.recoverable_days = true,
		.dated = true,
	},
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
