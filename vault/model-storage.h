/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * model-storage - is this the JSON of a storage account, or of a SAS
 * definition?
 *
 * StorageBundle and SasDefinitionBundle of the data plane's OpenAPI files
 * (storage.json), and what is left of deleted ones. In 2016-10-01 a definition
 * had "parameters" in place of the template.
 */

#include "vault/member.h"

/* Both return 0 or MODEL_E_UNTRUSTED. */
AKV_MUST_CHECK int model_storage_check(const cJSON *object, const Why *why);
AKV_MUST_CHECK int model_sas_check(const cJSON *object, const Why *why);
