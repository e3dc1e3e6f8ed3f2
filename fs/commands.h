/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * commands - the verbs of akvfs
 *
 * Each takes its own arguments, argv[0] being its name, and returns an exit
 * code of control.h. Used by main.c.
 */

#include "base/std.h"
#include "fs/command-fail.h"
#include "fs/options.h"

/* akvfs mount [-f] [-d] [-o OPT[,OPT...]] SOURCE MOUNTPOINT */
int command_mount(int argc, char **argv);

/* SOURCE MOUNTPOINT -o OPT,... as mount(8) calls its helpers. */
int command_mount_helper(int argc, char **argv);

/* akvfs umount [-l] MOUNTPOINT */
int command_umount(int argc, char **argv);

/* akvfs demo [MOUNTPOINT] */
int command_demo(int argc, char **argv);

/*
 * Verbs that speak to the network: this process becomes akvfs-doctor. Returns
 * only if that cannot be started.
 */
int command_exec_doctor(int argc, char **argv);
