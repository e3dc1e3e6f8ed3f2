/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * seed-object - one object of a seed into its collection
 */

#include <cjson/cJSON.h>

#include "base/std.h"
#include "emulator/vault-store.h"

enum { SEED_OBJECT_E_INVALID = 1 };

/*
 * What is said only of one kind of objects. Functions return 0, a negative
 * errno, or SEED_OBJECT_E_INVALID with *@what set to static text.
 */
typedef struct SeedKind {
	enum collection_kind collection;
	const char *const *members; /* of its own, ending with NULL */
	const char *text;           /* what a string stands for, or NULL */

	/* Does it make a version, rather than change the current one? */
	bool (*is_version)(const cJSON *seed);

	/* Put its members on @version, new or current; @is_new tells which. */
	int (*apply)(Version *version, const cJSON *seed, bool is_new,
		     const char **what);

	/*
	 * What is made beside the objects themselves; each may be NULL. The
	 * version is in its object, new or changed; the object has been brought
	 * into its state; it is taken away.
	 */
	int (*settle)(Vault *vault, Object *object, Version *version,
		      const cJSON *seed, bool is_new, const char **what);
	void (*share)(Vault *vault, const Object *object, int64_t now_us);
	void (*remove)(Vault *vault, const char *name);
} SeedKind;

/*
 * The object that @seed, named by its name, describes: null (it is taken away),
 * a string, or an object with version, created, updated, tags, contentType,
 * attributes, managed, kid, deleted, what its kind adds, or versions (an array
 * of such, oldest first).
 */
AKV_MUST_CHECK int seed_object(const SeedKind *kind, Vault *vault,
			       const cJSON *seed, int64_t now_us,
			       const char **what);

extern const SeedKind seed_secrets;
extern const SeedKind seed_storage;
