/* SPDX-License-Identifier: MIT */

/* Runs with the emulator's lock held. */

#include "emulator/arc.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <strings.h>

#include "emulator/emulator.h"
#include "emulator/metadata.h"

static void challenge_discard(ArcChallenge *challenge)
{
	if (challenge->key[0])
		(void)unlink(challenge->path);
	explicit_bzero(challenge, sizeof(*challenge));
}

void arc_agent_done(ArcAgent *agent)
{
	for (size_t i = 0; i < ARC_CHALLENGES_MAX; i++)
		challenge_discard(&agent->challenges[i]);
}

static void key_make(char ret[ARC_KEY_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char bytes[(ARC_KEY_SIZE - 1) / 2];

	random_bytes(bytes, sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++) {
		ret[2 * i] = digits[bytes[i] >> 4];
		ret[2 * i + 1] = digits[bytes[i] & 15];
	}
	ret[ARC_KEY_SIZE - 1] = '\0';
}

static int challenge_write(const ArcChallenge *challenge)
{
	AKV_FD int fd = open(challenge->path,
			     O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0440);

	if (fd < 0)
		return -errno;
	if (write(fd, challenge->key, ARC_KEY_SIZE - 1) != ARC_KEY_SIZE - 1)
		return -EIO;
	return 0;
}

static int challenge_make(Exchange *exchange)
{
	ArcAgent *agent = &exchange->emulator->arc;
	ArcChallenge *challenge = &agent->challenges[agent->next];
	char guid[GUID_SIZE], path[sizeof(challenge->path)], header[600];
	int r;

	challenge_discard(challenge);
	random_guid(guid);
	(void)snprintf(path, sizeof(path), "%s/%s.key", agent->dir, guid);
	memcpy(challenge->path, path, sizeof(path));
	key_make(challenge->key);
	r = challenge_write(challenge);
	if (r < 0) {
		challenge->key[0] = '\0';
		return metadata_error(exchange, 500, "server_error",
				      "The directory for key files cannot be "
				      "written to");
	}
	agent->next = (agent->next + 1) % ARC_CHALLENGES_MAX;
	(void)metadata_error(exchange, 401, "unauthorized_client",
			     "Missing Basic Authorization header");
	(void)snprintf(header, sizeof(header), "Basic realm=%s",
		       challenge->path);
	exchange_add_header(exchange, "WWW-Authenticate", header);
	return 0;
}

/* The key is sent as it is, without the base64 of other Basic headers. */
static bool key_take(ArcAgent *agent, const char *key)
{
	if (strlen(key) != ARC_KEY_SIZE - 1)
		return false;
	for (size_t i = 0; i < ARC_CHALLENGES_MAX; i++) {
		ArcChallenge *challenge = &agent->challenges[i];

		if (challenge->key[0] &&
		    CRYPTO_memcmp(challenge->key, key, ARC_KEY_SIZE) == 0) {
			challenge_discard(challenge);
			return true;
		}
	}
	return false;
}

int arc_token(Exchange *exchange)
{
	static const char scheme[] = "Basic ";
	ArcAgent *agent = &exchange->emulator->arc;
	const char *header = exchange_header(exchange, "Authorization");
	HostSelector selector = {0};

	if (strcasecmp(exchange_header(exchange, "Metadata"), "true") != 0)
		return metadata_error(exchange, 400, "invalid_request",
				      "Required metadata header not specified");
	if (*header == '\0')
		return challenge_make(exchange);
	if (strncasecmp(header, scheme, sizeof(scheme) - 1) != 0 ||
	    !key_take(agent, header + sizeof(scheme) - 1))
		return metadata_error(exchange, 401, "unauthorized_client",
				      "Invalid Basic Authorization header");
	/* Agents of before 2026 do not even look at the ids. */
	if (!agent->is_old)
		metadata_selector(&selector, exchange);
	return metadata_token(exchange, &selector, true);
}
