/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * make - a file of a key or a certificate, from what was gathered
 */

#include "fs/pending.h"

/*
 * The bytes of the file at pending->place, whose pieces are gathered. Returns
 * 0, or the errno to reply with: ENOENT if there is no such file, EACCES if
 * the version is disabled, EIO if the vault cannot be believed.
 */
AKV_MUST_CHECK int make_file(Secret **ret, Pending *pending);

/* Which files of the directory at pending->place are there, of its RENDITIONS.
 */
void make_list(bool ret[], Pending *pending);

/* The inode of the file at @place, if these are its @bytes. */
void make_key(NodeKey *ret, const Place *place, const Secret *bytes);
