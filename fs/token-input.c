/* SPDX-License-Identifier: MIT */

/* What was read is wiped with its Buf. Used by token-command.c. */

#include "fs/token-input.h"

#include <strings.h>

#include "auth/claims.h"
#include "auth/token-response.h"
#include "base/buf.h"
#include "base/json.h"

/* A token, and what JSON writes around it. */
enum { INPUT_MAX = CLAIMS_TOKEN_MAX + 8 * 1024 };

#define BLANKS " \t\r\n"

static const char scheme[] = "Bearer ";

static int say(char *why, size_t why_size, const char *what)
{
	(void)snprintf(why, why_size, "%s", what);
	return TOKEN_INPUT_E_INVALID;
}

static int take_text(Secret **ret, const char *text, size_t n, char *why,
		     size_t why_size)
{
	AKV_BUF Buf copy = BUF_INIT(INPUT_MAX);
	int r = buf_append(&copy, text, n);

	if (r < 0)
		return r;
	if (n > CLAIMS_TOKEN_MAX)
		return say(why, why_size,
			   claims_answer_text(CLAIMS_E_TOO_LONG));
	if (memchr(text, '\0', n) || !access_token_is_valid(copy.p, n))
		return say(why, why_size,
			   "this is no token: it has blanks, line ends or "
			   "bytes that are not printable ASCII in it");
	return secret_new(ret, copy.p, n);
}

static int take_object(Secret **ret, const char *text, size_t n, char *why,
		       size_t why_size)
{
	static const char *const names[] = {"accessToken", "access_token",
					    "token"};
	AKV_JSON cJSON *object = NULL;
	int r = json_parse(&object, text, n, NULL);

	if (r != 0)
		return r < 0 ? r
			     : say(why, why_size,
				   "this is neither a token nor JSON that can "
				   "be read");
	for (size_t i = 0; i < AKV_ARRAY_LEN(names); i++) {
		const char *token;

		if (json_get_string(&token, object, names[i]) == 0)
			return take_text(ret, token, strlen(token), why,
					 why_size);
	}
	return say(why, why_size,
		   "this is JSON without a token: one stands in accessToken, "
		   "access_token or token");
}

int token_input_take(Secret **ret, const char *text, size_t n, char *why,
		     size_t why_size)
{
	while (n > 0 && strchr(BLANKS, text[n - 1]) && text[n - 1] != '\0')
		n--;
	while (n > 0 && *text != '\0' && strchr(BLANKS, *text)) {
		text++;
		n--;
	}
	if (n == 0)
		return say(why, why_size, "there is nothing to read");
	if (*text == '{')
		return take_object(ret, text, n, why, why_size);
	if (n >= strlen(scheme) &&
	    strncasecmp(text, scheme, strlen(scheme)) == 0) {
		text += strlen(scheme);
		n -= strlen(scheme);
	}
	return take_text(ret, text, n, why, why_size);
}

int token_input_read(Secret **ret, int fd, char *why, size_t why_size)
{
	AKV_BUF Buf content = BUF_INIT(INPUT_MAX);
	int r = buf_append_fd(&content, fd);

	if (r == -EMSGSIZE)
		return say(why, why_size,
			   claims_answer_text(CLAIMS_E_TOO_LONG));
	return r == 0 ? token_input_take(ret, content.p, content.n, why,
					 why_size)
		      : r;
}
