/* SPDX-License-Identifier: MIT */

/* The table. Used by whoever shows a directory of files. */

#include "fs/rendition.h"

static const RenditionRow rows[RENDITIONS] = {
	[RENDITION_KEY_PUBLIC_PEM] = {.file = "public.pem"},
	[RENDITION_KEY_PUBLIC_DER] = {.file = "public.der"},
	[RENDITION_KEY_SSH] = {.file = "ssh.pub"},
	[RENDITION_KEY_JWK] = {.file = "jwk.json"},
	[RENDITION_KEY_JSON] =
		{
			.file = "key.json",
			.sources = RENDITION_FROM_ROTATION,
			.changes = true,
		},
	[RENDITION_CERTIFICATE_PEM] =
		{
			.file = "cert.pem",
			.owner = RENDITION_OF_CERTIFICATE,
		},
	[RENDITION_CERTIFICATE_DER] =
		{
			.file = "cert.der",
			.owner = RENDITION_OF_CERTIFICATE,
		},
	[RENDITION_CERTIFICATE_CHAIN] =
		{
			.file = "chain.pem",
			.owner = RENDITION_OF_CERTIFICATE,
			.sources = RENDITION_FROM_SECRET,
		},
	[RENDITION_CERTIFICATE_FULL_CHAIN] =
		{
			.file = "fullchain.pem",
			.owner = RENDITION_OF_CERTIFICATE,
			.sources = RENDITION_FROM_SECRET,
		},
	[RENDITION_CERTIFICATE_PRIVATE_KEY] =
		{
			.file = "privkey.pem",
			.owner = RENDITION_OF_CERTIFICATE,
			.sources = RENDITION_FROM_SECRET,
			.private = true,
		},
	[RENDITION_CERTIFICATE_BUNDLE] =
		{
			.file = "bundle.pem",
			.owner = RENDITION_OF_CERTIFICATE,
			.sources = RENDITION_FROM_SECRET,
			.private = true,
		},
	[RENDITION_CERTIFICATE_PFX] =
		{
			.file = "cert.pfx",
			.owner = RENDITION_OF_CERTIFICATE,
			.sources = RENDITION_FROM_SECRET,
			.private = true,
		},
	[RENDITION_CERTIFICATE_POLICY] =
		{
			.file = "policy.json",
			.owner = RENDITION_OF_CERTIFICATE,
			.changes = true,
		},
	[RENDITION_CERTIFICATE_JSON] =
		{
			.file = "certificate.json",
			.owner = RENDITION_OF_CERTIFICATE,
			.sources = RENDITION_FROM_PENDING,
			.changes = true,
		},
};

const RenditionRow *rendition_row(enum rendition rendition)
{
	return &rows[rendition];
}

int rendition_find(enum rendition *ret, enum rendition_owner owner,
		   const char *file)
{
	for (size_t i = 0; i < RENDITIONS; i++) {
		if (rows[i].owner != owner || strcmp(rows[i].file, file) != 0)
			continue;
		*ret = (enum rendition)i;
		return 0;
	}
	return RENDITION_E_ABSENT;
}
