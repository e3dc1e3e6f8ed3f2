/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * entra-error - how Entra says no: AADSTS numbers, their texts and statuses
 *
 * Source: "Microsoft Entra authentication and authorization error codes", and
 * what clients have reported of the texts. A reply is
 * {"error","error_description","error_codes",...}; clients branch on error and
 * status only.
 */

#include "base/std.h"
#include "emulator/exchange.h"

/* Headers that every reply of Entra has. */
void entra_finish(Exchange *exchange);

/*
 * An error as Entra words it: @number is the AADSTS number, and the text is
 * followed by the ids and the time. Makes the reply and returns
 * ENTRA_E_REFUSED.
 */
enum { ENTRA_E_REFUSED = 1 };
int entra_error(Exchange *exchange, unsigned status, const char *error,
		int number, const char *format, ...) AKV_PRINTF(5, 6);

/* Is that number in the table? */
bool entra_error_is_known(int64_t number);

/*
 * The error of that number, with its own status and a text that names @what
 * (an id, a resource; "" if not known). For an unknown number: as 90033.
 */
int entra_error_number(Exchange *exchange, int number, const char *what);
