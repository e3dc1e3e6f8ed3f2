/* SPDX-License-Identifier: MIT */

/*
 * Files: ca.pem (0644), ca-key.pem, token-key.pem, workload-key.pem, backup-key
 * and client-secret (0600). A file that cannot be read as what it should be is
 * an error, not a reason to make a new one: clients trust the old one.
 */

#include "emulator/identity.h"

#include <arpa/inet.h>
#include <openssl/rsa.h>

#include "base/base64.h"
#include "emulator/names.h"

enum { AUTHORITY_DAYS = 3650, LEAF_DAYS = 365, TOKEN_KEY_BITS = 2048 };

/* Every host that is served, of every cloud. */
static const char served_names[] =
	"DNS:*.vault.azure.net,DNS:*.managedhsm.azure.net,"
	"DNS:*.vault.azure.cn,DNS:*.managedhsm.azure.cn,"
	"DNS:*.vault.usgovcloudapi.net,DNS:*.managedhsm.usgovcloudapi.net,"
	"DNS:*.vault.microsoftazure.de,DNS:*.managedhsm.microsoftazure.de,"
	"DNS:*.vault.sovcloud-api.fr,DNS:*.managedhsm.sovcloud-api.fr,"
	"DNS:*.vault.sovcloud-api.de,DNS:*.managedhsm.sovcloud-api.de,"
	"DNS:login.microsoftonline.com,DNS:login.microsoft.com,"
	"DNS:login.windows.net,DNS:sts.windows.net,"
	"DNS:login.microsoftonline.us,DNS:login.usgovcloudapi.net,"
	"DNS:login.chinacloudapi.cn,DNS:login.partner.microsoftonline.cn,"
	"DNS:login.microsoftonline.de,DNS:login.sovcloud-identity.fr,"
	"DNS:login.sovcloud-identity.de,DNS:management.microsoftazure.de,"
	"DNS:management.azure.com,DNS:management.core.windows.net,"
	"DNS:management.usgovcloudapi.net,DNS:management.chinacloudapi.cn,"
	"DNS:graph.microsoft.com,DNS:graph.windows.net,"
	"DNS:*.eventgrid.azure.net,DNS:*.queue.core.windows.net,"
	"DNS:*.oic.prod-aks.azure.com,DNS:token.actions.githubusercontent.com,"
	"DNS:dev.azure.com,"
	"DNS:localhost,DNS:*.vault.localhost,DNS:*.managedhsm.localhost,"
	"DNS:management.localhost,IP:127.0.0.1,IP:::1";

static int key_make(EVP_PKEY **ret, bool rsa)
{
	EVP_PKEY *key = rsa ? EVP_RSA_gen(TOKEN_KEY_BITS) : EVP_EC_gen("P-256");

	if (!key)
		return -EIO;
	*ret = key;
	return 0;
}

/* Read the private key @name, or make it and write it. */
static int key_open(EVP_PKEY **ret, const StateDir *dir, const char *name,
		    bool rsa)
{
	AKV_CLEANUP(pkey_freep) EVP_PKEY *key = NULL;
	AKV_BUF Buf pem = BUF_INIT(BUF_MAX_FILE);
	int r;

	r = state_dir_read(dir, name, &pem);
	if (r == 0)
		return private_key_parse_pem(ret, pem.p, pem.n);
	if (r != -ENOENT)
		return r;
	r = key_make(&key, rsa);
	if (r == 0)
		r = private_key_append_pem(&pem, key);
	if (r == 0)
		r = state_dir_write(dir, name, 0600, pem.p, pem.n);
	if (r < 0)
		return r;
	*ret = AKV_TAKE(key);
	return 0;
}

/* Read @n bytes of @name, or fill them by @make and write them. */
static int bytes_open(void *ret, size_t n, const StateDir *dir,
		      const char *name, void (*make)(void *ret, size_t n))
{
	AKV_BUF Buf content = BUF_INIT(BUF_MAX_LINE);
	int r;

	r = state_dir_read(dir, name, &content);
	if (r == 0 && content.n != n)
		return -EIO;
	if (r == 0)
		memcpy(ret, content.p, n);
	if (r != -ENOENT)
		return r;
	make(ret, n);
	return state_dir_write(dir, name, 0600, ret, n);
}

/* Printable, with the characters in it that clients forget to escape. */
static void client_secret_make(void *ret, size_t n)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz"
				      "0123456789~.";
	unsigned char *at = ret;

	random_bytes(ret, n);
	for (size_t i = 0; i < n; i++)
		at[i] = (unsigned char)letters[at[i] % 64];
	if (n > 4)
		at[4] = '~';
}

static int authority_open(Identity *identity, const StateDir *dir)
{
	AKV_BUF Buf pem = BUF_INIT(BUF_MAX_FILE);
	CertificateRequest request = {
		.kind = CERTIFICATE_AUTHORITY,
		.common_name = "akv-emulator test authority",
		.days = AUTHORITY_DAYS,
	};
	int r;

	r = key_open(&identity->authority_key, dir, "ca-key.pem", false);
	if (r < 0)
		return r;
	r = state_dir_read(dir, "ca.pem", &pem);
	if (r == 0) {
		r = certificate_parse_pem(&identity->authority, pem.p, pem.n);
		/* The certificate of another key would fail every client. */
		if (r == 0 &&
		    X509_check_private_key(identity->authority,
					   identity->authority_key) != 1)
			r = -EIO;
		return r;
	}
	if (r != -ENOENT)
		return r;
	request.key = identity->authority_key;
	r = certificate_new(&identity->authority, &request);
	if (r == 0)
		r = certificate_append_pem(&pem, identity->authority);
	if (r == 0)
		r = state_dir_write(dir, "ca.pem", 0644, pem.p, pem.n);
	return r;
}

/* "IP:..." or "DNS:..." for the address that is listened on. */
static int listen_name_append(Buf *names, const char *host)
{
	unsigned char address[sizeof(struct in6_addr)];
	bool is_address = inet_pton(AF_INET, host, address) == 1 ||
			  inet_pton(AF_INET6, host, address) == 1;

	return buf_printf(names, ",%s:%s", is_address ? "IP" : "DNS", host);
}

static int leaf_make(Identity *identity, const char *listen_host)
{
	AKV_CLEANUP(pkey_freep) EVP_PKEY *key = NULL;
	AKV_CLEANUP(x509_freep) X509 *leaf = NULL;
	AKV_BUF Buf names = BUF_INIT(BUF_MAX_LINE);
	CertificateRequest request = {
		.kind = CERTIFICATE_SERVER,
		.common_name = "akv-emulator",
		.days = LEAF_DAYS,
		.issuer = identity->authority,
		.issuer_key = identity->authority_key,
	};
	int r;

	r = key_make(&key, false);
	if (r == 0)
		r = buf_append_string(&names, served_names);
	if (r == 0 && listen_host)
		r = listen_name_append(&names, listen_host);
	if (r < 0)
		return r;
	request.key = key;
	request.alternative_names = names.p;
	r = certificate_new(&leaf, &request);
	if (r == 0)
		r = certificate_append_pem(&identity->tls_certificate, leaf);
	if (r == 0)
		r = certificate_append_pem(&identity->tls_certificate,
					   identity->authority);
	if (r == 0)
		r = private_key_append_pem(&identity->tls_key, key);
	return r;
}

/* A key that signs tokens, with a certificate of its own. */
typedef struct Signer {
	EVP_PKEY **key;
	X509 **certificate;
	char *id; /* of KEY_ID_SIZE */
	const char *file, *common_name;
} Signer;

/* The key id is a digest of the key, so that it outlives a restart. */
static int signer_open(const Signer *signer, const StateDir *dir)
{
	AKV_BUF Buf id = BUF_INIT(KEY_ID_SIZE);
	CertificateRequest request = {
		.kind = CERTIFICATE_SIGNER,
		.common_name = signer->common_name,
		.days = AUTHORITY_DAYS,
	};
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned size = 0;
	int r;

	r = key_open(signer->key, dir, signer->file, true);
	if (r < 0)
		return r;
	request.key = *signer->key;
	r = certificate_new(signer->certificate, &request);
	if (r < 0)
		return r;
	if (X509_pubkey_digest(*signer->certificate, EVP_sha1(), digest,
			       &size) != 1)
		return -EIO;
	r = base64_encode(&id, BASE64_URL, digest, size);
	if (r < 0)
		return r;
	(void)snprintf(signer->id, KEY_ID_SIZE, "%s", id.p);
	return 0;
}

static int signers_open(Identity *identity, const StateDir *dir)
{
	const Signer entra = {
		&identity->token_key,
		&identity->token_certificate,
		identity->token_key_id,
		"token-key.pem",
		"accounts.accesscontrol.windows.net",
	};
	const Signer workload = {
		&identity->workload_key,   &identity->workload_certificate,
		identity->workload_key_id, "workload-key.pem",
		"oic.prod-aks.azure.com",
	};
	int r = signer_open(&entra, dir);

	return r == 0 ? signer_open(&workload, dir) : r;
}

static void hex_format(char *ret, const unsigned char *bytes, size_t n)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < n; i++) {
		ret[2 * i] = digits[bytes[i] >> 4];
		ret[2 * i + 1] = digits[bytes[i] & 15];
	}
	ret[2 * n] = '\0';
}

/* Nobody signs the certificate of Service Fabric: clients know its digest. */
static int fabric_make(Identity *identity)
{
	AKV_CLEANUP(pkey_freep) EVP_PKEY *key = NULL;
	AKV_CLEANUP(x509_freep) X509 *leaf = NULL;
	CertificateRequest request = {
		.kind = CERTIFICATE_SERVER,
		.common_name = "SF Token Service",
		.days = LEAF_DAYS,
	};
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned size = 0;
	int r;

	r = key_make(&key, false);
	if (r < 0)
		return r;
	request.key = key;
	r = certificate_new(&leaf, &request);
	if (r == 0)
		r = certificate_append_pem(&identity->fabric_certificate, leaf);
	if (r == 0)
		r = private_key_append_pem(&identity->fabric_key, key);
	if (r < 0)
		return r;
	if (X509_digest(leaf, EVP_sha1(), digest, &size) != 1 ||
	    2 * size >= THUMBPRINT_SIZE)
		return -EIO;
	hex_format(identity->fabric_thumbprint, digest, size);
	return 0;
}

static void host_secret_make(Identity *identity)
{
	unsigned char bytes[(HOST_SECRET_SIZE - 1) / 2];

	random_bytes(bytes, sizeof(bytes));
	hex_format(identity->host_secret, bytes, sizeof(bytes));
}

int identity_open(Identity *ret, const StateDir *dir, const char *listen_host)
{
	Identity identity = {
		.tls_certificate = BUF_INIT(BUF_MAX_FILE),
		.tls_key = BUF_INIT(BUF_MAX_FILE),
		.fabric_certificate = BUF_INIT(BUF_MAX_FILE),
		.fabric_key = BUF_INIT(BUF_MAX_FILE),
	};
	int r;

	host_secret_make(&identity);
	r = authority_open(&identity, dir);
	if (r == 0)
		r = leaf_make(&identity, listen_host);
	if (r == 0)
		r = signers_open(&identity, dir);
	if (r == 0)
		r = fabric_make(&identity);
	if (r == 0)
		r = bytes_open(identity.backup_key, BACKUP_KEY_SIZE, dir,
			       "backup-key", random_bytes);
	if (r == 0)
		r = bytes_open(identity.client_secret, CLIENT_SECRET_SIZE - 1,
			       dir, "client-secret", client_secret_make);
	if (r < 0) {
		identity_done(&identity);
		return r;
	}
	*ret = identity;
	return 0;
}

void identity_done(Identity *identity)
{
	X509_free(identity->authority);
	EVP_PKEY_free(identity->authority_key);
	X509_free(identity->token_certificate);
	EVP_PKEY_free(identity->token_key);
	X509_free(identity->workload_certificate);
	EVP_PKEY_free(identity->workload_key);
	if (identity->tls_certificate.p)
		buf_done(&identity->tls_certificate);
	if (identity->tls_key.p)
		buf_done(&identity->tls_key);
	if (identity->fabric_certificate.p)
		buf_done(&identity->fabric_certificate);
	if (identity->fabric_key.p)
		buf_done(&identity->fabric_key);
	explicit_bzero(identity, sizeof(*identity));
}
