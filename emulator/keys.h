/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * keys - the kind of keys, and the requests about them but for their use
 *
 * key-use.h has what is done with a key, key-rotation.h how it is renewed.
 */

#include "base/std.h"
#include "emulator/exchange.h"
#include "emulator/key-material.h"
#include "emulator/kind.h"
#include "emulator/routes.h"

extern const Kind kind_key;
extern const RouteTable key_routes;

/*
 * As key_material_generate(), with the emulator's lock let go meanwhile: RSA
 * takes long. What was found before must be found anew; exchange->vault is.
 * Also returns KEYS_E_REFUSED, with the reply made, if the shape is not offered
 * or the vault has gone.
 */
enum { KEYS_E_REFUSED = 1 };
AKV_MUST_CHECK int keys_generate(Exchange *exchange, KeyMaterial **ret,
				 const KeyShape *shape);

/*
 * Make *@version, which is taken over, the newest of the key that captures[0]
 * names, and reply with it; or with the refusal.
 */
AKV_MUST_CHECK int keys_add_version(Exchange *exchange, Version **version);

/* "https://HOST/keys/NAME/VERSION", or without the version if that is NULL. */
void keys_write_id(Writer *writer, const char *member, const Exchange *exchange,
		   const Object *object, const Version *version);
