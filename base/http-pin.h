/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * http-pin - a server that is known by its certificate alone
 *
 * Service Fabric nodes sign their certificates themselves, and say by a SHA-1
 * which one it is. For http-lane.c only, on a handle that is used for nothing
 * else.
 */

#include <curl/curl.h>
#include <openssl/types.h>

#include "base/std.h"

/*
 * Prepare @easy: no name is compared, and its connection is for nothing else.
 * Without http_pin_context() it takes no such certificate. Returns 0 or
 * -ENOMEM.
 */
AKV_MUST_CHECK int http_pin(CURL *easy);

/*
 * Let a connection take the certificate whose SHA-1 is the HTTP_SHA1_SIZE bytes
 * at @sha1, which outlive it, and no other.
 */
void http_pin_context(SSL_CTX *context, const unsigned char *sha1);
