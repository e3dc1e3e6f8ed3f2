/* SPDX-License-Identifier: MIT */

/* Runs with the emulator's lock held, inside a handler. */

#include "emulator/entra-error.h"

#include <stdarg.h>

#include "base/clock.h"
#include "base/time.h"
#include "emulator/emulator.h"

#define DOCS "https://learn.microsoft.com/entra/"

typedef struct EntraError {
	int number;
	unsigned status;
	const char *error;
	const char *text; /* "%s", at most once, is what it is about */
} EntraError;

static const EntraError errors[] = {
	{50001, 400, "invalid_resource",
	 "The resource principal named '%s' is disabled or was not found."},
	{50012, 401, "invalid_client",
	 "Invalid client secret is provided, or the client assertion failed "
	 "authentication."},
	{50014, 400, "invalid_grant",
	 "The user's redemption is in a pending state in this tenant."},
	{50020, 400, "invalid_grant",
	 "User account '%s' from identity provider 'live.com' does not exist "
	 "in the tenant and cannot access the application in it. The account "
	 "needs to be added as an external user in the tenant first."},
	{50034, 400, "invalid_grant",
	 "The user account %s does not exist in the directory. To sign into "
	 "this application, the account must be added to the directory."},
	{50076, 400, "interaction_required",
	 "Due to a configuration change made by your administrator, or because "
	 "you moved to a new location, you must use multi-factor "
	 "authentication to access '%s'."},
	{50079, 400, "interaction_required",
	 "Due to a configuration change made by your administrator, or because "
	 "you moved to a new location, you must enroll in multi-factor "
	 "authentication to access '%s'."},
	{50173, 400, "invalid_grant",
	 "The provided grant has expired due to it being revoked, a fresh auth "
	 "token is needed. The user might have changed or reset their "
	 "password."},
	{50196, 400, "invalid_grant",
	 "The server terminated an operation because it encountered a client "
	 "request loop. Please contact your app vendor."},
	{51004, 400, "invalid_grant",
	 "The user account %s does not exist in the directory. To sign into "
	 "this application, the account must be added to the directory."},
	{53000, 400, "interaction_required",
	 "Your device is required to be managed to access this resource."},
	{53003, 400, "interaction_required",
	 "Access has been blocked by Conditional Access policies. The access "
	 "policy does not allow token issuance."},
	{530032, 400, "interaction_required",
	 "Tenant security policy does not allow this request to be "
	 "performed."},
	{65001, 400, "invalid_grant",
	 "The user or administrator has not consented to use the application "
	 "with ID '%s'. Send an interactive authorization request for this "
	 "user and resource."},
	{650057, 400, "invalid_resource",
	 "Invalid resource. The client has requested access to a resource "
	 "which is not listed in the requested permissions in the client's "
	 "application registration. Client app ID: %s."},
	{70001, 400, "unauthorized_client",
	 "Application with identifier '%s' was not found in the directory."},
	{70008, 400, "invalid_grant",
	 "The provided authorization code or refresh token has expired due to "
	 "inactivity. Send a new interactive authorization request for this "
	 "user and resource."},
	{70011, 400, "invalid_scope",
	 "The provided request must include a 'scope' input parameter. The "
	 "provided value for the input parameter 'scope' is not valid. The "
	 "scope %s is not valid."},
	{70021, 400, "invalid_request",
	 "No matching federated identity record found for presented assertion. "
	 "Assertion Issuer: '%s'. " DOCS
	 "workload-id/workload-identity-federation"},
	{70043, 400, "invalid_grant",
	 "The refresh token has expired or is invalid due to sign-in frequency "
	 "checks by conditional access."},
	{90002, 400, "invalid_request",
	 "Tenant '%s' not found. Check to make sure you have the correct "
	 "tenant ID and are signing into the correct cloud. Check with your "
	 "subscription administrator, this may happen if there are no active "
	 "subscriptions for the tenant."},
	{90006, 503, "temporarily_unavailable",
	 "Could not reach an authentication service. Please retry."},
	{90012, 504, "temporarily_unavailable",
	 "The request has timed out. Please retry."},
	{90024, 503, "temporarily_unavailable",
	 "A transient error has occurred. Please retry."},
	{90033, 503, "temporarily_unavailable",
	 "A transient error has occurred. Please try again."},
	{90038, 400, "invalid_request",
	 "Tenant '%s' request is being redirected to the National Cloud "
	 "'MicrosoftOnline.US'."},
	{900023, 400, "invalid_request",
	 "Specified tenant identifier '%s' is neither a valid DNS name, nor a "
	 "valid external domain."},
	{900382, 400, "invalid_request",
	 "Confidential Client is not supported in Cross Cloud request."},
	{900432, 400, "invalid_request",
	 "Confidential Client is not supported in Cross Cloud request."},
	{500011, 400, "invalid_resource",
	 "The resource principal named %s was not found in the tenant. This "
	 "can happen if the application has not been installed by the "
	 "administrator of the tenant or consented to by any user in the "
	 "tenant. You might have sent your authentication request to the wrong "
	 "tenant."},
	{700011, 400, "unauthorized_client",
	 "Application with identifier '%s' was not found in the directory."},
	{700016, 400, "unauthorized_client",
	 "Application with identifier '%s' was not found in the directory. "
	 "This can happen if the application has not been installed by the "
	 "administrator of the tenant or consented to by any user in the "
	 "tenant. You may have sent your authentication request to the wrong "
	 "tenant."},
	{700021, 401, "invalid_client",
	 "Client assertion application identifier doesn't match 'client_id' "
	 "parameter. Review the documentation at " DOCS
	 "identity-platform/certificate-credentials ."},
	{700022, 400, "invalid_scope",
	 "The provided value for the input parameter scope is not valid. The "
	 "scope %s contains multiple resources."},
	{700023, 401, "invalid_client",
	 "Client assertion audience claim does not match Realm issuer. Review "
	 "the documentation at " DOCS
	 "identity-platform/certificate-credentials ."},
	{700024, 401, "invalid_client",
	 "Client assertion is not within its valid time range. Review the "
	 "documentation at " DOCS
	 "identity-platform/certificate-credentials ."},
	{700025, 401, "invalid_client",
	 "Client is public so neither 'client_assertion' nor 'client_secret' "
	 "should be presented."},
	{700027, 401, "invalid_client",
	 "The certificate with identifier used to sign the client assertion is "
	 "not registered on application. [Reason - The key was not found. "
	 "Please visit the Azure Portal, and review the keys of app '%s']"},
	{700030, 401, "invalid_client",
	 "Invalid certificate - subject name in certificate is not authorized. "
	 "SubjectNames/SubjectAlternativeNames (up to 10) in token certificate "
	 "are: %s."},
	{700082, 400, "invalid_grant",
	 "The refresh token has expired due to inactivity. The token was "
	 "inactive for 90.00:00:00."},
	{700211, 401, "invalid_client",
	 "No matching federated identity record found for presented assertion "
	 "issuer '%s'. Please check your federated identity credential "
	 "Subject, Audience and Issuer against the presented assertion. " DOCS
	 "workload-id/workload-identity-federation"},
	{700212, 401, "invalid_client",
	 "No matching federated identity record found for presented assertion "
	 "audience '%s'. Please check your federated identity credential "
	 "Subject, Audience and Issuer against the presented assertion. " DOCS
	 "workload-id/workload-identity-federation"},
	{700213, 401, "invalid_client",
	 "No matching federated identity record found for presented assertion "
	 "subject '%s'. Please check your federated identity credential "
	 "Subject, Audience and Issuer against the presented assertion. " DOCS
	 "workload-id/workload-identity-federation"},
	{1002012, 400, "invalid_scope",
	 "The provided value for scope %s is not valid. Client credential "
	 "flows must have a scope value with /.default suffixed to the "
	 "resource identifier (application ID URI)."},
	{7000112, 400, "unauthorized_client", "Application '%s' is disabled."},
	{7000215, 401, "invalid_client",
	 "Invalid client secret provided. Ensure the secret being sent in the "
	 "request is the client secret value, not the client secret ID, for a "
	 "secret added to app '%s'."},
	{7000218, 401, "invalid_client",
	 "The request body must contain the following parameter: "
	 "'client_assertion' or 'client_secret'."},
	{7000222, 401, "invalid_client",
	 "The provided client secret keys for app '%s' are expired. Visit the "
	 "Azure portal to create new keys for your app, or consider using "
	 "certificate credentials for added security."},
};

static const EntraError *error_find(int64_t number)
{
	for (size_t i = 0; i < AKV_ARRAY_LEN(errors); i++) {
		if (errors[i].number == number)
			return &errors[i];
	}
	return NULL;
}

bool entra_error_is_known(int64_t number)
{
	return error_find(number) != NULL;
}

void entra_finish(Exchange *exchange)
{
	char id[GUID_SIZE];

	random_guid(id);
	if (exchange->reply.n > 0)
		exchange_add_header(exchange, "Content-Type",
				    "application/json; charset=utf-8");
	exchange_add_header(exchange, "Cache-Control", "no-store, no-cache");
	exchange_add_header(exchange, "Pragma", "no-cache");
	exchange_add_header(exchange, "Expires", "-1");
	exchange_add_header(exchange, "Strict-Transport-Security",
			    "max-age=31536000; includeSubDomains");
	exchange_add_header(exchange, "X-Content-Type-Options", "nosniff");
	exchange_add_header(exchange, "x-ms-request-id", id);
}

/* "2026-11-24 02:51:00Z", as Entra writes times. */
static void time_format(char ret[TIME_TEXT_SIZE], int64_t now_us)
{
	time_format_rfc3339(ret, now_us / (int64_t)CLOCK_US_PER_S);
	ret[10] = ' ';
}

/* The client's own id for the request, if it is one, or a new one. */
static void correlation_id(char ret[GUID_SIZE], const Exchange *exchange)
{
	const char *sent = exchange_header(exchange, "client-request-id");

	if (strlen(sent) == GUID_SIZE - 1 &&
	    strspn(sent, "0123456789abcdefABCDEF-") == GUID_SIZE - 1)
		(void)snprintf(ret, GUID_SIZE, "%s", sent);
	else
		random_guid(ret);
}

static void error_write(Exchange *exchange, unsigned status, const char *error,
			int number, const char *text)
{
	char trace[GUID_SIZE], correlation[GUID_SIZE], now[TIME_TEXT_SIZE];
	Writer *writer = &exchange->writer;

	random_guid(trace);
	correlation_id(correlation, exchange);
	time_format(now, exchange->now_us);

	exchange_reply(exchange, status);
	writer_begin(writer, NULL, '{');
	writer_string(writer, "error", error);
	writer_format(writer, "error_description",
		      "AADSTS%d: %s Trace ID: %s Correlation ID: %s "
		      "Timestamp: %s",
		      number, text, trace, correlation, now);
	writer_begin(writer, "error_codes", '[');
	writer_int(writer, NULL, number);
	writer_end(writer, ']');
	writer_string(writer, "timestamp", now);
	writer_string(writer, "trace_id", trace);
	writer_string(writer, "correlation_id", correlation);
	writer_format(writer, "error_uri", "https://%s/error?code=%d",
		      exchange->where.cloud->login, number);
	if (strcmp(error, "interaction_required") == 0)
		writer_string(writer, "suberror", "basic_action");
	writer_end(writer, '}');
}

int entra_error(Exchange *exchange, unsigned status, const char *error,
		int number, const char *format, ...)
{
	char text[2048];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	error_write(exchange, status, error, number, text);
	return ENTRA_E_REFUSED;
}

int entra_error_number(Exchange *exchange, int number, const char *what)
{
	const EntraError *error = error_find(number);
	const char *mark;
	char text[2048];

	if (!error)
		error = error_find(90033);
	mark = strstr(error->text, "%s");
	if (mark)
		(void)snprintf(text, sizeof(text), "%.*s%.512s%s",
			       (int)(mark - error->text), error->text, what,
			       mark + 2);
	else
		(void)snprintf(text, sizeof(text), "%s", error->text);
	error_write(exchange, error->status, error->error, number, text);
	return ENTRA_E_REFUSED;
}
