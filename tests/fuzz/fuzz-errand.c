/* SPDX-License-Identifier: MIT */

/*
 * The first byte chooses the kind, the rest are the words as they were packed.
 * An errand that is run has words that are no option and lead out of no folder,
 * and is the same packed again.
 */

#include "auth/errand.h"
#include "tests/fuzz/fuzz.h"

static void check_words(const Errand *errand)
{
	bool shown = errand->kind == ERRAND_SHOW;

	for (size_t i = 0; i < ERRAND_WORDS_MAX && errand->words[i]; i++) {
		const char *word = errand->words[i];

		for (const char *at = word; *at; at++)
			FUZZ_CHECK(*at >= (shown ? 0x20 : 0x21) && *at < 0x7f);
		FUZZ_CHECK(shown || word[0] != '-');
		FUZZ_CHECK(errand->kind != ERRAND_ARC_KEY ||
			   (!strchr(word, '/') && word[0] != '.'));
	}
}

static void check_pack(const Errand *errand)
{
	char packed[ERRAND_PACKED_SIZE];
	Errand again;

	if (errand_pack(packed, errand) != 0)
		return;
	FUZZ_CHECK(strnlen(packed, sizeof(packed)) < sizeof(packed));
	errand_unpack(&again, errand->kind, packed);
	FUZZ_CHECK(again.kind == errand->kind && errand_is_valid(&again));
	for (size_t i = 0; i < ERRAND_WORDS_MAX; i++) {
		const char *word = errand->words[i];

		FUZZ_CHECK(!word == !again.words[i]);
		FUZZ_CHECK(!word || strcmp(word, again.words[i]) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Errand errand;
	char *text;

	if (size == 0)
		return 0;
	text = fuzz_string(data + 1, size - 1);
	errand_unpack(&errand, (enum errand_kind)(data[0] % (ERRAND_SHOW + 2)),
		      text);
	if (errand_is_valid(&errand)) {
		check_words(&errand);
		check_pack(&errand);
	}
	free(text);
	return 0;
}
