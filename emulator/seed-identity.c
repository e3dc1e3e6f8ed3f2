/* SPDX-License-Identifier: MIT */

/*
 * Called with the emulator's lock held, or before there are threads. What a
 * principal has already and the seed does not name stays.
 */

#include "emulator/seed-identity.h"

#include "base/json.h"
#include "emulator/certificate.h"
#include "emulator/entra-error.h"

static int refuse(char why[SEED_WHY_SIZE], const char *where, const char *what)
{
	(void)snprintf(why, SEED_WHY_SIZE, "%.200s: %s", where, what);
	return SEED_E_INVALID;
}

static int text_copy(char *ret, size_t size, const cJSON *value)
{
	if (!cJSON_IsString(value) || strlen(value->valuestring) >= size)
		return SEED_E_INVALID;
	(void)snprintf(ret, size, "%s", value->valuestring);
	return 0;
}

static int bool_copy(bool *ret, const cJSON *value)
{
	if (!cJSON_IsBool(value))
		return SEED_E_INVALID;
	*ret = cJSON_IsTrue(value);
	return 0;
}

static int pem_parse(X509 **ret, const cJSON *value)
{
	int r;

	if (!cJSON_IsString(value))
		return SEED_E_INVALID;
	r = certificate_parse_pem(ret, value->valuestring,
				  strlen(value->valuestring));
	return r == -EIO ? SEED_E_INVALID : r;
}

static int certificates_apply(Principal *principal, const cJSON *list)
{
	const cJSON *item;

	if (!cJSON_IsArray(list))
		return SEED_E_INVALID;
	cJSON_ArrayForEach (item, list) {
		size_t n = principal->n_certificates;
		int r;

		if (n == PRINCIPAL_CERTIFICATES_MAX)
			return SEED_E_INVALID;
		r = pem_parse(&principal->certificates[n], item);
		if (r != 0)
			return r;
		principal->n_certificates++;
	}
	return 0;
}

static int subjects_apply(Principal *principal, const cJSON *list)
{
	const cJSON *item, *issuer;
	const char *name;

	if (!cJSON_IsArray(list))
		return SEED_E_INVALID;
	cJSON_ArrayForEach (item, list) {
		TrustedSubject *subject =
			&principal->subjects[principal->n_subjects];
		int r;

		if (principal->n_subjects == PRINCIPAL_SUBJECTS_MAX ||
		    json_get_string(&name, item, "subject") != 0 ||
		    json_get(&issuer, item, "issuer") != 0)
			return SEED_E_INVALID;
		r = pem_parse(&subject->issuer, issuer);
		if (r != 0)
			return r;
		subject->subject = strdup(name);
		principal->n_subjects++;
		if (!subject->subject)
			return -ENOMEM;
	}
	return 0;
}

static int federated_apply(Principal *principal, const cJSON *list)
{
	const char *issuer, *subject, *audience;
	const cJSON *item;

	if (!cJSON_IsArray(list))
		return SEED_E_INVALID;
	cJSON_ArrayForEach (item, list) {
		FederatedCredential *one =
			&principal->federated[principal->n_federated];

		if (principal->n_federated == PRINCIPAL_FEDERATED_MAX ||
		    json_get_string(&issuer, item, "issuer") != 0 ||
		    json_get_string(&subject, item, "subject") != 0 ||
		    json_get_string(&audience, item, "audience") != 0)
			return SEED_E_INVALID;
		principal->n_federated++;
		*one = (FederatedCredential){strdup(issuer), strdup(subject),
					     strdup(audience)};
		if (!one->issuer || !one->subject || !one->audience)
			return -ENOMEM;
	}
	return 0;
}

/* "system", "user", or null: no longer of this machine. */
static int assignment_apply(Principal *principal, const cJSON *value)
{
	if (cJSON_IsNull(value))
		principal->assignment = ASSIGNED_NOT;
	else if (cJSON_IsString(value) &&
		 strcmp(value->valuestring, "system") == 0)
		principal->assignment = ASSIGNED_SYSTEM;
	else if (cJSON_IsString(value) &&
		 strcmp(value->valuestring, "user") == 0)
		principal->assignment = ASSIGNED_USER;
	else
		return SEED_E_INVALID;
	return 0;
}

static int refusal_apply(Principal *principal, const cJSON *value)
{
	if (cJSON_IsNull(value)) {
		principal->refusal = 0;
		return 0;
	}
	if (!cJSON_IsNumber(value) ||
	    !entra_error_is_known((int64_t)value->valuedouble))
		return SEED_E_INVALID;
	principal->refusal = (int)value->valuedouble;
	return 0;
}

static int proof_apply(Principal *principal, const cJSON *member)
{
	const char *name = member->string;

	if (strcmp(name, "secret") == 0)
		return text_copy(principal->secret, PRINCIPAL_SECRET_SIZE,
				 member);
	if (strcmp(name, "certificates") == 0) {
		principal_forget_certificates(principal);
		return certificates_apply(principal, member);
	}
	if (strcmp(name, "subjects") == 0)
		return subjects_apply(principal, member);
	if (strcmp(name, "federated") == 0) {
		principal_forget_federated(principal);
		return federated_apply(principal, member);
	}
	return SEED_E_INVALID;
}

static int principal_member_apply(Principal *principal, const cJSON *member)
{
	const char *name = member->string;

	if (strcmp(name, "objectId") == 0)
		return text_copy(principal->object_id, GUID_SIZE, member);
	if (strcmp(name, "resourceId") == 0)
		return text_copy(principal->resource_id, PRINCIPAL_NAME_SIZE,
				 member);
	if (strcmp(name, "user") == 0)
		return text_copy(principal->user, PRINCIPAL_NAME_SIZE, member);
	if (strcmp(name, "secretExpired") == 0)
		return bool_copy(&principal->secret_expired, member);
	if (strcmp(name, "disabled") == 0)
		return bool_copy(&principal->disabled, member);
	if (strcmp(name, "public") == 0)
		return bool_copy(&principal->is_public, member);
	if (strcmp(name, "assigned") == 0)
		return assignment_apply(principal, member);
	if (strcmp(name, "refusal") == 0)
		return refusal_apply(principal, member);
	return proof_apply(principal, member);
}

static int principal_apply(Emulator *emulator, const char *tenant,
			   const cJSON *seed, char why[SEED_WHY_SIZE])
{
	Directory *directory = &emulator->directory;
	Principal *principal = directory_edit(directory, seed->string);
	const cJSON *member;
	int r = 0;

	if (!cJSON_IsObject(seed))
		return refuse(why, seed->string, "is not an object");
	if (!principal) {
		r = directory_set_principal(directory, seed->string, tenant,
					    "");
		principal = directory_edit(directory, seed->string);
	}
	if (r > 0 || !principal)
		return r < 0 ? r : refuse(why, seed->string, "is no id");
	(void)snprintf(principal->tenant, GUID_SIZE, "%s", tenant);
	cJSON_ArrayForEach (member, seed) {
		r = principal_member_apply(principal, member);
		if (r > 0)
			return refuse(why, member->string,
				      "is not known of a principal, or has a "
				      "wrong type or value");
		if (r < 0)
			return r;
	}
	return 0;
}

static int tenant_apply(Emulator *emulator, const cJSON *tenant,
			char why[SEED_WHY_SIZE])
{
	const cJSON *member, *principal;
	int r = directory_add_tenant(&emulator->directory, tenant->string);

	if (r < 0)
		return r;
	if (r > 0 || !cJSON_IsObject(tenant))
		return refuse(why, tenant->string, "is no tenant");
	cJSON_ArrayForEach (member, tenant) {
		if (strcmp(member->string, "principals") != 0 ||
		    !cJSON_IsObject(member))
			return refuse(why, member->string,
				      "is not known of a tenant");
		cJSON_ArrayForEach (principal, member) {
			r = principal_apply(emulator, tenant->string, principal,
					    why);
			if (r != 0)
				return r;
		}
	}
	return 0;
}

int seed_tenants(Emulator *emulator, const cJSON *tenants,
		 char why[SEED_WHY_SIZE])
{
	const cJSON *tenant;

	if (!cJSON_IsObject(tenants))
		return refuse(why, tenants->string, "is not an object");
	cJSON_ArrayForEach (tenant, tenants) {
		int r = tenant_apply(emulator, tenant, why);

		if (r != 0)
			return r;
	}
	return 0;
}

int seed_host(Emulator *emulator, const cJSON *host, char why[SEED_WHY_SIZE])
{
	const cJSON *member;

	if (!cJSON_IsObject(host))
		return refuse(why, host->string, "is not an object");
	cJSON_ArrayForEach (member, host) {
		if (strcmp(member->string, "oldArcAgent") != 0 ||
		    bool_copy(&emulator->arc.is_old, member) != 0)
			return refuse(why, member->string,
				      "is not known of a host, or has a wrong "
				      "type");
	}
	return 0;
}

static int connection_apply(Pipelines *pipelines, const cJSON *connection)
{
	PipelineConnection *one = &pipelines->connections[pipelines->n];
	const char *issuer, *subject;

	if (pipelines->n == PIPELINE_CONNECTIONS_MAX ||
	    strlen(connection->string) >= GUID_SIZE ||
	    json_get_string(&issuer, connection, "issuer") != 0 ||
	    json_get_string(&subject, connection, "subject") != 0 ||
	    strlen(issuer) >= WORKLOAD_TEXT_SIZE ||
	    strlen(subject) >= WORKLOAD_TEXT_SIZE)
		return SEED_E_INVALID;
	(void)snprintf(one->id, GUID_SIZE, "%s", connection->string);
	(void)snprintf(one->issuer, WORKLOAD_TEXT_SIZE, "%s", issuer);
	(void)snprintf(one->subject, WORKLOAD_TEXT_SIZE, "%s", subject);
	pipelines->n++;
	return 0;
}

int seed_pipelines(Emulator *emulator, const cJSON *pipelines,
		   char why[SEED_WHY_SIZE])
{
	Pipelines fresh = {0};
	const cJSON *connections, *connection;
	const char *token;

	if (json_get_string(&token, pipelines, "accessToken") != 0 ||
	    strlen(token) >= WORKLOAD_TEXT_SIZE ||
	    json_get_object(&connections, pipelines, "connections") != 0)
		return refuse(why, pipelines->string,
			      "needs an accessToken and connections");
	(void)snprintf(fresh.access_token, WORKLOAD_TEXT_SIZE, "%s", token);
	cJSON_ArrayForEach (connection, connections) {
		if (connection_apply(&fresh, connection) != 0)
			return refuse(why, connection->string,
				      "needs an issuer and a subject");
	}
	emulator->pipelines = fresh;
	return 0;
}
