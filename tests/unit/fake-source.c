/* SPDX-License-Identifier: MIT */

/* A FakeCall stands for the VaultCall that the cache holds. */

#include "fake-source.h"

static FakeCall calls[FAKE_CALLS_MAX];
static size_t n_calls;
static int fail_next;

static void fail(const char *what)
{
	(void)fprintf(stderr, "fake source: %s\n", what);
	abort();
}

static int call_new(FakeCall **ret, VaultCall **ret_call, const char *page,
		    uint64_t deadline_us, void *data)
{
	FakeCall *call;
	int r = fail_next;

	fail_next = 0;
	if (r < 0)
		return r;
	if (n_calls == FAKE_CALLS_MAX)
		fail("too many calls");
	call = &calls[n_calls++];
	*call = (FakeCall){.deadline_us = deadline_us, .data = data};
	(void)snprintf(call->page, sizeof(call->page), "%s", page ? page : "");
	*ret = call;
	*ret_call = (VaultCall *)(void *)call;
	return 0;
}

static int source_get(AKV_UNUSED void *data, VaultCall **ret,
		      const ObjectKey *key, const char *version,
		      uint64_t deadline_us, ObjectGetDone done, void *done_data)
{
	FakeCall *call = NULL;
	int r = call_new(&call, ret, NULL, deadline_us, done_data);

	if (r < 0)
		return r;
	call->key = *key;
	(void)snprintf(call->version, sizeof(call->version), "%s",
		       version ? version : "");
	call->get_done = done;
	return 0;
}

static int source_list(AKV_UNUSED void *data, VaultCall **ret,
		       const ListKey *key, const char *page,
		       uint64_t deadline_us, ObjectListDone done,
		       void *done_data)
{
	FakeCall *call = NULL;
	int r = call_new(&call, ret, page, deadline_us, done_data);

	if (r < 0)
		return r;
	call->list = *key;
	call->is_list = true;
	call->list_done = done;
	return 0;
}

static void source_cancel(AKV_UNUSED void *data, VaultCall *vault_call)
{
	FakeCall *call = (FakeCall *)(void *)vault_call;

	if (call->answered || call->cancelled)
		fail("a call that had ended was cancelled");
	call->cancelled = true;
}

CacheSource fake_source(void)
{
	return (CacheSource){
		.get = source_get,
		.list = source_list,
		.cancel = source_cancel,
	};
}

void fake_source_reset(void)
{
	if (fake_source_waiting() > 0)
		fail("a call was left under way");
	n_calls = 0;
	fail_next = 0;
}

void fake_source_forget_last(void)
{
	if (!fake_source_last()->answered)
		fail("the last call is still under way");
	n_calls--;
}

size_t fake_source_count(void)
{
	return n_calls;
}

size_t fake_source_waiting(void)
{
	size_t n = 0;

	for (size_t i = 0; i < n_calls; i++)
		n += !calls[i].answered && !calls[i].cancelled;
	return n;
}

FakeCall *fake_source_at(size_t i)
{
	if (i >= n_calls)
		fail("no such call");
	return &calls[i];
}

FakeCall *fake_source_last(void)
{
	return fake_source_at(n_calls - 1);
}

void fake_source_fail_next(int r)
{
	fail_next = r;
}

const char *fake_version(char digit)
{
	static char text[VERSION_LENGTH + 1];

	memset(text, digit, VERSION_LENGTH);
	return text;
}

static void call_end(FakeCall *call, bool is_list)
{
	if (call->answered || call->cancelled || call->is_list != is_list)
		fail("an answer that nobody waits for");
	call->answered = true;
}

void fake_source_give_object(FakeCall *call, const FakeObject *object)
{
	VaultError error = {.answer = VAULT_OK};
	char tags[] = FAKE_TAGS;
	ObjectBundle bundle = {
		.tags = tags,
		.attributes = {.enabled = !object->disabled,
			       .managed = object->managed,
			       .created_s = FAKE_CREATED_S,
			       .updated_s = FAKE_UPDATED_S},
	};

	call_end(call, false);
	(void)snprintf(bundle.content_type, sizeof(bundle.content_type), "%s",
		       object->content_type ? object->content_type
					    : FAKE_CONTENT_TYPE);
	(void)snprintf(bundle.name, sizeof(bundle.name), "%s", call->key.name);
	(void)snprintf(bundle.version, sizeof(bundle.version), "%s",
		       fake_version(object->version));
	if (secret_new(&bundle.value, object->value, strlen(object->value)) !=
	    0)
		fail("no memory for a secret");
	call->get_done(call->data, &bundle, &error);
	(void)secret_unref(bundle.value);
}

void fake_source_give(FakeCall *call, char version, const char *value)
{
	const FakeObject object = {.version = version, .value = value};

	fake_source_give_object(call, &object);
}

void fake_source_refuse_until(FakeCall *call, enum vault_answer answer,
			      uint64_t retry_after_us)
{
	VaultError error = {
		.answer = answer,
		.retry_after_us = retry_after_us,
		.sentence = "a sentence of the test",
	};

	call_end(call, call->is_list);
	if (call->is_list)
		call->list_done(call->data, NULL, 0, NULL, &error);
	else
		call->get_done(call->data, NULL, &error);
}

void fake_source_refuse(FakeCall *call, enum vault_answer answer)
{
	fake_source_refuse_until(call, answer, 0);
}

void fake_source_page(FakeCall *call, const char *names, const char *next)
{
	static ObjectItem items[LIST_ITEMS_MAX];
	VaultError error = {.answer = VAULT_OK};
	char text[1024], *rest = text, *name;
	size_t n = 0;

	call_end(call, true);
	(void)snprintf(text, sizeof(text), "%s", names);
	while ((name = strsep(&rest, " "))) {
		if (!*name)
			continue;
		items[n] = (ObjectItem){0};
		/* A version is one character here, too. */
		if (call->list.list == LIST_VERSIONS)
			(void)snprintf(items[n].version, sizeof(items->version),
				       "%s", fake_version(*name));
		else
			(void)snprintf(items[n].name, sizeof(items->name), "%s",
				       name);
		n++;
	}
	call->list_done(call->data, items, n, next, &error);
}
