/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * identity - the keys the emulator is known by
 *
 * A certificate authority, a TLS certificate for every host name that is
 * served, the keys that sign tokens, the key that seals backups, and the
 * secret of the default principal. Those stay in the state directory; the TLS
 * certificates and what only processes of the host know are made at each
 * start.
 */

#include "base/buf.h"
#include "base/std.h"
#include "emulator/certificate.h"
#include "emulator/state-dir.h"

enum {
	BACKUP_KEY_SIZE = 32,
	CLIENT_SECRET_SIZE = 41,
	HOST_SECRET_SIZE = 33,
	THUMBPRINT_SIZE = 41, /* SHA-1 in hexadecimal */
	KEY_ID_SIZE = 28,     /* base64url of a SHA-1, and the NUL */
};

typedef struct Identity {
	X509 *authority;         /* owned */
	EVP_PKEY *authority_key; /* owned */
	Buf tls_certificate;     /* PEM: leaf, then authority */
	Buf tls_key;             /* PEM */
	EVP_PKEY *token_key;     /* owned, RSA */
	X509 *token_certificate; /* owned */
	char token_key_id[KEY_ID_SIZE];
	EVP_PKEY *workload_key;     /* owned, RSA: of all other issuers */
	X509 *workload_certificate; /* owned */
	char workload_key_id[KEY_ID_SIZE];
	Buf fabric_certificate; /* PEM, self-signed */
	Buf fabric_key;         /* PEM */
	char fabric_thumbprint[THUMBPRINT_SIZE];
	char host_secret[HOST_SECRET_SIZE]; /* of processes of the host */
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
