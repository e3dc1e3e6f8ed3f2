/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * url - where a URL leads: its origin, taken apart and compared as parts
 *
 * Parsing is libcurl's own (CURLU), so that what is compared is what would be
 * connected to. User information, fragments and control bytes are refused.
 */

#include "base/std.h"

enum {
	URL_HOST_MAX = 253,
	URL_SCHEME_MAX = 8,
	URL_LENGTH_MAX = 8192,
};

typedef struct Origin {
	char scheme[URL_SCHEME_MAX]; /* lower case */
	char host[URL_HOST_MAX + 1]; /* lower case, no trailing dot */
	unsigned port;               /* explicit or the scheme's own */
} Origin;

typedef struct Url {
	Origin origin;
	char *path;  /* owned; as written, begins with '/' */
	char *query; /* owned; as written, without '?'; "" if none */
} Url;

enum { URL_E_INVALID = 1 };

/*
 * Take @text apart; with @base (may be NULL) it may be relative to that
 * origin: "/path?query". Returns 0, URL_E_INVALID, or -ENOMEM.
 */
AKV_MUST_CHECK int url_parse(Url *ret, const char *text, const Origin *base);
void url_done(Url *url); /* accepts a zeroed Url */

bool origin_equal(const Origin *a, const Origin *b);

/* "https://host" or "https://host:port" where the port is not the default. */
enum { ORIGIN_TEXT_SIZE = URL_SCHEME_MAX + URL_HOST_MAX + 16 };
void origin_format(char ret[ORIGIN_TEXT_SIZE], const Origin *origin);

/* Does @host end with "." + @suffix, letters compared without case? */
bool host_is_below(const char *host, const char *suffix);
