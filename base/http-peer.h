/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * http-peer - who is at the other end, as its certificate says
 *
 * For a person who wants to know who answers: it watches the check of the
 * chain and changes nothing of its outcome. For http-lane.c only.
 */

#include <curl/curl.h>
#include <openssl/types.h>

#include "base/http.h"
#include "base/std.h"

/*
 * Prepare @easy and *@peer, which outlives its transfer. It makes a connection
 * of its own, since one that stands has no handshake to watch. Returns 0 or
 * -ENOMEM.
 */
AKV_MUST_CHECK int http_peer_watch(CURL *easy, HttpPeer *peer);

/* Have the check of its chain noted in *@peer. */
void http_peer_context(SSL_CTX *context, HttpPeer *peer);
