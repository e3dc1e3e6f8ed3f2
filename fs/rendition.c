/* SPDX-License-Identifier: MIT */

/* The table, and what goes by it. Used by whoever shows a directory of files.
 */

#include "fs/rendition.h"

#include "fs/certificate-files.h"
#include "fs/key-files.h"
#include "fs/why.h"

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

/* --- making ------------------------------------------------------------- */

static void key_files_all(RenditionResult ret[RENDITIONS],
			  const RenditionSources *sources)
{
	char why[RENDITION_WHY_SIZE] = "";
	KeyFiles files = {0};
	int r = key_files_init(&files, sources, &(Why){why, sizeof(why)});

	for (size_t i = 0; i < RENDITIONS; i++) {
		RenditionResult *result = &ret[i];

		if (rows[i].owner != RENDITION_OF_KEY)
			continue;
		result->answer = r;
		memcpy(result->why, why, sizeof(why));
		if (r == 0)
			result->answer = key_file_make(
				&result->bytes, &files, (enum rendition)i,
				&(Why){result->why, sizeof(result->why)});
	}
	key_files_done(&files);
}

static void certificate_files_all(RenditionResult ret[RENDITIONS],
				  const RenditionSources *sources)
{
	char why[RENDITION_WHY_SIZE] = "";
	CertificateFiles files = {0};
	int r = certificate_files_init(&files, sources, true,
				       &(Why){why, sizeof(why)});

	for (size_t i = 0; i < RENDITIONS; i++) {
		RenditionResult *result = &ret[i];

		if (rows[i].owner != RENDITION_OF_CERTIFICATE)
			continue;
		result->answer = r;
		memcpy(result->why, why, sizeof(why));
		if (r == 0)
			result->answer = certificate_file_make(
				&result->bytes, &files, (enum rendition)i,
				&(Why){result->why, sizeof(result->why)});
	}
	certificate_files_done(&files);
}

void renditions_make(RenditionResult ret[RENDITIONS],
		     enum rendition_owner owner,
		     const RenditionSources *sources)
{
	for (size_t i = 0; i < RENDITIONS; i++)
		ret[i] = (RenditionResult){.answer = RENDITION_E_ABSENT};
	if (owner == RENDITION_OF_KEY)
		key_files_all(ret, sources);
	else
		certificate_files_all(ret, sources);
}

void renditions_done(RenditionResult results[RENDITIONS])
{
	for (size_t i = 0; i < RENDITIONS; i++)
		results[i].bytes = secret_unref(results[i].bytes);
}

int rendition_make(Secret **ret, enum rendition rendition,
		   const RenditionSources *sources, char *text,
		   size_t text_size)
{
	const RenditionRow *row = &rows[rendition];
	const Why why = {text, text_size};
	KeyFiles key = {0};
	CertificateFiles certificate = {0};
	int r;

	if (row->owner == RENDITION_OF_KEY) {
		r = key_files_init(&key, sources, &why);
		if (r == 0)
			r = key_file_make(ret, &key, rendition, &why);
	} else {
		r = certificate_files_init(&certificate, sources,
					   row->sources & RENDITION_FROM_SECRET,
					   &why);
		if (r == 0)
			r = certificate_file_make(ret, &certificate, rendition,
						  &why);
	}
	key_files_done(&key);
	certificate_files_done(&certificate);
	return r;
}
