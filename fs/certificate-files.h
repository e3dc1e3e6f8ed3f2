/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * certificate-files - the files of certificates/NAME/
 */

#include "base/json.h"
#include "base/secret.h"
#include "base/std.h"
#include "fs/material.h"
#include "fs/rendition.h"
#include "fs/why.h"

/* The bundle of a certificate and its secret, taken apart. */
typedef struct CertificateFiles {
	cJSON *document; /* owned */
	char name[128];  /* of the certificate */
	/* The leaf (owned), and behind it what the secret has of its chain
	 * (borrowed from @material). */
	X509 *chain[1 + MATERIAL_CERTIFICATES_MAX];
	size_t n;
	Material material;     /* of the secret */
	const Secret *pending; /* borrowed; may be NULL */
	/* What is to be answered where the secret is needed: 0, or why not. */
	int secret_answer;
	char secret_why[RENDITION_WHY_SIZE];
} CertificateFiles;

/*
 * Take @sources apart, which have to outlive *@ret. What is wrong with the
 * secret is kept for the files that need it. Returns 0, RENDITION_E_UNTRUSTED,
 * or -ENOMEM.
 */
AKV_MUST_CHECK int certificate_files_init(CertificateFiles *ret,
					  const RenditionSources *sources,
					  bool with_secret, const Why *why);
void certificate_files_done(CertificateFiles *files);

/* As rendition_make(). */
AKV_MUST_CHECK int certificate_file_make(Secret **ret,
					 const CertificateFiles *files,
					 enum rendition rendition,
					 const Why *why);
