/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * client-check - which application asks for a token, and is it really that one
 */

#include "base/std.h"
#include "emulator/access-token.h"
#include "emulator/directory.h"
#include "emulator/exchange.h"
#include "emulator/form.h"

/*
 * The application of client_id (or of Basic), known in the tenant that is
 * asked and not disabled. Returns 0, a negative errno, or ENTRA_E_REFUSED with
 * the reply made.
 */
AKV_MUST_CHECK int client_find(const Principal **ret, Exchange *exchange,
			       const Form *form);

/*
 * The same, and it has shown its secret or a good assertion. *@ret_proof says
 * which.
 */
AKV_MUST_CHECK int client_check(const Principal **ret, enum proof *ret_proof,
				Exchange *exchange, const Form *form);
