/* SPDX-License-Identifier: MIT */

/* The order of the stages, and the first of them. */

#include "fs/doctor.h"

#include "auth/doctor-config.h"
#include "base/parse.h"
#include "fs/control.h"
#include "fs/identity.h"

static_assert((int)FINDING_EXIT_USAGE == (int)EXIT_CODE_USAGE, "usage");
static_assert((int)FINDING_EXIT_AUTHENTICATION == (int)EXIT_CODE_AUTHENTICATION,
	      "authentication");
static_assert((int)FINDING_EXIT_NETWORK == (int)EXIT_CODE_NETWORK, "network");
static_assert((int)FINDING_EXIT_REFUSED == (int)EXIT_CODE_REFUSED, "refused");

void doctor_init(Doctor *doctor)
{
	*doctor = (Doctor){.kind = ""};
	client_init(&doctor->client);
}

void doctor_done(Doctor *doctor)
{
	doctor->sign_in = sign_in_free(doctor->sign_in);
	doctor->given = secret_unref(doctor->given);
	client_done(&doctor->client);
}

Finding *doctor_next(Doctor *doctor)
{
	if (doctor->n < DOCTOR_FINDINGS_MAX)
		doctor->n++;
	return &doctor->findings[doctor->n - 1];
}

void doctor_skip(Doctor *doctor, const char *stage, const char *code,
		 const char *why)
{
	Finding *finding = doctor_next(doctor);

	finding_init(finding, stage);
	finding_skipped(finding, code, "%s", why);
}

const char *doctor_tenant(const Doctor *doctor)
{
	const char *configured = doctor->client.options.tenant_id;

	return configured[0] != '\0' ? configured : doctor->tenant;
}

const char *doctor_wanted(const Doctor *doctor)
{
	const Source *source = &doctor->client.source;

	return source->is_hsm ? source->cloud->hsm_resource
			      : source->cloud->vault_resource;
}

/* --- config -----------------------------------------------------------------
 */

static const char *const variable_names[] = {
	"AZURE_TENANT_ID",
	"AZURE_CLIENT_ID",
	"AZURE_CLIENT_SECRET",
	"AZURE_CLIENT_CERTIFICATE_PATH",
	"AZURE_CLIENT_CERTIFICATE_PASSWORD",
	"AZURE_FEDERATED_TOKEN_FILE",
	"AZURE_TOKEN_CREDENTIALS",
	"AZURE_AUTHORITY_HOST",
	"IDENTITY_ENDPOINT",
	"MSI_ENDPOINT",
	"HTTPS_PROXY",
	"NO_PROXY",
	"SSL_CERT_FILE",
};

enum { VARIABLES = AKV_ARRAY_LEN(variable_names) };

/* Before secrets are taken out of the environment. */
static void variables_look(ConfigVariable ret[VARIABLES])
{
	for (size_t i = 0; i < VARIABLES; i++) {
		const char *value = secure_getenv(variable_names[i]);

		ret[i] = (ConfigVariable){
			.name = variable_names[i],
			.is_set = value && value[0] != '\0',
		};
	}
}

static const char *suffix_of(const Source *source)
{
	return source->is_hsm ? source->cloud->hsm_suffix
			      : source->cloud->vault_suffix;
}

/* Does auth= name a way, and AZURE_TOKEN_CREDENTIALS sources? What is missing
 * for it is the stage sign-in's. */
static bool auth_is_known(Client *client, char *why)
{
	AKV_CLEANUP(credential_freep) Credential *credential = NULL;
	CredentialConfig config;

	identity_configure(&config, &client->options, client->state,
			   &client->source, client->arc_agent);
	return credential_new(&credential, &config, why, CLIENT_WHY_SIZE) !=
	       CREDENTIAL_E_UNKNOWN;
}

/* As a mount asks it before anything else. */
static bool tenant_can_be(const Options *o, char *why)
{
	if (o->tenant_id[0] == '\0' ||
	    (tenant_is_valid(o->tenant_id) &&
	     !ascii_equal_fold(o->tenant_id, "adfs")))
		return true;
	(void)snprintf(why, CLIENT_WHY_SIZE,
		       "option tenant_id (or AZURE_TENANT_ID): expected the id "
		       "or a domain of a tenant of Microsoft Entra ID");
	return false;
}

static bool look_config(Doctor *doctor,
			const ConfigVariable variables[VARIABLES])
{
	const Options *o = &doctor->client.options;
	const Source *source = &doctor->client.source;
	char why[CLIENT_WHY_SIZE] = "";
	ConfigFacts facts = {
		.auth = o->auth,
		.preference = o->token_credentials,
		.authority = o->authority,
		.tenant = o->tenant_id,
		.connect_to = o->connect_to,
		.token_given = doctor->given != NULL,
		.variables = variables,
		.n_variables = VARIABLES,
	};

	if (client_source(&doctor->client, why) != 0) {
		facts.source_fault = why;
	} else {
		facts.host = source->origin.host;
		facts.vault = source->vault;
		facts.cloud = source->cloud;
		facts.suffix = suffix_of(source);
		facts.resource = source->resource;
		facts.wanted = doctor_wanted(doctor);
		if (!tenant_can_be(o, why) ||
		    client_http(&doctor->client, why) != 0)
			facts.option_fault = why;
		else if (!doctor->given && !auth_is_known(&doctor->client, why))
			facts.auth_fault = why;
	}
	doctor_config(doctor_next(doctor), &facts);
	return !facts.source_fault && !facts.auth_fault && !facts.option_fault;
}

/* --- all of them ------------------------------------------------------------
 */

static int exit_code(const Doctor *doctor)
{
	for (size_t i = 0; i < doctor->n; i++)
		if (doctor->findings[i].state == FINDING_FAILED)
			return (int)doctor->findings[i].exit;
	return EXIT_CODE_OK;
}

int doctor_run(Doctor *doctor)
{
	ConfigVariable variables[VARIABLES];
	int r;

	variables_look(variables);
	r = client_seal(&doctor->client);
	if (r != 0)
		return r;
	if (look_config(doctor, variables)) {
		doctor_look_network(doctor);
		doctor_look_identity(doctor);
		doctor_look_access(doctor);
	}
	return exit_code(doctor);
}
