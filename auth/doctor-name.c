/* SPDX-License-Identifier: MIT */

/* Pure. The private ranges are those of RFC 1918, 4193, 3927, 4291, 6598. */

#include "auth/doctor-name.h"

#include <arpa/inet.h>
#include <strings.h>

static bool v4_is_private(uint32_t address)
{
	static const struct {
		uint32_t network;
		unsigned bits;
	} ranges[] = {
		{0x0a000000, 8},  {0x64400000, 10}, {0x7f000000, 8},
		{0xa9fe0000, 16}, {0xac100000, 12}, {0xc0a80000, 16},
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(ranges); i++)
		if ((address ^ ranges[i].network) >> (32 - ranges[i].bits) == 0)
			return true;
	return false;
}

bool address_is_private(const char *address)
{
	struct in6_addr v6;
	struct in_addr v4;

	if (inet_pton(AF_INET, address, &v4) == 1)
		return v4_is_private(ntohl(v4.s_addr));
	if (inet_pton(AF_INET6, address, &v6) != 1)
		return false;
	if (IN6_IS_ADDR_V4MAPPED(&v6)) {
		memcpy(&v4, v6.s6_addr + 12, sizeof(v4));
		return v4_is_private(ntohl(v4.s_addr));
	}
	return IN6_IS_ADDR_LOOPBACK(&v6) || IN6_IS_ADDR_LINKLOCAL(&v6) ||
	       (v6.s6_addr[0] & 0xfe) == 0xfc;
}

static bool is_private_link(const char *canonical)
{
	return strcasestr(canonical, ".privatelink.") != NULL;
}

static void say_absent(Finding *ret, const NameFacts *facts)
{
	if (facts->proxied) {
		finding_ok(ret, "dns-proxy",
			   "%s does not resolve here, which the proxy is for",
			   facts->host);
		return;
	}
	finding_failed(ret, FINDING_EXIT_NETWORK, "dns-absent",
		       "The name %s does not resolve: there is no vault %s in "
		       "the cloud %s, or it was deleted, or the private DNS "
		       "zone of its private endpoint is not linked to this "
		       "network.",
		       facts->host, facts->vault, facts->cloud);
	finding_command(ret,
			"az keyvault list --query \"[?name=='%s']."
			"properties.vaultUri\" --output tsv",
			facts->vault);
}

static void say_unknown(Finding *ret, const NameFacts *facts)
{
	if (facts->proxied) {
		finding_ok(ret, "dns-proxy",
			   "no name server answers here, and the proxy finds "
			   "%s",
			   facts->host);
		return;
	}
	finding_failed(ret, FINDING_EXIT_NETWORK, "dns-unanswered",
		       "No name server answered for %s (%s): this machine's "
		       "DNS does not work, or nothing of it reaches a server.",
		       facts->host, facts->reason);
	finding_command(ret, "getent hosts %s", facts->host);
}

static void say_found(Finding *ret, const NameFacts *facts)
{
	bool is_private = address_is_private(facts->addresses[0]);

	if (is_private_link(facts->canonical) && !is_private) {
		finding_warning(
			ret, "dns-private-zone",
			"The vault %s has a private endpoint, and its name "
			"leads to the public address %s here: link the private "
			"DNS zone privatelink.vaultcore.azure.net to this "
			"network if it is to go there.",
			facts->vault, facts->addresses[0]);
		finding_command(ret,
				"az network private-dns link vnet list "
				"--zone-name privatelink.vaultcore.azure.net "
				"--resource-group RESOURCE-GROUP");
		return;
	}
	finding_ok(ret, is_private ? "dns-private" : "dns-public",
		   "%s is %s, a %s address", facts->host, facts->addresses[0],
		   is_private ? "private" : "public");
}

static void add_addresses(Finding *ret, const NameFacts *facts)
{
	char text[FINDING_FACT_SIZE] = "";
	size_t n = 0;

	for (size_t i = 0; i < facts->n_addresses && n < sizeof(text); i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s",
				      i > 0 ? ", " : "", facts->addresses[i]);
	finding_fact(ret, "addresses", "%s", text);
}

void doctor_name(Finding *ret, const NameFacts *facts)
{
	finding_init(ret, "dns");
	finding_fact(ret, "host", "%s", facts->host);
	if (facts->connect_to[0] != '\0') {
		finding_skipped(ret, "dns-not-asked",
				"connect_to= leads every name to %s",
				facts->connect_to);
		return;
	}
	if (facts->answer == NAME_ABSENT)
		say_absent(ret, facts);
	else if (facts->answer == NAME_UNKNOWN || facts->n_addresses == 0)
		say_unknown(ret, facts);
	else
		say_found(ret, facts);
	if (facts->canonical[0] != '\0' &&
	    strcasecmp(facts->canonical, facts->host) != 0)
		finding_fact(ret, "alias", "%s", facts->canonical);
	add_addresses(ret, facts);
}
