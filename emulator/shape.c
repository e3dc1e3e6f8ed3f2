/* SPDX-License-Identifier: MIT */

/* Waiting is poll(2) on the connection, which tells when the client leaves. */

#include "emulator/shape.h"

#include <poll.h>
#include <sys/socket.h>

#include "emulator/errors.h"

void shape_init(Shape *ret, const FaultAction *fault, int fd, int stop_fd)
{
	*ret = (Shape){
		.fault = fault,
		.fd = fd,
		.stop_fd = stop_fd,
		.is_plain = !fault ||
			    (fault->drip_bps == 0 && fault->reset_after < 0 &&
			     fault->truncate_at < 0),
	};
}

/* False if the client went or the server stops; -1 waits for that. */
static bool shape_wait(const Shape *shape, int ms)
{
	struct pollfd fds[] = {
		{.fd = shape->fd, .events = POLLRDHUP},
		{.fd = shape->stop_fd, .events = POLLIN},
	};
	int r;

	do {
		r = poll(fds, AKV_ARRAY_LEN(fds), ms);
	} while (r < 0 && errno == EINTR);
	return r == 0;
}

bool shape_delay(const Shape *shape)
{
	if (!shape->fault || shape->fault->delay_ms == 0)
		return true;
	return shape_wait(shape, (int)shape->fault->delay_ms);
}

/* Disconnecting by address family is how one makes the kernel send a reset. */
static void connection_reset(int fd)
{
	const struct sockaddr none = {.sa_family = AF_UNSPEC};

	(void)connect(fd, &none, sizeof(none));
}

bool shape_before_reply(const Shape *shape)
{
	if (!shape->fault)
		return true;
	if (shape->fault->hang) {
		(void)shape_wait(shape, -1);
		return false;
	}
	if (shape->fault->reset_after == 0) {
		connection_reset(shape->fd);
		return false;
	}
	return true;
}

/* How many bytes of @size are sent before the end comes. */
static uint64_t shape_end(const FaultAction *fault, uint64_t size)
{
	if (fault->reset_after >= 0)
		size = AKV_MIN(size, (uint64_t)fault->reset_after);
	if (fault->truncate_at >= 0)
		size = AKV_MIN(size, (uint64_t)fault->truncate_at);
	return size;
}

ssize_t shape_read(const Shape *shape, const Buf *body, uint64_t at, char *to,
		   size_t max)
{
	const FaultAction *fault = shape->fault;
	uint64_t end = shape_end(fault, body->n);
	size_t n;

	if (at >= end) {
		if (fault->reset_after >= 0)
			connection_reset(shape->fd);
		return -1;
	}
	n = (size_t)AKV_MIN(end - at, (uint64_t)max);
	if (fault->drip_bps > 0) {
		uint64_t per_tick = fault->drip_bps / SHAPE_TICKS_PER_S;
		int tick_ms = 1000 / SHAPE_TICKS_PER_S;

		/* Slower than a byte per tick: a byte at a time. */
		if (per_tick == 0)
			tick_ms = (int)(1000 / fault->drip_bps);
		n = (size_t)AKV_MIN((uint64_t)n,
				    AKV_MAX(per_tick, UINT64_C(1)));
		if (!shape_wait(shape, tick_ms))
			return -1;
	}
	memcpy(to, body->p + at, n);
	return (ssize_t)n;
}

void shape_error(Exchange *exchange, unsigned status)
{
	static const struct {
		unsigned status;
		const char *code, *message;
	} errors[] = {
		{401, "Unauthorized",
		 "AKV10000: Request is missing a Bearer or PoP token."},
		{403, "Forbidden", "Access denied."},
		{404, "NotFound", "The resource was not found."},
		{408, "RequestTimeout", "The request timed out."},
		{429, "Throttled",
		 "Request was not processed because too many requests were "
		 "received. Reason: VaultRequestTypeLimitReached"},
		{500, "InternalError", "An internal error occurred."},
		{502, "BadGateway", "The gateway got no answer."},
		{503, "ServiceUnavailable", "The service is unavailable."},
		{504, "GatewayTimeout", "The gateway got no answer in time."},
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(errors); i++) {
		if (errors[i].status != status)
			continue;
		(void)error_reply(exchange, status, errors[i].code, NULL, "%s",
				  errors[i].message);
		exchange_add_header(exchange, "Content-Type",
				    "application/json; charset=utf-8");
		return;
	}
	exchange_reply(exchange, status);
}
