/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * key-files - the files of keys/NAME/
 */

#include <openssl/evp.h>

#include "base/json.h"
#include "base/secret.h"
#include "base/std.h"
#include "fs/rendition.h"
#include "fs/why.h"

/* The bundle of a key, taken apart. Zeroed, it can be done with. */
typedef struct KeyFiles {
	cJSON *document;        /* owned */
	EVP_PKEY *key;          /* owned; NULL if it has no public half */
	const char *kid;        /* borrowed from @document */
	char name[128];         /* of the key */
	const Secret *rotation; /* borrowed; may be NULL */
} KeyFiles;

/*
 * Take @sources apart, which have to outlive *@ret. Returns 0,
 * RENDITION_E_UNTRUSTED, or -ENOMEM.
 */
AKV_MUST_CHECK int
key_files_init(KeyFiles *ret, const RenditionSources *sources, const Why *why);
void key_files_done(KeyFiles *files);

/* As rendition_make(). */
AKV_MUST_CHECK int key_file_make(Secret **ret, const KeyFiles *files,
				 enum rendition rendition, const Why *why);
