/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * faults - requests that shall go wrong, and how
 *
 * A list of rules, tried in order; the first that matches and is not used up
 * decides. Globs are those of fnmatch(3), where '*' also matches '/'.
 */

#include <cjson/cJSON.h>

#include "base/buf.h"
#include "base/std.h"

enum {
	FAULTS_MAX = 256,
	FAULT_HEADERS_MAX = 32,
	FAULT_DELAY_MAX_MS = 3600 * 1000,
	FAULT_BODY_MAX = BUF_MAX_REPLY,
};

typedef struct FaultHeader {
	char *name;  /* owned */
	char *value; /* owned; NULL: take that header away */
} FaultHeader;

/* What to do; shared by the rule and the requests that it struck. */
typedef struct FaultAction {
	unsigned references;
	unsigned delay_ms;
	unsigned status; /* 0: the reply's own */
	int aadsts;      /* answer as Entra with that number; 0: no */
	bool hang;
	bool has_body;
	char *body; /* owned */
	size_t body_size;
	uint64_t drip_bps;   /* 0: at once */
	int64_t reset_after; /* bytes of the body; -1: no */
	int64_t truncate_at; /* bytes of the body; -1: no */
	FaultHeader headers[FAULT_HEADERS_MAX];
	size_t n_headers;
} FaultAction;

typedef struct FaultRule {
	char *host, *method, *path, *query; /* owned globs; NULL: any */
	int64_t left;                       /* matches to go; -1: without end */
	int64_t hits;
	FaultAction *action; /* one reference */
} FaultRule;

typedef struct Faults {
	FaultRule *rules; /* owned */
	size_t n;
} Faults;

void faults_done(Faults *faults);

/*
 * Add a rule, {"match":{...},"do":{...}}. Returns 0, a negative errno, or
 * FAULTS_E_INVALID with *@why set to static text.
 */
enum { FAULTS_E_INVALID = 1 };
AKV_MUST_CHECK int faults_add(Faults *faults, const cJSON *rule,
			      const char **why);

/* The action for that request, with a reference for the caller; or NULL. */
FaultAction *faults_match(Faults *faults, const char *host, const char *method,
			  const char *path, const char *query);
FaultAction *fault_action_unref(FaultAction *action); /* accepts NULL */
AKV_DEFINE_CLEANUP(FaultAction *, fault_action_unref);
