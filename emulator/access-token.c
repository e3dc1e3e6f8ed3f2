/* SPDX-License-Identifier: MIT */

/* Runs with the emulator's lock held, inside a handler. */

#include "emulator/access-token.h"

#include <strings.h>

#include "base/base64.h"
#include "base/clock.h"
#include "emulator/emulator.h"
#include "emulator/jwt.h"

enum { UTI_BYTES = 16 };

#define EXCHANGE_RESOURCE "api://AzureADTokenExchange"
#define EXCHANGE_APPLICATION "fb60f99c-7a34-4190-8149-302f77469936"

static int uti_append(Buf *ret)
{
	unsigned char bytes[UTI_BYTES];

	random_bytes(bytes, sizeof(bytes));
	return base64_encode(ret, BASE64_URL, bytes, sizeof(bytes));
}

/* Written 8-4-4-4-12: an application id, no URI. */
static bool text_is_guid(const char *text)
{
	return strlen(text) == GUID_SIZE - 1 &&
	       strspn(text, "0123456789abcdefABCDEF-") == GUID_SIZE - 1;
}

static bool is_v2(const AccessTokenRequest *request)
{
	return strcasecmp(request->audience, EXCHANGE_RESOURCE) == 0 ||
	       (request->v2_endpoint && text_is_guid(request->audience));
}

static void client_write(Writer *writer, const AccessTokenRequest *request,
			 bool v2)
{
	char proof[2] = {(char)('0' + (int)request->proof), '\0'};

	writer_string(writer, v2 ? "azp" : "appid", request->client_id);
	writer_string(writer, v2 ? "azpacr" : "appidacr", proof);
}

static void subject_write(Writer *writer, const AccessTokenRequest *request)
{
	const Principal *principal = request->principal;
	bool user = principal->user[0] != '\0';

	writer_string(writer, "idtyp", user ? "user" : "app");
	writer_string(writer, "oid", principal->object_id);
	if (user)
		writer_string(writer, "scp", "user_impersonation");
	writer_string(writer, "sub", principal->object_id);
	writer_string(writer, "tid", principal->tenant);
	if (user)
		writer_string(writer, "upn", principal->user);
	if (principal->resource_id[0])
		writer_string(writer, "xms_mirid", principal->resource_id);
}

static int claims_append(Buf *ret, const AccessTokenRequest *request,
			 int64_t now_s)
{
	const char *tenant = request->principal->tenant;
	AKV_BUF Buf uti = BUF_INIT(BUF_MAX_LINE);
	Writer writer = WRITER_INIT(ret);
	bool v2 = is_v2(request);
	const char *audience = request->audience;
	int r = uti_append(&uti);

	if (r < 0)
		return r;
	if (strcasecmp(audience, EXCHANGE_RESOURCE) == 0)
		audience = EXCHANGE_APPLICATION;
	writer_begin(&writer, NULL, '{');
	writer_string(&writer, "aud", audience);
	writer_format(&writer, "iss", "https://%s/%s%s",
		      v2 ? "login.microsoftonline.com" : "sts.windows.net",
		      tenant, v2 ? "/v2.0" : "/");
	writer_int(&writer, "iat", now_s);
	writer_int(&writer, "nbf", now_s);
	writer_int(&writer, "exp", now_s + request->life_s);
	client_write(&writer, request, v2);
	writer_format(&writer, "idp", "https://sts.windows.net/%s/", tenant);
	subject_write(&writer, request);
	writer_string(&writer, "uti", uti.p);
	writer_string(&writer, "ver", v2 ? "2.0" : "1.0");
	writer_end(&writer, '}');
	return writer.fault;
}

int access_token_append(Buf *ret, Exchange *exchange,
			const AccessTokenRequest *request)
{
	const Identity *identity = &exchange->emulator->identity;
	AKV_BUF Buf claims = BUF_INIT(BUF_MAX_LINE);
	Caller *caller = &exchange->caller;
	int r;

	r = claims_append(&claims, request,
			  exchange->now_us / (int64_t)CLOCK_US_PER_S);
	if (r == 0)
		r = jwt_sign(ret, identity->token_key, identity->token_key_id,
			     claims.p, claims.n);
	if (r < 0)
		return r;
	(void)snprintf(caller->client_id, CLIENT_ID_SIZE, "%s",
		       request->principal->client_id);
	(void)snprintf(caller->audience, AUDIENCE_SIZE, "%s",
		       request->audience);
	return 0;
}
