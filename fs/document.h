/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * document - what is common to the JSON bodies that files are made from
 */

#include "base/buf.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/std.h"
#include "fs/why.h"
#include "vault/name.h"

/* All return 0, DOCUMENT_E_UNTRUSTED with *@why filled, or -ENOMEM. */
enum { DOCUMENT_E_UNTRUSTED = 2 };

/* The caller deletes *@ret, an object. */
AKV_MUST_CHECK int document_read(cJSON **ret, const Secret *body,
				 const Why *why);

/* The name within @id, https://HOST/COLLECTION/NAME/VERSION. */
AKV_MUST_CHECK int document_name(char ret[NAME_MAX_LENGTH + 1], const char *id,
				 const Why *why);

/* Turn the times of its "attributes" into RFC 3339. */
AKV_MUST_CHECK int document_write_times(cJSON *document, const Why *why);

/* json_text_append() into a new secret. */
AKV_MUST_CHECK int document_text(Secret **ret, const cJSON *document,
				 const Why *why);

/* The bytes of @buf as a new secret: secret_new()'s returns. */
AKV_MUST_CHECK int secret_of_buf(Secret **ret, const Buf *buf);
