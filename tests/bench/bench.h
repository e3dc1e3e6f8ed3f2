/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * bench - what the measuring programs share: durations, and a bare client
 *
 * A program measures one thing and its reference in turn, in one run, so that
 * what else the machine does strikes both. It prints lines "name value", in
 * microseconds, which tests/bench/table.py reads. What goes wrong ends it: a
 * figure with a failed read in it would be no figure.
 */

#include "base/buf.h"
#include "base/std.h"

/* Of the monotonic clock. */
double bench_now_us(void);

/* Print "NAME: WHY" with errno's text if @with_errno, and exit with 1. */
_Noreturn void bench_die(const char *name, const char *why, bool with_errno);

/* A whole number of the command line, from 1 to @max, or the end. */
unsigned bench_number(const char *text, unsigned max);

/* Durations of one thing. */
typedef struct Samples {
	double *values_us; /* owned */
	size_t n, room;
} Samples;

void samples_init(Samples *samples, size_t room);
void samples_done(Samples *samples);
void samples_add(Samples *samples, double value_us);
/* Sorts. @quantile is from 0 to 1. */
double samples_quantile(Samples *samples, double quantile);
/* Print "NAME_p50 ..." and "NAME_p99 ...". */
void samples_print(Samples *samples, const char *name);

/*
 * The bare client: one libcurl handle, one kept connection, a fixed buffer. A
 * program that has none measures the server without us.
 */
typedef struct Client Client;

enum { CLIENT_BODY_MAX = 256 * 1024 };

/* Where the server is and how to be let in; strings are borrowed. */
typedef struct ClientConfig {
	const char *connect_to; /* ADDR:PORT for every host */
	const char *ca_file;
	const char *token_file; /* NULL: send no Authorization */
} ClientConfig;

Client *client_new(const ClientConfig *config);
Client *client_free(Client *client); /* accepts NULL; returns NULL */
AKV_DEFINE_CLEANUP(Client *, client_free);

/* Use this token from now on. */
void client_authorize(Client *client, const char *token);

/*
 * GET @url, or POST @form to it; any status but 200 is the end. Returns the
 * body, NUL-terminated, valid until the next call.
 */
const char *client_get(Client *client, const char *url);
const char *client_post(Client *client, const char *url, const char *form);

/* Read the whole file as a program does that knows nothing; returns its size.
 * The time is that of open, read until the end, and close. */
size_t bench_read_file(const char *path);
