/* SPDX-License-Identifier: MIT */

/*
 * Entra tells the two kinds apart by the issuer: a client's own assertion has
 * the client as issuer and as subject. Runs with the emulator's lock held.
 */

#include "emulator/assertion.h"

#include <openssl/crypto.h>
#include <openssl/x509_vfy.h>
#include <strings.h>

#include "base/base64.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/time.h"
#include "emulator/certificate.h"
#include "emulator/emulator.h"
#include "emulator/entra-error.h"
#include "emulator/jwt.h"

enum { CLAIM_SIZE = 512, ASSERTION_E_NOT = 1 };

typedef struct Claims {
	const char *iss, *sub, *aud, *jti; /* borrowed */
	int64_t nbf_s, exp_s;
} Claims;

/* The string @name, or "" if there is none. */
static const char *string_or_empty(const cJSON *object, const char *name)
{
	const char *text;

	return json_get_string(&text, object, name) == 0 ? text : "";
}

/* A time, which some clients write with a fraction of a second. */
static bool time_get(int64_t *ret, const cJSON *claims, const char *name)
{
	const cJSON *value;

	if (json_get(&value, claims, name) != 0 || !cJSON_IsNumber(value) ||
	    !(value->valuedouble >= 0) ||
	    !(value->valuedouble <= (double)TIME_MAX_S))
		return false;
	*ret = (int64_t)value->valuedouble;
	return true;
}

static int malformed(Exchange *exchange, const char *what)
{
	return entra_error(exchange, 401, "invalid_client", 50027,
			   "JWT token is invalid or malformed: %s.", what);
}

/* Both kinds must have these; a jti only where @jti_needed. */
static int claims_read(Claims *ret, Exchange *exchange, const cJSON *claims,
		       bool jti_needed)
{
	Claims found = {.jti = ""};

	if (json_get_string(&found.iss, claims, "iss") != 0)
		return malformed(exchange, "iss is missing");
	if (json_get_string(&found.sub, claims, "sub") != 0)
		return malformed(exchange, "sub is missing");
	if (json_get_string(&found.aud, claims, "aud") != 0)
		return malformed(exchange, "aud is missing");
	if (!time_get(&found.exp_s, claims, "exp"))
		return malformed(exchange, "exp is missing");
	if (jti_needed && (json_get_string(&found.jti, claims, "jti") != 0 ||
			   *found.jti == '\0'))
		return malformed(exchange, "jti is missing");
	if (!time_get(&found.nbf_s, claims, "nbf") &&
	    !time_get(&found.nbf_s, claims, "iat"))
		return malformed(exchange, "nbf is missing");
	*ret = found;
	return 0;
}

static int time_check(Exchange *exchange, const Claims *claims)
{
	char now[TIME_TEXT_SIZE], from[TIME_TEXT_SIZE], to[TIME_TEXT_SIZE];
	int64_t now_s = exchange->now_us / (int64_t)CLOCK_US_PER_S;

	if (now_s + ASSERTION_SKEW_S >= claims->nbf_s &&
	    now_s < claims->exp_s + ASSERTION_SKEW_S)
		return 0;
	time_format_rfc3339(now, now_s);
	time_format_rfc3339(from, claims->nbf_s);
	time_format_rfc3339(to, claims->exp_s);
	return entra_error(
		exchange, 401, "invalid_client", 700024,
		"Client assertion is not within its valid time range. Current "
		"time: %s, assertion valid from %s, expiry time of assertion "
		"%s. Review the documentation at https://learn.microsoft.com/"
		"entra/identity-platform/certificate-credentials .",
		now, from, to);
}

/* The token endpoint that was asked, or the issuer of its tenant. */
static bool audience_is_ours(const Exchange *exchange, const char *audience)
{
	static const char *const paths[] = {"/oauth2/v2.0/token",
					    "/oauth2/token", "/v2.0", "/"};
	char ours[HOST_SIZE + 256];

	for (size_t i = 0; i < AKV_ARRAY_LEN(paths); i++) {
		(void)snprintf(ours, sizeof(ours), "%s/%s%s", exchange->base,
			       exchange->captures[0], paths[i]);
		if (strcasecmp(ours, audience) == 0)
			return true;
	}
	return false;
}

/* Base64 of either alphabet, padded or not: clients write all four. */
static int base64_decode_any(Buf *ret, const char *text)
{
	size_t n = strcspn(text, "=");
	AKV_BUF Buf url = BUF_INIT(BUF_MAX_LINE);
	int r = buf_append(&url, text, n);

	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++) {
		if (url.p[i] == '+')
			url.p[i] = '-';
		if (url.p[i] == '/')
			url.p[i] = '_';
	}
	return base64_decode(ret, BASE64_URL, url.p, n);
}

/* Is @text the digest of @certificate? */
static bool thumbprint_fits(X509 *certificate, const EVP_MD *kind,
			    const char *text)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	AKV_BUF Buf bytes = BUF_INIT(BUF_MAX_LINE);
	unsigned size = 0;

	return X509_digest(certificate, kind, digest, &size) == 1 &&
	       base64_decode_any(&bytes, text) == 0 && bytes.n == size &&
	       CRYPTO_memcmp(bytes.p, digest, size) == 0;
}

/* By what the header says of the certificate; all that it says must fit. */
static bool header_fits(const cJSON *header, X509 *certificate)
{
	const char *sha1 = NULL, *sha256 = NULL;

	if (json_get_string(&sha256, header, "x5t#S256") == 0 &&
	    !thumbprint_fits(certificate, EVP_sha256(), sha256))
		return false;
	if (json_get_string(&sha1, header, "x5t") == 0 &&
	    !thumbprint_fits(certificate, EVP_sha1(), sha1))
		return false;
	return sha1 || sha256;
}

static X509 *registered_find(const Principal *principal, const cJSON *header)
{
	for (size_t i = 0; i < principal->n_certificates; i++) {
		if (header_fits(header, principal->certificates[i]))
			return principal->certificates[i];
	}
	return NULL;
}

/* One element of x5c: base64 of section 4, of DER. */
static int certificate_decode(X509 **ret, const cJSON *text)
{
	AKV_BUF Buf der = BUF_INIT(BUF_MAX_FILE);
	const unsigned char *at;
	X509 *certificate;
	int r;

	if (!cJSON_IsString(text))
		return ASSERTION_E_NOT;
	r = base64_decode(&der, BASE64_STANDARD, text->valuestring,
			  strlen(text->valuestring));
	if (r != 0)
		return r < 0 ? r : ASSERTION_E_NOT;
	at = (const unsigned char *)der.p;
	certificate = d2i_X509(NULL, &at, (long)der.n);
	if (!certificate)
		return ASSERTION_E_NOT;
	if ((const char *)at != der.p + der.n) {
		X509_free(certificate);
		return ASSERTION_E_NOT;
	}
	*ret = certificate;
	return 0;
}

static void chain_freep(STACK_OF(X509) * *chain)
{
	sk_X509_pop_free(*chain, X509_free);
}

/* All of x5c; the certificate of the signing key is the first. */
static int chain_decode(STACK_OF(X509) * *ret, const cJSON *header)
{
	AKV_CLEANUP(chain_freep) STACK_OF(X509) *chain = sk_X509_new_null();
	const cJSON *list, *item;

	if (!chain)
		return -ENOMEM;
	if (json_get_array(&list, header, "x5c") != 0)
		return ASSERTION_E_NOT;
	cJSON_ArrayForEach (item, list) {
		X509 *certificate = NULL;
		int r = certificate_decode(&certificate, item);

		if (r != 0)
			return r;
		if (sk_X509_num(chain) >= ASSERTION_X5C_MAX ||
		    sk_X509_push(chain, certificate) <= 0) {
			X509_free(certificate);
			return ASSERTION_E_NOT;
		}
	}
	if (sk_X509_num(chain) == 0)
		return ASSERTION_E_NOT;
	*ret = AKV_TAKE(chain);
	return 0;
}

/* Does the chain of @leaf end at @root? */
static bool chain_leads_to(X509 *leaf, STACK_OF(X509) * chain, X509 *root)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *context = X509_STORE_CTX_new();
	bool ok = store && context && X509_STORE_add_cert(store, root) == 1 &&
		  X509_STORE_CTX_init(context, store, leaf, chain) == 1;

	if (ok) {
		/* What issues it may itself be issued by others. */
		X509_STORE_CTX_set_flags(context, X509_V_FLAG_PARTIAL_CHAIN);
		ok = X509_verify_cert(context) == 1;
	}
	X509_STORE_CTX_free(context);
	X509_STORE_free(store);
	return ok;
}

static void common_name(char ret[CLAIM_SIZE], X509 *certificate)
{
	if (X509_NAME_get_text_by_NID(X509_get_subject_name(certificate),
				      NID_commonName, ret, CLAIM_SIZE) < 0)
		ret[0] = '\0';
}

static bool subject_is_trusted(const Principal *principal, X509 *leaf,
			       STACK_OF(X509) * chain)
{
	char name[CLAIM_SIZE];

	common_name(name, leaf);
	for (size_t i = 0; i < principal->n_subjects; i++) {
		const TrustedSubject *subject = &principal->subjects[i];

		if (strcasecmp(name, subject->subject) == 0 &&
		    chain_leads_to(leaf, chain, subject->issuer))
			return true;
	}
	return false;
}

static int key_unknown(Exchange *exchange, const Principal *principal,
		       const cJSON *header)
{
	const char *thumbprint = string_or_empty(header, "x5t#S256");

	if (*thumbprint == '\0')
		thumbprint = string_or_empty(header, "x5t");
	return entra_error(
		exchange, 401, "invalid_client", 700027,
		"The certificate with identifier used to sign the client "
		"assertion is not registered on application. [Reason - The key "
		"was not found. Thumbprint of key used by client: '%.64s', "
		"Please visit the Azure Portal, and review the keys of app "
		"'%s']",
		thumbprint, principal->client_id);
}

static int signature_refused(Exchange *exchange, const Principal *principal)
{
	return entra_error(
		exchange, 401, "invalid_client", 700027,
		"Client assertion failed signature validation. [Reason - The "
		"signature does not fit the certificate registered for app "
		"'%s']",
		principal->client_id);
}

/* Signed by the key of @certificate? */
static int signature_check(Exchange *exchange, const Principal *principal,
			   const Jwt *jwt, X509 *certificate)
{
	EVP_PKEY *key = X509_get0_pubkey(certificate);
	int r = key ? jwt_check(jwt, key) : JWT_E_KEY;

	return r > 0 ? signature_refused(exchange, principal) : r;
}

/* Registered by subject name and issuer: the token brings the certificate. */
static int brought_check(Exchange *exchange, const Principal *principal,
			 const Jwt *jwt)
{
	AKV_CLEANUP(chain_freep) STACK_OF(X509) *chain = NULL;
	char name[CLAIM_SIZE];
	X509 *leaf;
	int r = chain_decode(&chain, jwt->header);

	if (r < 0)
		return r;
	if (r > 0)
		return key_unknown(exchange, principal, jwt->header);
	leaf = sk_X509_value(chain, 0);
	if (!header_fits(jwt->header, leaf))
		return key_unknown(exchange, principal, jwt->header);
	if (!subject_is_trusted(principal, leaf, chain)) {
		common_name(name, leaf);
		return entra_error_number(exchange, 700030, name);
	}
	return signature_check(exchange, principal, jwt, leaf);
}

/* The client signed it itself. */
static int own_check(Exchange *exchange, const Principal *principal,
		     const Jwt *jwt, const Claims *claims)
{
	X509 *registered = registered_find(principal, jwt->header);
	int r;

	if (registered)
		r = signature_check(exchange, principal, jwt, registered);
	else if (principal->n_subjects > 0)
		r = brought_check(exchange, principal, jwt);
	else
		r = key_unknown(exchange, principal, jwt->header);
	if (r != 0)
		return r;
	if (!audience_is_ours(exchange, claims->aud))
		return entra_error_number(exchange, 700023, "");
	return time_check(exchange, claims);
}

/* Issuer, then audience, then subject: letters count (since 2025). */
static int federated_match(Exchange *exchange, const Principal *principal,
			   const Claims *claims)
{
	bool issuer = false, audience = false;

	for (size_t i = 0; i < principal->n_federated; i++) {
		const FederatedCredential *one = &principal->federated[i];

		if (strcmp(one->issuer, claims->iss) != 0)
			continue;
		issuer = true;
		if (strcmp(one->audience, claims->aud) != 0)
			continue;
		audience = true;
		if (strcmp(one->subject, claims->sub) == 0)
			return 0;
	}
	if (principal->n_federated == 0)
		return entra_error(
			exchange, 400, "invalid_request", 70021,
			"No matching federated identity record found for "
			"presented assertion. Assertion Issuer: '%s'. "
			"Assertion "
			"Subject: '%s'. Assertion Audience: '%s'. https://"
			"learn.microsoft.com/entra/workload-id/"
			"workload-identity-federation",
			claims->iss, claims->sub, claims->aud);
	if (!issuer)
		return entra_error_number(exchange, 700211, claims->iss);
	if (!audience)
		return entra_error_number(exchange, 700212, claims->aud);
	return entra_error_number(exchange, 700213, claims->sub);
}

/* The key of the issuer, as its discovery document would say. */
static EVP_PKEY *issuer_key(const Emulator *emulator, const Claims *claims)
{
	static const char entra[] = "https://login.microsoftonline.com/";
	static const char sts[] = "https://sts.windows.net/";

	if (strncmp(claims->iss, entra, sizeof(entra) - 1) == 0 ||
	    strncmp(claims->iss, sts, sizeof(sts) - 1) == 0)
		return emulator->identity.token_key;
	return emulator->identity.workload_key;
}

/* Entra's own tokens name the exchange by its application id. */
static const char *audience_plain(const char *audience)
{
	return strcasecmp(audience, "fb60f99c-7a34-4190-8149-302f77469936") == 0
		       ? "api://AzureADTokenExchange"
		       : audience;
}

static int federated_check(Exchange *exchange, const Principal *principal,
			   const Jwt *jwt, Claims *claims)
{
	int r;

	claims->aud = audience_plain(claims->aud);
	r = federated_match(exchange, principal, claims);
	if (r != 0)
		return r;
	r = jwt_check(jwt, issuer_key(exchange->emulator, claims));
	if (r < 0)
		return r;
	if (r > 0)
		return signature_refused(exchange, principal);
	return time_check(exchange, claims);
}

int assertion_check(Exchange *exchange, const Principal *principal,
		    const char *assertion)
{
	AKV_CLEANUP(jwt_done) Jwt jwt = {0};
	const char *iss, *sub;
	Claims claims = {0};
	bool own;
	int r = jwt_parse(&jwt, assertion, strlen(assertion));

	if (r < 0)
		return r;
	if (r > 0)
		return malformed(exchange, "it is no JSON Web Token");
	iss = string_or_empty(jwt.claims, "iss");
	sub = string_or_empty(jwt.claims, "sub");
	own = strcasecmp(iss, principal->client_id) == 0;
	if (own && strcasecmp(sub, principal->client_id) != 0)
		return entra_error_number(exchange, 700021, "");
	r = claims_read(&claims, exchange, jwt.claims, own);
	if (r != 0)
		return r;
	return own ? own_check(exchange, principal, &jwt, &claims)
		   : federated_check(exchange, principal, &jwt, &claims);
}
