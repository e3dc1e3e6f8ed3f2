/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * server - HTTP/1.1 over TLS, a thread per connection
 *
 * So that a request may wait (delays, drips, hangs) without holding up any
 * other. What waits also wakes when its client goes away or the server stops.
 */

#include "base/std.h"
#include "emulator/emulator.h"
#include "emulator/exchange.h"

typedef struct Server Server;

enum {
	SERVER_CONNECTIONS_MAX = 4096,
	SERVER_IDLE_TIMEOUT_S = 600,
	SERVER_MEMORY_PER_CONNECTION = 256 * 1024, /* all headers of a reply */
};

/*
 * Serve @emulator (borrowed) on @listen_fd, which is taken over, as @listener
 * says: only LISTENER_METADATA is without TLS. Returns 0,
 * -ENOMEM, or -EIO if the HTTP library refuses.
 */
AKV_MUST_CHECK int server_new(Server **ret, Emulator *emulator,
			      enum listener listener, int listen_fd);

/* End all requests, waiting ones too, and wait for their threads. */
Server *server_free(Server *server);
