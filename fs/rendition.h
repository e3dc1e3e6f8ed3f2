/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * rendition - the files that a key or a certificate is shown as
 *
 * Each is a pure function of what the vault said: no input or output, no
 * clock, no random bytes. The same sources always give the same bytes, so an
 * inode's bytes never change, whether they were evicted in between or the
 * worker was started anew.
 */

#include "base/secret.h"
#include "base/std.h"

/* In the order of their directories' listings. */
enum rendition {
	RENDITION_KEY_PUBLIC_PEM,
	RENDITION_KEY_PUBLIC_DER,
	RENDITION_KEY_SSH,
	RENDITION_KEY_JWK,
	RENDITION_KEY_JSON,
	RENDITION_CERTIFICATE_PEM,
	RENDITION_CERTIFICATE_DER,
	RENDITION_CERTIFICATE_CHAIN,
	RENDITION_CERTIFICATE_FULL_CHAIN,
	RENDITION_CERTIFICATE_PRIVATE_KEY,
	RENDITION_CERTIFICATE_BUNDLE,
	RENDITION_CERTIFICATE_PFX,
	RENDITION_CERTIFICATE_POLICY,
	RENDITION_CERTIFICATE_JSON,
	RENDITIONS, /* how many there are */
};

/* Whose directory a file is in. */
enum rendition_owner {
	RENDITION_OF_KEY,         /* keys/NAME/ */
	RENDITION_OF_CERTIFICATE, /* certificates/NAME/ */
};

/* What a rendition is made from besides the document, where it can be had. */
enum rendition_source {
	RENDITION_FROM_SECRET = 1,   /* the secret behind the certificate */
	RENDITION_FROM_ROTATION = 2, /* the key's rotation policy */
	RENDITION_FROM_PENDING = 4,  /* the certificate's pending operation */
};

typedef struct RenditionRow {
	const char *file; /* "public.pem" */
	enum rendition_owner owner;
	unsigned sources; /* of enum rendition_source */
	/* It holds a private key: for its owner's eyes, whatever the mode of
	 * other files. */
	bool private;
	/* Its bytes can change while the version stays (attributes, tags, a
	 * policy or an operation): the bytes have to be part of what an inode
	 * stands for. All others are fixed by the version. */
	bool changes;
} RenditionRow;

/* The row of @rendition. */
const RenditionRow *rendition_row(enum rendition rendition);

/* Returns 0, or RENDITION_E_ABSENT if no file of @owner has that name. */
AKV_MUST_CHECK int rendition_find(enum rendition *ret,
				  enum rendition_owner owner, const char *file);

/*
 * What the vault said of one version of one object; all is borrowed. The
 * bodies are JSON that vault/ has checked (their ids are those asked for);
 * what they say of key material is believed here only after it was checked.
 */
typedef struct RenditionSources {
	/* The bundle of the key or the certificate. */
	const Secret *document;
	/*
	 * The value of secrets/NAME of the same version, which holds private
	 * key and chain of a certificate, and its content type. NULL if it
	 * could not be had for good; then @secret_why says why, as the end of a
	 * sentence ("the identity may not get secrets"). What passes (a vault
	 * out of reach) is the caller's: nothing must be made from it.
	 */
	const Secret *secret;
	const char *secret_content_type;
	const char *secret_why;
	const Secret *rotation; /* NULL if there is none or it is forbidden */
	const Secret *pending;  /* likewise */
} RenditionSources;

enum {
	RENDITION_E_ABSENT = 1,    /* there is no such file, for good */
	RENDITION_E_UNTRUSTED = 2, /* the sources cannot be believed */
	RENDITION_E_KEPT = 3,      /* absent: the key may not leave the vault */
};
enum { RENDITION_WHY_SIZE = 160 };

/*
 * Make the bytes of one file. @why (of @why_size bytes) is a sentence for log
 * and status, never a value, where the answer is positive. Returns 0,
 * RENDITION_E_ABSENT or RENDITION_E_KEPT (a reader gets ENOENT),
 * RENDITION_E_UNTRUSTED (EIO), or -ENOMEM.
 */
AKV_MUST_CHECK int rendition_make(Secret **ret, enum rendition rendition,
				  const RenditionSources *sources, char *why,
				  size_t why_size);

/* One file of a directory: the answer, and its bytes (owned) or why not. */
typedef struct RenditionResult {
	int answer; /* as rendition_make() returns it */
	Secret *bytes;
	char why[RENDITION_WHY_SIZE];
} RenditionResult;

/*
 * Make all files of @owner at once, at little more than the cost of one: the
 * sources are parsed once. Those of the other owner are left with NULL and
 * RENDITION_E_ABSENT. The caller calls renditions_done() whatever happened.
 */
void renditions_make(RenditionResult ret[RENDITIONS],
		     enum rendition_owner owner,
		     const RenditionSources *sources);
void renditions_done(RenditionResult results[RENDITIONS]);
