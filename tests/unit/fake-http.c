/* SPDX-License-Identifier: MIT */

/* Whatever a caller does wrong with a transfer aborts the test. */

#include "fake-http.h"

/* A transfer is the request it was started with. */
struct HttpTransfer {
	FakeRequest request;
};

static struct HttpTransfer *requests[FAKE_REQUESTS_MAX];
static size_t n_requests;
static int fail_next;

static void must(bool condition, const char *what)
{
	if (condition)
		return;
	(void)fprintf(stderr, "fake http: %s\n", what);
	abort();
}

void fake_http_reset(void)
{
	must(fake_http_waiting() == 0, "a request was left waiting");
	for (size_t i = 0; i < n_requests; i++)
		free(requests[i]);
	n_requests = 0;
	fail_next = 0;
}

size_t fake_http_count(void)
{
	return n_requests;
}

size_t fake_http_waiting(void)
{
	size_t n = 0;

	for (size_t i = 0; i < n_requests; i++)
		if (!requests[i]->request.cancelled &&
		    !requests[i]->request.finished)
			n++;
	return n;
}

FakeRequest *fake_http_at(size_t i)
{
	must(i < n_requests, "there is no such request");
	return &requests[i]->request;
}

FakeRequest *fake_http_last(void)
{
	return fake_http_at(n_requests - 1);
}

void fake_http_fail_next(int r)
{
	fail_next = r;
}

static void copy(char *to, size_t size, const char *from)
{
	int n = snprintf(to, size, "%s", from ? from : "");

	must(n >= 0 && (size_t)n < size, "a part of the request is too long");
}

static void copy_secret(char *to, size_t size, const Secret *from)
{
	if (from)
		copy(to, size, secret_bytes(from));
}

int http_start(AKV_UNUSED Http *http, HttpTransfer **ret,
	       const HttpRequest *request, HttpDone done, void *data)
{
	int r = fail_next;
	struct HttpTransfer *transfer;
	FakeRequest *kept;

	fail_next = 0;
	if (r < 0)
		return r;
	must(n_requests < FAKE_REQUESTS_MAX, "too many requests");
	transfer = calloc(1, sizeof(*transfer));
	must(transfer != NULL, "no memory");
	kept = &transfer->request;
	copy(kept->method, sizeof(kept->method), request->method);
	copy(kept->url, sizeof(kept->url), request->url);
	for (size_t i = 0; i < HTTP_REQUEST_HEADERS_MAX; i++)
		copy(kept->headers[i], sizeof(kept->headers[i]),
		     request->headers[i]);
	copy_secret(kept->authorization, sizeof(kept->authorization),
		    request->authorization);
	copy_secret(kept->body, sizeof(kept->body), request->body);
	copy(kept->content_type, sizeof(kept->content_type),
	     request->content_type);
	copy_secret(kept->secret_header, sizeof(kept->secret_header),
		    request->secret_header);
	kept->allow_clear = request->allow_clear;
	kept->no_proxy = request->no_proxy;
	must(!kept->allow_clear || kept->no_proxy, "clear text by a proxy");
	kept->pinned = request->pinned;
	memcpy(kept->pinned_sha1, request->pinned_sha1,
	       sizeof(kept->pinned_sha1));
	kept->deadline_us = request->deadline_us;
	kept->body_max = request->body_max;
	kept->done = done;
	kept->data = data;
	requests[n_requests++] = transfer;
	*ret = transfer;
	return 0;
}

void http_cancel(HttpTransfer *transfer)
{
	if (!transfer)
		return;
	must(!transfer->request.finished, "cancelled after its callback");
	must(!transfer->request.cancelled, "cancelled twice");
	transfer->request.cancelled = true;
}

static const char *or_nothing(const char *text)
{
	return text ? text : "";
}

void fake_response(HttpResponse *response, const FakeAnswer *answer)
{
	*response = (HttpResponse){
		.result = answer->result,
		.status = answer->status,
		.body = or_nothing(answer->body),
		.body_size = strlen(or_nothing(answer->body)),
		.content_type = "application/json; charset=utf-8",
		.retry_after = or_nothing(answer->retry_after),
		.retry_after_ms = or_nothing(answer->retry_after_ms),
		.request_id = or_nothing(answer->request_id),
		.network_info = or_nothing(answer->network_info),
		.region = "",
		.service_version = "",
		.date = or_nothing(answer->date),
		.location = or_nothing(answer->location),
		.pipelines_id = "",
		.edge_id = "",
		.reason = or_nothing(answer->reason),
	};
	if (answer->challenge)
		response->challenges[response->n_challenges++] =
			answer->challenge;
	if (answer->second_challenge)
		response->challenges[response->n_challenges++] =
			answer->second_challenge;
}

void fake_http_answer(FakeRequest *request, const FakeAnswer *answer)
{
	HttpResponse response;

	must(!request->finished && !request->cancelled, "answered twice");
	request->finished = true;
	fake_response(&response, answer);
	request->done(request->data, &response);
}

const char *http_result_text(int result)
{
	return result == HTTP_OK ? "ok" : "a failed transfer";
}

int http_new(AKV_UNUSED Http **ret, AKV_UNUSED Loop *loop,
	     AKV_UNUSED const HttpConfig *config)
{
	return -ENOSYS;
}

Http *http_free(AKV_UNUSED Http *http)
{
	return NULL;
}

void http_stats(AKV_UNUSED const Http *http, HttpStats *ret)
{
	*ret = (HttpStats){.started = n_requests};
}
