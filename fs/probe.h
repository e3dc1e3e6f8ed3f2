/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * probe - can this mount work? asked once, before it is mounted
 *
 * Signs in and asks for the first page of a list. That listing is refused is
 * no reason not to mount: many an identity may get and not list.
 */

#include "base/std.h"
#include "vault/vault.h"

/* Embedded in what asks; private. */
typedef struct Probe {
	Vault *vault;
	void (*done)(void *data, int code, const char *text);
	void *data;
	VaultCall *call;
} Probe;

/*
 * @done is called once, from the loop, with EXIT_CODE_OK and the vault's host,
 * or with another code of control.h and a sentence why not; never, if @vault
 * ends first. Returns 0 or -ENOMEM. @probe must live until then.
 */
AKV_MUST_CHECK int
probe_start(Probe *probe, Vault *vault, uint64_t timeout_us,
	    void (*done)(void *data, int code, const char *text), void *data);

/* The exit code for what the vault answered: pure. */
int probe_code(const VaultError *error);
