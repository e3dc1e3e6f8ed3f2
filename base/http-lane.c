/* SPDX-License-Identifier: MIT */

/*
 * Bytes are counted and refused as they arrive, in the callbacks: libcurl's own
 * size limit stops neither a chunked body nor a compressed one. The body is one
 * mapping that never moves, is left out of core dumps and forked children, and
 * whose first part, which any single value fits in, is locked.
 */

#include "base/http-lane.h"

#include <sys/mman.h>

#include "base/buf.h"
#include "base/crypto-text.h"
#include "base/http-peer.h"
#include "base/http-pin.h"
#include "base/parse.h"

enum {
	LANE_LOCKED_SIZE = 64 * 1024,
	LANE_MAP_SIZE = HTTP_BODY_MAX + 4096,
	LANE_KEPT_HEADERS_MAX = 16,
	LANE_VALUE_MAX = 8 * 1024,
};

/* A response header that is kept, and where HttpResponse has it. */
static const struct {
	const char *name;
	size_t offset;
} lane_kept[] = {
	{"content-type", offsetof(HttpResponse, content_type)},
	{"retry-after", offsetof(HttpResponse, retry_after)},
	{"retry-after-ms", offsetof(HttpResponse, retry_after_ms)},
	{"x-ms-retry-after-ms", offsetof(HttpResponse, retry_after_ms)},
	{"x-ms-request-id", offsetof(HttpResponse, request_id)},
	{"x-ms-keyvault-network-info", offsetof(HttpResponse, network_info)},
	{"x-ms-keyvault-region", offsetof(HttpResponse, region)},
	{"x-ms-keyvault-service-version",
	 offsetof(HttpResponse, service_version)},
	{"date", offsetof(HttpResponse, date)},
	{"location", offsetof(HttpResponse, location)},
	{"x-vss-e2eid", offsetof(HttpResponse, pipelines_id)},
	{"x-msedge-ref", offsetof(HttpResponse, edge_id)},
};

struct HttpLane {
	CURL *easy;
	Roots *roots; /* http.c's */
	char *body;   /* LANE_MAP_SIZE, mapped */
	size_t body_n, body_max;
	struct curl_slist *headers;
	size_t headers_bytes; /* received, kept or not */
	Buf kept;             /* the values, each with its NUL */
	size_t kept_at[AKV_ARRAY_LEN(lane_kept)]; /* offset + 1 */
	size_t challenges_at[HTTP_CHALLENGES_MAX];
	size_t n_challenges;
	bool has_length; /* Content-Length, or chunks with their own end */
	int refused;     /* HTTP_E_* if a callback ended the transfer */
	bool single;     /* not to be used again */
	bool pinned;
	unsigned char pinned_sha1[HTTP_SHA1_SIZE];
	HttpPeer *peer; /* the caller's, or NULL */
	char reason[CURL_ERROR_SIZE];
};

static size_t lane_take_body(char *data, size_t size, size_t count, void *to)
{
	HttpLane *lane = to;
	size_t n = size * count;

	if (n > lane->body_max - lane->body_n) {
		lane->refused = HTTP_E_TOO_LARGE;
		return 0;
	}
	memcpy(lane->body + lane->body_n, data, n);
	lane->body_n += n;
	return n;
}

static void lane_forget_headers(HttpLane *lane)
{
	buf_reset(&lane->kept);
	memset(lane->kept_at, 0, sizeof(lane->kept_at));
	lane->n_challenges = 0;
	lane->has_length = false;
}

/* Keep @value; *@ret_at becomes its offset plus one. Too long: not kept. */
static int lane_keep(HttpLane *lane, const char *value, size_t n,
		     size_t *ret_at)
{
	size_t at = lane->kept.n;
	int r;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)value[i];

		if (c < 0x20 && c != '\t')
			return 0;
	}
	if (n > LANE_VALUE_MAX)
		return 0;
	r = buf_append(&lane->kept, value, n);
	if (r == 0)
		r = buf_append(&lane->kept, "", 1);
	if (r == 0)
		*ret_at = at + 1;
	return r;
}

static bool header_is(const char *line, size_t name_n, const char *name)
{
	return strlen(name) == name_n && strncasecmp(line, name, name_n) == 0;
}

/* One "Name: value" line, without its line end. */
static int lane_take_field(HttpLane *lane, const char *line, size_t n)
{
	const char *colon = memchr(line, ':', n);
	const char *value;
	size_t name_n, value_n;

	if (!colon)
		return 0;
	name_n = (size_t)(colon - line);
	value = colon + 1;
	value_n = n - name_n - 1;
	for (; value_n > 0 && (*value == ' ' || *value == '\t'); value_n--)
		value++;
	while (value_n > 0 &&
	       (value[value_n - 1] == ' ' || value[value_n - 1] == '\t'))
		value_n--;

	/* We asked for no encoding: what is encoded is not for us. */
	if (header_is(line, name_n, "content-encoding") && value_n > 0 &&
	    !header_is(value, value_n, "identity"))
		return -EPROTO;
	if (header_is(line, name_n, "content-length") ||
	    header_is(line, name_n, "transfer-encoding"))
		lane->has_length = true;
	if (header_is(line, name_n, "www-authenticate")) {
		size_t at = 0;
		int r;

		if (lane->n_challenges == HTTP_CHALLENGES_MAX)
			return 0;
		r = lane_keep(lane, value, value_n, &at);
		if (r == 0 && at > 0)
			lane->challenges_at[lane->n_challenges++] = at;
		return r;
	}
	for (size_t i = 0; i < AKV_ARRAY_LEN(lane_kept); i++) {
		if (header_is(line, name_n, lane_kept[i].name))
			return lane_keep(lane, value, value_n,
					 &lane->kept_at[i]);
	}
	return 0;
}

static size_t lane_take_header(char *data, size_t size, size_t count, void *to)
{
	HttpLane *lane = to;
	size_t n = size * count, line_n = n;

	/* The sum counts every line since the request, 1xx answers too. */
	lane->headers_bytes += n;
	if (lane->headers_bytes > HTTP_HEADERS_MAX) {
		lane->refused = HTTP_E_TOO_LARGE;
		return 0;
	}
	while (line_n > 0 &&
	       (data[line_n - 1] == '\r' || data[line_n - 1] == '\n'))
		line_n--;
	if (line_n >= 5 && memcmp(data, "HTTP/", 5) == 0) {
		lane_forget_headers(lane);
		return n;
	}
	if (lane_take_field(lane, data, line_n) < 0) {
		lane->refused = HTTP_E_PROTOCOL;
		return 0;
	}
	return n;
}

static CURLcode lane_context_made(AKV_UNUSED CURL *easy, void *ssl_context,
				  void *data)
{
	HttpLane *lane = data;
	int r = roots_trust(lane->roots, ssl_context);

	if (r < 0)
		return r == -ENOENT ? CURLE_SSL_CACERT_BADFILE
				    : CURLE_OUT_OF_MEMORY;
	if (lane->pinned)
		http_pin_context(ssl_context, lane->pinned_sha1);
	else if (lane->peer)
		http_peer_context(ssl_context, lane->peer);
	return CURLE_OK;
}

static int lane_set_options(HttpLane *lane, const HttpConfig *config)
{
	CURL *easy = lane->easy;
	CURLcode code = CURLE_OK;

#define LANE_SET(option, value)                                       \
	do {                                                          \
		if (code == CURLE_OK)                                 \
			code = curl_easy_setopt(easy, option, value); \
	} while (0)

	LANE_SET(CURLOPT_NOSIGNAL, 1L);
	LANE_SET(CURLOPT_ERRORBUFFER, lane->reason);
	LANE_SET(CURLOPT_WRITEFUNCTION, lane_take_body);
	LANE_SET(CURLOPT_WRITEDATA, lane);
	LANE_SET(CURLOPT_HEADERFUNCTION, lane_take_header);
	LANE_SET(CURLOPT_HEADERDATA, lane);
	LANE_SET(CURLOPT_CONNECTTIMEOUT_MS, (long)HTTP_CONNECT_TIMEOUT_MS);
	/* HTTP/2's header compression would keep the token in its table. */
	LANE_SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	LANE_SET(CURLOPT_FOLLOWLOCATION, 0L);
	LANE_SET(CURLOPT_REDIR_PROTOCOLS_STR, "https");
	LANE_SET(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	LANE_SET(CURLOPT_PATH_AS_IS, 1L);
	LANE_SET(CURLOPT_TCP_KEEPALIVE, 1L);
	LANE_SET(CURLOPT_MAXAGE_CONN, 60L);
	LANE_SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	LANE_SET(CURLOPT_SSL_VERIFYPEER, 1L);
	LANE_SET(CURLOPT_SSL_VERIFYHOST, 2L);
	LANE_SET(CURLOPT_USERAGENT, "akvfs/" AKVFS_VERSION);
	if (config->no_proxy)
		LANE_SET(CURLOPT_NOPROXY, config->no_proxy);
	/* libcurl would read all roots for each connection. */
	LANE_SET(CURLOPT_CAINFO, NULL);
	LANE_SET(CURLOPT_CAPATH, NULL);
	LANE_SET(CURLOPT_PROXY_CAINFO, NULL);
	LANE_SET(CURLOPT_PROXY_CAPATH, NULL);
#if LIBCURL_VERSION_NUM >= 0x075700
	/* Nor may it keep what the first one trusted for those after it. */
	LANE_SET(CURLOPT_CA_CACHE_TIMEOUT, 0L);
#endif
	LANE_SET(CURLOPT_SSL_CTX_FUNCTION, lane_context_made);
	LANE_SET(CURLOPT_SSL_CTX_DATA, lane);
#undef LANE_SET
	return code == CURLE_OK ? 0 : -ENOMEM;
}

static int lane_map_body(HttpLane *lane)
{
	void *p = mmap(NULL, LANE_MAP_SIZE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return -errno;
	lane->body = p;
	(void)madvise(p, LANE_MAP_SIZE, MADV_DONTDUMP);
	(void)madvise(p, LANE_MAP_SIZE, MADV_WIPEONFORK);
	/* Where the limit does not allow it, the secret heap has said so. */
	(void)mlock2(p, LANE_LOCKED_SIZE, MLOCK_ONFAULT);
	return 0;
}

bool http_lane_is_single(const HttpLane *lane)
{
	return lane->single;
}

int http_lane_new(HttpLane **ret, const HttpConfig *config, Roots *roots,
		  const unsigned char *pinned_sha1, HttpPeer *peer)
{
	AKV_CLEANUP(http_lane_freep) HttpLane *lane = calloc(1, sizeof(*lane));
	int r;

	if (!lane)
		return -ENOMEM;
	lane->roots = roots;
	lane->kept = BUF_INIT(HTTP_HEADERS_MAX);
	lane->easy = curl_easy_init();
	if (!lane->easy)
		return -ENOMEM;
	r = lane_map_body(lane);
	if (r == 0)
		r = lane_set_options(lane, config);
	if (r == 0 && pinned_sha1) {
		lane->single = true;
		lane->pinned = true;
		memcpy(lane->pinned_sha1, pinned_sha1, HTTP_SHA1_SIZE);
		r = http_pin(lane->easy);
	} else if (r == 0 && peer) {
		lane->single = true;
		lane->peer = peer;
		r = http_peer_watch(lane->easy, peer);
	}
	if (r < 0)
		return r;
	*ret = AKV_TAKE(lane);
	return 0;
}

HttpLane *http_lane_free(HttpLane *lane)
{
	if (!lane)
		return NULL;
	if (lane->body) {
		http_lane_unload(lane);
		(void)munmap(lane->body, LANE_MAP_SIZE);
	}
	if (lane->easy)
		curl_easy_cleanup(lane->easy);
	buf_done(&lane->kept);
	free(lane);
	return NULL;
}

CURL *http_lane_easy(const HttpLane *lane)
{
	return lane->easy;
}

/* "Name: value": one line of printable ASCII. */
static bool header_may_be_sent(const char *line)
{
	return ascii_is_printable(line) && strchr(line, ':');
}

static int lane_add_header(HttpLane *lane, const char *line)
{
	struct curl_slist *longer;

	if (!header_may_be_sent(line))
		return -EINVAL;
	longer = curl_slist_append(lane->headers, line);
	if (!longer)
		return -ENOMEM;
	lane->headers = longer;
	return 0;
}

static int lane_add_named(HttpLane *lane, const char *name, const char *value)
{
	AKV_BUF Buf line = BUF_INIT(BUF_MAX_FORM);
	int r = buf_printf(&line, "%s: %s", name, value);

	return r == 0 ? lane_add_header(lane, line.p) : r;
}

static int lane_load_headers(HttpLane *lane, const HttpRequest *request)
{
	/* An assertion is longer than 1 KiB: do not wait for a 100. */
	int r = lane_add_header(lane, "Expect:");

	for (size_t i = 0; i < HTTP_REQUEST_HEADERS_MAX && r == 0; i++) {
		if (request->headers[i])
			r = lane_add_header(lane, request->headers[i]);
	}
	if (r == 0 && request->content_type)
		r = lane_add_named(lane, "Content-Type", request->content_type);
	if (r == 0 && request->authorization)
		r = lane_add_named(lane, "Authorization",
				   secret_bytes(request->authorization));
	if (r == 0 && request->secret_header)
		r = lane_add_header(lane, secret_bytes(request->secret_header));
	return r;
}

static int lane_load_method(HttpLane *lane, const HttpRequest *request)
{
	CURL *easy = lane->easy;
	CURLcode code;

	if (request->body) {
		code = curl_easy_setopt(easy, CURLOPT_POST, 1L);
		if (code == CURLE_OK)
			code = curl_easy_setopt(
				easy, CURLOPT_POSTFIELDSIZE_LARGE,
				(curl_off_t)secret_size(request->body));
		if (code == CURLE_OK)
			code = curl_easy_setopt(easy, CURLOPT_POSTFIELDS,
						secret_bytes(request->body));
	} else {
		code = curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
	}
	if (code == CURLE_OK)
		code = curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST,
					request->method);
	return code == CURLE_OK ? 0 : -ENOMEM;
}

int http_lane_load(HttpLane *lane, const HttpRequest *request, void *transfer)
{
	const char *protocols = request->allow_clear ? "http,https" : "https";
	size_t body_max = request->body_max ? request->body_max : HTTP_BODY_MAX;
	CURL *easy = lane->easy;
	int r;

	lane->body_max = AKV_MIN(body_max, (size_t)HTTP_BODY_MAX);
	r = lane_load_headers(lane, request);
	if (r == 0)
		r = lane_load_method(lane, request);
	if (r < 0)
		return r;
	if (curl_easy_setopt(easy, CURLOPT_URL, request->url) != CURLE_OK ||
	    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, protocols) !=
		    CURLE_OK ||
	    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, lane->headers) !=
		    CURLE_OK ||
	    curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer) != CURLE_OK)
		return -ENOMEM;
	return 0;
}

void http_lane_unload(HttpLane *lane)
{
	explicit_bzero(lane->body, lane->body_n);
	lane->body_n = 0;
	lane->headers_bytes = 0;
	lane_forget_headers(lane);
	lane->refused = 0;
	lane->reason[0] = '\0';
	curl_slist_free_all(lane->headers);
	lane->headers = NULL;
	(void)curl_easy_setopt(lane->easy, CURLOPT_HTTPHEADER, NULL);
	(void)curl_easy_setopt(lane->easy, CURLOPT_POSTFIELDS, NULL);
}

/* libcurl reports a reset during the handshake as a failed handshake. */
static bool lane_lost_in_handshake(const HttpLane *lane)
{
	return strstr(lane->reason, "SSL_ERROR_SYSCALL") ||
	       strstr(lane->reason, "Connection reset") ||
	       strstr(lane->reason, "unexpected eof");
}

static int lane_result(const HttpLane *lane, CURLcode code)
{
	if (lane->refused)
		return lane->refused;
	switch (code) {
	case CURLE_OK:
		/*
		 * A body that ends with the connection may have been cut:
		 * libcurl takes the end without a close_notify for one.
		 */
		return lane->body_n > 0 && !lane->has_length ? HTTP_E_PROTOCOL
							     : HTTP_OK;
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
		return HTTP_E_RESOLVE;
	case CURLE_OPERATION_TIMEDOUT:
		return HTTP_E_TIMEOUT;
	case CURLE_SSL_CONNECT_ERROR:
		return lane_lost_in_handshake(lane) ? HTTP_E_CONNECT
						    : HTTP_E_TLS;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
	case CURLE_SSL_INVALIDCERTSTATUS:
		return HTTP_E_TLS;
	case CURLE_COULDNT_CONNECT:
	case CURLE_PARTIAL_FILE:
	case CURLE_GOT_NOTHING:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
		return HTTP_E_CONNECT;
	case CURLE_FILESIZE_EXCEEDED:
		return HTTP_E_TOO_LARGE;
	default:
		return HTTP_E_PROTOCOL;
	}
}

static void lane_note_address(const HttpLane *lane)
{
	const char *address = NULL;

	if (!lane->peer)
		return;
	(void)curl_easy_getinfo(lane->easy, CURLINFO_PRIMARY_IP, &address);
	(void)snprintf(lane->peer->address, sizeof(lane->peer->address), "%s",
		       address ? address : "");
}

static const char *lane_kept_text(const HttpLane *lane, size_t at)
{
	return at > 0 ? lane->kept.p + at - 1 : "";
}

void http_lane_response(HttpLane *lane, CURLcode code, HttpResponse *ret)
{
	long status = 0;

	crypto_text_fill(lane->reason, sizeof(lane->reason));
	*ret = (HttpResponse){.result = lane_result(lane, code)};
	(void)curl_easy_getinfo(lane->easy, CURLINFO_RESPONSE_CODE, &status);
	ret->status = ret->result == HTTP_OK ? (int)status : 0;
	lane_note_address(lane);
	lane->body[lane->body_n] = '\0';
	ret->body = lane->body;
	ret->body_size = lane->body_n;
	ret->reason = lane->reason[0] ? lane->reason : curl_easy_strerror(code);
	/* Of what we refused, libcurl knows only that we did, or not that. */
	if (lane->refused || ret->result == HTTP_E_PROTOCOL)
		ret->reason = http_result_text(ret->result);
	for (size_t i = 0; i < AKV_ARRAY_LEN(lane_kept); i++) {
		const char **field =
			(const char **)(void *)((char *)ret +
						lane_kept[i].offset);

		if (!*field || !**field)
			*field = lane_kept_text(lane, lane->kept_at[i]);
	}
	ret->n_challenges = lane->n_challenges;
	for (size_t i = 0; i < lane->n_challenges; i++)
		ret->challenges[i] =
			lane_kept_text(lane, lane->challenges_at[i]);
}
