/* SPDX-License-Identifier: MIT */

/* The members that secrets, keys and certificates share. */

#include "emulator/kind.h"

void kind_write_times(Writer *writer, const Version *version)
{
	writer_bool(writer, "enabled", version->enabled);
	if (version->nbf_s != TIME_UNSET)
		writer_int(writer, "nbf", version->nbf_s);
	if (version->exp_s != TIME_UNSET)
		writer_int(writer, "exp", version->exp_s);
	writer_int(writer, "created", version->created_s);
	writer_int(writer, "updated", version->updated_s);
}

void kind_write_attributes(Writer *writer, const Exchange *exchange,
			   const Version *version)
{
	const Vault *vault = exchange->vault;
	const ApiVersion *api = exchange->api;

	writer_begin(writer, "attributes", '{');
	kind_write_times(writer, version);
	if (api->soft_delete)
		writer_string(writer, "recoveryLevel",
			      vault_recovery_level(vault));
	if (api->recoverable_days)
		writer_int(writer, "recoverableDays",
			   vault->soft_delete ? vault->retention_days : 0);
	if (exchange->kind->write_attributes)
		exchange->kind->write_attributes(writer, exchange, version);
	writer_end(writer, '}');
	if (version->tags)
		writer_json(writer, "tags", version->tags);
}
