/* SPDX-License-Identifier: MIT */

/*
 * The queue and the life of a transfer: queued, in a lane, finished. A transfer
 * leaves its list before its callback runs, and its lane is free only after,
 * so that a callback may start and cancel other transfers.
 */

#include "base/http.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/http-lane.h"
#include "base/parse.h"
#include "base/roots.h"

enum { HTTP_TRANSFERS_MAX = 64 };

struct HttpTransfer {
	Http *http;
	HttpTransfer *next, *previous; /* in the queue or the active list */
	bool admitted;                 /* in the active list */
	HttpLane *lane;                /* held while it runs */
	Timer deadline;
	HttpRequest request; /* strings owned: see transfer_copy() */
	char *strings[HTTP_REQUEST_HEADERS_MAX + 3];
	size_t n_strings;
	HttpDone done;
	void *data;
	uint64_t sent_us;
};

typedef struct TransferList {
	HttpTransfer *first, *last;
	size_t n;
} TransferList;

struct Http {
	Loop *loop;
	HttpConfig config;
	char *connect_to, *proxy, *no_proxy;
	Roots *roots;
	struct curl_slist *connect_to_list;
	HttpLane *lanes[HTTP_TRANSFERS_MAX]; /* owned; idle ones only */
	size_t n_lanes;
	TransferList queue, active;
	HttpStats stats;
};

const char *http_result_text(int result)
{
	switch (result) {
	case HTTP_OK:
		return "answered";
	case HTTP_E_RESOLVE:
		return "the name does not resolve";
	case HTTP_E_CONNECT:
		return "the connection failed";
	case HTTP_E_TLS:
		return "TLS failed";
	case HTTP_E_TIMEOUT:
		return "no answer in time";
	case HTTP_E_TOO_LARGE:
		return "the answer is too large";
	default:
		return "the answer is not proper HTTP";
	}
}

static void list_append(TransferList *list, HttpTransfer *transfer)
{
	transfer->next = NULL;
	transfer->previous = list->last;
	if (list->last)
		list->last->next = transfer;
	else
		list->first = transfer;
	list->last = transfer;
	list->n++;
}

static void list_remove(TransferList *list, HttpTransfer *transfer)
{
	if (transfer->previous)
		transfer->previous->next = transfer->next;
	else
		list->first = transfer->next;
	if (transfer->next)
		transfer->next->previous = transfer->previous;
	else
		list->last = transfer->previous;
	list->n--;
}

static HttpTransfer *transfer_free(HttpTransfer *transfer)
{
	if (!transfer)
		return NULL;
	for (size_t i = 0; i < transfer->n_strings; i++)
		free(transfer->strings[i]);
	(void)secret_unref(transfer->request.authorization);
	(void)secret_unref(transfer->request.secret_header);
	(void)secret_unref(transfer->request.body);
	free(transfer);
	return NULL;
}
AKV_DEFINE_CLEANUP(HttpTransfer *, transfer_free);

/* Copy a string of the request that must outlive the caller's. */
static int transfer_copy(HttpTransfer *transfer, const char **text)
{
	char *copy;

	if (!*text)
		return 0;
	copy = strdup(*text);
	if (!copy)
		return -ENOMEM;
	transfer->strings[transfer->n_strings++] = copy;
	*text = copy;
	return 0;
}

static int transfer_new(HttpTransfer **ret, Http *http,
			const HttpRequest *request)
{
	AKV_CLEANUP(transfer_freep) HttpTransfer *transfer = NULL;
	int r;

	transfer = calloc(1, sizeof(*transfer));
	if (!transfer)
		return -ENOMEM;
	transfer->http = http;
	transfer->request = *request;
	(void)secret_ref(request->authorization);
	(void)secret_ref(request->secret_header);
	(void)secret_ref(request->body);
	r = transfer_copy(transfer, &transfer->request.method);
	if (r == 0)
		r = transfer_copy(transfer, &transfer->request.url);
	if (r == 0)
		r = transfer_copy(transfer, &transfer->request.content_type);
	for (size_t i = 0; i < HTTP_REQUEST_HEADERS_MAX && r == 0; i++)
		r = transfer_copy(transfer, &transfer->request.headers[i]);
	if (r < 0)
		return r;
	*ret = AKV_TAKE(transfer);
	return 0;
}

/* A request that is pinned, or looks at its peer, gets a lane of its own, which
 * no other will use. */
static int http_lane_take(Http *http, HttpLane **ret,
			  const HttpRequest *request)
{
	HttpLane *lane = NULL;
	int r;

	if (http->n_lanes > 0 && !request->pinned && !request->peer) {
		*ret = http->lanes[--http->n_lanes];
		return 0;
	}
	r = http_lane_new(&lane, &http->config, http->roots,
			  request->pinned ? request->pinned_sha1 : NULL,
			  request->peer);
	if (r < 0)
		return r;
	*ret = lane;
	return 0;
}

static void http_lane_return(Http *http, HttpLane *lane)
{
	http_lane_unload(lane);
	if (http->n_lanes < http->config.transfers &&
	    !http_lane_is_single(lane))
		http->lanes[http->n_lanes++] = lane;
	else
		(void)http_lane_free(lane);
}

static int transfer_start(HttpTransfer *transfer)
{
	Http *http = transfer->http;
	struct curl_slist *connect_to = http->connect_to_list;
	const char *proxy = "";
	CURL *easy;
	int r;

	r = http_lane_take(http, &transfer->lane, &transfer->request);
	if (r < 0)
		return r;
	easy = http_lane_easy(transfer->lane);
	if (http->config.proxy && !transfer->request.no_proxy)
		proxy = http->config.proxy;
	if (transfer->request.no_proxy)
		connect_to = NULL;
	r = http_lane_load(transfer->lane, &transfer->request, transfer);
	if (r == 0 &&
	    (curl_easy_setopt(easy, CURLOPT_PROXY, proxy) != CURLE_OK ||
	     curl_easy_setopt(easy, CURLOPT_CONNECT_TO, connect_to) !=
		     CURLE_OK ||
	     curl_multi_add_handle(loop_multi(http->loop), easy) != CURLM_OK))
		r = -ENOMEM;
	if (r < 0) {
		http_lane_return(http, AKV_TAKE(transfer->lane));
		return r;
	}
	transfer->sent_us = clock_now_us();
	http->stats.started++;
	return 0;
}

static void transfer_unlink(HttpTransfer *transfer)
{
	Http *http = transfer->http;

	list_remove(transfer->admitted ? &http->active : &http->queue,
		    transfer);
}

static void http_admit(Http *http);

/* Give @response to the caller, then let the lane and the memory go. */
static void transfer_finish(HttpTransfer *transfer, HttpResponse *response)
{
	Http *http = transfer->http;

	transfer_unlink(transfer);
	loop_timer_clear(http->loop, &transfer->deadline);
	if (transfer->lane)
		(void)curl_multi_remove_handle(loop_multi(http->loop),
					       http_lane_easy(transfer->lane));
	http->stats.finished++;
	response->sent_us = transfer->sent_us;
	transfer->done(transfer->data, response);
	if (transfer->lane)
		http_lane_return(http, AKV_TAKE(transfer->lane));
	(void)transfer_free(transfer);
	http_admit(http);
}

/* End without an answer: the deadline, or a lane that could not start. */
static void transfer_fail(HttpTransfer *transfer, int result)
{
	HttpResponse response = {
		.result = result,
		.body = "",
		.content_type = "",
		.retry_after = "",
		.retry_after_ms = "",
		.request_id = "",
		.network_info = "",
		.region = "",
		.service_version = "",
		.date = "",
		.location = "",
		.pipelines_id = "",
		.edge_id = "",
		.reason = http_result_text(result),
	};

	transfer_finish(transfer, &response);
}

static void transfer_deadline(Timer *timer)
{
	transfer_fail(AKV_CONTAINER_OF(timer, HttpTransfer, deadline),
		      HTTP_E_TIMEOUT);
}

/* Move transfers from the queue to lanes while there is room. */
static void http_admit(Http *http)
{
	while (http->queue.first && http->active.n < http->config.transfers) {
		HttpTransfer *transfer = http->queue.first;

		list_remove(&http->queue, transfer);
		list_append(&http->active, transfer);
		transfer->admitted = true;
		if (transfer_start(transfer) < 0) {
			/* Never from here: the caller may be http_start(). */
			if (loop_timer_set(http->loop, &transfer->deadline, 0) <
			    0)
				abort();
		}
	}
}

static bool http_reap(void *data)
{
	Http *http = data;
	CURLMsg *message;
	int left;
	bool any = false;

	while ((message =
			curl_multi_info_read(loop_multi(http->loop), &left))) {
		HttpTransfer *transfer = NULL;
		HttpResponse response;

		if (message->msg != CURLMSG_DONE)
			continue;
		(void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE,
					(char **)&transfer);
		http_lane_response(transfer->lane, message->data.result,
				   &response);
		transfer_finish(transfer, &response);
		any = true;
	}
	return any;
}

static int http_copy_config(Http *http, const HttpConfig *config)
{
	AKV_BUF Buf connect_to = BUF_INIT(BUF_MAX_LINE);

	http->config = *config;
	http->config.connect_to = NULL;
	http->config.transfers = AKV_MAX(1U, config->transfers);
	http->config.transfers =
		AKV_MIN((unsigned)HTTP_TRANSFERS_MAX, http->config.transfers);
	if (config->connect_to) {
		int r = buf_printf(&connect_to, "::%s", config->connect_to);

		if (r < 0)
			return r;
		http->connect_to_list = curl_slist_append(NULL, connect_to.p);
		if (!http->connect_to_list)
			return -ENOMEM;
	}
	if (config->proxy && !(http->proxy = strdup(config->proxy)))
		return -ENOMEM;
	if (config->no_proxy && !(http->no_proxy = strdup(config->no_proxy)))
		return -ENOMEM;
	http->config.proxy = http->proxy;
	http->config.no_proxy = http->no_proxy;
	http->config.ca_pem = NULL;
	return 0;
}

/* The system's are where libcurl, as it was built, would look for them. */
static int http_find_roots(Http *http, const HttpConfig *config)
{
	char *file = NULL, *directory = NULL;
	CURL *easy;
	int r;

	if (config->ca_pem) {
		r = roots_new(&http->roots, config->ca_pem,
			      config->ca_pem_size);
		return r == ROOTS_E_NONE ? HTTP_E_NO_ROOTS : r;
	}
	easy = curl_easy_init();
	if (!easy)
		return -ENOMEM;
	(void)curl_easy_getinfo(easy, CURLINFO_CAINFO, &file);
	(void)curl_easy_getinfo(easy, CURLINFO_CAPATH, &directory);
	r = roots_new_system(&http->roots, file, directory);
	curl_easy_cleanup(easy);
	return r;
}

int http_new(Http **ret, Loop *loop, const HttpConfig *config)
{
	AKV_CLEANUP(http_freep) Http *http = calloc(1, sizeof(*http));
	int r;

	if (!http)
		return -ENOMEM;
	http->loop = loop;
	r = http_copy_config(http, config);
	if (r == 0)
		r = http_find_roots(http, config);
	if (r != 0)
		return r;
	(void)curl_multi_setopt(loop_multi(loop), CURLMOPT_MAXCONNECTS,
				(long)http->config.transfers + 4);
	loop_reaper_set(loop, http_reap, http);
	*ret = AKV_TAKE(http);
	return 0;
}

Http *http_free(Http *http)
{
	if (!http)
		return NULL;
	while (http->active.first)
		http_cancel(http->active.first);
	while (http->queue.first)
		http_cancel(http->queue.first);
	while (http->n_lanes > 0)
		(void)http_lane_free(http->lanes[--http->n_lanes]);
	loop_reaper_set(http->loop, NULL, NULL);
	curl_slist_free_all(http->connect_to_list);
	free(http->proxy);
	free(http->no_proxy);
	(void)roots_free(http->roots);
	free(http);
	return NULL;
}

/* Printable, and no NUL before its end. */
static bool secret_may_be_sent(const Secret *secret)
{
	return !secret ||
	       (strlen(secret_bytes(secret)) == secret_size(secret) &&
		ascii_is_printable(secret_bytes(secret)));
}

/* What no request may contain, whoever wrote it. */
static bool request_may_be_sent(const HttpRequest *request)
{
	if (!ascii_is_printable(request->url) || strchr(request->url, ' '))
		return false;
	for (size_t i = 0; i < HTTP_REQUEST_HEADERS_MAX; i++) {
		const char *line = request->headers[i];

		if (line && (!ascii_is_printable(line) || !strchr(line, ':')))
			return false;
	}
	return secret_may_be_sent(request->authorization) &&
	       secret_may_be_sent(request->secret_header);
}

int http_start(Http *http, HttpTransfer **ret, const HttpRequest *request,
	       HttpDone done, void *data)
{
	AKV_CLEANUP(transfer_freep) HttpTransfer *transfer = NULL;
	int r;

	if (!request_may_be_sent(request))
		return -EINVAL;
	if (http->queue.n >= HTTP_QUEUE_MAX)
		return -ENOSPC;
	r = transfer_new(&transfer, http, request);
	if (r < 0)
		return r;
	transfer->done = done;
	transfer->data = data;
	transfer->deadline.fire = transfer_deadline;
	r = loop_timer_set(http->loop, &transfer->deadline,
			   request->deadline_us);
	if (r < 0)
		return r;
	list_append(&http->queue, transfer);
	*ret = AKV_TAKE(transfer);
	http_admit(http);
	return 0;
}

void http_cancel(HttpTransfer *transfer)
{
	Http *http;

	if (!transfer)
		return;
	http = transfer->http;
	loop_timer_clear(http->loop, &transfer->deadline);
	transfer_unlink(transfer);
	if (transfer->lane) {
		(void)curl_multi_remove_handle(loop_multi(http->loop),
					       http_lane_easy(transfer->lane));
		http_lane_return(http, AKV_TAKE(transfer->lane));
	}
	(void)transfer_free(transfer);
	http_admit(http);
}

void http_stats(const Http *http, HttpStats *ret)
{
	*ret = http->stats;
	ret->active = http->active.n;
	ret->queued = http->queue.n;
}
