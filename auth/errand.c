/* SPDX-License-Identifier: MIT */

/* Pure, and without a library, for the launcher checks errands by it. */

#include "auth/errand.h"

#define DIGITS "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

bool arc_key_name_is_valid(const char *name)
{
	static const char end[] = ".key";
	size_t n = strlen(name);
	size_t stem;

	if (n < sizeof(end) || n >= ARC_KEY_NAME_SIZE)
		return false;
	stem = n - (sizeof(end) - 1);
	return strcmp(name + stem, end) == 0 &&
	       strspn(name, DIGITS LETTERS) > 0 &&
	       strspn(name, DIGITS LETTERS "_-") == stem;
}

/* @set only, and a letter or digit first, so that it can be no option. */
static bool is_word(const char *text, const char *set, size_t max)
{
	size_t n = strlen(text);

	return n > 0 && n <= max && strspn(text, set) == n &&
	       strspn(text, DIGITS LETTERS) > 0;
}

static bool is_tool_errand(const Errand *errand, bool claims)
{
	const char *const *words = errand->words;

	if (!words[0] || !words[1] ||
	    !is_word(words[0], DIGITS LETTERS ".:/_-", 256))
		return false;
	if (words[1][0] != '\0' && !is_word(words[1], DIGITS LETTERS ".-", 64))
		return false;
	if (!words[2])
		return true;
	return words[2][0] == '\0' ||
	       (claims &&
		is_word(words[2], DIGITS LETTERS "+/=", ERRAND_PACKED_SIZE));
}

static bool is_text(const char *text)
{
	if (text[0] == '\0')
		return false;
	for (; *text; text++) {
		if (*text < 0x20 || *text > 0x7e)
			return false;
	}
	return true;
}

bool errand_is_valid(const Errand *errand)
{
	switch (errand->kind) {
	case ERRAND_CERTIFICATE:
	case ERRAND_TOKEN_FILE:
		return !errand->words[0];
	case ERRAND_ARC_KEY:
		return errand->words[0] && !errand->words[1] &&
		       arc_key_name_is_valid(errand->words[0]);
	case ERRAND_AZ:
		return is_tool_errand(errand, false);
	case ERRAND_AZD:
		return is_tool_errand(errand, true);
	case ERRAND_SHOW:
		return errand->words[0] && !errand->words[1] &&
		       is_text(errand->words[0]);
	}
	return false;
}

int errand_pack(char ret[ERRAND_PACKED_SIZE], const Errand *errand)
{
	char packed[ERRAND_PACKED_SIZE] = "";
	size_t n = 0;

	for (size_t i = 0; i < ERRAND_WORDS_MAX && errand->words[i]; i++) {
		size_t more = strlen(errand->words[i]);

		if (n + more + 2 > sizeof(packed))
			return -EMSGSIZE;
		if (i > 0)
			packed[n++] = '\n';
		memcpy(packed + n, errand->words[i], more + 1);
		n += more;
	}
	memcpy(ret, packed, n + 1);
	return 0;
}

void errand_unpack(Errand *ret, enum errand_kind kind, char *text)
{
	bool none = kind == ERRAND_CERTIFICATE || kind == ERRAND_TOKEN_FILE;

	*ret = (Errand){.kind = kind};
	for (size_t i = 0; i < ERRAND_WORDS_MAX && text && !none; i++)
		ret->words[i] = strsep(&text, "\n");
}
