/* SPDX-License-Identifier: MIT */

/*
 * A piece is looked up, which says whether it may be had and which version it
 * is now, and read. A refusal of the document is the reader's; that of another
 * piece means that the file is made without it. What passes is always the
 * reader's: nothing is made from half of what there is. Used by lookup.c,
 * operations.c, readdir.c.
 */

#include "fs/gather.h"

#include "base/json.h"
#include "base/log.h"
#include "fs/errno.h"

enum piece {
	PIECE_DOCUMENT,
	PIECE_SECRET,
	PIECE_ROTATION,
	PIECE_PENDING,
	PIECES,
};

struct Gather {
	RenditionSources sources;
	unsigned wanted; /* of enum rendition_source */
	enum gather_age age;
	GatherDone done;
	enum piece piece; /* being asked for */
	ObjectKey key;    /* of it */
	char version[VERSION_LENGTH + 1];
	bool by_name; /* the secret was asked for by its name */
	bool forbidden;
	Secret *held[PIECES]; /* references */
	ObjectAttributes attributes;
	char *tags; /* owned; NULL if not known */
	char secret_content_type[CONTENT_TYPE_MAX + 1];
	uint64_t lifetime_us;
};

Gather *gather_free(Gather *gather)
{
	if (!gather)
		return NULL;
	for (size_t i = 0; i < PIECES; i++)
		(void)secret_unref(gather->held[i]);
	free(gather->tags);
	free(gather);
	return NULL;
}

const RenditionSources *gather_sources(const Pending *pending)
{
	return &pending->gather->sources;
}

const ObjectAttributes *gather_attributes(const Pending *pending)
{
	return &pending->gather->attributes;
}

uint64_t gather_lifetime_us(const Pending *pending)
{
	return pending->gather->lifetime_us;
}

bool gather_is_forbidden(const Pending *pending)
{
	return pending->gather->forbidden;
}

const char *gather_tags(const Pending *pending)
{
	return pending->gather->tags ? pending->gather->tags : "{}";
}

bool gather_is_disabled(const Pending *pending)
{
	return pending->gather->age != GATHER_HELD &&
	       !pending->gather->attributes.enabled;
}

bool gather_lacks_secret(const Pending *pending)
{
	const RenditionSources *sources = &pending->gather->sources;

	return !sources->secret && !sources->secret_why;
}

static void gather_next(Pending *pending);
static void piece_read(Pending *pending);
static void piece_lookup(Pending *pending, const char *version);

static void gather_end(Pending *pending, int error)
{
	Gather *gather = pending->gather;

	gather->sources.document = gather->held[PIECE_DOCUMENT];
	gather->sources.secret = gather->held[PIECE_SECRET];
	gather->sources.secret_content_type = gather->secret_content_type;
	gather->sources.rotation = gather->held[PIECE_ROTATION];
	gather->sources.pending = gather->held[PIECE_PENDING];
	gather->done(pending, error);
}

/* --- a piece that is not to be had -------------------------------------- */

static void secret_is_absent(Pending *pending, enum vault_answer answer)
{
	Gather *gather = pending->gather;

	if (answer != VAULT_E_FORBIDDEN) {
		gather->sources.secret_why =
			"there is no secret of that version";
		return;
	}
	gather->sources.secret_why = "the identity may not get secrets";
	gather->forbidden = true;
	if (!pending->fs->told_forbidden)
		log_warning("files of certificates that are made from their "
			    "secret (private keys, chains) are not shown: the "
			    "identity may not get secrets");
	pending->fs->told_forbidden = true;
}

/* May the file be made without it? */
static bool piece_may_lack(enum piece piece, enum vault_answer answer)
{
	switch (answer) {
	case VAULT_E_NOT_FOUND:
	case VAULT_E_ABSENT:
	case VAULT_E_FORBIDDEN:
		return piece != PIECE_DOCUMENT;
	case VAULT_E_DISABLED:
	case VAULT_E_REFUSED:
		return piece == PIECE_ROTATION || piece == PIECE_PENDING;
	default:
		return false;
	}
}

static void piece_refused(Pending *pending, const CacheReply *reply)
{
	Gather *gather = pending->gather;

	if (piece_may_lack(gather->piece, reply->answer)) {
		if (gather->piece == PIECE_SECRET)
			secret_is_absent(pending, reply->answer);
	} else if (gather->age != GATHER_LENIENT ||
		   gather->piece == PIECE_DOCUMENT) {
		gather_end(pending, errno_of_answer(reply->answer));
		return;
	}
	gather->lifetime_us = AKV_MIN(gather->lifetime_us, reply->lifetime_us);
	gather_next(pending);
}

/* --- one piece ---------------------------------------------------------- */

static void piece_read_answer(CacheWait *wait, const CacheReply *reply)
{
	Pending *pending = pending_of(wait);
	Gather *gather = pending->gather;

	if (reply->answer != VAULT_OK) {
		piece_refused(pending, reply);
	} else if (!reply->version ||
		   strcmp(reply->version, gather->version) == 0) {
		gather->held[gather->piece] =
			secret_ref((Secret *)(uintptr_t)reply->value);
		gather_next(pending);
	} else if (object_key_has_versions(&gather->key)) {
		/* It has just rotated, and is asked for by version now. */
		piece_read(pending);
	} else {
		/* It has just changed: the newer one is as good, but new. */
		piece_lookup(pending, NULL);
	}
}

static void piece_read(Pending *pending)
{
	Gather *gather = pending->gather;

	pending->wait.done = piece_read_answer;
	pending_go_on(pending, cache_read(pending->fs->cache, &pending->wait,
					  &gather->key, gather->version));
}

static void piece_learn(Gather *gather, const CacheReply *reply)
{
	gather->lifetime_us = AKV_MIN(gather->lifetime_us, reply->lifetime_us);
	if (gather->piece == PIECE_DOCUMENT) {
		gather->attributes = *reply->attributes;
		free(gather->tags);
		gather->tags = strdup(reply->tags);
	}
	if (gather->piece == PIECE_SECRET)
		(void)snprintf(gather->secret_content_type,
			       sizeof(gather->secret_content_type), "%s",
			       reply->content_type);
}

/* What has no versions has changed, and what it was is gone. */
static void document_moved(Pending *pending)
{
	if (object_key_has_versions(&pending->gather->key))
		piece_lookup(pending, pending->place.version);
	else
		gather_end(pending, ESTALE);
}

static void piece_lookup_answer(CacheWait *wait, const CacheReply *reply)
{
	Pending *pending = pending_of(wait);
	Gather *gather = pending->gather;

	if (reply->answer != VAULT_OK) {
		piece_refused(pending, reply);
		return;
	}
	/* The name of the secret has moved on: ask for the version. */
	if (gather->by_name &&
	    strcmp(reply->version, pending->place.version) != 0) {
		gather->by_name = false;
		piece_lookup(pending, pending->place.version);
		return;
	}
	if (gather->piece == PIECE_DOCUMENT &&
	    strcmp(reply->version, pending->place.version) != 0) {
		document_moved(pending);
		return;
	}
	piece_learn(gather, reply);
	(void)snprintf(gather->version, sizeof(gather->version), "%s",
		       reply->version);
	piece_read(pending);
}

static void piece_lookup(Pending *pending, const char *version)
{
	pending->wait.done = piece_lookup_answer;
	pending_go_on(pending, cache_lookup(pending->fs->cache, &pending->wait,
					    &pending->gather->key, version));
}

/* --- which pieces ------------------------------------------------------- */

/* An operation is asked for where the certificate says that there is one. */
static bool document_has_pending(const Secret *document)
{
	AKV_JSON cJSON *object = NULL;
	const cJSON *pending;

	return json_parse(&object, secret_bytes(document),
			  secret_size(document), NULL) == 0 &&
	       json_get_object(&pending, object, "pending") == 0;
}

static bool piece_is_wanted(const Gather *gather, enum piece piece)
{
	switch (piece) {
	case PIECE_DOCUMENT:
		return true;
	case PIECE_SECRET:
		return (gather->wanted & RENDITION_FROM_SECRET) &&
		       (gather->age != GATHER_LENIENT ||
			gather->attributes.enabled);
	case PIECE_ROTATION:
		/* The key of a certificate is rotated by that one's policy. */
		return (gather->wanted & RENDITION_FROM_ROTATION) &&
		       !gather->attributes.managed;
	case PIECE_PENDING:
		return (gather->wanted & RENDITION_FROM_PENDING) &&
		       document_has_pending(gather->held[PIECE_DOCUMENT]);
	case PIECES:
		break;
	}
	return false;
}

static int piece_key(ObjectKey *ret, const ObjectKey *object, enum piece piece)
{
	enum collection collection =
		piece == PIECE_SECRET ? COLLECTION_SECRETS : object->collection;
	enum part part = PART_OBJECT;

	if (piece == PIECE_ROTATION)
		part = PART_ROTATION;
	else if (piece == PIECE_PENDING)
		part = PART_PENDING;
	return object_key_init_part(ret, collection, part, object->name,
				    strlen(object->name));
}

/*
 * While a certificate is the current one its secret is asked for by name: that
 * is one request for certificates/NAME and for secrets/NAME.
 */
static bool object_is_current(const Pending *pending)
{
	const char *version =
		cache_version(pending->fs->cache, &pending->place.key);

	return version && strcmp(version, pending->place.version) == 0;
}

static void piece_start(Pending *pending)
{
	Gather *gather = pending->gather;
	const char *version = pending->place.version;

	memcpy(gather->version, version, VERSION_LENGTH + 1);
	if (gather->piece == PIECE_DOCUMENT && gather->age == GATHER_HELD) {
		piece_read(pending);
		return;
	}
	gather->by_name =
		gather->piece == PIECE_SECRET && object_is_current(pending);
	piece_lookup(pending,
		     gather->by_name || !object_key_has_versions(&gather->key)
			     ? NULL
			     : version);
}

static void gather_next(Pending *pending)
{
	Gather *gather = pending->gather;

	do
		gather->piece++;
	while (gather->piece < PIECES &&
	       !piece_is_wanted(gather, gather->piece));
	if (gather->piece == PIECES)
		gather_end(pending, 0);
	else if (piece_key(&gather->key, &pending->place.key, gather->piece) !=
		 0)
		gather_end(pending, ENOENT);
	else
		piece_start(pending);
}

void gather_start(Pending *pending, unsigned sources, enum gather_age age,
		  GatherDone done)
{
	Gather *gather = calloc(1, sizeof(*gather));

	if (!gather) {
		pending_fail(pending, ENOMEM);
		return;
	}
	*gather = (Gather){
		.wanted = sources,
		.age = age,
		.done = done,
		.key = pending->place.key,
		.lifetime_us = UINT64_MAX,
	};
	(void)gather_free(pending->gather);
	pending->gather = gather;
	piece_start(pending);
}
