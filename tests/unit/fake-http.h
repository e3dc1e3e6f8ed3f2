/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * fake-http - base/http.h for tests: requests are kept, the test answers
 *
 * Linked in place of base/http.c: the program's own objects come before the
 * library's, so all functions of base/http.h are defined here.
 */

#include "base/http.h"

enum { FAKE_REQUESTS_MAX = 64 };

/* A request that was started, as copies. */
typedef struct FakeRequest {
	char method[16];
	char url[2048];
	char headers[HTTP_REQUEST_HEADERS_MAX][256];
	char authorization[512];  /* "" if none */
	char secret_header[2048]; /* "" if none */
	char body[16384];         /* "" if none */
	char content_type[64];
	uint64_t deadline_us;
	size_t body_max;
	bool allow_clear, no_proxy, pinned;
	unsigned char pinned_sha1[HTTP_SHA1_SIZE];
	bool cancelled, finished;
	HttpDone done;
	void *data;
} FakeRequest;

/* What to answer; members left out are absent, and result HTTP_OK. */
typedef struct FakeAnswer {
	int result, status;
	const char *body;
	const char *challenge, *second_challenge;
	const char *retry_after, *retry_after_ms, *date, *request_id;
	const char *network_info, *reason, *location;
} FakeAnswer;

/* Forget all requests. Fails the program if one is still waiting. */
void fake_http_reset(void);

size_t fake_http_count(void);   /* requests started so far */
size_t fake_http_waiting(void); /* neither answered nor cancelled */
FakeRequest *fake_http_at(size_t i);
FakeRequest *fake_http_last(void);

/* Fill @response as base/http.c would; for pure readers, too. */
void fake_response(HttpResponse *response, const FakeAnswer *answer);

/* Answer a request, once. */
void fake_http_answer(FakeRequest *request, const FakeAnswer *answer);

/* What the next http_start() returns, without keeping the request. */
void fake_http_fail_next(int r);
