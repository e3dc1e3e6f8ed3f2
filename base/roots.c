/* SPDX-License-Identifier: MIT */

/*
 * OpenSSL asks for a name, and we know by its hash where in the file to read.
 * All connections share one store of what has been read so far; when the file
 * or the folder has changed, a new store is begun, so that what was taken out
 * is trusted no longer. Called by http.c and its lanes.
 */

#include "base/roots.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <sys/stat.h>

typedef struct RootsEntry {
	uint32_t hash; /* of the subject */
	uint32_t at;   /* where it begins */
} RootsEntry;

/* What tells one content of a file or folder from another. */
typedef struct RootsStamp {
	bool exists;
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec changed;
} RootsStamp;

struct Roots {
	void *pem; /* given; or NULL: the system's */
	size_t pem_n;
	char *file, *directory; /* the system's, or NULL */
	RootsStamp file_seen, directory_seen;
	RootsEntry *entries;
	size_t n_entries;
	X509_STORE *store;
	X509_LOOKUP *lookup; /* the store's */
};

/* --- reading ------------------------------------------------------------- */

static BIO *roots_open(const Roots *roots, long at)
{
	BIO *bio;

	if (roots->pem)
		return BIO_new_mem_buf((char *)roots->pem + at,
				       (int)(roots->pem_n - (size_t)at));
	bio = roots->file ? BIO_new_file(roots->file, "re") : NULL;
	if (bio && BIO_seek(bio, (int)at) < 0) {
		(void)BIO_free(bio);
		bio = NULL;
	}
	return bio;
}

static long roots_tell(const Roots *roots, BIO *bio)
{
	return roots->pem ? (long)roots->pem_n - (long)BIO_pending(bio)
			  : (long)BIO_tell(bio);
}

/* A certificate that is encrypted is none; OpenSSL would ask on the terminal.
 */
static int no_password(AKV_UNUSED char *ret, AKV_UNUSED int size,
		       AKV_UNUSED int rwflag, AKV_UNUSED void *data)
{
	return -1;
}

static X509 *certificate_read(BIO *bio)
{
	return PEM_read_bio_X509_AUX(bio, NULL, no_password, NULL);
}

static bool is_end(void)
{
	unsigned long last = ERR_peek_last_error();

	return ERR_GET_LIB(last) == ERR_LIB_PEM &&
	       ERR_GET_REASON(last) == PEM_R_NO_START_LINE;
}

/* One that cannot be read is left out, but counts. */
static size_t entries_read(const Roots *roots, RootsEntry *entries)
{
	BIO *bio = roots_open(roots, 0);
	bool end = !bio;
	size_t n = 0;

	for (int i = 0; i < ROOTS_MAX && !end; i++) {
		long at = roots_tell(roots, bio);
		X509 *certificate;

		ERR_clear_error();
		certificate = certificate_read(bio);
		if (certificate && at <= INT_MAX)
			entries[n++] = (RootsEntry){
				(uint32_t)X509_subject_name_hash(certificate),
				(uint32_t)at,
			};
		end = !certificate && is_end();
		X509_free(certificate);
	}
	(void)BIO_free(bio);
	ERR_clear_error();
	return n;
}

static int roots_index(Roots *roots)
{
	RootsEntry *entries = malloc(ROOTS_MAX * sizeof(*entries));
	RootsEntry *fitting;
	size_t n;

	if (!entries)
		return -ENOMEM;
	n = entries_read(roots, entries);
	fitting = realloc(entries, AKV_MAX(n, (size_t)1) * sizeof(*entries));
	free(roots->entries);
	roots->entries = fitting ? fitting : entries;
	roots->n_entries = n;
	return 0;
}

/* --- looking up ---------------------------------------------------------- */

static void roots_read_into(const Roots *roots, X509_STORE *store,
			    uint32_t hash)
{
	for (size_t i = 0; i < roots->n_entries; i++) {
		BIO *bio;
		X509 *certificate;

		if (roots->entries[i].hash != hash)
			continue;
		bio = roots_open(roots, roots->entries[i].at);
		certificate = bio ? certificate_read(bio) : NULL;
		if (certificate)
			(void)X509_STORE_add_cert(store, certificate);
		X509_free(certificate);
		(void)BIO_free(bio);
	}
}

static int roots_by_subject(X509_LOOKUP *lookup, X509_LOOKUP_TYPE type,
			    const X509_NAME *name, X509_OBJECT *ret)
{
	const Roots *roots = X509_LOOKUP_get_method_data(lookup);
	X509_STORE *store = X509_LOOKUP_get_store(lookup);
	X509_OBJECT *found;
	X509 *certificate;

	if (!roots || type != X509_LU_X509)
		return 0;
	ERR_set_mark();
	roots_read_into(roots, store,
			(uint32_t)X509_NAME_hash_ex(name, NULL, NULL, NULL));
	ERR_pop_to_mark();
	found = X509_OBJECT_retrieve_by_subject(X509_STORE_get0_objects(store),
						type, name);
	if (!found)
		return 0;
	certificate = X509_OBJECT_get0_X509(found);
	if (X509_OBJECT_set1_X509(ret, certificate) != 1)
		return 0;
	/* As X509_LOOKUP_meth_new(3) has it: the caller counts it as well. */
	X509_free(certificate);
	return 1;
}

/* For the life of the process: a context may outlive its Roots. */
static X509_LOOKUP_METHOD *lookup_method(void)
{
	static X509_LOOKUP_METHOD *method;

	if (!method)
		method = X509_LOOKUP_meth_new("roots");
	if (!method ||
	    X509_LOOKUP_meth_set_get_by_subject(method, roots_by_subject) != 1)
		return NULL;
	return method;
}

/* --- the store ----------------------------------------------------------- */

/* Our look-up in it, or NULL. */
static X509_LOOKUP *store_fill(Roots *roots, X509_STORE *store)
{
	X509_LOOKUP *lookup;

	/* As libcurl has them: a certificate that is trusted ends a chain. */
	if (X509_STORE_set_flags(store, X509_V_FLAG_TRUSTED_FIRST |
						X509_V_FLAG_PARTIAL_CHAIN) != 1)
		return NULL;
	if (roots->directory) {
		lookup = X509_STORE_add_lookup(store, X509_LOOKUP_hash_dir());
		if (!lookup || X509_LOOKUP_add_dir(lookup, roots->directory,
						   X509_FILETYPE_PEM) != 1)
			return NULL;
	}
	lookup = X509_STORE_add_lookup(store, lookup_method());
	if (!lookup || X509_LOOKUP_set_method_data(lookup, roots) != 1)
		return NULL;
	return lookup;
}

static int roots_begin(Roots *roots)
{
	X509_STORE *store = X509_STORE_new();
	X509_LOOKUP *lookup = store ? store_fill(roots, store) : NULL;
	int r = lookup ? roots_index(roots) : -ENOMEM;

	if (r < 0) {
		X509_STORE_free(store);
		return r;
	}
	X509_STORE_free(roots->store);
	roots->store = store;
	roots->lookup = lookup;
	return 0;
}

static RootsStamp stamp_of(const char *path)
{
	struct stat status;

	if (!path || stat(path, &status) < 0)
		return (RootsStamp){0};
	return (RootsStamp){
		.exists = true,
		.device = status.st_dev,
		.inode = status.st_ino,
		.size = status.st_size,
		.changed = status.st_mtim,
	};
}

static bool stamp_is(const RootsStamp *a, const RootsStamp *b)
{
	return a->exists == b->exists && a->device == b->device &&
	       a->inode == b->inode && a->size == b->size &&
	       a->changed.tv_sec == b->changed.tv_sec &&
	       a->changed.tv_nsec == b->changed.tv_nsec;
}

static int roots_look(Roots *roots)
{
	RootsStamp file = stamp_of(roots->file);
	RootsStamp directory = stamp_of(roots->directory);
	int r = 0;

	if (!file.exists && !directory.exists)
		return -ENOENT;
	if (!roots->store || !stamp_is(&file, &roots->file_seen) ||
	    !stamp_is(&directory, &roots->directory_seen))
		r = roots_begin(roots);
	if (r < 0)
		return r;
	roots->file_seen = file;
	roots->directory_seen = directory;
	return 0;
}

int roots_trust(Roots *roots, SSL_CTX *context)
{
	int r = roots->pem ? 0 : roots_look(roots);

	if (r == 0)
		SSL_CTX_set1_cert_store(context, roots->store);
	return r;
}

/* --- life ---------------------------------------------------------------- */

int roots_new(Roots **ret, const void *pem, size_t n)
{
	AKV_CLEANUP(roots_freep) Roots *roots = calloc(1, sizeof(*roots));
	int r;

	if (n > INT_MAX)
		return -EMSGSIZE;
	if (!roots || !(roots->pem = malloc(n + 1)))
		return -ENOMEM;
	memcpy(roots->pem, pem, n);
	roots->pem_n = n;
	r = roots_begin(roots);
	if (r < 0)
		return r;
	if (roots->n_entries == 0)
		return ROOTS_E_NONE;
	*ret = AKV_TAKE(roots);
	return 0;
}

int roots_new_system(Roots **ret, const char *file, const char *directory)
{
	AKV_CLEANUP(roots_freep) Roots *roots = calloc(1, sizeof(*roots));

	if (!roots)
		return -ENOMEM;
	if (file && !(roots->file = strdup(file)))
		return -ENOMEM;
	if (directory && !(roots->directory = strdup(directory)))
		return -ENOMEM;
	*ret = AKV_TAKE(roots);
	return 0;
}

Roots *roots_free(Roots *roots)
{
	if (!roots)
		return NULL;
	if (roots->lookup)
		(void)X509_LOOKUP_set_method_data(roots->lookup, NULL);
	X509_STORE_free(roots->store);
	free(roots->entries);
	free(roots->pem);
	free(roots->file);
	free(roots->directory);
	free(roots);
	return NULL;
}
