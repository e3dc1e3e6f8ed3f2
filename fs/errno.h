/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * errno - what a reader gets for what the vault said
 *
 * The one place where an answer or a fault becomes an errno of the file
 * system; docs/semantics.md promises the table.
 */

#include "base/std.h"
#include "vault/answer.h"

/* A positive errno; 0 for VAULT_OK. */
int errno_of_answer(enum vault_answer answer);

/*
 * The same for what has an inode: that there is no such version any more is no
 * reason to say that there is no such name.
 */
int errno_of_inode(enum vault_answer answer);

/* The same for a fault: @r is a negative errno of ours. */
int errno_of_fault(int r);
