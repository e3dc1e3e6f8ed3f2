/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * reader - one who asks the cache, and notes what he is told
 */

#include "cache/wait.h"

enum { READER_NOT_TOLD = 99 };

typedef struct Reader {
	CacheWait wait;
	unsigned calls; /* how often he was told */
	int answer;     /* enum vault_answer, or READER_NOT_TOLD */
	uint64_t lifetime_us;
	char version[VERSION_LENGTH + 1];
	size_t size;
	int64_t created_s;
	char content_type[64], tags[64];
	char value[256];
} Reader;

static void reader_done(CacheWait *wait, const CacheReply *reply)
{
	Reader *reader = AKV_CONTAINER_OF(wait, Reader, wait);

	reader->calls++;
	reader->answer = (int)reply->answer;
	reader->lifetime_us = reply->lifetime_us;
	reader->size = reply->size;
	if (reply->version)
		(void)snprintf(reader->version, sizeof(reader->version), "%s",
			       reply->version);
	if (reply->attributes)
		reader->created_s = reply->attributes->created_s;
	if (reply->content_type)
		(void)snprintf(reader->content_type,
			       sizeof(reader->content_type), "%s",
			       reply->content_type);
	if (reply->tags)
		(void)snprintf(reader->tags, sizeof(reader->tags), "%s",
			       reply->tags);
	if (reply->value)
		(void)snprintf(reader->value, sizeof(reader->value), "%s",
			       (const char *)secret_bytes(reply->value));
}

static void reader_init(Reader *reader)
{
	*reader = (Reader){
		.wait.done = reader_done,
		.answer = READER_NOT_TOLD,
	};
}
