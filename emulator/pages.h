/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * pages - where a list goes on
 *
 * A $skiptoken is the base64url of {"NextMarker":...,"TargetLocation":N}, as
 * the service's is. The marker holds the key of the next item, so that a list
 * goes on in the right place whatever was added or deleted meanwhile. With
 * TargetLocation 1 the page is to be empty.
 */

#include "base/buf.h"
#include "base/std.h"
#include "emulator/exchange.h"

enum {
	PAGE_MAX = 25,
	PAGE_KEY_SIZE = 256, /* "NAME" or "NAME/VERSION" */
};

typedef struct Page {
	size_t max;              /* items */
	bool max_given;          /* so nextLink repeats it */
	bool empty;              /* nothing on this one */
	char key[PAGE_KEY_SIZE]; /* of the first item; "" from the start */
} Page;

/*
 * What the query of @exchange asks for. Returns 0, or PAGE_E_INVALID for a
 * maxresults that is not 1 to 25 or a token of another make.
 */
enum { PAGE_E_INVALID = 1 };
AKV_MUST_CHECK int page_parse(Page *ret, const Exchange *exchange,
			      const char *noun);

/* Append the token for an item of that key. */
AKV_MUST_CHECK int page_token_append(Buf *ret, const char *noun,
				     const char *key, bool empty);

/* The reverse. Also returns PAGE_E_INVALID. */
AKV_MUST_CHECK int page_token_parse(char ret_key[PAGE_KEY_SIZE],
				    bool *ret_empty, const char *noun,
				    const char *token);

/*
 * Write "nextLink" for the page after @page, which begins with the item
 * @next_key; NULL if no item is left.
 */
void page_write_next(Exchange *exchange, const Page *page, const char *noun,
		     const char *next_key);
