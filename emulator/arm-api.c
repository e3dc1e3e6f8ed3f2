/* SPDX-License-Identifier: MIT */

/*
 * Versions are those that recordings, published schemas and clients know. What
 * a version added is told by the recordings of its time.
 */

#include "emulator/arm-api.h"

#define AT_FIRST .provisioning_state = false
#define AT_2016 .provisioning_state = true
#define AT_2018 AT_2016, .network = true
#define AT_2019 AT_2018, .soft_delete = true, .retention = true
#define AT_2021 AT_2019, .system_data = true
#define AT_2021_06 AT_2021, .public_access = true
#define AT_2026 AT_2021_06, .rbac_default = true

static const ArmApi versions[] = {
	{"2014-12-19-preview", AT_FIRST},
	{"2015-06-01", AT_FIRST},
	{"2016-10-01", AT_2016},
	{"2018-02-14-preview", AT_2018},
	{"2018-02-14", AT_2018},
	{"2019-09-01", AT_2019},
	{"2020-04-01-preview", AT_2019},
	{"2021-04-01-preview", AT_2021},
	{"2021-06-01-preview", AT_2021_06},
	{"2021-10-01", AT_2021_06},
	{"2021-11-01-preview", AT_2021_06},
	{"2022-02-01-preview", AT_2021_06},
	{"2022-07-01", AT_2021_06},
	{"2022-11-01", AT_2021_06},
	{"2023-02-01", AT_2021_06},
	{"2023-07-01", AT_2021_06},
	{"2024-04-01-preview", AT_2021_06},
	{"2024-11-01", AT_2021_06},
	{"2024-12-01-preview", AT_2021_06},
	{"2025-05-01", AT_2021_06},
	{"2026-02-01", AT_2026},
	{"2026-04-01-preview", AT_2026},
	{"2026-05-15", AT_2026},
};

const ArmApi *arm_api_find(const char *name)
{
	for (size_t i = 0; i < AKV_ARRAY_LEN(versions); i++) {
		if (strcmp(versions[i].name, name) == 0)
			return &versions[i];
	}
	return NULL;
}

const char *arm_api_list(void)
{
	return "2015-06-01, 2016-10-01, 2018-02-14, 2019-09-01, 2021-10-01, "
	       "2022-07-01, 2022-11-01, 2023-02-01, 2023-07-01, 2024-11-01, "
	       "2025-05-01, 2026-02-01, 2026-05-15";
}

bool arm_api_is_well_formed(const char *name)
{
	static const char form[] = "dddd-dd-dd";
	size_t i = 0;

	for (; form[i]; i++) {
		bool digit = name[i] >= '0' && name[i] <= '9';

		if (form[i] == 'd' ? !digit : name[i] != '-')
			return false;
	}
	return name[i] == '\0' || name[i] == '-';
}
