/* SPDX-License-Identifier: MIT */

/* Addresses and secrets here need no quoting: digits, letters, ':' and '.'. */

#include "emulator/host-env.h"

typedef struct HostEnv {
	const char *file;
	const char *endpoint; /* the variable for it */
	const char *path;
	const char *header; /* the variable for the secret; or NULL */
	bool arc;
} HostEnv;

static const HostEnv kinds[] = {
	{"env-app-service", "IDENTITY_ENDPOINT", "/msi/token",
	 "IDENTITY_HEADER", false},
	{"env-machine-learning", "MSI_ENDPOINT", "/msi/auth", "MSI_SECRET",
	 false},
	{"env-cloud-shell", "MSI_ENDPOINT", "/oauth2/token", NULL, false},
	{"env-arc", "IDENTITY_ENDPOINT", "/metadata/identity/oauth2/token",
	 NULL, true},
};

/* Where to reach what listens on any address. */
static int address_append(Buf *ret, const char *address)
{
	static const char any[] = "0.0.0.0:";

	if (strncmp(address, any, sizeof(any) - 1) == 0)
		return buf_printf(ret, "127.0.0.1:%s",
				  address + sizeof(any) - 1);
	return buf_append_string(ret, address);
}

static int file_write(const Emulator *emulator, const char *name,
		      const Buf *text)
{
	return state_dir_write(&emulator->state_dir, name, 0600, text->p,
			       text->n);
}

static int kind_write(const Emulator *emulator, const HostEnv *kind,
		      const char *address)
{
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_LINE);
	int r = buf_printf(&text, "export %s=http://%s%s\n", kind->endpoint,
			   address, kind->path);

	if (r == 0 && kind->header)
		r = buf_printf(&text, "export %s=%s\n", kind->header,
			       emulator->identity.host_secret);
	if (r == 0 && kind->arc)
		r = buf_printf(&text, "export IMDS_ENDPOINT=http://%s\n",
			       address);
	return r == 0 ? file_write(emulator, kind->file, &text) : r;
}

static int fabric_write(const Emulator *emulator, const char *address)
{
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_LINE);
	int r = buf_printf(&text,
			   "export IDENTITY_ENDPOINT=https://%s/metadata/"
			   "identity/oauth2/token\n"
			   "export IDENTITY_HEADER=%s\n"
			   "export IDENTITY_SERVER_THUMBPRINT=%s\n"
			   "export IDENTITY_API_VERSION=2019-07-01-preview\n",
			   address, emulator->identity.host_secret,
			   emulator->identity.fabric_thumbprint);

	return r == 0 ? file_write(emulator, "env-service-fabric", &text) : r;
}

int host_env_write(const Emulator *emulator, const char *metadata,
		   const char *fabric)
{
	AKV_BUF Buf metadata_at = BUF_INIT(BUF_MAX_LINE);
	AKV_BUF Buf fabric_at = BUF_INIT(BUF_MAX_LINE);
	int r = address_append(&metadata_at, metadata);

	if (r == 0)
		r = address_append(&fabric_at, fabric);
	for (size_t i = 0; *metadata && i < AKV_ARRAY_LEN(kinds) && r == 0; i++)
		r = kind_write(emulator, &kinds[i], metadata_at.p);
	if (r == 0 && *fabric)
		r = fabric_write(emulator, fabric_at.p);
	return r;
}
