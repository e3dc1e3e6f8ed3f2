/* SPDX-License-Identifier: MIT */

/* Called with the emulator's lock held. */

#include "emulator/bearer.h"

#include <strings.h>

#include "base/json.h"
#include "emulator/jwt.h"

static void entry_discard(BearerEntry *entry)
{
	if (entry->token)
		explicit_bzero(entry->token, entry->size);
	free(entry->token);
	*entry = (BearerEntry){0};
}

void bearer_cache_done(BearerCache *cache)
{
	for (size_t i = 0; i < BEARER_CACHE_SIZE; i++)
		entry_discard(&cache->entries[i]);
}

static const BearerEntry *cache_find(const BearerCache *cache,
				     const char *token, size_t n)
{
	for (size_t i = 0; i < BEARER_CACHE_SIZE; i++) {
		const BearerEntry *entry = &cache->entries[i];

		if (entry->size == n && n > 0 &&
		    memcmp(entry->token, token, n) == 0)
			return entry;
	}
	return NULL;
}

static bool claim_copy(char *ret, size_t size, const cJSON *claims,
		       const char *name)
{
	const char *text;

	if (json_get_string(&text, claims, name) != 0 || strlen(text) >= size)
		return false;
	(void)snprintf(ret, size, "%s", text);
	return true;
}

/* The claims that matter; false if one is missing or too long. */
static bool claims_read(BearerEntry *entry, const cJSON *claims)
{
	Caller *caller = &entry->caller;
	char text[16];
	bool user;

	entry->v2 = claim_copy(text, sizeof(text), claims, "ver") &&
		    strcmp(text, "2.0") == 0;
	/* A user has rights of his own, whatever application he is at. */
	user = claim_copy(text, sizeof(text), claims, "idtyp") &&
	       strcmp(text, "user") == 0;
	return claim_copy(caller->client_id, sizeof(caller->client_id), claims,
			  user        ? "oid"
			  : entry->v2 ? "azp"
				      : "appid") &&
	       claim_copy(caller->object_id, sizeof(caller->object_id), claims,
			  "oid") &&
	       claim_copy(caller->tenant, sizeof(caller->tenant), claims,
			  "tid") &&
	       claim_copy(caller->audience, sizeof(caller->audience), claims,
			  "aud") &&
	       claim_copy(entry->issuer, sizeof(entry->issuer), claims,
			  "iss") &&
	       json_get_int64(&entry->nbf_s, claims, "nbf") == 0 &&
	       json_get_int64(&entry->exp_s, claims, "exp") == 0;
}

/* Verify @token and remember it. */
static int cache_add(const BearerEntry **ret, BearerCache *cache,
		     const BearerPolicy *policy, const char *token, size_t n)
{
	BearerEntry *entry = &cache->entries[cache->next];
	AKV_JSON cJSON *claims = NULL;
	BearerEntry fresh = {0};
	int r;

	r = jwt_verify(&claims, policy->key, policy->key_id, token, n);
	if (r != 0)
		return r;
	if (!claims_read(&fresh, claims))
		return JWT_E_MALFORMED;
	fresh.token = malloc(n);
	if (!fresh.token)
		return -ENOMEM;
	memcpy(fresh.token, token, n);
	fresh.size = n;
	entry_discard(entry);
	*entry = fresh;
	cache->next = (cache->next + 1) % BEARER_CACHE_SIZE;
	*ret = entry;
	return 0;
}

/* The first part, up to its dot, as the service quotes it. */
static void why_key(char why[BEARER_WHY_SIZE], const char *token)
{
	(void)snprintf(why, BEARER_WHY_SIZE,
		       "AKV10046: Unable to resolve the key used for signature "
		       "validation. EncodedJwtHeader:'%.*s'",
		       (int)AKV_MIN(strcspn(token, "."), (size_t)512), token);
}

static int claims_judge(char why[BEARER_WHY_SIZE], const BearerEntry *entry,
			const BearerPolicy *policy)
{
	const char *audience = entry->caller.audience;
	char issuer[AUDIENCE_SIZE];

	(void)snprintf(issuer, sizeof(issuer), "https://%s/%s%s",
		       entry->v2 ? "login.microsoftonline.com"
				 : "sts.windows.net",
		       policy->tenant, entry->v2 ? "/v2.0" : "/");
	if (strcasecmp(issuer, entry->issuer) != 0) {
		(void)snprintf(why, BEARER_WHY_SIZE,
			       "AKV10032: Invalid issuer. Expected one of %s, "
			       "found %s.",
			       issuer, entry->issuer);
		return BEARER_E_DENIED;
	}
	if (strcmp(audience, policy->resource) != 0 &&
	    !(entry->v2 && audience_is_vault_app(policy->cloud, audience))) {
		(void)snprintf(why, BEARER_WHY_SIZE,
			       "AKV10022: Invalid audience. Expected %s, "
			       "found: %s.",
			       policy->resource, audience);
		return BEARER_E_DENIED;
	}
	if (policy->now_s >= entry->exp_s) {
		(void)snprintf(why, BEARER_WHY_SIZE,
			       "[TokenExpired] Error validating token: "
			       "'S2S12086'.");
		return BEARER_E_DENIED;
	}
	if (policy->now_s + BEARER_SKEW_S < entry->nbf_s) {
		(void)snprintf(why, BEARER_WHY_SIZE,
			       "[TokenNotYetValid] Error validating token: "
			       "'S2S12087'.");
		return BEARER_E_DENIED;
	}
	return 0;
}

/* What comes after "Bearer ", or NULL. */
static const char *token_find(const char *authorization)
{
	static const char scheme[] = "Bearer ";
	const char *token;

	if (strncasecmp(authorization, scheme, sizeof(scheme) - 1) != 0)
		return NULL;
	token = authorization + sizeof(scheme) - 1;
	return token + strspn(token, " ");
}

int bearer_verify(const BearerEntry **ret, BearerCache *cache,
		  const BearerPolicy *policy, const char *authorization)
{
	const char *token = token_find(authorization);
	const BearerEntry *entry;
	int r = 0;

	if (!token)
		return BEARER_E_MISSING;
	entry = cache_find(cache, token, strlen(token));
	if (!entry)
		r = cache_add(&entry, cache, policy, token, strlen(token));
	if (r != 0)
		return r < 0 ? r : BEARER_E_FORGED;
	*ret = entry;
	return 0;
}

int bearer_check(Caller *ret, char why[BEARER_WHY_SIZE], BearerCache *cache,
		 const BearerPolicy *policy, const char *authorization)
{
	const BearerEntry *entry;
	int r = bearer_verify(&entry, cache, policy, authorization);

	switch (r) {
	case 0:
		*ret = entry->caller;
		return claims_judge(why, entry, policy);
	case BEARER_E_MISSING:
		(void)snprintf(why, BEARER_WHY_SIZE,
			       "AKV10000: Request is missing a Bearer or PoP "
			       "token.");
		return BEARER_E_DENIED;
	case BEARER_E_FORGED:
		why_key(why, token_find(authorization));
		return BEARER_E_DENIED;
	default:
		return r;
	}
}
