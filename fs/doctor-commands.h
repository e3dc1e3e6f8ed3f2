/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * doctor-commands - the verbs of akvfs-doctor
 *
 * As in commands.h: argv[0] is the verb's name, and what is returned is an exit
 * code of control.h. Used by doctor-main.c.
 */

#include "base/std.h"
#include "fs/command-fail.h"

/*
 * akvfs token [-o OPT,...] [--resource vault|hsm|arm|graph|URI] [--decode]
 *             [--json] [--stdin] [SOURCE]
 */
int command_token(int argc, char **argv);

/*
 * akvfs doctor [-d] [-o OPT,...] [--json] [--secret NAME] [--token-stdin]
 *              SOURCE
 */
int command_doctor(int argc, char **argv);
