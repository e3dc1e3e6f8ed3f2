/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * fake-source - a CacheSource for tests: calls are kept, the test answers
 */

#include "cache/source.h"

enum { FAKE_CALLS_MAX = 8192 };

/* A call that was made, as copies. */
typedef struct FakeCall {
	bool is_list;
	ObjectKey key;
	ListKey list;
	char version[VERSION_LENGTH + 1]; /* "" for the current one */
	char page[64];                    /* "" for the first one */
	uint64_t deadline_us;
	bool cancelled, answered;
	ObjectGetDone get_done;
	ObjectListDone list_done;
	void *data;
} FakeCall;

CacheSource fake_source(void);

/* Forget all calls. Fails the program if one is still under way. */
void fake_source_reset(void);

/* Forget the last call, which was answered: to make room for many. */
void fake_source_forget_last(void);

size_t fake_source_count(void);   /* calls made so far */
size_t fake_source_waiting(void); /* neither answered nor cancelled */
FakeCall *fake_source_at(size_t i);
FakeCall *fake_source_last(void);

/* What the next call returns, without being made. */
void fake_source_fail_next(int r);

/* A version is one character here: "1" stands for 32 of them. */
const char *fake_version(char digit);

/* Answer a call for an object, once: its value, or what went wrong. */
void fake_source_give(FakeCall *call, char version, const char *value);
/* The same with more of it said. */
typedef struct FakeObject {
	char version;
	const char *value;
	const char *content_type; /* or NULL, for FAKE_CONTENT_TYPE */
	bool disabled, managed;
} FakeObject;
void fake_source_give_object(FakeCall *call, const FakeObject *object);
void fake_source_refuse(FakeCall *call, enum vault_answer answer);
void fake_source_refuse_until(FakeCall *call, enum vault_answer answer,
			      uint64_t retry_after_us);

/* Answer a call for a page: its names, and where the next one is or NULL. */
void fake_source_page(FakeCall *call, const char *names, const char *next);

/* What else fake_source_give() gives. */
enum { FAKE_CREATED_S = 1700000000, FAKE_UPDATED_S = 1700000100 };
#define FAKE_CONTENT_TYPE "text/plain"
#define FAKE_TAGS "{\"of\":\"the test\"}"
