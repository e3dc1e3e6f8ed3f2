/* SPDX-License-Identifier: MIT */

/* Requests taken apart: paths, queries, hosts; and which route they take. */

#include "emulator/exchange.h"
#include "emulator/routes.h"
#include "tests/unit/check.h"

static int nothing(AKV_UNUSED Exchange *exchange)
{
	return 0;
}

static void test_paths(void)
{
	Exchange exchange;

	CHECK_OK(exchange_init(&exchange, "/keys/a%2Db//sign/?x=1"));
	CHECK_EQ(exchange.n_segments, 4);
	CHECK_STR(exchange.segments[1], "a-b");
	CHECK_STR(exchange.segments[2], "");
	CHECK_STR(exchange.segments[3], "sign");
	CHECK_STR(exchange.path, "/keys/a%2Db//sign/");
	exchange_done(&exchange);
}

static void test_queries(void)
{
	Exchange exchange;

	CHECK_OK(exchange_init(&exchange, "/s?api%2Dversion=7.4&$skiptoken=a%3D"
					  "&&flag&b=c+d"));
	CHECK_STR(exchange_parameter(&exchange, "Api-Version"), "7.4");
	CHECK_STR(exchange_parameter(&exchange, "$skiptoken"), "a=");
	CHECK_STR(exchange_parameter(&exchange, "flag"), "");
	CHECK_STR(exchange_parameter(&exchange, "b"), "c d");
	CHECK(!exchange_parameter(&exchange, "nothing"));
	exchange_done(&exchange);
}

static void test_broken(void)
{
	static const char *const uris[] = {
		"/a%",   "/a%2",  "/a%zz",
		"/a%00", "/?a=%", "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17",
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(uris); i++) {
		Exchange exchange;

		CHECK_EQ(exchange_init(&exchange, uris[i]), EXCHANGE_E_INVALID);
		exchange_done(&exchange);
	}
}

static void check_host(const char *header, enum host_kind kind,
		       const char *label, const char *base, const char *paged)
{
	Exchange exchange = {0};

	exchange_set_host(&exchange, header);
	CHECK_EQ(exchange.where.kind, kind);
	CHECK_STR(exchange.where.label, label);
	CHECK_STR(exchange.base, base);
	CHECK_STR(exchange.paged, paged);
}

static void test_hosts(void)
{
	check_host("Demo.Vault.Azure.Net", HOST_VAULT, "demo",
		   "https://demo.vault.azure.net",
		   "https://demo.vault.azure.net:443");
	check_host("demo.vault.azure.net:443", HOST_VAULT, "demo",
		   "https://demo.vault.azure.net",
		   "https://demo.vault.azure.net:443");
	check_host("demo.vault.azure.cn:8443", HOST_VAULT, "demo",
		   "https://demo.vault.azure.cn:8443",
		   "https://demo.vault.azure.cn:8443");
	check_host("login.windows.net", HOST_LOGIN, "",
		   "https://login.windows.net",
		   "https://login.windows.net:443");
	check_host("[::1]:8443", HOST_LOCAL, "", "https://[::1]:8443",
		   "https://[::1]:8443");
	check_host("evilvault.azure.net", HOST_UNKNOWN, "",
		   "https://evilvault.azure.net",
		   "https://evilvault.azure.net:443");
	check_host(".vault.azure.net", HOST_UNKNOWN, "",
		   "https://.vault.azure.net", "https://.vault.azure.net:443");
}

static const Route routes[] = {
	{"GET", "secrets", nothing, NULL, "list"},
	{"POST", "secrets/restore", nothing, NULL, "restore"},
	{"GET", "secrets/*", nothing, NULL, "get"},
	{"GET", "secrets/*/versions", nothing, NULL, "versions"},
	{"GET", "secrets/*/*", nothing, NULL, "version"},
};

/* The permission of the route that is taken, or "405" or "404". */
static const char *route_of(const char *method, const char *uri)
{
	Exchange exchange;
	const Route *route = NULL;
	bool path_fits = false;

	if (exchange_init(&exchange, uri) == 0) {
		exchange.method = method;
		route = route_find(&exchange, routes, AKV_ARRAY_LEN(routes),
				   &path_fits);
	}
	exchange_done(&exchange);
	if (route)
		return route->permission;
	return path_fits ? "405" : "404";
}

static void test_routes(void)
{
	CHECK_STR(route_of("GET", "/secrets"), "list");
	CHECK_STR(route_of("GET", "/Secrets/"), "list");
	CHECK_STR(route_of("GET", "/secrets/a"), "get");
	CHECK_STR(route_of("GET", "/secrets/a/"), "get");
	CHECK_STR(route_of("GET", "/secrets/restore"), "get");
	CHECK_STR(route_of("POST", "/secrets/restore"), "restore");
	CHECK_STR(route_of("GET", "/secrets/a/versions"), "versions");
	CHECK_STR(route_of("GET", "/secrets/a/b"), "version");
	CHECK_STR(route_of("PUT", "/secrets/"), "405");
	CHECK_STR(route_of("GET", "/"), "404");
	CHECK_STR(route_of("GET", "/secrets/a/b/c"), "404");
	CHECK_STR(route_of("GET", "/secretsx"), "404");
}

static void test_headers(void)
{
	Exchange exchange;

	CHECK_OK(exchange_init(&exchange, "/"));
	exchange_reply(&exchange, 200);
	exchange_add_header(&exchange, "A", "1");
	exchange_add_header(&exchange, "B", "2");
	exchange_add_header(&exchange, "a", "3");
	CHECK_EQ(exchange.n_headers, 3);
	exchange_set_header(&exchange, "A", "4");
	CHECK_EQ(exchange.n_headers, 2);
	CHECK_STR(exchange.headers[1].value, "4");
	exchange_set_header(&exchange, "b", NULL);
	CHECK_EQ(exchange.n_headers, 1);
	for (size_t i = 0; i < EXCHANGE_HEADERS_MAX; i++)
		exchange_add_header(&exchange, "C", "5");
	CHECK_EQ(exchange.n_headers, EXCHANGE_HEADERS_MAX);
	CHECK_EQ(exchange.writer.fault, -ENOSPC);
	exchange_done(&exchange);
}

int main(void)
{
	RUN(test_paths);
	RUN(test_queries);
	RUN(test_broken);
	RUN(test_hosts);
	RUN(test_routes);
	RUN(test_headers);
	return check_report();
}
