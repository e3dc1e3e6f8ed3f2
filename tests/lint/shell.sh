#!/bin/sh
# SPDX-License-Identifier: MIT
#
# shell.sh [ROOT] - shellcheck over every shell script

set -eu
cd "${1:-$(dirname "$0")/../..}"

scripts=$(
	find . -type d \( -name .git -o -name node_modules -o -name .venv \
		-o -path './build*' \) -prune -o -type f -print |
		while read -r file; do
			first=$(head -c 64 "$file" | tr -d '\0' | head -n 1)
			case $first in
			'#!/bin/sh'* | '#!/bin/bash'* | '#!/usr/bin/env bash'*)
				echo "$file"
				;;
			esac
		done
)
[ -n "$scripts" ] || exit 0
# shellcheck disable=SC2086 # no name of ours has a blank
exec shellcheck --format=gcc $scripts
