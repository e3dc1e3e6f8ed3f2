#!/bin/sh
# SPDX-License-Identifier: MIT
#
# shell.sh [ROOT] - shellcheck over every shell script

set -eu
cd "${1:-$(dirname "$0")/../..}"

if [ -d .git ] || [ -f .git ]; then
	files=$(git ls-files --cached --others --exclude-standard)
else
	files=$(find . -type f -not -path '*/node_modules/*' -not -path '*/.venv/*' -not -path './build*')
fi

scripts=$(
	echo "$files" | while read -r file; do
		[ -f "$file" ] || continue
		case $(head -c 64 "$file" | head -n 1 | tr -d '\0') in
		'#!/bin/sh'* | '#!/bin/bash'* | '#!/usr/bin/env bash'*) echo "$file" ;;
		esac
	done
)
[ -n "$scripts" ] || exit 0
# shellcheck disable=SC2086 # no name of ours has a blank
exec shellcheck --format=gcc $scripts
