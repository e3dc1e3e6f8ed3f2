/* SPDX-License-Identifier: MIT */

/*
 * Runs with the emulator's lock held, inside a handler. URLs in the replies
 * are those of the host that was asked, so that a client that was sent here
 * stays here.
 */

#include "emulator/discovery.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>

#include "base/base64.h"
#include "emulator/emulator.h"
#include "emulator/entra-error.h"

static void strings_write(Writer *writer, const char *name,
			  const char *const *strings, size_t n)
{
	writer_begin(writer, name, '[');
	for (size_t i = 0; i < n; i++)
		writer_string(writer, NULL, strings[i]);
	writer_end(writer, ']');
}

/* The hosts of one cloud: the first is the one to talk to. */
static void instance_write(Writer *writer, const char *cache,
			   const char *const *hosts, size_t n)
{
	writer_begin(writer, NULL, '{');
	writer_string(writer, "preferred_network", hosts[0]);
	writer_string(writer, "preferred_cache", cache);
	strings_write(writer, "aliases", hosts, n);
	writer_end(writer, '}');
}

int discovery_instance(Exchange *exchange)
{
	static const char *const public[] = {
		"login.microsoftonline.com",
		"login.windows.net",
		"login.microsoft.com",
		"sts.windows.net",
	};
	static const char *const china[] = {
		"login.partner.microsoftonline.cn",
		"login.chinacloudapi.cn",
	};
	static const char *const usgov[] = {
		"login.microsoftonline.us",
		"login.usgovcloudapi.net",
	};
	Writer *writer = &exchange->writer;

	exchange_reply(exchange, 200);
	writer_begin(writer, NULL, '{');
	writer_format(writer, "tenant_discovery_endpoint",
		      "%s/%s/v2.0/.well-known/openid-configuration",
		      exchange->base, DIRECTORY_DEFAULT_TENANT);
	writer_string(writer, "api-version", "1.1");
	writer_begin(writer, "metadata", '[');
	instance_write(writer, public[1], public, AKV_ARRAY_LEN(public));
	instance_write(writer, china[0], china, AKV_ARRAY_LEN(china));
	instance_write(writer, usgov[0], usgov, AKV_ARRAY_LEN(usgov));
	writer_end(writer, ']');
	writer_end(writer, '}');
	return 0;
}

static void openid_lists_write(Writer *writer)
{
	static const char *const methods[] = {
		"client_secret_post",
		"private_key_jwt",
		"client_secret_basic",
	};
	static const char *const modes[] = {"query", "fragment", "form_post"};
	static const char *const subjects[] = {"pairwise"};
	static const char *const algorithms[] = {"RS256"};
	static const char *const types[] = {"code", "id_token", "code id_token",
					    "id_token token"};
	static const char *const scopes[] = {"openid", "profile", "email",
					     "offline_access"};
	static const char *const claims[] = {"sub", "iss",   "aud", "exp",
					     "iat", "nonce", "tid", "ver"};

	strings_write(writer, "token_endpoint_auth_methods_supported", methods,
		      AKV_ARRAY_LEN(methods));
	strings_write(writer, "response_modes_supported", modes,
		      AKV_ARRAY_LEN(modes));
	strings_write(writer, "subject_types_supported", subjects,
		      AKV_ARRAY_LEN(subjects));
	strings_write(writer, "id_token_signing_alg_values_supported",
		      algorithms, AKV_ARRAY_LEN(algorithms));
	strings_write(writer, "response_types_supported", types,
		      AKV_ARRAY_LEN(types));
	strings_write(writer, "scopes_supported", scopes,
		      AKV_ARRAY_LEN(scopes));
	strings_write(writer, "claims_supported", claims,
		      AKV_ARRAY_LEN(claims));
}

static int openid(Exchange *exchange, bool v2)
{
	const char *version = v2 ? "/v2.0" : "";
	const char *tenant = exchange->captures[0], *base = exchange->base;
	Writer *writer = &exchange->writer;
	bool shared = strcmp(tenant, "common") == 0 ||
		      strcmp(tenant, "organizations") == 0;

	if (!shared &&
	    !directory_has_tenant(&exchange->emulator->directory, tenant)) {
		(void)entra_error(exchange, 400, "invalid_tenant", 90002,
				  "Tenant '%s' not found. Check to make sure "
				  "you have the correct tenant ID and are "
				  "signing into the correct cloud.",
				  tenant);
		return 0;
	}
	exchange_reply(exchange, 200);
	writer_begin(writer, NULL, '{');
	writer_format(writer, "token_endpoint", "%s/%s/oauth2%s/token", base,
		      tenant, version);
	writer_format(writer, "jwks_uri", "%s/%s/discovery%s/keys", base,
		      tenant, version);
	openid_lists_write(writer);
	writer_format(writer, "authorization_endpoint",
		      "%s/%s/oauth2%s/authorize", base, tenant, version);
	writer_format(writer, "device_authorization_endpoint",
		      "%s/%s/oauth2%s/devicecode", base, tenant, version);
	writer_format(writer, "end_session_endpoint", "%s/%s/oauth2%s/logout",
		      base, tenant, version);
	writer_string(writer, "tenant_region_scope", "EU");
	writer_string(writer, "cloud_instance_name", "microsoftonline.com");
	writer_string(writer, "cloud_graph_host_name", "graph.windows.net");
	writer_string(writer, "msgraph_host", "graph.microsoft.com");
	writer_string(writer, "rbac_url", "https://pas.windows.net");
	if (shared)
		tenant = "{tenantid}";
	if (v2)
		writer_format(writer, "issuer", "%s/%s/v2.0", base, tenant);
	else
		writer_format(writer, "issuer", "https://sts.windows.net/%s/",
			      tenant);
	writer_end(writer, '}');
	return 0;
}

int discovery_openid_v1(Exchange *exchange)
{
	return openid(exchange, false);
}

int discovery_openid_v2(Exchange *exchange)
{
	return openid(exchange, true);
}

/* A number of the public key, as a JSON Web Key has it. */
static int number_write(Writer *writer, const char *name, EVP_PKEY *key,
			const char *parameter)
{
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_LINE);
	unsigned char bytes[1024];
	BIGNUM *number = NULL;
	int n, r;

	if (EVP_PKEY_get_bn_param(key, parameter, &number) != 1)
		return -EIO;
	n = BN_num_bytes(number);
	if ((size_t)n > sizeof(bytes)) {
		BN_free(number);
		return -EIO;
	}
	(void)BN_bn2bin(number, bytes);
	BN_free(number);
	r = base64_encode(&text, BASE64_URL, bytes, (size_t)n);
	if (r == 0)
		writer_string(writer, name, text.p);
	return r;
}

static int certificate_write(Writer *writer, X509 *certificate)
{
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_FILE);
	unsigned char *der = NULL;
	int n = i2d_X509(certificate, &der);
	int r;

	if (n < 0)
		return -EIO;
	r = base64_encode(&text, BASE64_STANDARD, der, (size_t)n);
	OPENSSL_free(der);
	if (r < 0)
		return r;
	writer_begin(writer, "x5c", '[');
	writer_string(writer, NULL, text.p);
	writer_end(writer, ']');
	return 0;
}

int discovery_key_reply(Exchange *exchange, EVP_PKEY *key, const char *id,
			X509 *certificate)
{
	Writer *writer = &exchange->writer;
	int r;

	exchange_reply(exchange, 200);
	writer_begin(writer, NULL, '{');
	writer_begin(writer, "keys", '[');
	writer_begin(writer, NULL, '{');
	writer_string(writer, "kty", "RSA");
	writer_string(writer, "use", "sig");
	writer_string(writer, "kid", id);
	writer_string(writer, "x5t", id);
	r = number_write(writer, "n", key, OSSL_PKEY_PARAM_RSA_N);
	if (r == 0)
		r = number_write(writer, "e", key, OSSL_PKEY_PARAM_RSA_E);
	if (r == 0)
		r = certificate_write(writer, certificate);
	if (r < 0)
		return r;
	writer_end(writer, '}');
	writer_end(writer, ']');
	writer_end(writer, '}');
	return 0;
}

int discovery_keys(Exchange *exchange)
{
	const Identity *identity = &exchange->emulator->identity;

	return discovery_key_reply(exchange, identity->token_key,
				   identity->token_key_id,
				   identity->token_certificate);
}
