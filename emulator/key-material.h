/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * key-material - the key itself: private part, type, and what it may do
 *
 * It is the payload of a Version of a key. Nothing but a backup and a
 * certificate's secret ever gets the private part out of it; all of it is
 * wiped when it is freed.
 */

#include <cjson/cJSON.h>
#include <openssl/evp.h>

#include "base/buf.h"
#include "base/std.h"
#include "emulator/key-operation.h"
#include "emulator/object.h"

enum {
	KEY_OCTETS_MAX = 32,
	KEY_RSA_BITS_DEFAULT = 2048,
	KEY_RSA_BITS_MIN = 1024, /* that may be imported */
	KEY_RSA_BITS_MAX = 4096,
	KEY_RSA_EXPONENT = 65537,
};

typedef struct KeyCurve {
	const char *name;  /* "P-256", as in a JWK */
	const char *group; /* OpenSSL's name */
	size_t size;       /* bytes of a coordinate */
} KeyCurve;

/* The curve of that name, also by older names; or NULL. */
const KeyCurve *key_curve_find(const char *name);

/* What to generate. */
typedef struct KeyShape {
	enum key_type type;
	bool hsm;              /* "RSA-HSM" rather than "RSA" */
	unsigned bits;         /* of RSA, and of symmetric keys */
	uint32_t exponent;     /* of RSA; 0: the usual one */
	const KeyCurve *curve; /* of EC */
} KeyShape;

/* From "RSA", "EC-HSM" and so on; false if it is none. */
bool key_shape_parse(KeyShape *ret, const char *kty);

typedef struct KeyMaterial {
	KeyShape shape;
	unsigned operations; /* a set of enum key_operation */
	bool exportable;
	cJSON *release_policy;                /* owned, or NULL */
	EVP_PKEY *pkey;                       /* owned: RSA and EC */
	unsigned char octets[KEY_OCTETS_MAX]; /* symmetric: bits of it */
} KeyMaterial;

KeyMaterial *key_material_free(KeyMaterial *material);
AKV_DEFINE_CLEANUP(KeyMaterial *, key_material_free);

/*
 * A new key, with the operations its type has by default. Takes long for RSA:
 * 0.1 s with 2048 bits, a second and more with 4096. Returns 0,
 * KEY_MATERIAL_E_UNFIT for a size, exponent or curve that is not offered,
 * -ENOMEM, or -EIO if OpenSSL fails.
 */
enum { KEY_MATERIAL_E_UNFIT = 1 };
AKV_MUST_CHECK int key_material_generate(KeyMaterial **ret,
					 const KeyShape *shape);

/*
 * The same about a key that exists; @pkey is RSA or EC, with its private part,
 * and stays the caller's. KEY_MATERIAL_E_UNFIT for other types, sizes, curves.
 */
AKV_MUST_CHECK int key_material_import(KeyMaterial **ret, EVP_PKEY *pkey,
				       bool hsm);

/* The same about a symmetric key of 16, 24 or 32 bytes. */
AKV_MUST_CHECK int key_material_import_octets(KeyMaterial **ret,
					      const void *octets, size_t n,
					      bool hsm);

/* The shape that a new key in the place of @material has. */
KeyShape key_material_next_shape(const KeyMaterial *material);

/* Let @material do what @other may do, and be released as it may be. */
AKV_MUST_CHECK int key_material_inherit(KeyMaterial *material,
					const KeyMaterial *other);

/* "RSA", "EC-HSM" and so on. */
const char *key_material_kty(const KeyMaterial *material);

/*
 * Append the private part: PKCS#8 in DER, or the octets; and the reverse, with
 * KEY_MATERIAL_E_UNFIT for what is none.
 */
AKV_MUST_CHECK int key_material_save(Buf *ret, const KeyMaterial *material);
AKV_MUST_CHECK int key_material_load(KeyMaterial **ret, const KeyShape *shape,
				     const Buf *saved);

/* Make *@material, which is taken over, the key of @version. */
void key_version_set(Version *version, KeyMaterial **material);

/* A version of a key; *@material is taken over. Its id is a random one. */
AKV_MUST_CHECK int key_version_new(Version **ret, KeyMaterial **material,
				   int64_t now_us);

/* The key of a version; borrowed. */
KeyMaterial *key_version_material(const Version *version);
