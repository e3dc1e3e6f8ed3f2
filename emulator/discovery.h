/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * discovery - what Entra tells about itself: instances, endpoints, keys
 */

#include <openssl/x509.h>

#include "base/std.h"
#include "emulator/exchange.h"

int discovery_instance(Exchange *exchange);
int discovery_openid_v1(Exchange *exchange);
int discovery_openid_v2(Exchange *exchange);
int discovery_keys(Exchange *exchange);

/* A set of one key, with the certificate that has it. 0 or a negative errno. */
AKV_MUST_CHECK int discovery_key_reply(Exchange *exchange, EVP_PKEY *key,
				       const char *id, X509 *certificate);
