#!/bin/sh
# SPDX-License-Identifier: MIT
#
# docs.sh [ROOT] - what the documents say is there is there
#
# Every option of fs/options.c is in akvfs(8) and in the completion, and every
# option that those describe exists. Every path below tests/ that a document
# names exists, with the test behind "::" if there is one, and so does every
# file that it links to.

set -eu
cd "${1:-$(dirname "$0")/../..}"

table=fs/options.c
manual=packaging/man/akvfs.8
completion=packaging/completions/akvfs.bash
status=0
found() { # found FILE:LINE WHAT
	echo "$1: $2"
	status=1
}

# LINE NAME of each row that a user may set.
options=$(sed -nE '/^\tROW(_TEXT)?\("?[a-z_0-9]+/{
	=
	s/^\tROW(_TEXT)?\("?([a-z_0-9]+).*/\2/p
}' "$table" 2>/dev/null | paste -d ' ' - - |
	grep -vE ' (source|syslog)$') || true
[ -n "$options" ] || { echo "no option found in $PWD/$table"; exit 1; }

while read -r line name; do
	grep -qE "^\.It (.* )?Cm $name( |$)" "$manual" ||
		found "$table:$line" "$name is not in $manual"
	# What is always refused is not worth completing.
	[ "$name" = rw ] ||
		grep -qE "(^|[[:space:]'])$name(=|[[:space:]]|$)" "$completion" ||
		found "$table:$line" "$name is not in $completion"
done <<END
$options
END

# LINE NAME of each option that the section OPTIONS describes; the others that
# stand so are values.
described=$(awk '/^\.Sh/ { inside = ($2 == "OPTIONS") }
	inside && /^\.It/ {
		for (i = 2; i < NF; i++)
			if ($i == "Cm" && $(i - 1) != "Ns")
				print FNR, $(i + 1)
	}' "$manual")
while read -r line name; do
	echo "$options" | grep -q " $name$" ||
		found "$manual:$line" "there is no option $name"
done <<END
$described
END

documents=$(find README.md docs tests/README.md packaging/man -type f \
	\( -name '*.md' -o -name '*.[1-8]' \) 2>/dev/null | sort)
[ -n "$documents" ] || { echo "no document found in $PWD"; exit 1; }

# FILE LINE PATH of what stands behind "tests/". Words in capitals stand for a
# name, and what begins with a dot is made by tests/run.
# shellcheck disable=SC2086 # no name of ours has a blank
paths=$(awk '{
	text = " " $0
	while (match(text, /[^A-Za-z0-9_.\/-]tests\/[A-Za-z0-9_.\/*:-]+/)) {
		path = substr(text, RSTART + 1, RLENGTH - 1)
		text = substr(text, RSTART + RLENGTH)
		sub(/[.:]+$/, "", path)
		if (path !~ /[A-Z][A-Z]|^tests\/\./ || path ~ /README/)
			print FILENAME, FNR, path
	}
}' $documents)
while read -r file line path; do
	[ -n "$path" ] || continue
	test=${path#*::}
	# shellcheck disable=SC2086 # it may hold a "*"
	set -- ${path%%::*}
	if ! [ -e "$1" ]; then
		found "$file:$line" "there is no $1"
	elif [ "$test" != "$path" ] &&
		! grep -qE "(def|void) $test\(" "$1"; then
		found "$file:$line" "there is no test $test in $1"
	fi
done <<END
$paths
END

# FILE LINE TARGET of each link of a page to a file.
# shellcheck disable=SC2086
links=$(grep -noE '\]\([^)#]+' $documents /dev/null |
	sed -E 's/^([^:]+):([0-9]+):\]\((.*)/\1 \2 \3/' |
	grep -v ' [a-z]*://') || true
while read -r file line target; do
	[ -z "$target" ] || [ -e "$(dirname "$file")/$target" ] ||
		found "$file:$line" "there is no $target"
done <<END
$links
END
exit $status
