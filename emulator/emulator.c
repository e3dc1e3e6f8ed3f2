/* SPDX-License-Identifier: MIT */

/* Beginning and end of everything; the rest is in the rooms' own files. */

#include "emulator/emulator.h"

#include <fcntl.h>
#include <time.h>

#include "base/clock.h"

int64_t emulator_wall_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * (int64_t)CLOCK_US_PER_S +
	       now.tv_nsec / 1000;
}

int64_t emulator_now_us(const Emulator *emulator)
{
	return emulator_wall_us() + emulator->clock_offset_us;
}

static int log_open_file(Emulator *emulator)
{
	int fd = openat(emulator->state_dir.fd, "requests.jsonl",
			O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC,
			0600);

	if (fd < 0)
		return -errno;
	return request_log_open(&emulator->log, fd);
}

int emulator_init(Emulator *ret, const char *state_dir, const char *listen_host)
{
	int r;

	*ret = (Emulator){
		.soft_delete_delay_us = (int64_t)SOFT_DELETE_DELAY_DEFAULT_MS *
					(int64_t)CLOCK_US_PER_MS,
		.token_lifetime_s = TOKEN_LIFETIME_DEFAULT_S,
		.managed_lifetime_s = MANAGED_LIFETIME_DEFAULT_S,
		.arc.dir = ARC_TOKEN_DIR,
		.state_dir.fd = -1,
		.log.fd = -1,
	};
	r = -pthread_mutex_init(&ret->lock, NULL);
	if (r < 0)
		return r;
	r = state_dir_open(&ret->state_dir, state_dir);
	if (r == 0)
		r = identity_open(&ret->identity, &ret->state_dir, listen_host);
	if (r == 0)
		r = log_open_file(ret);
	if (r == 0)
		r = directory_set_principal(
			&ret->directory, DIRECTORY_DEFAULT_CLIENT,
			DIRECTORY_DEFAULT_TENANT, ret->identity.client_secret);
	if (r == 0)
		r = directory_describe(&ret->directory,
				       DIRECTORY_DEFAULT_CLIENT, "emulator",
				       &(bool){true});
	if (r != 0)
		emulator_done(ret);
	return r > 0 ? -EINVAL : r;
}

void emulator_done(Emulator *emulator)
{
	arc_agent_done(&emulator->arc);
	faults_done(&emulator->faults);
	bearer_cache_done(&emulator->bearers);
	vault_store_done(&emulator->vaults);
	arm_scopes_done(&emulator->scopes);
	directory_done(&emulator->directory);
	request_log_close(&emulator->log);
	identity_done(&emulator->identity);
	state_dir_close(&emulator->state_dir);
	(void)pthread_mutex_destroy(&emulator->lock);
}

/* A value for a shell, in single quotes. */
static int export_append(Buf *text, const char *name, const char *value)
{
	int r = buf_printf(text, "export %s='", name);

	for (; *value && r == 0; value++)
		r = *value == '\'' ? buf_append_string(text, "'\\''")
				   : buf_append_char(text, *value);
	return r == 0 ? buf_append_string(text, "'\n") : r;
}

int emulator_write_env(const Emulator *emulator, const char *address)
{
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_FORM);
	AKV_BUF Buf ca = BUF_INIT(BUF_MAX_FORM);
	int r;

	r = buf_printf(&ca, "%s/ca.pem", emulator->state_dir.path);
	if (r == 0)
		r = export_append(&text, "AZURE_TENANT_ID",
				  DIRECTORY_DEFAULT_TENANT);
	if (r == 0)
		r = export_append(&text, "AZURE_CLIENT_ID",
				  DIRECTORY_DEFAULT_CLIENT);
	if (r == 0)
		r = export_append(&text, "AZURE_CLIENT_SECRET",
				  emulator->identity.client_secret);
	if (r == 0)
		r = export_append(&text, "SSL_CERT_FILE", ca.p);
	if (r == 0)
		r = export_append(&text, "AKV_EMULATOR_ADDRESS", address);
	if (r == 0)
		r = state_dir_write(&emulator->state_dir, "env", 0600, text.p,
				    text.n);
	return r;
}
