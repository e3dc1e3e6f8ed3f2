/* SPDX-License-Identifier: MIT */

/* Queries, by the rows and columns that they leave. */

#include "base/json.h"
#include "emulator/kusto.h"
#include "tests/unit/check.h"

static const char table[] =
	"[{\"id\":\"/v/a\",\"name\":\"Alpha\",\"type\":\"microsoft.keyvault/"
	"vaults\",\"tags\":{\"team name\":\"shop\"},"
	"\"properties\":{\"vaultUri\":\"https://alpha/"
	"\",\"soft\":true,\"days\":"
	"90}},"
	"{\"id\":\"/v/b\",\"name\":\"beta\",\"type\":\"microsoft.keyvault/"
	"vaults\",\"tags\":{},\"properties\":{\"vaultUri\":\"https://beta/\","
	"\"soft\":false,\"days\":7}},"
	"{\"id\":\"/d/c\",\"name\":\"it's\",\"type\":\"microsoft.compute/"
	"disks\","
	"\"tags\":{}}]";

/* The rows of a query as text; "!" and why if it is refused. */
static const char *run(const char *query)
{
	static char text[2048];
	AKV_JSON cJSON *rows = cJSON_Parse(table);
	AKV_JSON cJSON *found = NULL;
	char why[KUSTO_WHY_SIZE] = "";
	char *printed;

	switch (kusto_run(&found, why, query, rows)) {
	case 0:
		printed = cJSON_PrintUnformatted(found);
		(void)snprintf(text, sizeof(text), "%s", printed);
		cJSON_free(printed);
		return text;
	case KUSTO_E_INVALID:
		(void)snprintf(text, sizeof(text), "!%s", why);
		return text;
	default:
		return "fault";
	}
}

static void test_where(void)
{
	static const struct {
		const char *condition, *names;
	} rows[] = {
		{"type =~ 'Microsoft.KeyVault/vaults' and name =~ 'ALPHA'",
		 "[{\"name\":\"Alpha\"}]"},
		{"name == 'alpha'", "[]"},
		{"tolower(name) == \"alpha\"", "[{\"name\":\"Alpha\"}]"},
		{"name !~ 'alpha' and type contains 'VAULTS'",
		 "[{\"name\":\"beta\"}]"},
		{"name in~ ('ALPHA', 'BETA') and (properties.days == 7)",
		 "[{\"name\":\"beta\"}]"},
		{"name in ('ALPHA')", "[]"},
		{"properties.soft == true or name startswith 'IT'",
		 "[{\"name\":\"Alpha\"},{\"name\":\"it's\"}]"},
		{"name == 'it\\'s'", "[{\"name\":\"it's\"}]"},
		{"tags['team name'] == 'shop'", "[{\"name\":\"Alpha\"}]"},
		{"id endswith '/B' or nothing.at.all == 'x'",
		 "[{\"name\":\"beta\"}]"},
	};
	char query[512];

	for (size_t i = 0; i < AKV_ARRAY_LEN(rows); i++) {
		(void)snprintf(query, sizeof(query),
			       "resources | where %s | project name",
			       rows[i].condition);
		CHECK_STR(run(query), rows[i].names);
	}
}

static void test_project(void)
{
	CHECK_STR(run("Resources | take 1 | project id, properties.vaultUri, "
		      "u = properties.days, gone"),
		  "[{\"id\":\"/v/a\",\"properties_vaultUri\":\"https://alpha/"
		  "\",\"u\":90,\"gone\":null}]");
}

static void test_order_limit_count(void)
{
	CHECK_STR(run("resources | order by name asc | limit 2 | project name"),
		  "[{\"name\":\"Alpha\"},{\"name\":\"beta\"}]");
	CHECK_STR(run("resources | order by type asc | order by name asc | "
		      "project name"),
		  "[{\"name\":\"Alpha\"},{\"name\":\"beta\"},"
		  "{\"name\":\"it's\"}]");
	CHECK_STR(run("resources | sort by name | take 1 | project name"),
		  "[{\"name\":\"it's\"}]");
	CHECK_STR(run("resources | where type has 'keyvault' | count"),
		  "[{\"Count\":2}]");
}

static void test_refused(void)
{
	static const char *const queries[] = {
		"",
		"resourcecontainers",
		"resources | summarize count() by type",
		"resources where name == 'x'",
		"resources | where",
		"resources | where name",
		"resources | where name == ",
		"resources | where name == 'x",
		"resources | where name == name",
		"resources | where (name == 'x'",
		"resources | where name in 'x'",
		"resources | where name matches 'x'",
		"resources | where ((((((((((((((((((name == 'x'",
		"resources | project",
		"resources | project a,",
		"resources | take many",
		"resources | take 99999999999",
		"resources | order name",
		"resources | where name == 'x' extra",
		"resources ; drop",
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(queries); i++)
		CHECK(run(queries[i])[0] == '!');
	/* With no rows left, too. */
	CHECK(run("resources | where name == 'x' | where name ?? 'y'")[0] ==
	      '!');
}

int main(void)
{
	RUN(test_where);
	RUN(test_project);
	RUN(test_order_limit_count);
	RUN(test_refused);
	return check_report();
}
