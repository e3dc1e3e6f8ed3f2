/* SPDX-License-Identifier: MIT */

/*
 * Pure. Whose certificates Azure's hosts have: "Azure Certificate Authority
 * details" names Microsoft and DigiCert for the public, US and Chinese clouds.
 */

#include "auth/doctor-connection.h"

#include <inttypes.h>
#include <strings.h>

#include "base/time.h"

void proxy_text(char ret[PROXY_TEXT_SIZE], const char *proxy)
{
	const char *scheme_end = strstr(proxy, "://");
	const char *host = scheme_end ? scheme_end + 3 : proxy;
	const char *at = strrchr(host, '@');
	int scheme_n = scheme_end ? (int)(scheme_end + 3 - proxy) : 0;
	size_t n;

	if (at)
		host = at + 1;
	n = strspn(host, "0123456789abcdefghijklmnopqrstuvwxyz"
			 "ABCDEFGHIJKLMNOPQRSTUVWXYZ.-_:[]");
	/* A '@' or '/' in a password makes it hard to say where it ends. */
	if (n == 0 || scheme_n > 10 || (host[n] != '\0' && host[n] != '/') ||
	    n > PROXY_TEXT_SIZE / 2)
		(void)snprintf(ret, PROXY_TEXT_SIZE, "set");
	else
		(void)snprintf(ret, PROXY_TEXT_SIZE, "%.*s%.*s", scheme_n,
			       proxy, (int)n, host);
}

/* --- tls ---------------------------------------------------------------- */

static bool issuer_is_azures(const ConnectionFacts *facts)
{
	const char *organization = facts->peer->organization;
	const char *cloud = facts->cloud->name;

	if (strcmp(cloud, "public") != 0 && strcmp(cloud, "usgov") != 0 &&
	    strcmp(cloud, "china") != 0)
		return true; /* nobody says whose those are */
	return strcasecmp(organization, "Microsoft Corporation") == 0 ||
	       strncasecmp(organization, "DigiCert", 8) == 0;
}

static const char *issuer_text(const HttpPeer *peer)
{
	return peer->issuer[0] != '\0'         ? peer->issuer
	       : peer->organization[0] != '\0' ? peer->organization
					       : "nobody that it names";
}

static bool has_proxy(const ConnectionFacts *facts)
{
	return facts->proxy[0] != '\0';
}

static void say_no_connection(Finding *ret, const ConnectionFacts *facts)
{
	finding_failed(ret, FINDING_EXIT_NETWORK,
		       facts->result == HTTP_E_TIMEOUT ? "connect-timeout"
		       : has_proxy(facts)              ? "connect-proxy"
						       : "connect-failed",
		       "No connection to %s on port 443%s%s (%s): %s.",
		       facts->host, has_proxy(facts) ? " by the proxy " : "",
		       facts->proxy, facts->reason,
		       has_proxy(facts)
			       ? "the proxy is not there, or does not let "
				 "this through; NO_PROXY names what goes "
				 "without it"
			       : "a firewall on the way, or no route; where "
				 "there is a proxy, HTTPS_PROXY names it");
	if (facts->connect_to[0] != '\0')
		finding_command(ret, "curl -v --connect-to ::%s https://%s/",
				facts->connect_to, facts->host);
	else
		finding_command(ret, "curl -v https://%s/", facts->host);
}

static void say_untrusted(Finding *ret, const ConnectionFacts *facts)
{
	const HttpPeer *peer = facts->peer;

	if (peer->expires_s >= 0 && peer->expires_s <= facts->wall_s) {
		finding_failed(ret, FINDING_EXIT_NETWORK, "tls-expired",
			       "The certificate of who answers for %s has "
			       "expired, by this machine's clock: look at the "
			       "clock first.",
			       facts->host);
		finding_command(ret, "date -u");
	} else if (!issuer_is_azures(facts)) {
		finding_failed(
			ret, FINDING_EXIT_NETWORK, "tls-inspected",
			"Who answers for %s has a certificate of \"%s\", "
			"which is not one of Azure's and is not trusted "
			"here: a proxy that inspects TLS, or the wrong "
			"host; give that proxy's root certificate with "
			"cafile=.",
			facts->host, issuer_text(peer));
		finding_command(ret, "akvfs doctor -o cafile=ROOT.pem %s",
				facts->host);
	} else {
		finding_failed(ret, FINDING_EXIT_NETWORK, "tls-untrusted",
			       "The certificate of %s, of \"%s\", is not "
			       "trusted here (%s): the list of trusted roots "
			       "is old, or cafile= (SSL_CERT_FILE) names "
			       "another.",
			       facts->host, issuer_text(peer), peer->fault);
		finding_command(ret, "update-ca-certificates");
	}
}

static void say_tls_failed(Finding *ret, const ConnectionFacts *facts)
{
	const HttpPeer *peer = facts->peer;

	if (peer->fault[0] != '\0') {
		say_untrusted(ret, facts);
		return;
	}
	if (peer->subject[0] != '\0')
		finding_failed(ret, FINDING_EXIT_NETWORK, "tls-name",
			       "Who answers for %s is \"%s\": DNS, hosts(5) or "
			       "a proxy leads to another machine.",
			       facts->host, peer->subject);
	else
		finding_failed(ret, FINDING_EXIT_NETWORK, "tls-failed",
			       "TLS with %s failed (%s): something on the way "
			       "does not let it through, or speaks no TLS "
			       "1.2.",
			       facts->host, facts->reason);
	finding_command(ret, "openssl s_client -connect %s:443 -servername %s",
			facts->host, facts->host);
}

static void say_trusted(Finding *ret, const ConnectionFacts *facts)
{
	const HttpPeer *peer = facts->peer;

	if (!issuer_is_azures(facts) && facts->connect_to[0] == '\0')
		finding_warning(ret, "tls-foreign",
				"The certificate of %s is of \"%s\", which is "
				"trusted here and is not one of Azure's: a "
				"proxy reads all that goes to the vault.",
				facts->host, issuer_text(peer));
	else
		finding_ok(ret, "tls-ok", "%s, certificate of \"%s\"",
			   peer->version, issuer_text(peer));
}

static void add_peer(Finding *ret, const HttpPeer *peer)
{
	char text[TIME_TEXT_SIZE];

	finding_fact(ret, "connected_to", "%s", peer->address);
	finding_fact(ret, "version", "%s", peer->version);
	finding_fact(ret, "subject", "%s", peer->subject);
	finding_fact(ret, "issuer", "%s", peer->issuer);
	finding_fact(ret, "issuer_organization", "%s", peer->organization);
	if (peer->expires_s >= 0) {
		time_format_rfc3339(text, peer->expires_s);
		finding_fact(ret, "expires", "%s", text);
	}
	finding_fact(ret, "fault", "%s", peer->fault);
}

void doctor_tls(Finding *ret, const ConnectionFacts *facts)
{
	finding_init(ret, "tls");
	finding_fact(ret, "proxy", "%s", facts->proxy);
	finding_fact(ret, "cafile", "%s", facts->cafile);
	switch (facts->result) {
	case HTTP_E_RESOLVE:
	case HTTP_E_CONNECT:
	case HTTP_E_TIMEOUT:
		say_no_connection(ret, facts);
		break;
	case HTTP_E_TLS:
		say_tls_failed(ret, facts);
		break;
	default:
		say_trusted(ret, facts);
		break;
	}
	add_peer(ret, facts->peer);
}

/* --- clock -------------------------------------------------------------- */

/* "7 min", "75 s", "26 h": whole units, as a person would say it. */
static void span_text(char ret[32], int64_t seconds)
{
	if (seconds < 120)
		(void)snprintf(ret, 32, "%" PRId64 " s", seconds);
	else if (seconds < 120 * 60)
		(void)snprintf(ret, 32, "%" PRId64 " min", (seconds + 30) / 60);
	else
		(void)snprintf(ret, 32, "%" PRId64 " h",
			       (seconds + 1800) / 3600);
}

void doctor_clock(Finding *ret, const char *date, int64_t wall_s)
{
	int64_t there_s, ahead_s;
	const char *way;
	char span[32];

	finding_init(ret, "clock");
	if (time_parse_http_date(&there_s, date) != 0) {
		finding_skipped(ret, "clock-unknown",
				"the answer does not say what time it is");
		return;
	}
	ahead_s = wall_s - there_s;
	way = ahead_s > 0 ? "ahead" : "behind";
	span_text(span, ahead_s > 0 ? ahead_s : -ahead_s);
	if (ahead_s > CLOCK_WRONG_S || ahead_s < -CLOCK_WRONG_S) {
		finding_failed(ret, FINDING_EXIT_AUTHENTICATION, "clock-wrong",
			       "Your clock is %s %s: tokens and assertions "
			       "seem to be outside their time.",
			       span, way);
		finding_command(ret, "timedatectl set-ntp true");
	} else if (ahead_s > CLOCK_OFF_S || ahead_s < -CLOCK_OFF_S) {
		finding_warning(ret, "clock-off",
				"Your clock is %s %s, which is tolerated.",
				span, way);
		finding_command(ret, "timedatectl set-ntp true");
	} else {
		finding_ok(ret, "clock-ok",
			   "the vault's and this machine's "
			   "agree");
	}
	finding_fact(ret, "ahead_s", "%" PRId64, ahead_s);
}
