/* SPDX-License-Identifier: MIT */

/* Pure. */

#include "emulator/x509-usage.h"

#include <openssl/x509v3.h>

/* In the order in which the service lists them, whatever it was sent. */
static const struct {
	const char *word;
	uint32_t bit;
} usages[] = {
	{"cRLSign", KU_CRL_SIGN},
	{"dataEncipherment", KU_DATA_ENCIPHERMENT},
	{"decipherOnly", KU_DECIPHER_ONLY},
	{"digitalSignature", KU_DIGITAL_SIGNATURE},
	{"encipherOnly", KU_ENCIPHER_ONLY},
	{"keyAgreement", KU_KEY_AGREEMENT},
	{"keyCertSign", KU_KEY_CERT_SIGN},
	{"keyEncipherment", KU_KEY_ENCIPHERMENT},
	{"nonRepudiation", KU_NON_REPUDIATION},
};

static uint32_t usage_bit(const char *word)
{
	for (size_t i = 0; i < AKV_ARRAY_LEN(usages); i++) {
		if (strcmp(usages[i].word, word) == 0)
			return usages[i].bit;
	}
	return 0;
}

int x509_usage_parse(uint32_t *ret, const cJSON *words)
{
	const cJSON *word;
	uint32_t bits = 0;

	if (!cJSON_IsArray(words))
		return X509_USAGE_E_INVALID;
	cJSON_ArrayForEach (word, words) {
		uint32_t bit =
			cJSON_IsString(word) ? usage_bit(word->valuestring) : 0;

		if (bit == 0)
			return X509_USAGE_E_INVALID;
		bits |= bit;
	}
	*ret = bits;
	return 0;
}

cJSON *x509_usage_words(uint32_t bits)
{
	const char *words[AKV_ARRAY_LEN(usages)];
	int n = 0;

	for (size_t i = 0; i < AKV_ARRAY_LEN(usages); i++) {
		if (bits & usages[i].bit)
			words[n++] = usages[i].word;
	}
	return cJSON_CreateStringArray(words, n);
}
