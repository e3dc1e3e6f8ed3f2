/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * pem - a certificate's secret as PEM text: key and certificates, in any order
 *
 * Read are CERTIFICATE, PRIVATE KEY (PKCS#8) and the older RSA PRIVATE KEY and
 * EC PRIVATE KEY; other blocks are passed over, an encrypted key is refused.
 */

#include "base/secret.h"
#include "base/std.h"
#include "fs/material.h"
#include "fs/why.h"

#define PEM_CONTENT_TYPE "application/x-pem-file"

enum { PEM_BLOCKS_MAX = 64 };

/* As material_read(); what was found before a fault is in @material. */
AKV_MUST_CHECK int pem_read(Material *material, const Secret *value,
			    const Why *why);
