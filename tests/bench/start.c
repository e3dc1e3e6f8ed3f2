/* SPDX-License-Identifier: MIT */

/*
 * start AKVFS OPTIONS MOUNTPOINT COUNT CONNECT_TO CA_FILE
 * start --fetch CONNECT_TO CA_FILE
 *
 * The first form starts "AKVFS mount", waits until it returns and reads
 * secrets/s-0; then it starts itself in the second form, a program that signs
 * in and gets that secret with libcurl. COUNT times each; prints ours_p50,
 * ours_p99, ref_p50, ref_p99. Both find the AZURE_* variables in the
 * environment; the vault is "demo".
 */

#include <curl/curl.h>
#include <spawn.h>
#include <sys/wait.h>

#include "base/json.h"
#include "tests/bench/bench.h"

enum { START_COUNT_MAX = 10 * 1000 };

static const char *variable(const char *name)
{
	const char *value = getenv(name);

	if (!value || !*value)
		bench_die(name, "not set", false);
	return value;
}

static void fetch(char **argv)
{
	AKV_CLEANUP(client_freep) Client *client = NULL;
	AKV_BUF Buf url = BUF_INIT(BUF_MAX_URL);
	AKV_BUF Buf form = BUF_INIT(BUF_MAX_FORM);
	const char *secret = variable("AZURE_CLIENT_SECRET");
	const char *token;
	cJSON *answer;

	client = client_new(&(ClientConfig){
		.connect_to = argv[2],
		.ca_file = argv[3],
	});
	if (buf_printf(&url,
		       "https://login.microsoftonline.com/%s/oauth2/v2.0/token",
		       variable("AZURE_TENANT_ID")) < 0 ||
	    buf_printf(&form,
		       "grant_type=client_credentials&client_id=%s&scope="
		       "https%%3A%%2F%%2Fvault.azure.net%%2F.default"
		       "&client_secret=",
		       variable("AZURE_CLIENT_ID")) < 0 ||
	    buf_append_percent(&form, secret, strlen(secret)) < 0)
		bench_die("form", "too long", false);
	answer = cJSON_Parse(client_post(client, url.p, form.p));
	if (!answer || json_get_string(&token, answer, "access_token") != 0)
		bench_die(url.p, "no token", false);
	client_authorize(client, token);
	cJSON_Delete(answer);
	(void)client_get(client, "https://demo.vault.azure.net/secrets/s-0"
				 "?api-version=7.4");
}

static void run(char **argv)
{
	int status = 0;
	pid_t pid;

	if (posix_spawn(&pid, argv[0], NULL, NULL, argv, environ) != 0 ||
	    waitpid(pid, &status, 0) != pid || status != 0)
		bench_die(argv[0], "failed", false);
}

static double start_ours(char **argv)
{
	AKV_BUF Buf path = BUF_INIT(BUF_MAX_LINE);
	char mount[] = "mount", umount[] = "umount", o[] = "-o",
	     demo[] = "demo";
	char *begin[] = {argv[1], mount, o, argv[2], demo, argv[3], NULL};
	char *end[] = {argv[1], umount, argv[3], NULL};
	double began_us, took_us;

	if (buf_printf(&path, "%s/secrets/s-0", argv[3]) < 0)
		bench_die(argv[3], "too long", false);
	began_us = bench_now_us();
	run(begin);
	(void)bench_read_file(path.p);
	took_us = bench_now_us() - began_us;
	run(end);
	return took_us;
}

static double start_reference(char **argv)
{
	char self[] = "/proc/self/exe", option[] = "--fetch";
	char *begin[] = {self, option, argv[5], argv[6], NULL};
	double began_us = bench_now_us();

	run(begin);
	return bench_now_us() - began_us;
}

int main(int argc, char **argv)
{
	Samples ours, reference;
	unsigned count;

	if (argc == 4 && strcmp(argv[1], "--fetch") == 0) {
		fetch(argv);
		return 0;
	}
	if (argc != 7)
		bench_die("usage",
			  "start AKVFS OPTIONS MOUNTPOINT COUNT CONNECT_TO "
			  "CA_FILE",
			  false);
	count = bench_number(argv[4], START_COUNT_MAX);
	samples_init(&ours, count);
	samples_init(&reference, count);
	for (unsigned i = 0; i < count; i++) {
		samples_add(&ours, start_ours(argv));
		samples_add(&reference, start_reference(argv));
	}
	samples_print(&ours, "ours");
	samples_print(&reference, "ref");
	samples_done(&ours);
	samples_done(&reference);
	return 0;
}
