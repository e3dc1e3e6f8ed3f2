/* SPDX-License-Identifier: MIT */

/*
 * libmicrohttpd calls back in the connection's thread: uri_begin() with the
 * request line as sent, answer() with the headers, then with each piece of the
 * body, then once more to get the reply, and request_end() at the end, whatever
 * became of it. The emulator's lock is held in reply_make() only.
 */

#include "emulator/server.h"

#include <gnutls/gnutls.h>
#include <microhttpd.h>
#include <netdb.h>
#include <netinet/in.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <time.h>

#include "base/clock.h"
#include "emulator/entra-error.h"
#include "emulator/errors.h"
#include "emulator/routes.h"
#include "emulator/shape.h"

struct Server {
	Emulator *emulator; /* borrowed */
	enum listener listener;
	struct MHD_Daemon *daemon;
	int stop_fd; /* readable: all shall end */
	gnutls_datum_t ticket_key;
};

typedef struct Request {
	Server *server;
	Exchange exchange;
	FaultAction *fault; /* one reference, or NULL */
	Shape shape;
	uint64_t begun_us;
	bool seen;      /* the headers have come */
	bool invalid;   /* its URI could not be taken apart */
	bool too_large; /* its body */
} Request;

static const char *header_lookup(void *connection, const char *name)
{
	return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

typedef struct HeaderWalk {
	HeaderTake *take;
	void *data;
} HeaderWalk;

static enum MHD_Result header_pass(void *walk,
				   AKV_UNUSED enum MHD_ValueKind kind,
				   const char *name, const char *value)
{
	const HeaderWalk *to = walk;

	to->take(to->data, name, value ? value : "");
	return MHD_YES;
}

static void headers_each(void *connection, HeaderTake *take, void *data)
{
	HeaderWalk walk = {take, data};

	(void)MHD_get_connection_values(connection, MHD_HEADER_KIND,
					header_pass, &walk);
}

static void *uri_begin(void *data, const char *uri,
		       struct MHD_Connection *connection)
{
	Request *request = calloc(1, sizeof(*request));
	int r;

	if (!request)
		return NULL;
	request->server = data;
	request->begun_us = clock_now_us();
	r = exchange_init(&request->exchange, uri);
	if (r < 0) {
		exchange_done(&request->exchange);
		free(request);
		return NULL;
	}
	request->invalid = r > 0;
	request->exchange.emulator = request->server->emulator;
	request->exchange.listener = request->server->listener;
	request->exchange.header = header_lookup;
	request->exchange.headers_each = headers_each;
	request->exchange.connection = connection;
	return request;
}

static void request_end(AKV_UNUSED void *data,
			AKV_UNUSED struct MHD_Connection *connection,
			void **ret_request,
			AKV_UNUSED enum MHD_RequestTerminationCode why)
{
	Request *request = *ret_request;

	if (!request)
		return;
	(void)pthread_mutex_lock(&request->server->emulator->lock);
	request->fault = fault_action_unref(request->fault);
	(void)pthread_mutex_unlock(&request->server->emulator->lock);
	exchange_done(&request->exchange);
	free(request);
	*ret_request = NULL;
}

/* POST with X-HTTP-METHOD stands for that method. */
static const char *method_of(const Exchange *exchange, const char *method)
{
	static const char *const names[] = {
		"X-HTTP-METHOD",
		"X-HTTP-Method-Override",
		"X-HTTP-REQUEST",
	};

	if (strcmp(method, "POST") != 0)
		return method;
	for (size_t i = 0; i < AKV_ARRAY_LEN(names); i++) {
		const char *other = exchange_header(exchange, names[i]);

		if (*other)
			return other;
	}
	return method;
}

/* What the replies tell the client of where it seems to come from. */
static void client_address(Exchange *exchange,
			   struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *address = info ? info->client_addr : NULL;
	socklen_t size = sizeof(struct sockaddr_in);

	if (!address)
		return;
	exchange->client_is_v6 = address->sa_family == AF_INET6;
	if (exchange->client_is_v6)
		size = sizeof(struct sockaddr_in6);
	if (getnameinfo(address, size, exchange->client,
			sizeof(exchange->client), NULL, 0, NI_NUMERICHOST) != 0)
		exchange->client[0] = '\0';
}

static void request_headers(Request *request, const char *method)
{
	Exchange *exchange = &request->exchange;

	request->seen = true;
	client_address(exchange, exchange->connection);
	exchange->method = method_of(exchange, method);
	exchange_set_host(exchange, exchange_header(exchange, "Host"));
}

static void request_body(Request *request, const char *data, size_t n)
{
	if (!request->too_large &&
	    buf_append(&request->exchange.body, data, n) < 0)
		request->too_large = true;
}

/* The header Date, when the emulator's clock is not the machine's. */
static void date_add(Exchange *exchange)
{
	time_t now_s = (time_t)(exchange->now_us / (int64_t)CLOCK_US_PER_S);
	char text[64];
	struct tm parts;

	if (exchange->emulator->clock_offset_us == 0 ||
	    !gmtime_r(&now_s, &parts) ||
	    strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &parts) ==
		    0)
		return;
	exchange_set_header(exchange, "Date", text);
}

static int reply_dispatch(Request *request)
{
	Exchange *exchange = &request->exchange;

	if (request->invalid)
		return error_bad_parameter(exchange,
					   "The request URI is invalid.");
	if (request->too_large)
		return error_reply(exchange, 413, "RequestTooLarge", NULL,
				   "The request body is too large.");
	return routes_dispatch(exchange);
}

/* What the fault says about status, headers and body. */
static void reply_fault(Request *request)
{
	const FaultAction *fault = request->fault;
	Exchange *exchange = &request->exchange;

	if (fault->aadsts != 0) {
		(void)entra_error_number(exchange, fault->aadsts,
					 exchange->caller.client_id);
		entra_finish(exchange);
	} else if (fault->status != 0) {
		shape_error(exchange, fault->status);
	}
	if (fault->has_body) {
		buf_reset(&exchange->reply);
		exchange->writer.fault = buf_append(
			&exchange->reply, fault->body, fault->body_size);
	}
	/* First away with the old ones, so that several of one name stay. */
	for (size_t i = 0; i < fault->n_headers; i++)
		exchange_set_header(exchange, fault->headers[i].name, NULL);
	for (size_t i = 0; i < fault->n_headers; i++) {
		if (fault->headers[i].value)
			exchange_add_header(exchange, fault->headers[i].name,
					    fault->headers[i].value);
	}
	/* In the log this says: not answered. */
	if (fault->hang || fault->reset_after == 0)
		exchange->status = 0;
}

/* The reply, made by the fault, by the handler, or by both. */
static void reply_make(Request *request)
{
	Exchange *exchange = &request->exchange;
	Emulator *emulator = exchange->emulator;
	int64_t took_us;
	int r = 0;

	(void)pthread_mutex_lock(&emulator->lock);
	exchange->now_us = emulator_now_us(emulator);
	exchange_reply(exchange, 500);
	if (!request->fault ||
	    (request->fault->status == 0 && request->fault->aadsts == 0))
		r = reply_dispatch(request);
	if (r == 0)
		r = exchange->writer.fault;
	if (r < 0)
		(void)error_reply(exchange, 500, "InternalError", NULL,
				  "akv-emulator: %s", strerror(-r));
	date_add(exchange);
	if (request->fault)
		reply_fault(request);
	took_us = (int64_t)(clock_now_us() - request->begun_us);
	if (!routes_is_control(exchange)) {
		r = request_log_add(&emulator->log, exchange,
				    emulator_wall_us(), took_us,
				    request->fault != NULL);
		/* The client shall have its answer all the same. */
		if (r < 0)
			(void)fprintf(stderr, "akv-emulator: cannot log: %s\n",
				      strerror(-r));
	}
	(void)pthread_mutex_unlock(&emulator->lock);
}

static int connection_fd(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	return info ? info->connect_fd : -1;
}

static ssize_t shaped_read(void *data, uint64_t at, char *to, size_t max)
{
	Request *request = data;
	ssize_t n = shape_read(&request->shape, &request->exchange.reply, at,
			       to, max);

	return n < 0 ? MHD_CONTENT_READER_END_WITH_ERROR : n;
}

static struct MHD_Response *response_new(Request *request)
{
	Exchange *exchange = &request->exchange;
	Buf *reply = &exchange->reply;
	struct MHD_Response *response;

	if (request->shape.is_plain)
		response = MHD_create_response_from_buffer(
			reply->n, reply->p, MHD_RESPMEM_PERSISTENT);
	else
		response = MHD_create_response_from_callback(
			reply->n, SHAPE_BLOCK_SIZE, shaped_read, request, NULL);
	if (!response)
		return NULL;
	for (size_t i = 0; i < exchange->n_headers; i++)
		(void)MHD_add_response_header(response,
					      exchange->headers[i].name,
					      exchange->headers[i].value);
	return response;
}

static enum MHD_Result reply_send(Request *request,
				  struct MHD_Connection *connection)
{
	struct MHD_Response *response = response_new(request);
	enum MHD_Result queued;

	if (!response)
		return MHD_NO;
	queued = MHD_queue_response(connection, request->exchange.status,
				    response);
	MHD_destroy_response(response);
	return queued;
}

/* The whole request is here. */
static enum MHD_Result request_answer(Request *request,
				      struct MHD_Connection *connection)
{
	Exchange *exchange = &request->exchange;
	Emulator *emulator = request->server->emulator;

	if (!routes_is_control(exchange)) {
		(void)pthread_mutex_lock(&emulator->lock);
		request->fault = faults_match(&emulator->faults, exchange->host,
					      exchange->method, exchange->path,
					      exchange->query);
		(void)pthread_mutex_unlock(&emulator->lock);
	}
	shape_init(&request->shape, request->fault, connection_fd(connection),
		   request->server->stop_fd);
	if (!shape_delay(&request->shape))
		return MHD_NO;
	reply_make(request);
	if (!shape_before_reply(&request->shape))
		return MHD_NO;
	return reply_send(request, connection);
}

static enum MHD_Result answer(AKV_UNUSED void *data,
			      struct MHD_Connection *connection,
			      AKV_UNUSED const char *url, const char *method,
			      AKV_UNUSED const char *http_version,
			      const char *body, size_t *body_size,
			      void **ret_request)
{
	Request *request = *ret_request;

	if (!request)
		return MHD_NO;
	if (!request->seen) {
		request_headers(request, method);
		return MHD_YES;
	}
	if (*body_size > 0) {
		request_body(request, body, *body_size);
		*body_size = 0;
		return MHD_YES;
	}
	return request_answer(request, connection);
}

/* TLS session tickets: clients that come again skip half of the handshake. */
static void connection_changed(void *data, struct MHD_Connection *connection,
			       AKV_UNUSED void **context,
			       enum MHD_ConnectionNotificationCode what)
{
	Server *server = data;
	const union MHD_ConnectionInfo *info;

	if (what != MHD_CONNECTION_NOTIFY_STARTED ||
	    server->listener == LISTENER_METADATA)
		return;
	info = MHD_get_connection_info(connection,
				       MHD_CONNECTION_INFO_GNUTLS_SESSION);
	if (info && info->tls_session)
		(void)gnutls_session_ticket_enable_server(info->tls_session,
							  &server->ticket_key);
}

/* The options that TLS needs; none for the listener without. */
static void tls_options(struct MHD_OptionItem ret[4], const Server *server)
{
	const Identity *identity = &server->emulator->identity;
	bool fabric = server->listener == LISTENER_FABRIC;
	char *certificate = fabric ? identity->fabric_certificate.p
				   : identity->tls_certificate.p;
	char *key = fabric ? identity->fabric_key.p : identity->tls_key.p;
	static char priorities[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";
	size_t n = 0;

	if (server->listener != LISTENER_METADATA) {
		ret[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_CERT, 0,
						   certificate};
		ret[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_KEY, 0,
						   key};
		ret[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_PRIORITIES,
						   0, priorities};
	}
	ret[n] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
}

static int daemon_start(Server *server, int listen_fd)
{
	struct MHD_OptionItem tls[4];
	unsigned flags = MHD_USE_THREAD_PER_CONNECTION |
			 MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL;

	if (server->listener != LISTENER_METADATA)
		flags |= MHD_USE_TLS;
	tls_options(tls, server);
	server->daemon = MHD_start_daemon(
		flags, 0, NULL, NULL, answer, server, MHD_OPTION_LISTEN_SOCKET,
		listen_fd, MHD_OPTION_ARRAY, tls, MHD_OPTION_URI_LOG_CALLBACK,
		uri_begin, server, MHD_OPTION_NOTIFY_COMPLETED, request_end,
		server, MHD_OPTION_NOTIFY_CONNECTION, connection_changed,
		server, MHD_OPTION_CONNECTION_LIMIT,
		(unsigned)SERVER_CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
		(unsigned)SERVER_IDLE_TIMEOUT_S,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		(size_t)SERVER_MEMORY_PER_CONNECTION, MHD_OPTION_END);
	return server->daemon ? 0 : -EIO;
}

int server_new(Server **ret, Emulator *emulator, enum listener listener,
	       int listen_fd)
{
	Server *server = calloc(1, sizeof(*server));
	int r;

	if (!server) {
		(void)close(listen_fd);
		return -ENOMEM;
	}
	server->emulator = emulator;
	server->listener = listener;
	server->stop_fd = eventfd(0, EFD_CLOEXEC);
	r = server->stop_fd < 0 ? -errno : 0;
	if (r == 0 &&
	    gnutls_session_ticket_key_generate(&server->ticket_key) < 0)
		r = -EIO;
	if (r == 0)
		r = daemon_start(server, listen_fd);
	if (r < 0) {
		(void)close(listen_fd);
		(void)server_free(server);
		return r;
	}
	*ret = server;
	return 0;
}

Server *server_free(Server *server)
{
	const uint64_t one = 1;

	if (!server)
		return NULL;
	/* The counter is ours alone and starts at 0: adding 1 cannot fail. */
	if (server->daemon && write(server->stop_fd, &one, sizeof(one)) > 0)
		MHD_stop_daemon(server->daemon);
	if (server->stop_fd >= 0)
		(void)close(server->stop_fd);
	if (server->ticket_key.data) {
		explicit_bzero(server->ticket_key.data,
			       server->ticket_key.size);
		gnutls_free(server->ticket_key.data);
	}
	free(server);
	return NULL;
}
