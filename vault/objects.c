/* SPDX-License-Identifier: MIT */

/*
 * Makes the target of a request from a checked name, and an object of its
 * answer. An answer that cannot be believed becomes VAULT_E_UNTRUSTED here.
 * Called by cache/.
 */

#include "vault/objects.h"

#include "base/parse.h"
#include "vault/api-version.h"
#include "vault/target.h"

enum { WHY_SIZE = 128 };

typedef struct ObjectGet {
	Vault *vault;
	ObjectKey key;
	char version[VERSION_LENGTH + 1]; /* "": the current one */
	ObjectGetDone done;
	void *data;
} ObjectGet;

static VaultAsk ask_of_key(const ObjectKey *key)
{
	return (VaultAsk){
		.collection = key->collection,
		.part = key->part,
		.body_max = OBJECT_BODY_MAX,
	};
}

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
	if (bundle.host[0] != '\0' &&
	    !ascii_equal_fold(bundle.host, vault_origin(get->vault)->host)) {
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
	VaultAsk ask = ask_of_key(&get->key);
	VaultTopic topic = vault_topic(get->vault, &ask);
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
		vault_error_body(&bad, response, &topic, error->caller, r, why);
		get->done(get->data, NULL, &bad);
		return;
	}
	get->done(get->data, &bundle, error);
	object_bundle_done(&bundle);
}

static int get_start(ObjectGet *get, VaultCall **ret, const char *path,
		     uint64_t deadline_us)
{
	AKV_BUF Buf target = BUF_INIT(BUF_MAX_URL);
	VaultAsk ask = ask_of_key(&get->key);
	const char *api =
		api_version_for_part(vault_api_version(get->vault),
				     get->key.collection, get->key.part);
	int r = buf_printf(&target, "%s?api-version=%s", path, api ? api : "");

	if (r < 0)
		return r;
	ask.target = target.p;
	ask.deadline_us = deadline_us;
	if (!api || !vault_can_hold(get->vault, get->key.collection))
		return vault_get_nothing(get->vault, ret, &ask, get_done, get);
	return vault_get(get->vault, ret, &ask, get_done, get);
}

int objects_get(Vault *vault, VaultCall **ret, const ObjectKey *key,
		const char *version, uint64_t deadline_us, ObjectGetDone done,
		void *data)
{
	AKV_BUF Buf path = BUF_INIT(BUF_MAX_URL);
	VaultCall *call;
	ObjectGet *get;
	int r = target_of_object(&path, key, version);

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
	r = get_start(get, &call, path.p, deadline_us);
	if (r < 0) {
		free(get);
		return r;
	}
	vault_call_keep(call, get);
	*ret = call;
	return 0;
}
