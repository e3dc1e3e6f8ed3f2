/* SPDX-License-Identifier: MIT */

/*
 * The kinds, in the order in which auth=auto tries them. The first one that is
 * configured is taken, and stays: a failure of it is not hidden by another
 * identity.
 */

#include "auth/credential.h"

#include "auth/client-certificate.h"
#include "auth/client-secret.h"
#include "auth/workload.h"
#include "base/parse.h"

static const struct {
	const char *kind;
	const CredentialOps *ops;
	const char *needs;
} kinds[] = {
	{
		.kind = "secret",
		.ops = &client_secret_ops,
		.needs = "AZURE_CLIENT_ID (or client_id=), "
			 "AZURE_CLIENT_SECRET and an https authority",
	},
	{
		.kind = "certificate",
		.ops = &client_certificate_ops,
		.needs = "AZURE_CLIENT_ID (or client_id=) and "
			 "AZURE_CLIENT_CERTIFICATE_PATH (or certificate=)",
	},
	{
		.kind = "workload",
		.ops = &workload_ops,
		.needs = "AZURE_CLIENT_ID (or client_id=) and "
			 "AZURE_FEDERATED_TOKEN_FILE (or token_file=)",
	},
};

static bool is_kind(const char *wanted, size_t i)
{
	return ascii_equal_fold(wanted, "auto") ||
	       ascii_equal_fold(wanted, kinds[i].kind);
}

/* One sentence over all kinds that @wanted allows. */
static int say_unavailable(const char *wanted, char *why, size_t why_size)
{
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_LINE);
	const char *glue = "";
	int r = buf_printf(&text,
			   "there is nothing to sign in with (auth=%s): set ",
			   wanted);

	for (size_t i = 0; i < AKV_ARRAY_LEN(kinds) && r == 0; i++) {
		if (!is_kind(wanted, i))
			continue;
		r = buf_printf(&text, "%s%s", glue, kinds[i].needs);
		glue = "; or ";
	}
	(void)snprintf(why, why_size, "%s", text.p);
	return r < 0 ? r : CREDENTIAL_E_UNAVAILABLE;
}

static int say_unknown(char *why, size_t why_size)
{
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_LINE);
	int r = buf_append_string(
		&text, "there is no such way to sign in: auth= is auto");

	for (size_t i = 0; i < AKV_ARRAY_LEN(kinds) && r == 0; i++)
		r = buf_printf(&text, ", %s", kinds[i].kind);
	(void)snprintf(why, why_size, "%s", text.p);
	return r < 0 ? r : CREDENTIAL_E_UNKNOWN;
}

int credential_new(Credential **ret, const CredentialConfig *config, char *why,
		   size_t why_size)
{
	const char *wanted = config->kind ? config->kind : "auto";
	bool known = ascii_equal_fold(wanted, "auto");

	for (size_t i = 0; i < AKV_ARRAY_LEN(kinds); i++) {
		int r;

		if (!is_kind(wanted, i))
			continue;
		known = true;
		r = kinds[i].ops->new (ret, config);
		if (r != CREDENTIAL_E_UNAVAILABLE)
			return r;
	}
	return known ? say_unavailable(wanted, why, why_size)
		     : say_unknown(why, why_size);
}

int secret_store_probe(const SecretStore *store)
{
	AKV_CLEANUP(secret_unrefp) Secret *secret = NULL;
	int r;

	if (!store->open)
		return CREDENTIAL_E_UNAVAILABLE;
	r = store->open(store->data, &secret);
	if (r == -ENOENT || (r == 0 && secret_size(secret) == 0))
		return CREDENTIAL_E_UNAVAILABLE;
	return r;
}

Credential *credential_free(Credential *credential)
{
	if (credential)
		credential->ops->free(credential);
	return NULL;
}
