/* SPDX-License-Identifier: MIT */

/* Used by the programs of this folder only; base/ is not what is measured. */

#include "tests/bench/bench.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <time.h>

#include "base/parse.h"

struct Client {
	CURL *easy;
	struct curl_slist *connect_to, *headers;
	size_t n;
	char body[CLIENT_BODY_MAX + 1];
};

double bench_now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

void bench_die(const char *name, const char *why, bool with_errno)
{
	if (with_errno)
		(void)fprintf(stderr, "%s: %s: %s\n", name, why,
			      strerror(errno));
	else
		(void)fprintf(stderr, "%s: %s\n", name, why);
	exit(1);
}

unsigned bench_number(const char *text, unsigned max)
{
	uint64_t number = 0;

	if (parse_uint64(&number, text, max) != 0 || number == 0)
		bench_die(text, "not a number from 1 to the maximum", false);
	return (unsigned)number;
}

/* --- durations ------------------------------------------------------------ */

void samples_init(Samples *samples, size_t room)
{
	*samples = (Samples){
		.values_us = calloc(room, sizeof(*samples->values_us)),
		.room = room,
	};
	if (!samples->values_us)
		bench_die("samples", "no memory", false);
}

void samples_done(Samples *samples)
{
	free(samples->values_us);
	*samples = (Samples){0};
}

void samples_add(Samples *samples, double value_us)
{
	if (samples->n == samples->room)
		bench_die("samples", "more than there is room for", false);
	samples->values_us[samples->n++] = value_us;
}

static int double_compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double samples_quantile(Samples *samples, double quantile)
{
	if (samples->n == 0)
		bench_die("samples", "there are none", false);
	qsort(samples->values_us, samples->n, sizeof(*samples->values_us),
	      double_compare);
	return samples
		->values_us[(size_t)((double)(samples->n - 1) * quantile)];
}

void samples_print(Samples *samples, const char *name)
{
	(void)printf("%s_p50 %.3f\n", name, samples_quantile(samples, 0.5));
	(void)printf("%s_p99 %.3f\n", name, samples_quantile(samples, 0.99));
}

/* --- the bare client ------------------------------------------------------ */

static size_t client_take(char *data, size_t size, size_t count, void *to)
{
	Client *client = to;
	size_t n = size * count;

	if (n > CLIENT_BODY_MAX - client->n)
		return 0;
	memcpy(client->body + client->n, data, n);
	client->n += n;
	return n;
}

static void client_check(CURLcode code, const char *what)
{
	if (code != CURLE_OK)
		bench_die(what, curl_easy_strerror(code), false);
}

void client_authorize(Client *client, const char *token)
{
	AKV_BUF Buf line = BUF_INIT(BUF_MAX_FORM);

	if (buf_printf(&line, "Authorization: Bearer %s", token) < 0)
		bench_die("client", "the token is too long", false);
	curl_slist_free_all(client->headers);
	client->headers = curl_slist_append(NULL, line.p);
	client_check(curl_easy_setopt(client->easy, CURLOPT_HTTPHEADER,
				      client->headers),
		     "headers");
}

static void client_read_token(Client *client, const char *path)
{
	AKV_BUF Buf token = BUF_INIT(BUF_MAX_FORM);
	AKV_FD int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || buf_append_fd(&token, fd) < 0)
		bench_die(path, "no token", true);
	client_authorize(client, token.p);
}

/* What akvfs sets too, as far as it can cost time. */
Client *client_new(const ClientConfig *config)
{
	AKV_BUF Buf everywhere = BUF_INIT(BUF_MAX_LINE);
	Client *client = calloc(1, sizeof(*client));
	CURL *easy = curl_easy_init();

	if (!client || !easy ||
	    buf_printf(&everywhere, "::%s", config->connect_to) < 0)
		bench_die("client", "no memory", false);
	client->easy = easy;
	client->connect_to = curl_slist_append(NULL, everywhere.p);
#define CLIENT_SET(option, value) \
	client_check(curl_easy_setopt(easy, option, value), #option)
	CLIENT_SET(CURLOPT_NOSIGNAL, 1L);
	CLIENT_SET(CURLOPT_CONNECT_TO, client->connect_to);
	CLIENT_SET(CURLOPT_CAINFO, config->ca_file);
	CLIENT_SET(CURLOPT_PROXY, "");
	CLIENT_SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	CLIENT_SET(CURLOPT_WRITEFUNCTION, client_take);
	CLIENT_SET(CURLOPT_WRITEDATA, client);
#undef CLIENT_SET
	if (config->token_file)
		client_read_token(client, config->token_file);
	return client;
}

Client *client_free(Client *client)
{
	if (!client)
		return NULL;
	curl_easy_cleanup(client->easy);
	curl_slist_free_all(client->connect_to);
	curl_slist_free_all(client->headers);
	free(client);
	return NULL;
}

static const char *client_perform(Client *client, const char *url)
{
	long status = 0;

	client->n = 0;
	client_check(curl_easy_setopt(client->easy, CURLOPT_URL, url), url);
	client_check(curl_easy_perform(client->easy), url);
	client_check(curl_easy_getinfo(client->easy, CURLINFO_RESPONSE_CODE,
				       &status),
		     url);
	client->body[client->n] = '\0';
	if (status != 200)
		bench_die(url, client->body, false);
	return client->body;
}

const char *client_get(Client *client, const char *url)
{
	client_check(curl_easy_setopt(client->easy, CURLOPT_HTTPGET, 1L), url);
	return client_perform(client, url);
}

const char *client_post(Client *client, const char *url, const char *form)
{
	client_check(
		curl_easy_setopt(client->easy, CURLOPT_COPYPOSTFIELDS, form),
		url);
	return client_perform(client, url);
}

/* --- files ---------------------------------------------------------------- */

size_t bench_read_file(const char *path)
{
	char buffer[32 * 1024];
	AKV_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t total = 0;
	ssize_t n;

	if (fd < 0)
		bench_die(path, "open", true);
	while ((n = read(fd, buffer, sizeof(buffer))) > 0)
		total += (size_t)n;
	if (n < 0)
		bench_die(path, "read", true);
	if (total == 0)
		bench_die(path, "it is empty", false);
	return total;
}
