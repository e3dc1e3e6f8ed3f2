/* SPDX-License-Identifier: MIT */

/*
 * A place in the table is used again when it is its turn. Runs with the
 * emulator's lock held.
 */

#include "emulator/user-token.h"

#include <strings.h>

#include "base/clock.h"
#include "emulator/access-token.h"
#include "emulator/client-check.h"
#include "emulator/emulator.h"
#include "emulator/entra-error.h"
#include "emulator/entra.h"
#include "emulator/jwt.h"

void refresh_tokens_forget(RefreshTokens *tokens, const char *user)
{
	for (size_t i = 0; i < REFRESH_TOKENS_MAX; i++) {
		if (strcasecmp(tokens->tokens[i].user, user) == 0)
			tokens->tokens[i] = (RefreshToken){0};
	}
}

static const RefreshToken *refresh_token_add(RefreshTokens *tokens,
					     const UserTokenWish *wish)
{
	RefreshToken *token = &tokens->tokens[tokens->next];
	char first[GUID_SIZE], second[GUID_SIZE];

	tokens->next = (tokens->next + 1) % REFRESH_TOKENS_MAX;
	*token = (RefreshToken){0};
	random_guid(first);
	random_guid(second);
	(void)snprintf(token->text, sizeof(token->text), "1.A%s.%s", first,
		       second);
	(void)snprintf(token->client_id, CLIENT_ID_SIZE, "%s", wish->client_id);
	(void)snprintf(token->user, CLIENT_ID_SIZE, "%s", wish->user);
	return token;
}

/* Who has signed in, for the application to know. */
static int id_token_append(Buf *ret, const Exchange *exchange,
			   const UserTokenWish *wish, const Principal *user)
{
	const Emulator *emulator = exchange->emulator;
	int64_t now_s = exchange->now_us / (int64_t)CLOCK_US_PER_S;
	AKV_BUF Buf claims = BUF_INIT(BUF_MAX_LINE);
	Writer writer = WRITER_INIT(&claims);

	writer_begin(&writer, NULL, '{');
	writer_string(&writer, "aud", wish->client_id);
	writer_format(&writer, "iss",
		      "https://login.microsoftonline.com/%s/v2.0",
		      user->tenant);
	writer_int(&writer, "iat", now_s);
	writer_int(&writer, "nbf", now_s);
	writer_int(&writer, "exp", now_s + emulator->token_lifetime_s);
	writer_string(&writer, "oid", user->object_id);
	writer_string(&writer, "preferred_username", user->user);
	writer_string(&writer, "sub", user->object_id);
	writer_string(&writer, "tid", user->tenant);
	writer_string(&writer, "ver", "2.0");
	writer_end(&writer, '}');
	if (writer.fault < 0)
		return writer.fault;
	return jwt_sign(ret, emulator->identity.token_key,
			emulator->identity.token_key_id, claims.p, claims.n);
}

static void reply_write(Exchange *exchange, const UserTokenWish *wish,
			const char *token, const Buf *id_token)
{
	Writer *writer = &exchange->writer;
	int64_t life_s = exchange->emulator->token_lifetime_s;

	exchange_reply(exchange, 200);
	writer_begin(writer, NULL, '{');
	writer_string(writer, "token_type", "Bearer");
	writer_format(writer, "scope", "%s/user_impersonation %s/.default",
		      wish->audience, wish->audience);
	writer_int(writer, "expires_in", life_s);
	writer_int(writer, "ext_expires_in", life_s);
	writer_string(writer, "access_token", token);
	if (wish->offline)
		writer_string(writer, "refresh_token",
			      refresh_token_add(
				      &exchange->emulator->refresh_tokens, wish)
				      ->text);
	if (id_token->n > 0)
		writer_string(writer, "id_token", id_token->p);
	writer_end(writer, '}');
}

int user_token_reply(Exchange *exchange, const UserTokenWish *wish)
{
	Emulator *emulator = exchange->emulator;
	AKV_BUF Buf token = BUF_INIT(JWT_MAX);
	AKV_BUF Buf id_token = BUF_INIT(JWT_MAX);
	AccessTokenRequest request = {
		.principal = directory_find(&emulator->directory, wish->user),
		.client_id = wish->client_id,
		.audience = wish->audience,
		.v2_endpoint = true,
		.life_s = emulator->token_lifetime_s,
	};
	int r;

	if (!request.principal)
		return entra_error_number(exchange, 50034, wish->user);
	if (request.principal->refusal != 0)
		return entra_error_number(exchange, request.principal->refusal,
					  request.principal->user);
	r = access_token_append(&token, exchange, &request);
	if (r == 0 && wish->openid)
		r = id_token_append(&id_token, exchange, wish,
				    request.principal);
	if (r == 0)
		reply_write(exchange, wish, token.p, &id_token);
	return r;
}

static const RefreshToken *refresh_token_find(const RefreshTokens *tokens,
					      const char *text)
{
	for (size_t i = 0; text && *text && i < REFRESH_TOKENS_MAX; i++) {
		if (strcmp(tokens->tokens[i].text, text) == 0)
			return &tokens->tokens[i];
	}
	return NULL;
}

int refresh_token_grant(Exchange *exchange, const Form *form)
{
	const Principal *application = NULL;
	const RefreshToken *found =
		refresh_token_find(&exchange->emulator->refresh_tokens,
				   form_get(form, "refresh_token"));
	const char *scope = form_get(form, "scope");
	char audience[AUDIENCE_SIZE];
	RefreshToken token;
	UserTokenWish wish;
	int r = client_find(&application, exchange, form);

	if (r == 0)
		r = entra_audience(audience, exchange, form, true);
	if (r != 0)
		return r;
	if (!found || strcasecmp(found->client_id, application->client_id) != 0)
		return entra_error_number(exchange, 50173, "");
	/* Its place may be the next one to be used again. */
	token = *found;
	wish = (UserTokenWish){
		.user = token.user,
		.client_id = token.client_id,
		.audience = audience,
		.openid = scope && strstr(scope, "openid"),
		.offline = scope && strstr(scope, "offline_access"),
	};
	return user_token_reply(exchange, &wish);
}
