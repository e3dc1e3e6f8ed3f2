/* SPDX-License-Identifier: MIT */

/* The checks come in the order in which the service makes them. */

#include "emulator/client-check.h"

#include <openssl/crypto.h>
#include <strings.h>

#include "base/base64.h"
#include "emulator/assertion.h"
#include "emulator/emulator.h"
#include "emulator/entra-error.h"

#define ASSERTION_TYPE "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

/* What a request brings to say and show who it is. */
typedef struct Presented {
	const char *id, *secret, *assertion; /* borrowed; NULL: not there */
	Buf basic;                           /* what the first two may be in */
} Presented;

static void presented_done(Presented *presented)
{
	buf_done(&presented->basic);
}

/* From "Basic base64(id:secret)", both percent-encoded (RFC 6749 2.3.1). */
static int basic_parse(Presented *ret, const Exchange *exchange)
{
	const char *header = exchange_header(exchange, "Authorization");
	Buf *basic = &ret->basic;
	char *colon;
	int r;

	if (strncasecmp(header, "Basic ", 6) != 0)
		return FORM_E_INVALID;
	header += 6;
	r = base64_decode(basic, BASE64_STANDARD, header, strlen(header));
	if (r != 0)
		return r == -ENOMEM ? r : FORM_E_INVALID;
	colon = memchr(basic->p, ':', basic->n);
	if (!colon || strlen(basic->p) != basic->n)
		return FORM_E_INVALID;
	*colon = '\0';
	if (percent_decode(basic->p, true) != 0 ||
	    percent_decode(colon + 1, true) != 0)
		return FORM_E_INVALID;
	ret->id = basic->p;
	ret->secret = colon[1] ? colon + 1 : NULL;
	return 0;
}

static int presented_read(Presented *ret, const Exchange *exchange,
			  const Form *form)
{
	int r = 0;

	ret->id = form_get(form, "client_id");
	ret->secret = form_get(form, "client_secret");
	ret->assertion = form_get(form, "client_assertion");
	if (!ret->secret && !ret->assertion)
		r = basic_parse(ret, exchange);
	return AKV_MIN(r, 0);
}

static int client_find_by_id(const Principal **ret, Exchange *exchange,
			     const char *id)
{
	const char *tenant = exchange->captures[0];
	const Principal *principal;

	if (!id)
		return entra_error(
			exchange, 400, "invalid_request", 900144,
			"The request body must contain the following "
			"parameter: 'client_id'.");
	(void)snprintf(exchange->caller.client_id, CLIENT_ID_SIZE, "%s", id);
	principal = directory_find(&exchange->emulator->directory, id);
	if (!principal || principal->user[0] ||
	    strcasecmp(principal->tenant, tenant) != 0)
		return entra_error(
			exchange, 400, "unauthorized_client", 700016,
			"Application with identifier '%s' was not "
			"found in the directory '%s'. This can "
			"happen if the application has not been "
			"installed by the administrator of the "
			"tenant or consented to by any user in the "
			"tenant. You may have sent your "
			"authentication request to the wrong tenant.",
			id, tenant);
	if (principal->disabled)
		return entra_error_number(exchange, 7000112, id);
	if (principal->refusal != 0)
		return entra_error_number(exchange, principal->refusal, id);
	*ret = principal;
	return 0;
}

int client_find(const Principal **ret, Exchange *exchange, const Form *form)
{
	return client_find_by_id(ret, exchange, form_get(form, "client_id"));
}

static bool secret_equal_text(const char *a, const char *b)
{
	size_t n = strlen(a);

	return n == strlen(b) && CRYPTO_memcmp(a, b, n) == 0;
}

static int secret_check(Exchange *exchange, const Principal *principal,
			const char *secret)
{
	const char *id = principal->client_id;

	if (principal->secret[0] == '\0' ||
	    !secret_equal_text(secret, principal->secret))
		return entra_error_number(exchange, 7000215, id);
	if (principal->secret_expired)
		return entra_error_number(exchange, 7000222, id);
	return 0;
}

static int assertion_type_check(Exchange *exchange, const Form *form)
{
	const char *type = form_get(form, "client_assertion_type");

	if (type && strcmp(type, ASSERTION_TYPE) == 0)
		return 0;
	return entra_error(exchange, 400, "invalid_request", 900144,
			   "The request body must contain the following "
			   "parameter: 'client_assertion_type'.");
}

static int proof_check(enum proof *ret, Exchange *exchange,
		       const Principal *principal, const Presented *presented,
		       const Form *form)
{
	int r;

	if (!presented->secret && !presented->assertion)
		return entra_error_number(exchange, 7000218, "");
	if (principal->is_public)
		return entra_error_number(exchange, 700025, "");
	if (presented->assertion) {
		r = assertion_type_check(exchange, form);
		if (r == 0)
			r = assertion_check(exchange, principal,
					    presented->assertion);
	} else {
		r = secret_check(exchange, principal, presented->secret);
	}
	if (r == 0)
		*ret = presented->assertion ? PROOF_ASSERTION : PROOF_SECRET;
	return r;
}

int client_check(const Principal **ret, enum proof *ret_proof,
		 Exchange *exchange, const Form *form)
{
	AKV_CLEANUP(presented_done)
	Presented presented = {
		.basic = BUF_INIT(BUF_MAX_LINE),
	};
	const Principal *principal = NULL;
	int r;

	r = presented_read(&presented, exchange, form);
	if (r == 0)
		r = client_find_by_id(&principal, exchange, presented.id);
	if (r == 0)
		r = proof_check(ret_proof, exchange, principal, &presented,
				form);
	if (r == 0)
		*ret = principal;
	return r;
}
