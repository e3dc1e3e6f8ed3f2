/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * names - the grammar of names and versions, and new random ones
 */

#include "base/std.h"

enum {
	NAME_MAX_LENGTH = 127, /* of an object */
	VERSION_LENGTH = 32,
	VAULT_NAME_MAX = 24,
	GUID_SIZE = 37,
	NAME_KEY_SIZE = NAME_MAX_LENGTH + 1,
};

/* 1 to 127 of 0-9 a-z A-Z and '-'. */
bool name_is_valid(const char *name);

/* 32 hexadecimal digits. */
bool version_is_valid(const char *version);

/* 3 to 24 of 0-9 a-z A-Z and '-', beginning with a letter, no "--". */
bool vault_name_is_valid(const char *name);

/*
 * The form in which names are compared and ordered: upper case. The service
 * takes names without regard to case, and lists them in this order.
 */
void name_key(char ret[NAME_KEY_SIZE], const char *name);

void random_version(char ret[VERSION_LENGTH + 1]);
void random_guid(char ret[GUID_SIZE]);

/* Always the same GUID for the same text. */
void derived_guid(char ret[GUID_SIZE], const char *text);

/* @n bytes of the kernel's generator; ends the process if it has none. */
void random_bytes(void *ret, size_t n);
