/* SPDX-License-Identifier: MIT */

/* Called with the emulator's lock held. */

#include "emulator/certificate-version.h"

#include "base/json.h"
#include "emulator/certificate.h"
#include "emulator/x509-properties.h"

static void part_free(void *payload)
{
	CertificatePart *part = payload;

	if (!part)
		return;
	certificate_content_done(&part->content);
	free(part);
}

int certificate_version_set(Version *version, CertificatePart *part)
{
	CertificatePart *payload = calloc(1, sizeof(*payload));

	if (!payload)
		return -ENOMEM;
	*payload = *part;
	part->content = (CertificateContent){0};
	part_free(version->payload);
	version->payload = payload;
	version->payload_free = part_free;
	return 0;
}

int certificate_version_new(Version **ret, CertificatePart *part,
			    int64_t now_us)
{
	AKV_CLEANUP(version_freep) Version *version = NULL;
	int r = version_new(&version, now_us);

	if (r == 0)
		r = certificate_version_set(version, part);
	if (r == 0)
		*ret = AKV_TAKE(version);
	return r;
}

CertificatePart *certificate_version_part(const Version *version)
{
	return version->payload;
}

bool certificate_version_is_issued(const Version *version)
{
	return certificate_version_part(version)->content.leaf != NULL;
}

int certificate_version_issue(Version *version)
{
	CertificatePart *part = certificate_version_part(version);
	int64_t from_s, until_s;
	int r = certificate_content_match(&part->content);

	if (r == 0)
		r = x509_validity(&from_s, &until_s, part->content.leaf);
	if (r != 0)
		return r;
	if (!part->keeps_order)
		certificate_content_leaf_first(&part->content);
	version->nbf_s = from_s;
	version->exp_s = until_s;
	return 0;
}

void certificate_version_save(Writer *writer, const Version *version)
{
	const CertificatePart *part = certificate_version_part(version);
	AKV_BUF Buf pem = BUF_INIT(BUF_MAX_FILE);
	int r = certificate_content_append_pem(&pem, &part->content, true);

	if (r < 0 && writer->fault == 0)
		writer->fault = r;
	writer_string(writer, "content", pem.p);
	writer_bool(writer, "exportable", part->exportable);
	writer_bool(writer, "hsm", part->hsm);
	writer_bool(writer, "pem", part->is_pem);
	writer_bool(writer, "keepsOrder", part->keeps_order);
}

/* What was saved before it was issued has a key only. */
static int content_load(CertificateContent *ret, const char *pem)
{
	int r = certificate_content_parse_pem(ret, pem, strlen(pem), "");

	if (r != CONTENT_E_MISMATCH)
		return r;
	r = private_key_parse_pem(&ret->key, pem, strlen(pem));
	return r == -EIO ? CONTENT_E_KEY : r;
}

int certificate_version_load(Version *version, const cJSON *members)
{
	CertificatePart part = {0};
	const char *pem;
	int r = json_get_string(&pem, members, "content");

	if (r == 0)
		r = json_get_bool(&part.exportable, members, "exportable");
	if (r == 0)
		r = json_get_bool(&part.hsm, members, "hsm");
	if (r == 0)
		r = json_get_bool(&part.is_pem, members, "pem");
	if (r == 0)
		r = json_get_bool(&part.keeps_order, members, "keepsOrder");
	if (r == 0)
		r = content_load(&part.content, pem);
	if (r == 0)
		r = certificate_version_set(version, &part);
	certificate_content_done(&part.content);
	return r;
}
