/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * answer - what a vault's refusal means
 *
 * HTTP status, error code and innererror are turned into one of these answers
 * once, here. fs/errno.c turns an answer into what a reader gets.
 */

#include "base/http.h"
#include "base/std.h"
#include "vault/arm-id.h"
#include "vault/name.h"

enum vault_answer {
	VAULT_OK = 0,
	VAULT_E_NOT_FOUND = 1, /* 404 */
	VAULT_E_FORBIDDEN,     /* 403: no permission, firewall */
	VAULT_E_UNAUTHORIZED,  /* 401 with a fresh token; signing in failed */
	VAULT_E_DISABLED,      /* 403 with innererror SecretDisabled, ... */
	VAULT_E_THROTTLED,     /* 429 */
	VAULT_E_UNAVAILABLE,   /* 408, 5xx; sign-in unreachable */
	VAULT_E_UNREACHABLE,   /* no connection, reset, cut short, timeout */
	VAULT_E_UNRESOLVED,    /* the name does not resolve */
	VAULT_E_TLS,           /* wrong name, untrusted, expired */
	VAULT_E_UNTRUSTED,     /* a body that cannot be believed */
	VAULT_E_REFUSED,       /* any other 4xx, a redirect */
	VAULT_E_ABSENT,        /* the vault has no such collection or part */
};
const char *vault_answer_text(enum vault_answer answer);

/* Would the same request succeed later, without anybody's doing? */
bool vault_answer_is_transient(enum vault_answer answer);

/* The detail behind an answer, for one log line. Never a value. */
typedef struct VaultError {
	enum vault_answer answer;
	int status;     /* HTTP status, or 0 */
	char code[64];  /* error.code: "Forbidden" */
	char inner[64]; /* the innermost innererror.code, or "AKV10022" */
	char request_id[64];
	char caller[192];        /* appid=..;oid=.. where the message says it */
	char sentence[512];      /* what is wrong and what would fix it */
	ArmId arm_id;            /* of the vault, where the message says it */
	uint64_t retry_after_us; /* 0: not stated */
} VaultError;

/* What was asked: a refusal is judged, and put in words, by it. */
typedef struct VaultTopic {
	const char *vault; /* its name */
	bool is_hsm;       /* a managed HSM */
	bool is_whole;     /* the list of a whole collection */
	enum collection collection;
	enum part part; /* of deleted objects, PART_DELETED, in a list, too */
} VaultTopic;

/* What @response, which is not a success, means. */
void vault_error_read(VaultError *ret, const HttpResponse *response,
		      const VaultTopic *topic);

/*
 * The vault said 200, and what came with it could not be believed, for the
 * reason @why, or not be kept, if @fault is a negative errno. @caller as in
 * VaultError.
 */
void vault_error_body(VaultError *ret, const HttpResponse *response,
		      const VaultTopic *topic, const char *caller, int fault,
		      const char *why);

/* VAULT_E_ABSENT, known without a request. */
void vault_error_absent(VaultError *ret, const VaultTopic *topic);
