/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * certificates - the kind of certificates, and the requests about them
 *
 * certificate-create.h has how they are asked for, certificate-import.h how
 * they come from elsewhere; issuers.h and contacts.h what else has its place
 * under /certificates.
 */

#include "base/std.h"
#include "emulator/certificate-operation.h"
#include "emulator/exchange.h"
#include "emulator/kind.h"
#include "emulator/routes.h"

extern const Kind kind_certificate;
extern const RouteTable certificate_routes;

enum { CERTIFICATES_E_REFUSED = 1 };

/*
 * The object that captures[0] names, fit for a new version, as
 * objects_for_writing(); nor may anything be under way, nor the name be that of
 * a key or a secret that belongs to no certificate. Returns 0, a negative
 * errno, or CERTIFICATES_E_REFUSED with the reply made.
 */
AKV_MUST_CHECK int certificates_for_writing(Exchange *exchange, Object **ret,
					    Object **ret_new);

/*
 * Put enabled and tags of @body on @version; when it is valid is not for the
 * caller to say. Returns 0, a negative errno, or CERTIFICATES_E_REFUSED with
 * the reply made.
 */
AKV_MUST_CHECK int certificates_attributes(Exchange *exchange, Version *version,
					   const cJSON *body);

/*
 * "preserveCertOrder" of @body, where the api-version has it; *@ret is left if
 * it is absent. As above.
 */
AKV_MUST_CHECK int certificates_order(Exchange *exchange, bool *ret,
				      const cJSON *body);
