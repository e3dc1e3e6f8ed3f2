/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * objects - the requests that every kind of object answers alike
 *
 * Handlers for routes: exchange->kind says of which kind, captures[0] is the
 * name and captures[1] the version. All return 0 with a reply made, or a
 * negative errno.
 */

#include "base/std.h"
#include "emulator/exchange.h"
#include "emulator/kind.h"

int objects_list(Exchange *exchange);
int objects_list_versions(Exchange *exchange);
int objects_delete(Exchange *exchange);
int objects_list_deleted(Exchange *exchange);
int objects_get_deleted(Exchange *exchange);
int objects_recover(Exchange *exchange);
int objects_purge(Exchange *exchange);

/*
 * The live object that captures[0] names, and its version captures[1], or the
 * current one if there is none or it is "". If there is no such thing the 404
 * is made and false returned.
 */
bool objects_find(Exchange *exchange, Object **ret_object,
		  Version **ret_version);

/*
 * The object that captures[0] names, fit for a new version; made if it does
 * not exist (*@ret_new says so; then it is the caller's to add or free).
 * Returns 0, a negative errno, or OBJECTS_E_REFUSED with the reply made.
 */
enum { OBJECTS_E_REFUSED = 1 };
AKV_MUST_CHECK int objects_for_writing(Exchange *exchange, Object **ret,
				       Object **ret_new);

/* Reply 200 with the bundle of a version. */
int objects_reply(Exchange *exchange, const Object *object,
		  const Version *version, enum view view);

Collection *objects_collection(const Exchange *exchange);

/* The body as JSON object; otherwise the 400 is made and false returned. */
bool objects_body(Exchange *exchange, cJSON **ret);
