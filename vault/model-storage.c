/* SPDX-License-Identifier: MIT */

/* Pure; what is right is left where it is. Called by model.c. */

#include "vault/model-storage.h"

enum {
	WORD_MAX = 256,
	RESOURCE_ID_MAX = 2048,
	TEMPLATE_MAX = 8 * 1024,
};

int model_storage_check(const cJSON *object, const Why *why)
{
	const char *text = NULL;
	bool regenerates;
	int r = member_text(&text, object, "resourceId", MEMBER_OPTIONAL,
			    RESOURCE_ID_MAX, why);

	if (r == 0)
		r = member_text(&text, object, "activeKeyName", MEMBER_OPTIONAL,
				WORD_MAX, why);
	if (r == 0)
		r = member_bool(&regenerates, object, "autoRegenerateKey",
				false, why);
	if (r == 0)
		r = member_text(&text, object, "regenerationPeriod",
				MEMBER_OPTIONAL, WORD_MAX, why);
	return r;
}

int model_sas_check(const cJSON *object, const Why *why)
{
	static const struct {
		const char *name;
		size_t max;
	} texts[] = {
		{"sid", RESOURCE_ID_MAX},
		{"templateUri", TEMPLATE_MAX},
		{"sasType", WORD_MAX},
		{"validityPeriod", WORD_MAX},
	};
	const cJSON *parameters = NULL;
	int r = member_object(&parameters, object, "parameters",
			      MEMBER_OPTIONAL, why);

	for (size_t i = 0; i < AKV_ARRAY_LEN(texts) && r == 0; i++) {
		const char *text = NULL;

		r = member_text(&text, object, texts[i].name, MEMBER_OPTIONAL,
				texts[i].max, why);
	}
	return r;
}
