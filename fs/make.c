/* SPDX-License-Identifier: MIT */

/*
 * The files themselves are made by rendition.h, which is pure; here is what
 * the mount says and counts about them. Used by lookup.c, operations.c,
 * readdir.c.
 */

#include "fs/make.h"

#include <openssl/evp.h>

#include "base/log.h"
#include "fs/gather.h"
#include "fs/rendition.h"

static enum rendition_owner make_owner(const Place *place)
{
	return place->key.collection == COLLECTION_KEYS
		       ? RENDITION_OF_KEY
		       : RENDITION_OF_CERTIFICATE;
}

static void tell_kept(Filesystem *fs)
{
	if (!fs->told_kept)
		log_warning("files of certificates that are made from their "
			    "private key are not shown where it is not "
			    "exportable");
	fs->told_kept = true;
}

static int make_absent(Pending *pending, int answer, const char *why)
{
	const Place *place = &pending->place;
	FilesystemCounts *counts = &pending->fs->counts;

	if (gather_is_forbidden(pending)) {
		counts->forbidden++;
	} else if (answer == RENDITION_E_KEPT) {
		counts->kept++;
		tell_kept(pending->fs);
	} else {
		counts->absent++;
	}
	log_debug("%s/%s/%s is not there: %s",
		  collection_segment(place->key.collection), place->key.name,
		  rendition_row((enum rendition)place->rendition)->file, why);
	return ENOENT;
}

static int make_refused(Pending *pending, int answer, const char *why)
{
	const Place *place = &pending->place;

	if (answer == RENDITION_E_ABSENT || answer == RENDITION_E_KEPT)
		return make_absent(pending, answer, why);
	if (answer < 0)
		return ENOMEM;
	pending->fs->counts.untrusted++;
	log_warning("%s of one of the %s cannot be made: %s",
		    rendition_row((enum rendition)place->rendition)->file,
		    collection_segment(place->key.collection), why);
	log_debug("that is %s", place->key.name);
	return EIO;
}

int make_file(Secret **ret, Pending *pending)
{
	enum rendition rendition = (enum rendition)pending->place.rendition;
	char why[RENDITION_WHY_SIZE] = "";
	int r;

	/* What says why it is disabled stays readable. */
	if (gather_is_disabled(pending) && !rendition_row(rendition)->changes)
		return EACCES;
	r = rendition_make(ret, rendition, gather_sources(pending), why,
			   sizeof(why));
	if (r != 0)
		return make_refused(pending, r, why);
	pending->fs->counts.made++;
	return 0;
}

void make_list(bool ret[], Pending *pending)
{
	enum rendition_owner owner = make_owner(&pending->place);
	RenditionResult results[RENDITIONS];

	renditions_make(results, owner, gather_sources(pending));
	for (size_t i = 0; i < RENDITIONS; i++) {
		const RenditionRow *row = rendition_row((enum rendition)i);
		bool unknown = (row->sources & RENDITION_FROM_SECRET) &&
			       gather_lacks_secret(pending);
		bool kept = results[i].answer == RENDITION_E_KEPT;

		if (kept)
			tell_kept(pending->fs);
		ret[i] = row->owner == owner &&
			 (unknown ||
			  (!kept && results[i].answer != RENDITION_E_ABSENT));
	}
	renditions_done(results);
}

void make_key(NodeKey *ret, const Place *place, const Secret *bytes)
{
	unsigned char digest[EVP_MAX_MD_SIZE];

	*ret = (NodeKey){.place = *place};
	if (!rendition_row((enum rendition)place->rendition)->changes)
		return;
	if (EVP_Digest(secret_bytes(bytes), secret_size(bytes), digest, NULL,
		       EVP_sha256(), NULL) != 1)
		abort();
	memcpy(ret->digest, digest, NODE_DIGEST_SIZE);
}
