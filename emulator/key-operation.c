/* SPDX-License-Identifier: MIT */

/* Pure: words to bits, and back. */

#include "emulator/key-operation.h"

static const struct {
	enum key_operation operation;
	const char *word;
} words[] = {
	{KEY_ENCRYPT, "encrypt"}, {KEY_DECRYPT, "decrypt"},
	{KEY_SIGN, "sign"},       {KEY_VERIFY, "verify"},
	{KEY_WRAP, "wrapKey"},    {KEY_UNWRAP, "unwrapKey"},
	{KEY_IMPORT, "import"},   {KEY_EXPORT, "export"},
};

const char *key_operation_word(enum key_operation operation)
{
	for (size_t i = 0; i < AKV_ARRAY_LEN(words); i++) {
		if (words[i].operation == operation)
			return words[i].word;
	}
	return NULL;
}

unsigned key_operations_default(enum key_type type)
{
	const unsigned cipher = KEY_ENCRYPT | KEY_DECRYPT | KEY_WRAP |
				KEY_UNWRAP,
		       signature = KEY_SIGN | KEY_VERIFY;

	switch (type) {
	case KEY_TYPE_RSA:
		return cipher | signature;
	case KEY_TYPE_EC:
		return signature;
	case KEY_TYPE_OCT:
		break;
	}
	return cipher;
}

/* Any key may carry others: "import" that of a bring-your-own-key exchange. */
static unsigned allowed(enum key_type type)
{
	return key_operations_default(type) | KEY_IMPORT | KEY_EXPORT;
}

static unsigned word_find(const char *word)
{
	for (size_t i = 0; i < AKV_ARRAY_LEN(words); i++) {
		if (strcmp(words[i].word, word) == 0)
			return words[i].operation;
	}
	return 0;
}

int key_operations_parse(unsigned *ret, enum key_type type, const cJSON *list)
{
	unsigned operations = 0;
	const cJSON *item;

	cJSON_ArrayForEach (item, list) {
		unsigned operation;

		if (!cJSON_IsString(item))
			return KEY_OPERATION_E_INVALID;
		operation = word_find(item->valuestring);
		if ((operation & allowed(type)) == 0)
			return KEY_OPERATION_E_INVALID;
		operations |= operation;
	}
	*ret = operations ? operations : key_operations_default(type);
	return 0;
}

void key_operations_write(Writer *writer, unsigned operations)
{
	writer_begin(writer, "key_ops", '[');
	for (size_t i = 0; i < AKV_ARRAY_LEN(words); i++) {
		if (operations & words[i].operation)
			writer_string(writer, NULL, words[i].word);
	}
	writer_end(writer, ']');
}
