/* SPDX-License-Identifier: MIT */

/* A function of its arguments; for arm.c. */

#include "vault/arm-sentence.h"

void arm_sentence_write(VaultError *error, const char *vault, const char *host)
{
	char *text = error->sentence;
	size_t size = sizeof(error->sentence);

	if (error->answer == VAULT_E_NOT_FOUND)
		(void)snprintf(text, size,
			       "no vault %s is to be seen at %s by this "
			       "identity: give it the role Reader on the "
			       "vault, or set arm_id=",
			       vault, host);
	else if (error->answer == VAULT_E_FORBIDDEN)
		(void)snprintf(text, size,
			       "this identity may not read the vault %s at %s: "
			       "give it the role Reader on the vault",
			       vault, host);
	else if (error->status != 0 && error->answer != VAULT_E_UNTRUSTED)
		(void)snprintf(text, size, "%s answered: %s (HTTP %d%s%s)",
			       host, vault_answer_text(error->answer),
			       error->status,
			       error->code[0] != '\0' ? ", " : "", error->code);
}
