/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * identity - the keys the emulator is known by
 *
 * A certificate authority, a TLS certificate for every host name that is
 * served, the key that signs tokens, the key that seals backups, and the
 * secret of the default principal. All but the TLS certificate, which is made
 * at each start, stay in the state directory.
 */

#include "base/buf.h"
#include "base/std.h"
#include "emulator/certificate.h"
#include "emulator/state-dir.h"

enum {
	BACKUP_KEY_SIZE = 32,
	CLIENT_SECRET_SIZE = 41,
	KEY_ID_SIZE = 28, /* base64url of a SHA-1, and the NUL */
};

typedef struct Identity {
	X509 *authority;         /* owned */
	EVP_PKEY *authority_key; /* owned */
	Buf tls_certificate;     /* PEM: leaf, then authority */
	Buf tls_key;             /* PEM */
	EVP_PKEY *token_key;     /* owned, RSA */
	X509 *token_certificate; /* owned */
	char token_key_id[KEY_ID_SIZE];
	unsigned char backup_key[BACKUP_KEY_SIZE];
	char client_secret[CLIENT_SECRET_SIZE];
} Identity;

/*
 * Find the keys in @dir or make them there, and write ca.pem. @listen_host is
 * one more address or name for the TLS certificate, or NULL.
 */
AKV_MUST_CHECK int identity_open(Identity *ret, const StateDir *dir,
				 const char *listen_host);
void identity_done(Identity *identity);
