/* SPDX-License-Identifier: MIT */

/* EAGAIN and EBUSY are avoided: programs loop on them, or misread them. */

#include "fs/errno.h"

int errno_of_answer(enum vault_answer answer)
{
	switch (answer) {
	case VAULT_OK:
		return 0;
	case VAULT_E_NOT_FOUND:
	case VAULT_E_ABSENT:
		return ENOENT;
	case VAULT_E_FORBIDDEN:
	case VAULT_E_UNAUTHORIZED:
	case VAULT_E_DISABLED:
		return EACCES;
	case VAULT_E_THROTTLED:
	case VAULT_E_UNAVAILABLE:
	case VAULT_E_UNREACHABLE:
		return ETIMEDOUT;
	case VAULT_E_UNRESOLVED:
		return EHOSTUNREACH;
	case VAULT_E_TLS:
	case VAULT_E_UNTRUSTED:
	case VAULT_E_REFUSED:
		return EIO;
	}
	return EIO;
}

int errno_of_inode(enum vault_answer answer)
{
	int error = errno_of_answer(answer);

	return error == ENOENT ? ESTALE : error;
}

int errno_of_fault(int r)
{
	return r == -ENOMEM || r == -ENOSPC ? ENOMEM : EIO;
}
