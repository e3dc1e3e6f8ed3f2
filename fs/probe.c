/* SPDX-License-Identifier: MIT */

/* One call at a time; used by worker.c. */

#include "fs/probe.h"

#include "base/clock.h"
#include "base/log.h"
#include "fs/control.h"
#include "vault/objects.h"

/* Refused for where we are, not for who we are: no read would work. */
static bool error_is_of_network_rules(const VaultError *error)
{
	return strcmp(error->inner, "ForbiddenByFirewall") == 0 ||
	       strcmp(error->inner, "ForbiddenByConnection") == 0;
}

int probe_code(const VaultError *error)
{
	switch (error->answer) {
	case VAULT_OK:
		return EXIT_CODE_OK;
	case VAULT_E_FORBIDDEN:
		return error_is_of_network_rules(error) ? EXIT_CODE_REFUSED
							: EXIT_CODE_OK;
	case VAULT_E_UNAUTHORIZED:
		return EXIT_CODE_AUTHENTICATION;
	case VAULT_E_UNREACHABLE:
	case VAULT_E_UNRESOLVED:
	case VAULT_E_UNAVAILABLE:
	case VAULT_E_TLS:
		return EXIT_CODE_NETWORK;
	case VAULT_E_THROTTLED:
		/* It is there, and busy: reads will be retried. */
		return EXIT_CODE_OK;
	case VAULT_E_NOT_FOUND:
	case VAULT_E_DISABLED:
	case VAULT_E_UNTRUSTED:
	case VAULT_E_REFUSED:
	case VAULT_E_ABSENT:
		return EXIT_CODE_REFUSED;
	}
	return EXIT_CODE_REFUSED;
}

static void probe_listed(void *data, AKV_UNUSED const ObjectItem *items,
			 AKV_UNUSED size_t n, AKV_UNUSED const char *next,
			 const VaultError *error)
{
	Probe *probe = data;
	int code = probe_code(error);
	char text[768];

	if (code == EXIT_CODE_OK) {
		if (error->answer != VAULT_OK)
			log_warning("the vault does not let us list: %s",
				    error->sentence);
		(void)snprintf(text, sizeof(text), "%s",
			       vault_origin(probe->vault)->host);
	} else {
		(void)snprintf(text, sizeof(text), "%s: %s",
			       vault_answer_text(error->answer),
			       error->sentence);
	}
	probe->done(probe->data, code, text);
}

int probe_start(Probe *probe, Vault *vault, uint64_t timeout_us,
		void (*done)(void *data, int code, const char *text),
		void *data)
{
	ListKey key = {
		.list = LIST_OBJECTS,
		.collection = vault_first_collection(vault),
	};

	*probe = (Probe){.vault = vault, .done = done, .data = data};
	return objects_list(vault, &probe->call, &key, NULL,
			    clock_add(clock_now_us(), timeout_us), probe_listed,
			    probe);
}
