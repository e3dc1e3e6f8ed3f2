/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * seed-certificate - a certificate of a seed, with its key and its secret
 *
 * Either pem (a text), or pfx (base64) and pwd, and then what policy says
 * beside them; or policy alone, by which a certificate is made that signs
 * itself. Each makes a version, whatever there is already.
 */

#include "emulator/seed-object.h"

extern const SeedKind seed_certificates;
