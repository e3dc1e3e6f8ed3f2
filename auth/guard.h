/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * guard - the one function that attaches a token to a request
 *
 * A token is for one resource, and a resource has hosts. Before the header is
 * set, the scheme, host and port of the request's final URL are compared with
 * the origin that the caller's client is bound to.
 */

#include "auth/token.h"
#include "base/http.h"
#include "base/std.h"
#include "base/url.h"

/*
 * Set @request->authorization to "Bearer ..." if @request->url is of
 * @origin, and @origin is https. The caller unrefs it after http_start().
 * Returns 0, GUARD_E_FOREIGN with nothing set, or -ENOMEM.
 */
enum { GUARD_E_FOREIGN = 1 };
AKV_MUST_CHECK int guard_authorize(HttpRequest *request, const Token *token,
				   const Origin *origin);
