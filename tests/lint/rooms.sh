#!/bin/sh
# SPDX-License-Identifier: MIT
#
# rooms.sh [ROOT] - an #include names the own room or one further down
#
# The corridor is fs -> cache -> vault -> auth -> base; emulator/ uses base/
# only. Includes are written from the root.

set -eu
cd "${1:-$(dirname "$0")/../..}"

status=0
seen=0
check() { # check ROOM ALLOWED...
	room=$1
	allowed=$(echo "$@" | tr ' ' '|')
	[ -d "$room" ] || return 0
	seen=$((seen + 1))
	# Of what is left, each line is "FILE:LINE:#include ...".
	if find "$room" -name '*.[ch]' -exec \
		grep -HnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' {} + |
		grep -vE "include[[:space:]]*\"($allowed)/[a-z0-9-]+\\.h\""; then
		echo "$room/ may include: $*"
		status=1
	fi
}

check base
check auth base
check vault auth base
check cache vault auth base
check fs cache vault auth base
check emulator base
[ "$seen" -gt 0 ] || { echo "no room found in $PWD"; exit 1; }
exit $status
