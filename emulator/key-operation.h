/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * key-operation - what a key may be used for: the words of "key_ops"
 */

#include <cjson/cJSON.h>

#include "base/std.h"
#include "emulator/writer.h"

enum key_type {
	KEY_TYPE_RSA,
	KEY_TYPE_EC,
	KEY_TYPE_OCT, /* symmetric: AES */
};

/* In the order in which the service lists them. */
enum key_operation {
	KEY_ENCRYPT = 1 << 0,
	KEY_DECRYPT = 1 << 1,
	KEY_SIGN = 1 << 2,
	KEY_VERIFY = 1 << 3,
	KEY_WRAP = 1 << 4,
	KEY_UNWRAP = 1 << 5,
	KEY_IMPORT = 1 << 6,
	KEY_EXPORT = 1 << 7,
};

/* "wrapKey" and so on; NULL for what is no single operation. */
const char *key_operation_word(enum key_operation operation);

/* What a key of that type may do unless told otherwise. */
unsigned key_operations_default(enum key_type type);

/*
 * The set that the array @words names; the default for an empty one. Returns
 * 0, or KEY_OPERATION_E_INVALID for a word that is none, or is none for a key
 * of that type.
 */
enum { KEY_OPERATION_E_INVALID = 1 };
AKV_MUST_CHECK int key_operations_parse(unsigned *ret, enum key_type type,
					const cJSON *words);

/* Write "key_ops". */
void key_operations_write(Writer *writer, unsigned operations);
