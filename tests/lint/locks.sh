#!/bin/sh
# SPDX-License-Identifier: MIT
#
# locks.sh [ROOT] - what is downloaded is pinned by hash and names no registry

set -eu
cd "${1:-$(dirname "$0")/../..}/tests"

status=0
found() {
	echo "$1"
	status=1
}

names_a_host() { # LOCK-FILE
	grep -nE 'https?://|"resolved"|--(extra-)?index-url|--find-links' "$1" |
		grep -v '^[0-9]*: *"url": '
}

for lock in requirements.txt interop/*/package-lock.json interop/*/.npmrc; do
	[ -f "$lock" ] || continue
	! names_a_host "$lock" || found "tests/$lock: names a host (above)"
done

pinned=$(grep -cE '^[a-z0-9.-]+(\[[a-z,]+\])?==' requirements.txt)
required=$(grep -cE '^[A-Za-z0-9]' requirements.txt)
[ "$pinned" -eq "$required" ] ||
	found "tests/requirements.txt: $((required - pinned)) lines are not pinned by =="
awk '
	/^[A-Za-z0-9]/ { if (name && !hashed) print name; name = $1; hashed = 0 }
	/--hash=sha256:/ { hashed = 1 }
	END { if (name && !hashed) print name }
' requirements.txt | grep . && found "tests/requirements.txt: no hash for the above"

for lock in interop/*/package-lock.json; do
	[ -f "$lock" ] || continue
	packages=$(grep -c '"node_modules/' "$lock")
	hashes=$(grep -c '"integrity": "sha512-' "$lock")
	[ "$packages" -eq "$hashes" ] ||
		found "tests/$lock: $packages packages but $hashes hashes"
done
exit $status
