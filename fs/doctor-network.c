/* SPDX-License-Identifier: MIT */

/* The stages dns, tls, clock and vault: what there is to know without a token.
 * One request serves the last three. */

#include <netdb.h>
#include <sys/socket.h>

#include "auth/doctor-connection.h"
#include "auth/doctor-name.h"
#include "base/clock.h"
#include "base/parse.h"
#include "base/time.h"
#include "fs/doctor.h"
#include "vault/doctor-probe.h"
#include "vault/vault.h"

/* --- dns --------------------------------------------------------------------
 */

/* Is @host, or a domain that it is below, in the list @no_proxy? */
static bool host_is_exempt(const char *host, const char *no_proxy)
{
	while (*no_proxy) {
		char name[URL_HOST_MAX + 1];
		size_t n = strcspn(no_proxy, ", ");
		const char *from = no_proxy;
		size_t length = n;

		if (length > 0 && *from == '.') {
			from++;
			length--;
		}
		(void)snprintf(name, sizeof(name), "%.*s",
			       (int)AKV_MIN(length, (size_t)URL_HOST_MAX),
			       from);
		if (strcmp(name, "*") == 0 || ascii_equal_fold(name, host) ||
		    (name[0] != '\0' && host_is_below(host, name)))
			return true;
		no_proxy += n + (no_proxy[n] != '\0');
	}
	return false;
}

static bool is_proxied(const Doctor *doctor)
{
	const Options *o = &doctor->client.options;

	return o->proxy[0] != '\0' &&
	       !host_is_exempt(doctor->client.source.origin.host, o->no_proxy);
}

static void take_addresses(NameFacts *facts, const struct addrinfo *found)
{
	for (const struct addrinfo *at = found;
	     at && facts->n_addresses < NAME_ADDRESSES_MAX; at = at->ai_next) {
		char *text = facts->addresses[facts->n_addresses];

		if (getnameinfo(at->ai_addr, at->ai_addrlen, text,
				NAME_ADDRESS_SIZE, NULL, 0,
				NI_NUMERICHOST) == 0)
			facts->n_addresses++;
	}
	if (found && found->ai_canonname)
		(void)snprintf(facts->canonical, sizeof(facts->canonical), "%s",
			       found->ai_canonname);
}

static void look_up(NameFacts *facts)
{
	struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_CANONNAME,
	};
	struct addrinfo *found = NULL;
	int r = getaddrinfo(facts->host, "443", &hints, &found);

	if (r == 0) {
		take_addresses(facts, found);
		freeaddrinfo(found);
		return;
	}
	facts->answer =
		r == EAI_NONAME || r == EAI_NODATA ? NAME_ABSENT : NAME_UNKNOWN;
	facts->reason = gai_strerror(r);
}

static void look_name(Doctor *doctor)
{
	const Source *source = &doctor->client.source;
	NameFacts facts = {
		.host = source->origin.host,
		.vault = source->vault,
		.cloud = source->cloud->name,
		.connect_to = doctor->client.options.connect_to,
		.proxied = is_proxied(doctor),
		.reason = "no address",
	};
	Finding *finding = doctor_next(doctor);

	if (facts.connect_to[0] == '\0')
		look_up(&facts);
	doctor_name(finding, &facts);
	doctor->resolved = finding->state != FINDING_FAILED;
}

/* --- tls, clock, vault ------------------------------------------------------
 */

typedef struct Knock {
	Doctor *doctor;
	HttpPeer peer;
} Knock;

static void judge_tls(Knock *knock, const HttpResponse *response)
{
	Doctor *doctor = knock->doctor;
	const Options *o = &doctor->client.options;
	char proxy[PROXY_TEXT_SIZE] = "";
	ConnectionFacts facts = {
		.host = doctor->client.source.origin.host,
		.cloud = doctor->client.source.cloud,
		.connect_to = o->connect_to,
		.cafile = o->cafile,
		.proxy = proxy,
		.result = response->result,
		.reason = response->reason && response->reason[0] != '\0'
				  ? response->reason
				  : http_result_text(response->result),
		.peer = &knock->peer,
		.wall_s = clock_wall_s(),
	};
	Finding *finding = doctor_next(doctor);

	if (is_proxied(doctor))
		proxy_text(proxy, o->proxy);
	doctor_tls(finding, &facts);
	doctor->reached = finding->state != FINDING_FAILED;
}

static void judge_clock(Doctor *doctor, const HttpResponse *response)
{
	int64_t now_s = clock_wall_s(), there_s;

	doctor_clock(doctor_next(doctor), response->date, now_s);
	if (time_parse_http_date(&there_s, response->date) == 0)
		doctor->ahead_s = now_s - there_s;
}

static void judge_vault(Doctor *doctor, const HttpResponse *response)
{
	const Source *source = &doctor->client.source;
	VaultTopic topic = {
		.vault = source->vault,
		.is_hsm = source->is_hsm,
		.is_whole = true,
		.collection =
			source->is_hsm ? COLLECTION_KEYS : COLLECTION_SECRETS,
	};
	Challenge challenge;
	VaultError error;
	ProbeFacts facts = {
		.source = source,
		.tenant = doctor->client.options.tenant_id,
		.wanted = doctor_wanted(doctor),
		.response = response,
		.error = &error,
	};
	Finding *finding = doctor_next(doctor);

	vault_error_read(&error, response, &topic);
	if (challenge_parse(&challenge, response->challenges,
			    response->n_challenges) == 0)
		facts.challenge = &challenge;
	doctor_probe(finding, &facts);
	doctor->is_vault = finding->state != FINDING_FAILED;
	probe_address(doctor->seen_as, response->network_info);
	if (facts.challenge && doctor->is_vault)
		memcpy(doctor->tenant, challenge.tenant,
		       sizeof(doctor->tenant));
}

static void skip_after_tls(Doctor *doctor)
{
	doctor_skip(doctor, "clock", "clock-unknown", "nothing answered");
	doctor_skip(doctor, "vault", "vault-unreached", "nothing answered");
}

static void knocked(void *data, const HttpResponse *response)
{
	Knock *knock = data;
	Doctor *doctor = knock->doctor;

	judge_tls(knock, response);
	if (!doctor->reached) {
		skip_after_tls(doctor);
	} else if (response->result != HTTP_OK) {
		doctor_skip(doctor, "clock", "clock-unknown",
			    "the answer cannot be read");
		judge_vault(doctor, response);
	} else {
		judge_clock(doctor, response);
		judge_vault(doctor, response);
	}
	loop_stop(doctor->client.loop, 0);
}

/* Ask for a list without a token; only the refusal is of interest. */
static int knock_start(Knock *knock)
{
	Client *client = &knock->doctor->client;
	AKV_BUF Buf url = BUF_INIT(BUF_MAX_URL);
	HttpTransfer *transfer;
	HttpRequest request = {
		.method = "GET",
		.headers = {"Accept: application/json"},
		.peer = &knock->peer,
		.deadline_us =
			clock_add(clock_now_us(),
				  client->options.timeout_s * CLOCK_US_PER_S),
	};
	char origin[ORIGIN_TEXT_SIZE];
	int r;

	origin_format(origin, &client->source.origin);
	r = buf_printf(&url,
		       "%s/%s?api-version=" VAULT_API_VERSION_DEFAULT
		       "&maxresults=1",
		       origin, client->source.is_hsm ? "keys" : "secrets");
	request.url = url.p;
	return r == 0 ? http_start(client->http, &transfer, &request, knocked,
				   knock)
		      : r;
}

static void look_connection(Doctor *doctor)
{
	Knock knock = {
		.doctor = doctor,
		.peer = {.expires_s = -1, .fault = ""},
	};
	int r = knock_start(&knock);

	if (r == 0)
		r = loop_run(doctor->client.loop);
	if (r < 0) {
		doctor_skip(doctor, "tls", "tls-fault", strerror(-r));
		skip_after_tls(doctor);
	}
}

void doctor_look_network(Doctor *doctor)
{
	look_name(doctor);
	if (doctor->resolved) {
		look_connection(doctor);
		return;
	}
	doctor_skip(doctor, "tls", "tls-unresolved",
		    "there is no address to connect to");
	skip_after_tls(doctor);
}
