/* SPDX-License-Identifier: MIT */

/* Which host is there, and the URL that it is asked at, byte for byte. */

#include "auth/managed-host.h"
#include "check.h"

#define QUERY(version) \
	"?api-version=" version "&resource=https%3A%2F%2Fvault.azure.net"

static int kept(AKV_UNUSED void *data, Secret **ret)
{
	return secret_new(ret, "s", 1);
}

static const SecretStore full = {.open = kept};

static void test_which_host(void)
{
	ManagedConfig config = {0};

	CHECK_EQ(managed_host_of(&config), MANAGED_IMDS);
	config.arc_agent = true;
	CHECK_EQ(managed_host_of(&config), MANAGED_ARC);
	config.arc_agent = false;
	config.identity_endpoint = "http://localhost:40342/x";
	CHECK_EQ(managed_host_of(&config), MANAGED_IMDS);
	config.imds_endpoint = "http://localhost:40342";
	CHECK_EQ(managed_host_of(&config), MANAGED_ARC);
	config.msi_endpoint = "http://localhost:50342/oauth2/token";
	CHECK_EQ(managed_host_of(&config), MANAGED_CLOUD_SHELL);
	config.msi_secret = full;
	CHECK_EQ(managed_host_of(&config), MANAGED_MACHINE_LEARNING);
	config.identity_header = full;
	CHECK_EQ(managed_host_of(&config), MANAGED_APP_SERVICE);
	config.thumbprint = "00";
	CHECK_EQ(managed_host_of(&config), MANAGED_SERVICE_FABRIC);
}

/* Each spelling of an id, and the hosts that take none. */
static const struct {
	enum managed_host host;
	ManagedConfig config;
	const char *url; /* NULL: refused */
} rows[] = {
	{MANAGED_IMDS,
	 {0},
	 "http://169.254.169.254/metadata/identity/oauth2/token" QUERY(
		 "2018-02-01")},
	{MANAGED_IMDS,
	 {.client_id = "c"},
	 "http://169.254.169.254/metadata/identity/oauth2/token" QUERY(
		 "2018-02-01") "&client_id=c"},
	{MANAGED_IMDS,
	 {.object_id = "o", .pod_host = "http://127.0.0.1:2579/"},
	 "http://127.0.0.1:2579/metadata/identity/oauth2/token" QUERY(
		 "2018-02-01") "&object_id=o"},
	{MANAGED_IMDS,
	 {.resource_id = "/subscriptions/s"},
	 "http://169.254.169.254/metadata/identity/oauth2/token" QUERY(
		 "2018-02-01") "&msi_res_id=%2Fsubscriptions%2Fs"},
	{MANAGED_APP_SERVICE,
	 {.identity_endpoint = "http://localhost:8081/msi/token",
	  .client_id = "c"},
	 "http://localhost:8081/msi/token" QUERY("2019-08-01") "&client_id=c"},
	{MANAGED_APP_SERVICE,
	 {.identity_endpoint = "http://169.254.129.2:8081/msi/token",
	  .object_id = "o"},
	 "http://169.254.129.2:8081/msi/token" QUERY(
		 "2019-08-01") "&object_id=o"},
	{MANAGED_APP_SERVICE,
	 {.identity_endpoint = "http://localhost/msi/token",
	  .resource_id = "r"},
	 "http://localhost/msi/token" QUERY("2019-08-01") "&mi_res_id="
							  "r"},
	{MANAGED_MACHINE_LEARNING,
	 {.msi_endpoint = "http://127.0.0.1:46808/MSI/auth",
	  .default_client_id = "d"},
	 "http://127.0.0.1:46808/MSI/auth" QUERY("2017-09-01") "&clientid=d"},
	{MANAGED_MACHINE_LEARNING,
	 {.msi_endpoint = "http://127.0.0.1:46808/MSI/auth",
	  .client_id = "c",
	  .default_client_id = "d"},
	 "http://127.0.0.1:46808/MSI/auth" QUERY("2017-09-01") "&clientid=c"},
	{MANAGED_MACHINE_LEARNING,
	 {.msi_endpoint = "http://127.0.0.1/MSI/auth", .object_id = "o"},
	 NULL},
	{MANAGED_CLOUD_SHELL,
	 {.msi_endpoint = "http://localhost:50342/oauth2/token"},
	 "http://localhost:50342/oauth2/token"},
	{MANAGED_CLOUD_SHELL,
	 {.msi_endpoint = "http://localhost:50342/oauth2/token",
	  .client_id = "c"},
	 NULL},
	{MANAGED_SERVICE_FABRIC,
	 {.identity_endpoint = "https://10.0.0.4:2377/metadata/"
			       "identity/oauth2/token"},
	 "https://10.0.0.4:2377/metadata/identity/oauth2/token" QUERY(
		 "2019-07-01-preview")},
	{MANAGED_SERVICE_FABRIC,
	 {.identity_endpoint = "https://10.0.0.4:2377/x", .client_id = "c"},
	 NULL},
	{MANAGED_SERVICE_FABRIC,
	 {.identity_endpoint = "http://10.0.0.4:2377/x"},
	 NULL},
	{MANAGED_ARC,
	 {.resource_id = "r"},
	 "http://127.0.0.1:40342/metadata/identity/oauth2/token" QUERY(
		 "2020-06-01") "&msi_res_id=r"},
	{MANAGED_ARC,
	 {.identity_endpoint = "http://localhost:40342/m",
	  .imds_endpoint = "http://localhost:40342"},
	 "http://localhost:40342/m" QUERY("2020-06-01")},
	{MANAGED_ARC,
	 {.identity_endpoint = "http://10.0.0.4:40342/m",
	  .imds_endpoint = "http://localhost:40342"},
	 NULL},
	{MANAGED_IMDS, {.client_id = "c", .object_id = "o"}, NULL},
	{MANAGED_APP_SERVICE,
	 {.identity_endpoint = "http://example.com/msi/token"},
	 NULL},
	{MANAGED_APP_SERVICE,
	 {.identity_endpoint = "http://localhost/msi/token?a=b"},
	 NULL},
	{MANAGED_APP_SERVICE, {.identity_endpoint = "nonsense"}, NULL},
};

static void test_urls(void)
{
	for (size_t i = 0; i < AKV_ARRAY_LEN(rows); i++) {
		AKV_BUF Buf url = BUF_INIT(BUF_MAX_URL);
		char why[256] = "";
		int r = managed_host_url(&url, rows[i].host, &rows[i].config,
					 "https://vault.azure.net", why,
					 sizeof(why));

		if (rows[i].url && (r != 0 || strcmp(url.p, rows[i].url) != 0))
			CHECK_FAIL("row %zu: %d %s %s", i, r, url.p, why);
		if (!rows[i].url && (r != MANAGED_E_REFUSED || why[0] == '\0'))
			CHECK_FAIL("row %zu: %d %s", i, r, url.p);
	}
}

static void test_where_clear_text_may_go(void)
{
	static const char *const near[] = {
		"localhost",   "LOCALHOST",  "127.0.0.1", "10.1.2.3",
		"172.16.0.1",  "172.31.0.1", "::1",       "192.168.1.1",
		"169.254.1.1", "[fe80::1]",  "[fd00::1]", "[::1]"};
	static const char *const far[] = {"example.com",
					  "8.8.8.8",
					  "172.32.0.1",
					  "172.15.0.1",
					  "11.0.0.1",
					  "localhost.example.com",
					  "[2001:db8::1]",
					  "127.0.0.1.example.com",
					  "192.169.0.1",
					  "",
					  "[]"};

	for (size_t i = 0; i < AKV_ARRAY_LEN(near); i++)
		if (!host_may_be_clear(near[i]))
			CHECK_FAIL("was refused: %s", near[i]);
	for (size_t i = 0; i < AKV_ARRAY_LEN(far); i++)
		if (host_may_be_clear(far[i]))
			CHECK_FAIL("was taken: %s", far[i]);
}

static void test_thumbprints(void)
{
	static const char *const bad[] = {
		"", "00", "zz112233445566778899aabbccddeeff00112233",
		"00112233445566778899aabbccddeeff0011223344"};
	unsigned char bytes[HTTP_SHA1_SIZE] = {0};

	CHECK_OK(thumbprint_parse(bytes,
				  "00112233445566778899AABBCCDDEEFF00112233"));
	CHECK_EQ(bytes[1], 0x11);
	CHECK_EQ(bytes[10], 0xaa);
	CHECK_EQ(bytes[19], 0x33);
	CHECK_OK(thumbprint_parse(bytes, "ff:11:22 33445566778899aabbccddeeff"
					 "00:11:22:33"));
	CHECK_EQ(bytes[0], 0xff);
	for (size_t i = 0; i < AKV_ARRAY_LEN(bad); i++)
		CHECK_EQ(thumbprint_parse(bytes, bad[i]), MANAGED_E_REFUSED);
	CHECK_EQ(bytes[0], 0xff);
}

static int key_name(char *name, const char *challenge)
{
	return arc_key_name(name, &challenge, 1);
}

static void test_arc_challenges(void)
{
	static const char *const bad[] = {
		"Basic realm=/var/opt/azcmagent/tokens/a.txt",
		"Basic realm=/var/opt/azcmagent/tokens/../a.key",
		"Basic realm=/var/opt/azcmagent/tokens/b/a.key",
		"Basic realm=/var/opt/azcmagent/tokensa.key",
		"Basic realm=/etc/a.key",
		"Basic realm=a.key",
		"Basic realm=",
		"Basic realm=\"\"",
		"Basic",
		"Bearer realm=/var/opt/azcmagent/tokens/a.key",
		"Basic realm=/var/opt/azcmagent/tokens/.key",
		"Basic realm=/var/opt/azcmagent/tokens/a.key.key",
		"Basic realm=/var/opt/azcmagent/tokens//a.key",
		"Basic realm=/var/opt/azcmagent/tokens/./a.key",
		"Basic realm=/var/opt/azcmagent/tokens/a.KEY",
		"Basic realm=/VAR/opt/azcmagent/tokens/a.key",
		"Basic realm=/var/opt/azcmagent/tokens/a.key\n",
		"Basic realm=/var/opt/azcmagent/tokens/a b.key",
		"Basic realm=/var/opt/azcmagent/tokens/a.key, x=y",
		"Basic realm=\"/var/opt/azcmagent/tokens/a.key",
		"Basic realm=\"\"/var/opt/azcmagent/tokens/a.key\"\"",
		"Basic realm=C:\\ProgramData\\a.key",
		"Basic x=y, realm=/var/opt/azcmagent/tokens/a.key",
		"Basicrealm=/var/opt/azcmagent/tokens/a.key",
		"",
	};
	char name[ARC_KEY_NAME_SIZE] = "";
	char longest[256];
	const char *both[] = {"Bearer x",
			      "basic realm=" ARC_KEY_FOLDER "/c.key"};

	CHECK_OK(key_name(name, "Basic realm=" ARC_KEY_FOLDER "/a-b.key"));
	CHECK_STR(name, "a-b.key");
	CHECK_OK(key_name(name, "Basic realm=\"" ARC_KEY_FOLDER "/b.key\""));
	CHECK_STR(name, "b.key");
	CHECK_OK(arc_key_name(name, both, 2));
	CHECK_STR(name, "c.key");
	for (size_t i = 0; i < AKV_ARRAY_LEN(bad); i++) {
		if (key_name(name, bad[i]) != MANAGED_E_REFUSED)
			CHECK_FAIL("was taken: %s", bad[i]);
	}
	(void)snprintf(longest, sizeof(longest),
		       "Basic realm=" ARC_KEY_FOLDER "/%075d.key", 0);
	CHECK_OK(key_name(name, longest));
	CHECK_EQ(strlen(name), ARC_KEY_NAME_SIZE - 1);
	(void)snprintf(longest, sizeof(longest),
		       "Basic realm=" ARC_KEY_FOLDER "/%076d.key", 0);
	CHECK_EQ(key_name(name, longest), MANAGED_E_REFUSED);
	CHECK_OK(key_name(name, both[1]));
	CHECK_EQ(arc_key_name(name, both, 0), MANAGED_E_REFUSED);
	CHECK_STR(name, "c.key");
}

int main(void)
{
	if (secret_heap_init(NULL, 1 << 20) < 0)
		return 1;
	RUN(test_which_host);
	RUN(test_urls);
	RUN(test_where_clear_text_may_go);
	RUN(test_thumbprints);
	RUN(test_arc_challenges);
	return check_report();
}
