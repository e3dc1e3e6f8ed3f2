/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * device-code - a person signs in elsewhere, for a program without a browser
 *
 * RFC 8628. The program gets a code to show and polls; the person is
 * POST /_emulator/device-codes {"user_code","action","user"}.
 */

#include "base/std.h"
#include "emulator/exchange.h"
#include "emulator/form.h"
#include "emulator/names.h"
#include "emulator/permissions.h"

enum {
	DEVICE_CODES_MAX = 64,
	DEVICE_CODE_SIZE = 2 * GUID_SIZE,
	USER_CODE_SIZE = 10,
	DEVICE_CODE_LIFE_S = 900,
	DEVICE_CODE_INTERVAL_S = 5,
};

enum device_code_state {
	DEVICE_CODE_PENDING,
	DEVICE_CODE_APPROVED,
	DEVICE_CODE_DECLINED,
};

typedef struct DeviceCode {
	char code[DEVICE_CODE_SIZE], user_code[USER_CODE_SIZE];
	char client_id[CLIENT_ID_SIZE];
	char audience[AUDIENCE_SIZE];
	char user[CLIENT_ID_SIZE]; /* who approved: an id of the directory */
	enum device_code_state state;
	int64_t expires_us, polled_us;
	bool openid;  /* who it is shall be told, too */
	bool offline; /* and a refresh token be given */
	bool used;    /* is there one in this place */
} DeviceCode;

typedef struct DeviceCodes {
	DeviceCode codes[DEVICE_CODES_MAX];
	size_t next;        /* to be replaced */
	int64_t interval_s; /* between polls; 0: the default */
} DeviceCodes;

/* Is that the grant_type, by its name in RFC 8628 or the older one? */
bool device_code_is_grant(const char *grant);

/* Returns 0, a negative errno, or ENTRA_E_REFUSED with the reply made. */
AKV_MUST_CHECK int device_code_grant(Exchange *exchange, const Form *form);

/* Handlers of routes. */
int device_code_begin(Exchange *exchange);
int control_device_codes_get(Exchange *exchange);
int control_device_codes_post(Exchange *exchange);
