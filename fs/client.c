/* SPDX-License-Identifier: MIT */

/* As worker.c does it; used by the commands of akvfs-doctor. */

#include "fs/client.h"

#include <fcntl.h>

#include "base/clock.h"
#include "fs/command-fail.h"
#include "fs/control.h"
#include "fs/identity.h"
#include "fs/settings.h"

void client_init(Client *client)
{
	*client = (Client){
		.state_fd = -1,
		.ca_pem = BUF_INIT(BUF_MAX_FILE),
	};
	options_init(&client->options);
}

void client_done(Client *client)
{
	client->office = errand_office_free(client->office);
	client->http = http_free(client->http);
	client->loop = loop_free(client->loop);
	client->state = state_free(client->state);
	if (client->state_fd >= 0)
		(void)close(client->state_fd);
	client->state_fd = -1;
	buf_done(&client->ca_pem);
}

static int client_fault(char *why, const char *what, int r)
{
	(void)snprintf(why, CLIENT_WHY_SIZE, "%s: %s", what, strerror(-r));
	return EXIT_CODE_USAGE;
}

int client_seal(Client *client)
{
	int r = state_new(&client->state, &client->state_fd);

	if (r < 0)
		return command_fail(EXIT_CODE_USAGE, "shared memory: %s",
				    strerror(-r));
	r = settings_seal(client->state);
	return r == 0 ? settings_complete(&client->options) : r;
}

/* --- which vault ---------------------------------------------------------- */

/* The cloud that signs people in at @authority; NULL: none that is known. */
static const Cloud *cloud_by_authority(const char *authority)
{
	size_t n = strlen(authority);
	const Cloud *cloud;

	if (n > 0 && authority[n - 1] == '/')
		n--;
	for (size_t i = 0; (cloud = cloud_at(i)); i++)
		if (strlen(cloud->authority) == n &&
		    strncmp(cloud->authority, authority, n) == 0)
			return cloud;
	return NULL;
}

static int source_of_cloud(Client *client, char *why)
{
	const Options *o = &client->options;
	const Cloud *cloud = cloud_by_authority(o->authority);

	if (o->cloud[0])
		cloud = cloud_by_name(o->cloud);
	else if (!cloud)
		cloud = cloud_at(0);
	if (!cloud) {
		(void)snprintf(why, CLIENT_WHY_SIZE,
			       "there is no cloud of that name; cloud= is "
			       "public, usgov, china, germany, bleu or delos");
		return EXIT_CODE_USAGE;
	}
	client->source = (Source){
		.cloud = cloud,
		.resource = cloud->vault_resource,
	};
	return 0;
}

int client_source(Client *client, char *why)
{
	const Options *o = &client->options;
	int r;

	client->has_vault = o->source[0] != '\0';
	if (client->has_vault)
		r = identity_source(&client->source, &client->cloud, o, why,
				    CLIENT_WHY_SIZE);
	else
		r = source_of_cloud(client, why);
	if (r < 0)
		return client_fault(why, o->source, r);
	if (r == 0 && !client->has_vault && o->resource[0])
		client->source.resource = o->resource;
	return r == 0 ? 0 : EXIT_CODE_USAGE;
}

/* --- the network ---------------------------------------------------------- */

static int read_ca(Client *client)
{
	AKV_FD int fd = -1;

	if (!client->options.cafile[0])
		return 0;
	fd = open(client->options.cafile, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : buf_append_fd(&client->ca_pem, fd);
}

static int show_print(AKV_UNUSED void *data, const char *text)
{
	(void)fprintf(stderr, "%s\n", text);
	return 0;
}

int client_http(Client *client, char *why)
{
	const Options *o = &client->options;
	HttpConfig config = {
		.transfers = (unsigned)o->transfers,
		.connect_to = o->connect_to[0] ? o->connect_to : NULL,
		.proxy = o->proxy[0] ? o->proxy : NULL,
		.no_proxy = o->no_proxy[0] ? o->no_proxy : NULL,
	};
	int r = read_ca(client);

	if (r < 0) {
		(void)snprintf(why, CLIENT_WHY_SIZE, "cafile %.300s: %s",
			       o->cafile, strerror(-r));
		return EXIT_CODE_USAGE;
	}
	if (o->cafile[0]) {
		config.ca_pem = client->ca_pem.p;
		config.ca_pem_size = client->ca_pem.n;
	}
	client->arc_agent = identity_arc_agent_is_there();
	r = loop_new(&client->loop);
	if (r == 0)
		r = http_new(&client->http, client->loop, &config);
	buf_done(&client->ca_pem);
	if (r == HTTP_E_NO_ROOTS) {
		(void)snprintf(why, CLIENT_WHY_SIZE,
			       "cafile %.300s: there is no certificate in it",
			       o->cafile);
		return EXIT_CODE_USAGE;
	}
	if (r == 0)
		r = errand_office_new(&client->office, client->loop, o,
				      show_print, NULL);
	return r < 0 ? client_fault(why, "starting HTTP", r) : 0;
}

/* --- who asks ------------------------------------------------------------- */

int client_sign_in(SignIn **ret, Client *client, const char *kind, char *why)
{
	AKV_CLEANUP(credential_freep) Credential *credential = NULL;
	CredentialConfig config;
	SignIn *sign_in = NULL;
	int r;

	identity_configure(&config, &client->options, client->state,
			   &client->source, client->arc_agent);
	if (kind)
		config.kind = kind;
	r = credential_new(&credential, &config, why, CLIENT_WHY_SIZE);
	if (r > 0)
		return EXIT_CODE_AUTHENTICATION;
	if (r == 0)
		r = sign_in_new(&sign_in, client->loop, client->http,
				&credential,
				client->options.timeout_s * CLOCK_US_PER_S);
	if (r < 0)
		return client_fault(why, "signing in", r);
	sign_in_errands(sign_in, errand_office_errands(client->office));
	*ret = sign_in;
	return 0;
}
