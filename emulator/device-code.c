/* SPDX-License-Identifier: MIT */

/*
 * A place in the table is used again when it is its turn: whoever asks for more
 * codes than there are places loses the oldest. Runs with the emulator's lock
 * held.
 */

#include "emulator/device-code.h"

#include <strings.h>

#include "base/clock.h"
#include "base/json.h"
#include "emulator/client-check.h"
#include "emulator/emulator.h"
#include "emulator/entra-error.h"
#include "emulator/entra.h"
#include "emulator/errors.h"
#include "emulator/user-token.h"

#define GRANT "urn:ietf:params:oauth:grant-type:device_code"

bool device_code_is_grant(const char *grant)
{
	return strcmp(grant, GRANT) == 0 || strcmp(grant, "device_code") == 0;
}

static int64_t interval_s(const DeviceCodes *codes)
{
	return codes->interval_s > 0 ? codes->interval_s
				     : DEVICE_CODE_INTERVAL_S;
}

/* Capitals that are not taken for one another, as Entra shows them. */
static void user_code_make(char ret[USER_CODE_SIZE])
{
	static const char letters[] = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
	unsigned char bytes[USER_CODE_SIZE - 1];

	random_bytes(bytes, sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++)
		ret[i] = letters[bytes[i] % (sizeof(letters) - 1)];
	ret[sizeof(bytes)] = '\0';
}

static DeviceCode *code_add(DeviceCodes *codes, int64_t now_us)
{
	DeviceCode *code = &codes->codes[codes->next];
	char guid[GUID_SIZE];

	codes->next = (codes->next + 1) % DEVICE_CODES_MAX;
	*code = (DeviceCode){
		.used = true,
		.expires_us = now_us + (int64_t)DEVICE_CODE_LIFE_S *
					       (int64_t)CLOCK_US_PER_S,
	};
	random_guid(guid);
	(void)snprintf(code->code, DEVICE_CODE_SIZE, "DA%s", guid);
	random_guid(guid);
	(void)snprintf(code->code + strlen(code->code),
		       DEVICE_CODE_SIZE - strlen(code->code), "%.16s", guid);
	user_code_make(code->user_code);
	return code;
}

static void code_reply(Exchange *exchange, const DeviceCode *code)
{
	const DeviceCodes *codes = &exchange->emulator->device_codes;
	Writer *writer = &exchange->writer;

	exchange_reply(exchange, 200);
	writer_begin(writer, NULL, '{');
	writer_string(writer, "user_code", code->user_code);
	writer_string(writer, "device_code", code->code);
	writer_string(writer, "verification_uri",
		      "https://microsoft.com/devicelogin");
	writer_int(writer, "expires_in", DEVICE_CODE_LIFE_S);
	writer_int(writer, "interval", interval_s(codes));
	writer_format(writer, "message",
		      "To sign in, use a web browser to open the page "
		      "https://microsoft.com/devicelogin and enter the code %s "
		      "to authenticate.",
		      code->user_code);
	writer_end(writer, '}');
}

/* A person may be of any tenant: "organizations" and "common" will do. */
static bool tenant_is_shared(const char *tenant)
{
	return strcasecmp(tenant, "organizations") == 0 ||
	       strcasecmp(tenant, "common") == 0;
}

/* The application, which need not be one of the tenant if none is named. */
static int application_find(const Principal **ret, Exchange *exchange,
			    const Form *form)
{
	const char *id = form_get(form, "client_id");
	const Principal *found;

	if (!tenant_is_shared(exchange->captures[0])) {
		int r = entra_tenant_check(exchange);

		return r == 0 ? client_find(ret, exchange, form) : r;
	}
	found = id ? directory_find(&exchange->emulator->directory, id) : NULL;
	if (!found || found->user[0])
		return entra_error_number(exchange, 700016, id ? id : "");
	*ret = found;
	return 0;
}

static int code_begin(Exchange *exchange)
{
	AKV_CLEANUP(form_done) Form form = {0};
	const Principal *application = NULL;
	char audience[AUDIENCE_SIZE];
	DeviceCode *code;
	int r;

	r = entra_form(&form, exchange);
	if (r == 0)
		r = application_find(&application, exchange, &form);
	if (r == 0)
		r = entra_audience(audience, exchange, &form, true);
	if (r != 0)
		return r;
	code = code_add(&exchange->emulator->device_codes, exchange->now_us);
	(void)snprintf(code->client_id, CLIENT_ID_SIZE, "%s",
		       application->client_id);
	(void)snprintf(code->audience, AUDIENCE_SIZE, "%s", audience);
	code->openid = strstr(form_get(&form, "scope"), "openid") != NULL;
	code->offline =
		strstr(form_get(&form, "scope"), "offline_access") != NULL;
	code_reply(exchange, code);
	return 0;
}

int device_code_begin(Exchange *exchange)
{
	return AKV_MIN(code_begin(exchange), 0);
}

static DeviceCode *code_find(DeviceCodes *codes, const char *text, bool user)
{
	for (size_t i = 0; i < DEVICE_CODES_MAX; i++) {
		DeviceCode *code = &codes->codes[i];

		if (code->used &&
		    strcmp(user ? code->user_code : code->code, text) == 0)
			return code;
	}
	return NULL;
}

/* May the one who polls have his token now? */
static int poll_check(Exchange *exchange, DeviceCode *code)
{
	const DeviceCodes *codes = &exchange->emulator->device_codes;
	int64_t pause_us = exchange->now_us - code->polled_us;
	bool early =
		code->polled_us != 0 &&
		pause_us < (interval_s(codes) - 1) * (int64_t)CLOCK_US_PER_S;

	code->polled_us = exchange->now_us;
	if (exchange->now_us >= code->expires_us)
		return entra_error(
			exchange, 400, "expired_token", 70020,
			"The provided value for the input parameter "
			"'device_code' is not valid. This device code has "
			"expired.");
	if (code->state == DEVICE_CODE_DECLINED)
		return entra_error(exchange, 400, "authorization_declined",
				   70018,
				   "Login request declined by the user.");
	if (code->state == DEVICE_CODE_APPROVED)
		return 0;
	if (early)
		return entra_error(exchange, 400, "slow_down", 70017,
				   "The client polls too often.");
	return entra_error(exchange, 400, "authorization_pending", 70016,
			   "OAuth 2.0 device flow error. Authorization is "
			   "pending. Continue polling.");
}

int device_code_grant(Exchange *exchange, const Form *form)
{
	Emulator *emulator = exchange->emulator;
	const char *text = form_get(form, "device_code");
	const char *client = form_get(form, "client_id");
	DeviceCode *code =
		text ? code_find(&emulator->device_codes, text, false) : NULL;
	UserTokenWish wish;
	int r;

	if (!code || !client || strcasecmp(client, code->client_id) != 0)
		return entra_error(exchange, 400, "bad_verification_code",
				   70019,
				   "Invalid verification code provided by the "
				   "user.");
	r = poll_check(exchange, code);
	if (r != 0)
		return r;
	wish = (UserTokenWish){
		.user = code->user,
		.client_id = code->client_id,
		.audience = code->audience,
		.openid = code->openid,
		.offline = code->offline,
	};
	r = user_token_reply(exchange, &wish);
	/* Good for one token. */
	if (r == 0)
		*code = (DeviceCode){0};
	return r;
}

int control_device_codes_get(Exchange *exchange)
{
	const DeviceCodes *codes = &exchange->emulator->device_codes;
	Writer *writer = &exchange->writer;

	exchange_reply(exchange, 200);
	writer_begin(writer, NULL, '{');
	writer_begin(writer, "device_codes", '[');
	for (size_t i = 0; i < DEVICE_CODES_MAX; i++) {
		const DeviceCode *code = &codes->codes[i];

		if (!code->used)
			continue;
		writer_begin(writer, NULL, '{');
		writer_string(writer, "user_code", code->user_code);
		writer_string(writer, "client_id", code->client_id);
		writer_bool(writer, "polled", code->polled_us != 0);
		writer_bool(writer, "pending",
			    code->state == DEVICE_CODE_PENDING);
		writer_end(writer, '}');
	}
	writer_end(writer, ']');
	writer_end(writer, '}');
	return 0;
}

/* Whom @name, an id or a user principal name, means; NULL: nobody. */
static const Principal *user_find(const Directory *directory, const char *name)
{
	for (size_t i = 0; i < directory->n_principals; i++) {
		const Principal *principal = &directory->principals[i];

		if (principal->user[0] &&
		    (strcasecmp(principal->user, name) == 0 ||
		     strcasecmp(principal->client_id, name) == 0))
			return principal;
	}
	return NULL;
}

static int action_take(Exchange *exchange, DeviceCode *code, const cJSON *body)
{
	DeviceCodes *codes = &exchange->emulator->device_codes;
	const Principal *user;
	const char *action, *name;
	int64_t seconds;

	if (json_get_int64(&seconds, body, "interval_s") == 0 && seconds > 0 &&
	    seconds <= DEVICE_CODE_LIFE_S)
		codes->interval_s = seconds;
	if (json_get_string(&action, body, "action") != 0)
		return 0;
	if (json_get_string(&name, body, "user") != 0)
		name = "";
	user = user_find(&exchange->emulator->directory, name);
	if (strcmp(action, "revoke") == 0) {
		refresh_tokens_forget(&exchange->emulator->refresh_tokens,
				      user ? user->client_id : "");
		return 0;
	}
	if (!code)
		return error_bad_parameter(exchange,
					   "There is no such user_code.");
	if (strcmp(action, "decline") == 0) {
		code->state = DEVICE_CODE_DECLINED;
	} else if (strcmp(action, "expire") == 0) {
		code->expires_us = exchange->now_us;
	} else if (strcmp(action, "approve") == 0) {
		if (!user)
			return error_bad_parameter(exchange,
						   "There is no such user.");
		(void)snprintf(code->user, CLIENT_ID_SIZE, "%s",
			       user->client_id);
		code->state = DEVICE_CODE_APPROVED;
	} else {
		return error_bad_parameter(exchange,
					   "action is not approve, decline, "
					   "expire or revoke.");
	}
	return 0;
}

int control_device_codes_post(Exchange *exchange)
{
	AKV_JSON cJSON *body = NULL;
	DeviceCode *code = NULL;
	const char *user_code;
	int r = json_parse(&body, exchange->body.p, exchange->body.n, NULL);

	if (r < 0)
		return r;
	if (r > 0)
		return error_bad_parameter(exchange, "The body is not JSON.");
	if (json_get_string(&user_code, body, "user_code") == 0)
		code = code_find(&exchange->emulator->device_codes, user_code,
				 true);
	exchange_reply(exchange, 204);
	return action_take(exchange, code, body);
}
