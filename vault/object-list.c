/* SPDX-License-Identifier: MIT */

/*
 * Makes the target of a list, or takes that of its next page, and gives what
 * one page holds. Called by cache/.
 */

#include "base/buf.h"
#include "base/log.h"
#include "vault/api-version.h"
#include "vault/link.h"
#include "vault/objects.h"
#include "vault/target.h"

enum { WHY_SIZE = 128 };

typedef struct ObjectList {
	Vault *vault;
	ListKey key;
	char *path; /* of the list; it and the page lie in the same memory */
	char *page; /* the target of this one */
	ObjectListDone done;
	void *data;
} ObjectList;

static VaultAsk ask_of_list(const ListKey *key)
{
	bool is_whole = key->list == LIST_OBJECTS || key->list == LIST_DELETED;
	bool is_of_sas = key->list == LIST_SAS || key->list == LIST_DELETED_SAS;
	bool is_deleted =
		key->list == LIST_DELETED || key->list == LIST_DELETED_SAS;

	return (VaultAsk){
		.collection = key->collection,
		.part = is_deleted  ? PART_DELETED
			: is_of_sas ? PART_SAS
				    : PART_OBJECT,
		.is_whole = is_whole,
	};
}

/* *@ret: NULL behind the last page; the caller frees it. */
static int list_next(char **ret, const ObjectList *list, const char *link,
		     char *why, size_t why_size)
{
	const char *what = "";
	int r;

	*ret = NULL;
	if (link[0] == '\0')
		return 0;
	r = link_target(ret, &what, link, vault_origin(list->vault), list->path,
			list->page);
	if (r == LINK_E_UNTRUSTED) {
		(void)snprintf(why, why_size, "its nextLink: %s", what);
		return MODEL_E_UNTRUSTED;
	}
	return r;
}

static void list_done(void *data, const HttpResponse *response,
		      const VaultError *error)
{
	ObjectList *list = data;
	VaultAsk ask = ask_of_list(&list->key);
	VaultTopic topic = vault_topic(list->vault, &ask);
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
	r = object_page_read(&items, &n, &dropped, &link, &list->key,
			     response->body, response->body_size, why,
			     sizeof(why));
	if (r == 0)
		r = list_next(&next, list, link, why, sizeof(why));
	if (r == 0 && dropped > 0)
		log_warning("the vault %s lists %zu names below %s that no "
			    "object can have; they are left out",
			    vault_name(list->vault), dropped, list->path);
	if (r == 0) {
		list->done(list->data, items, n, next, error);
	} else {
		vault_error_body(&bad, response, &topic, error->caller, r, why);
		list->done(list->data, NULL, 0, NULL, &bad);
	}
	free(items);
	free(link);
	free(next);
}

/* "path?api-version=7.4", with what the list takes besides. */
static int first_page(Buf *page, const ListKey *key, const char *path,
		      const char *api)
{
	bool pending = key->collection == COLLECTION_CERTIFICATES &&
		       key->list != LIST_VERSIONS &&
		       api_version_lists_pending(api);

	return buf_printf(page, "%s?api-version=%s%s", path, api,
			  pending ? "&includePending=true" : "");
}

static int list_new(ObjectList **ret, const char *path, const char *page)
{
	size_t path_n = strlen(path) + 1;
	size_t page_n = strlen(page) + 1;
	ObjectList *list = calloc(1, sizeof(*list) + path_n + page_n);

	if (!list)
		return -ENOMEM;
	list->path = (char *)(list + 1);
	list->page = list->path + path_n;
	memcpy(list->path, path, path_n);
	memcpy(list->page, page, page_n);
	*ret = list;
	return 0;
}

static bool page_is_of_list(const char *page, const char *path)
{
	size_t n = strlen(path);

	return strncmp(page, path, n) == 0 && page[n] == '?';
}

static int list_start(ObjectList *list, VaultCall **ret, bool is_there,
		      uint64_t deadline_us)
{
	VaultAsk ask = ask_of_list(&list->key);

	ask.target = list->page;
	ask.deadline_us = deadline_us;
	if (!is_there || !vault_can_hold(list->vault, list->key.collection))
		return vault_get_nothing(list->vault, ret, &ask, list_done,
					 list);
	return vault_get(list->vault, ret, &ask, list_done, list);
}

int objects_list(Vault *vault, VaultCall **ret, const ListKey *key,
		 const char *page, uint64_t deadline_us, ObjectListDone done,
		 void *data)
{
	AKV_BUF Buf path = BUF_INIT(BUF_MAX_URL);
	AKV_BUF Buf first = BUF_INIT(BUF_MAX_URL);
	const char *api = api_version_for_list(vault_api_version(vault), key);
	VaultCall *call;
	ObjectList *list;
	int r = target_of_list(&path, key);

	if (r == 0)
		r = first_page(&first, key, path.p, api ? api : "");
	if (r < 0)
		return r;
	if (page && !page_is_of_list(page, path.p))
		return -EINVAL;
	r = list_new(&list, path.p, page ? page : first.p);
	if (r < 0)
		return r;
	list->vault = vault;
	list->key = *key;
	list->done = done;
	list->data = data;
	r = list_start(list, &call, api != NULL, deadline_us);
	if (r < 0) {
		free(list);
		return r;
	}
	vault_call_keep(call, list);
	*ret = call;
	return 0;
}
