/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * options - what a mount was asked to be
 *
 * The same keys on the command line, in fstab, in /etc/akvfs.conf and between
 * launcher and worker, read by one function. Later settings win: defaults,
 * /etc/akvfs.conf, config=FILE, the environment, the command line. A secret is
 * never an option.
 */

#include <limits.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/std.h"

enum {
	OPTION_TEXT_MAX = 512,
	OPTION_KEY_MAX = 32,
	OPTION_TTL_MAX_S = 30 * 86400,
	OPTION_TIMEOUT_MAX_S = 600,
	OPTION_TRANSFERS_MAX = 64,
};

typedef struct Options {
	char source[OPTION_TEXT_MAX];
	/* Freshness, in seconds. */
	uint64_t ttl_s, negative_ttl_s, stale_s, timeout_s;
	uint64_t transfers;
	bool page_cache;
	bool arm;    /* may the management plane be asked? */
	bool ctldir; /* visible: .akvfs, .versions and .deleted are listed */
	bool debug, quiet, syslog;
	/* How it looks. */
	uint64_t uid, gid;
	bool has_uid, has_gid;
	unsigned file_mode, dir_mode;
	bool allow_other;
	bool read_write; /* asked for; refused, or ignored from fstab */
	/* Who we are and where the vault is. */
	char auth[16], client_id[64], tenant_id[72], cloud[16];
	char authority[OPTION_TEXT_MAX], resource[OPTION_TEXT_MAX];
	char vault_suffix[256];
	char cafile[PATH_MAX], connect_to[OPTION_TEXT_MAX], api_version[32];
	char arm_id[OPTION_TEXT_MAX];
	bool token_v1;
	/* How to sign in; see auth/credential.h. */
	char certificate[PATH_MAX], token_file[PATH_MAX];
	bool send_chain, rs256;
	char identity_client_id[64], identity_object_id[64];
	char identity_resource_id[OPTION_TEXT_MAX], default_identity[64];
	char identity_endpoint[OPTION_TEXT_MAX], msi_endpoint[OPTION_TEXT_MAX];
	char imds_endpoint[OPTION_TEXT_MAX], pod_identity_host[OPTION_TEXT_MAX];
	char identity_thumbprint[96];
	char oidc_uri[OPTION_TEXT_MAX], service_connection[64];
	char token_credentials[64], allowed_tenants[OPTION_TEXT_MAX];
	char proxy[OPTION_TEXT_MAX], no_proxy[OPTION_TEXT_MAX];
	char config[PATH_MAX];
} Options;

void options_init(Options *options);

/*
 * Set one option. @value is NULL for a bare word. On OPTIONS_E_INVALID, @why
 * says in a sentence which and what would be right.
 */
enum { OPTIONS_E_INVALID = 1 };
AKV_MUST_CHECK int options_set(Options *options, const char *key,
			       const char *value, char *why, size_t why_size);

/* "a,b=c,d=e\,f" as mount(8) passes it; a backslash escapes a comma. */
AKV_MUST_CHECK int options_set_list(Options *options, const char *list,
				    char *why, size_t why_size);

/*
 * Lines "key = value", "#" begins a comment line. @name is for messages. Also
 * returns what reading does.
 */
AKV_MUST_CHECK int options_set_file(Options *options, int fd, const char *name,
				    char *why, size_t why_size);

/* AZURE_TENANT_ID and the rest, except the client secret. */
AKV_MUST_CHECK int options_set_environment(Options *options, char *why,
					   size_t why_size);

/* As a file that options_set_file() reads: for the worker. */
AKV_MUST_CHECK int options_write(const Options *options, Buf *buf);

/* What debug and quiet come to. */
enum log_level options_log_level(const Options *options);
