/* SPDX-License-Identifier: MIT */

/*
 * Makes the target of a request from a checked name, and an object of its
 * answer. An answer that cannot be believed becomes VAULT_E_UNTRUSTED here.
 * Called by cache/.
 */

#include "vault/objects.h"

#include "base/buf.h"
#include "base/log.h"
#include "base/parse.h"
#include "vault/link.h"

enum {
	/* The largest value, with room for escapes, tags and the rest. */
	SECRET_BODY_MAX = 256 * 1024,
	WHY_SIZE = 128,
};

typedef struct ObjectGet {
	Vault *vault;
	ObjectKey key;
	char version[VERSION_LENGTH + 1]; /* "": the current one */
	ObjectGetDone done;
	void *data;
} ObjectGet;

typedef struct ObjectList {
	Vault *vault;
	char *page; /* within the same memory */
	ObjectListDone done;
	void *data;
} ObjectList;

/* The vault said 200, but what came with it is not to be used. */
static void error_body(VaultError *ret, const Vault *vault,
		       const HttpResponse *response, const char *caller, int r,
		       const char *why)
{
	*ret = (VaultError){
		.answer = r < 0 ? VAULT_E_UNAVAILABLE : VAULT_E_UNTRUSTED,
		.status = response->status,
	};
	(void)snprintf(ret->request_id, sizeof(ret->request_id), "%s",
		       response->request_id ? response->request_id : "");
	(void)snprintf(ret->caller, sizeof(ret->caller), "%s", caller);
	if (r < 0)
		(void)snprintf(ret->sentence, sizeof(ret->sentence),
			       "the answer of the vault %s could not be kept "
			       "(%s): raise the memory that may be locked "
			       "(LimitMEMLOCK=, ulimit -l)",
			       vault_name(vault), strerror(-r));
	else
		(void)snprintf(ret->sentence, sizeof(ret->sentence),
			       "the answer of the vault %s cannot be believed: "
			       "%s",
			       vault_name(vault), why);
}

/* --- get ---------------------------------------------------------------- */

/* Read and check what came; the bundle is of this vault. */
static int get_read(ObjectBundle *ret, const ObjectGet *get,
		    const HttpResponse *response, char *why, size_t why_size)
{
	ObjectBundle bundle = {0};
	int r = object_bundle_read(
		&bundle, response->body, response->body_size, &get->key,
		get->version[0] != '\0' ? get->version : NULL, why, why_size);

	if (r != 0)
		return r;
	if (!ascii_equal_fold(bundle.host, vault_origin(get->vault)->host)) {
		(void)snprintf(why, why_size, "its id is of another vault");
		object_bundle_done(&bundle);
		return MODEL_E_UNTRUSTED;
	}
	*ret = bundle;
	return 0;
}

static void get_done(void *data, const HttpResponse *response,
		     const VaultError *error)
{
	ObjectGet *get = data;
	ObjectBundle bundle = {0};
	VaultError bad;
	char why[WHY_SIZE] = "";
	int r;

	if (error->answer != VAULT_OK) {
		get->done(get->data, NULL, error);
		return;
	}
	r = get_read(&bundle, get, response, why, sizeof(why));
	if (r != 0) {
		error_body(&bad, get->vault, response, error->caller, r, why);
		get->done(get->data, NULL, &bad);
		return;
	}
	get->done(get->data, &bundle, error);
	object_bundle_done(&bundle);
}

int objects_get(Vault *vault, VaultCall **ret, const ObjectKey *key,
		const char *version, uint64_t deadline_us, ObjectGetDone done,
		void *data)
{
	AKV_BUF Buf target = BUF_INIT(BUF_MAX_URL);
	VaultCall *call;
	ObjectGet *get;
	int r;

	if (key->collection != COLLECTION_SECRETS || key->part != PART_OBJECT ||
	    !name_is_valid(key->name, strlen(key->name)) ||
	    (version && !version_is_valid(version, strlen(version))))
		return -EINVAL;
	r = buf_printf(&target, "/%s/%s%s%s?api-version=%s",
		       collection_segment(key->collection), key->name,
		       version ? "/" : "", version ? version : "",
		       vault_api_version(vault));
	if (r < 0)
		return r;
	get = calloc(1, sizeof(*get));
	if (!get)
		return -ENOMEM;
	*get = (ObjectGet){
		.vault = vault,
		.key = *key,
		.done = done,
		.data = data,
	};
	if (version)
		memcpy(get->version, version, VERSION_LENGTH + 1);
	r = vault_get(vault, &call, target.p, SECRET_BODY_MAX, deadline_us,
		      get_done, get);
	if (r < 0) {
		free(get);
		return r;
	}
	vault_call_keep(call, get);
	*ret = call;
	return 0;
}

/* --- list --------------------------------------------------------------- */

static const char list_path[] = "/secrets";

/* The target behind the page, NULL behind the last. */
static int list_next(char **ret, const ObjectList *list, const char *link,
		     char *why, size_t why_size)
{
	const char *reason = "";
	int r;

	*ret = NULL;
	if (link[0] == '\0')
		return 0;
	r = link_target(ret, &reason, link, vault_origin(list->vault),
			list_path, list->page);
	if (r > 0)
		(void)snprintf(why, why_size, "its nextLink is wrong: %s",
			       reason);
	return r;
}

static void list_done(void *data, const HttpResponse *response,
		      const VaultError *error)
{
	ObjectList *list = data;
	VaultError bad;
	ObjectItem *items = NULL;
	size_t n = 0;
	size_t dropped = 0;
	char *link = NULL;
	char *next = NULL;
	char why[WHY_SIZE] = "";
	int r;

	if (error->answer != VAULT_OK) {
		list->done(list->data, NULL, 0, NULL, error);
		return;
	}
	r = object_page_read(&items, &n, &dropped, &link, COLLECTION_SECRETS,
			     response->body, response->body_size, why,
			     sizeof(why));
	if (r == 0)
		r = list_next(&next, list, link, why, sizeof(why));
	if (r == 0 && dropped > 0)
		log_warning("the vault %s lists %zu names that no secret can "
			    "have; they are left out",
			    vault_name(list->vault), dropped);
	if (r == 0) {
		list->done(list->data, items, n, next, error);
	} else {
		error_body(&bad, list->vault, response, error->caller, r, why);
		list->done(list->data, NULL, 0, NULL, &bad);
	}
	free(items);
	free(link);
	free(next);
}

static int list_new(ObjectList **ret, const char *page)
{
	size_t n = strlen(page);
	ObjectList *list = calloc(1, sizeof(*list) + n + 1);

	if (!list)
		return -ENOMEM;
	list->page = (char *)(list + 1);
	memcpy(list->page, page, n + 1);
	*ret = list;
	return 0;
}

int objects_list(Vault *vault, VaultCall **ret, const ListKey *key,
		 const char *page, uint64_t deadline_us, ObjectListDone done,
		 void *data)
{
	AKV_BUF Buf first = BUF_INIT(BUF_MAX_URL);
	VaultCall *call;
	ObjectList *list;
	int r = buf_printf(&first, "%s?api-version=%s", list_path,
			   vault_api_version(vault));

	if (r < 0)
		return r;
	if (key->list != LIST_OBJECTS || key->collection != COLLECTION_SECRETS)
		return -EINVAL;
	if (page && (strncmp(page, list_path, strlen(list_path)) != 0 ||
		     page[strlen(list_path)] != '?'))
		return -EINVAL;
	r = list_new(&list, page ? page : first.p);
	if (r < 0)
		return r;
	list->vault = vault;
	list->done = done;
	list->data = data;
	r = vault_get(vault, &call, list->page, 0, deadline_us, list_done,
		      list);
	if (r < 0) {
		free(list);
		return r;
	}
	vault_call_keep(call, list);
	*ret = call;
	return 0;
}
