/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * link - where a page of a list says that the next one is
 *
 * A nextLink is text of the network that a request with a token is made of. So
 * it is taken apart, its origin and path are compared with those of the list,
 * and the target of the request is put together anew from the checked parts.
 * (The service writes absolute links with an explicit :443; relative ones have
 * been seen. Letters of the path may be of another case: a vault's names have
 * none.)
 */

#include "base/std.h"
#include "base/url.h"

enum { LINK_LENGTH_MAX = 4096 };

/*
 * Set *@ret to the target ("/secrets?...") that @link names; the caller frees
 * it. @path is the list's own path, @previous the target that the page came
 * from: a link to itself would never end. Returns 0, LINK_E_UNTRUSTED with the
 * reason in *@ret_why (static text), or -ENOMEM.
 */
enum { LINK_E_UNTRUSTED = 1 };
AKV_MUST_CHECK int link_target(char **ret, const char **ret_why,
			       const char *link, const Origin *origin,
			       const char *path, const char *previous);
