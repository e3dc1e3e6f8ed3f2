/* SPDX-License-Identifier: MIT */

/* A table, sorted as a person would look things up. Used for sentences. */

#include "auth/aadsts.h"

#include "base/parse.h"

#define BAD_RESOURCE                                                      \
	"the resource is not known in this tenant: it is the cloud's "    \
	"constant (https://vault.azure.net), never the vault's own URL; " \
	"check cloud= and AZURE_TENANT_ID"
#define BAD_SCOPE "the scope is one resource with /.default after it"
#define BAD_APP                                                            \
	"this tenant has no such application: check AZURE_CLIENT_ID (the " \
	"application's id, not an object id) and AZURE_TENANT_ID"
#define BAD_SIGNATURE                                               \
	"the certificate is not the one that was uploaded to this " \
	"application, or its key does not belong to it"
#define BAD_FEDERATION                                                    \
	"no federated credential of this application matches: compare "   \
	"issuer, subject and audience letter by letter, and allow a new " \
	"one some minutes"
#define BAD_TENANT                                                       \
	"there is no such tenant: check AZURE_TENANT_ID and cloud= (or " \
	"AZURE_AUTHORITY_HOST)"
#define BAD_CLOUD "this tenant is in another national cloud: set cloud="
#define BAD_USER                                                          \
	"this user is not in the vault's tenant: az login --tenant with " \
	"that tenant's id"
#define NEEDS_PERSON                                                       \
	"a policy asks for a person here, which a service cannot be: use " \
	"a managed identity or an application, or log in again"
#define LOGIN_OVER "the login is over: az login"
#define NEEDS_CONSENT                                                     \
	"an administrator has to consent to user_impersonation of Azure " \
	"Key Vault"
#define BUSY "the service is busy; this is tried again"

static const struct {
	long code;
	const char *remedy;
} remedies[] = {
	{50001, BAD_RESOURCE},
	{500011, BAD_RESOURCE},
	{70011, BAD_SCOPE},
	{700022, BAD_SCOPE},
	{700023, BAD_SCOPE},
	{1002012, BAD_SCOPE},
	{70001, BAD_APP},
	{700011, BAD_APP},
	{700016, BAD_APP},
	{7000112, "the application is disabled: enable it in the tenant's "
		  "enterprise applications"},
	{7000215, "the client secret is wrong: AZURE_CLIENT_SECRET takes the "
		  "secret's value, not its id, and not an old one"},
	{7000218, "the request had no credential: check that this "
		  "application has a client secret and auth= names it"},
	{7000222, "the client secret has expired: make a new one (az ad app "
		  "credential reset)"},
	{700025, "the application is a public client, which has no secret: "
		 "register it as a confidential one"},
	{50012, BAD_SIGNATURE},
	{700027, BAD_SIGNATURE},
	{700030, "the certificate's subject is not registered with the "
		 "application, or its chain was not sent"},
	{700024, "the assertion is outside its time: set this machine's "
		 "clock, or renew the federated token file"},
	{70021, BAD_FEDERATION},
	{700211, BAD_FEDERATION},
	{700212, BAD_FEDERATION},
	{700213, BAD_FEDERATION},
	{90002, BAD_TENANT},
	{900023, BAD_TENANT},
	{90038, BAD_CLOUD},
	{900382, BAD_CLOUD},
	{900432, BAD_CLOUD},
	{50014, BAD_USER},
	{50020, BAD_USER},
	{50034, BAD_USER},
	{51004, BAD_USER},
	{50076, NEEDS_PERSON},
	{50079, NEEDS_PERSON},
	{53000, NEEDS_PERSON},
	{53003, NEEDS_PERSON},
	{530032, NEEDS_PERSON},
	{50173, LOGIN_OVER},
	{70008, LOGIN_OVER},
	{70043, LOGIN_OVER},
	{700082, LOGIN_OVER},
	{65001, NEEDS_CONSENT},
	{650057, NEEDS_CONSENT},
	{50196, "too many identical requests were made; wait some minutes"},
	{90006, BUSY},
	{90012, BUSY},
	{90024, BUSY},
	{90033, BUSY},
};

const char *aadsts_remedy(long code)
{
	for (size_t i = 0; i < AKV_ARRAY_LEN(remedies); i++)
		if (remedies[i].code == code)
			return remedies[i].remedy;
	return NULL;
}

/* APP and TENANT stand for their ids. */
static const struct {
	const char *remedy; /* of the table above: one per kind of trouble */
	const char *command;
} commands[] = {
	{BAD_APP, "az ad app show --id APP"},
	{BAD_SIGNATURE, "az ad app credential list --cert --id APP"},
	{BAD_FEDERATION, "az ad app federated-credential list --id APP"},
	{BAD_TENANT, "az account list --query \"[].{name:name,"
		     "tenant:tenantId}\" --output table"},
	{BAD_USER, "az login --tenant TENANT"},
	{LOGIN_OVER, "az login --tenant TENANT"},
	{NEEDS_CONSENT, "az ad app permission admin-consent --id APP"},
};

static const struct {
	long code;
	const char *command;
} commands_of_one[] = {
	{7000112, "az ad sp update --id APP --set accountEnabled=true"},
	{7000215, "az ad app credential reset --append --id APP"},
	{7000222, "az ad app credential reset --append --id APP"},
	{700024, "timedatectl set-ntp true"},
	{700030, "az ad app credential list --cert --id APP"},
};

static const char *command_find(long code)
{
	const char *remedy = aadsts_remedy(code);

	for (size_t i = 0; i < AKV_ARRAY_LEN(commands_of_one); i++)
		if (commands_of_one[i].code == code)
			return commands_of_one[i].command;
	for (size_t i = 0; i < AKV_ARRAY_LEN(commands) && remedy; i++)
		if (strcmp(commands[i].remedy, remedy) == 0)
			return commands[i].command;
	return "";
}

/* Made of what an id may have, so that a shell takes it for nothing else. */
static const char *word_or(const char *text, const char *otherwise)
{
	size_t n = text ? strspn(text, "0123456789-.abcdefghijklmnopqrstuvwxyz"
				       "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
			: 0;

	return n > 0 && text[n] == '\0' && text[0] != '-' ? text : otherwise;
}

void aadsts_command(char ret[AADSTS_COMMAND_SIZE], long code,
		    const char *client_id, const char *tenant)
{
	const struct {
		const char *name, *value;
	} words[] = {
		{"APP", word_or(client_id, "APPLICATION-ID")},
		{"TENANT", word_or(tenant, "TENANT-ID")},
	};
	const char *format = command_find(code);

	(void)snprintf(ret, AADSTS_COMMAND_SIZE, "%s", format);
	for (size_t i = 0; i < AKV_ARRAY_LEN(words); i++) {
		const char *at = strstr(format, words[i].name);

		if (at)
			(void)snprintf(ret, AADSTS_COMMAND_SIZE, "%.*s%s%s",
				       (int)(at - format), format,
				       words[i].value,
				       at + strlen(words[i].name));
	}
}

long aadsts_find(const char *text)
{
	static const char word[] = "AADSTS";
	const char *at = strstr(text, word);
	char digits[12];
	uint64_t code;

	if (!at)
		return 0;
	at += strlen(word);
	(void)snprintf(digits, sizeof(digits), "%.*s",
		       (int)AKV_MIN(strspn(at, "0123456789"), 11U), at);
	return parse_uint64(&code, digits, 999999999) == 0 ? (long)code : 0;
}
