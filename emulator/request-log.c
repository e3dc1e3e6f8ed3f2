/* SPDX-License-Identifier: MIT */

/* Called with the emulator's lock held: lines are in order and whole. */

#include "emulator/request-log.h"

#include <inttypes.h>

int request_log_open(RequestLog *ret, int fd)
{
	char **lines = calloc(REQUEST_LOG_KEPT, sizeof(*lines));

	if (!lines) {
		if (fd >= 0)
			(void)close(fd);
		return -ENOMEM;
	}
	*ret = (RequestLog){.fd = fd, .lines = lines};
	return 0;
}

void request_log_close(RequestLog *log)
{
	if (!log->lines)
		return;
	for (size_t i = 0; i < REQUEST_LOG_KEPT; i++)
		free(log->lines[i]);
	free(log->lines);
	if (log->fd >= 0)
		(void)close(log->fd);
	*log = (RequestLog){.fd = -1};
}

static void header_write(void *data, const char *name, const char *value)
{
	Writer *writer = data;

	writer_begin(writer, NULL, '[');
	writer_string(writer, NULL, name);
	writer_string(writer, NULL, value);
	writer_end(writer, ']');
}

/* All that the client has sent: as pairs, since a name may come twice. */
static void whole_write(Writer *writer, const Exchange *exchange)
{
	writer_begin(writer, "headers", '[');
	if (exchange->headers_each)
		exchange->headers_each(exchange->connection, header_write,
				       writer);
	writer_end(writer, ']');
	writer_string_n(writer, "body", exchange->body.p, exchange->body.n);
}

static int line_format(Buf *line, const RequestLog *log,
		       const Exchange *exchange, int64_t wall_us,
		       int64_t took_us, bool fault)
{
	Writer writer = WRITER_INIT(line);

	writer_begin(&writer, NULL, '{');
	writer_int(&writer, "seq", (int64_t)(log->last + 1));
	writer_int(&writer, "time_us", wall_us);
	writer_string(&writer, "method", exchange->method);
	writer_string(&writer, "host", exchange->host);
	writer_string(&writer, "path", exchange->path);
	writer_string(&writer, "query", exchange->query);
	writer_int(&writer, "status", exchange->status);
	writer_int(&writer, "bytes", (int64_t)exchange->reply.n);
	writer_int(&writer, "received", (int64_t)exchange->body.n);
	writer_int(&writer, "took_us", took_us);
	writer_string(&writer, "principal", exchange->caller.client_id);
	writer_string(&writer, "audience", exchange->caller.audience);
	writer_bool(&writer, "fault", fault);
	if (log->whole)
		whole_write(&writer, exchange);
	writer_end(&writer, '}');
	return writer.fault;
}

int request_log_add(RequestLog *log, const Exchange *exchange, int64_t wall_us,
		    int64_t took_us, bool fault)
{
	AKV_BUF Buf line = BUF_INIT(BUF_MAX_REPLY);
	char **place = &log->lines[(log->last + 1) % REQUEST_LOG_KEPT];
	int r;

	r = line_format(&line, log, exchange, wall_us, took_us, fault);
	if (r == 0)
		r = buf_append_char(&line, '\n');
	if (r < 0)
		return r;
	if (log->fd >= 0 && write(log->fd, line.p, line.n) < 0)
		r = -errno;
	line.p[--line.n] = '\0';
	log->last++;
	free(*place);
	*place = strdup(line.p);
	return *place ? r : -ENOMEM;
}

int request_log_write(const RequestLog *log, Buf *ret, uint64_t since)
{
	uint64_t oldest = log->last >= REQUEST_LOG_KEPT
				  ? log->last - REQUEST_LOG_KEPT + 1
				  : 1;
	int r = buf_printf(ret, "{\"last\":%" PRIu64 ",\"requests\":[",
			   log->last);
	bool comma = false;

	for (uint64_t i = AKV_MAX(oldest, since + 1); r == 0 && i <= log->last;
	     i++) {
		const char *line = log->lines[i % REQUEST_LOG_KEPT];

		if (!line)
			continue;
		if (comma)
			r = buf_append_char(ret, ',');
		if (r == 0)
			r = buf_append_string(ret, line);
		comma = true;
	}
	return r == 0 ? buf_append_string(ret, "]}") : r;
}
