/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * http-lane - one curl easy handle with its buffers, used again and again
 *
 * A lane carries one transfer at a time. Its handle keeps the options that
 * never change, so that starting a request sets only what is the request's.
 * For base/http.c only.
 */

#include <curl/curl.h>

#include "base/http.h"
#include "base/roots.h"

typedef struct HttpLane HttpLane;

/*
 * @roots are what its connections trust, and outlive it. @pinned_sha1 (may be
 * NULL): the HTTP_SHA1_SIZE bytes of the one certificate that a server may show
 * to this lane. @peer (may be NULL): where it notes who that is. With either,
 * it is for a single transfer.
 */
AKV_MUST_CHECK int http_lane_new(HttpLane **ret, const HttpConfig *config,
				 Roots *roots, const unsigned char *pinned_sha1,
				 HttpPeer *peer);
bool http_lane_is_single(const HttpLane *lane);
HttpLane *http_lane_free(HttpLane *lane);
AKV_DEFINE_CLEANUP(HttpLane *, http_lane_free);

/* The handle, whose CURLOPT_PRIVATE is @transfer after http_lane_load(). */
CURL *http_lane_easy(const HttpLane *lane);

/*
 * Make @request the next transfer. What it points to must stay until
 * http_lane_unload(). Returns 0, -ENOMEM, or -EINVAL.
 */
AKV_MUST_CHECK int http_lane_load(HttpLane *lane, const HttpRequest *request,
				  void *transfer);

/* What came of it; borrowed from the lane until http_lane_unload(). */
void http_lane_response(HttpLane *lane, CURLcode code, HttpResponse *ret);

/* Wipe body and headers, drop the request. */
void http_lane_unload(HttpLane *lane);
