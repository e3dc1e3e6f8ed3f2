#!/bin/sh
# SPDX-License-Identifier: MIT
#
# docs.sh [ROOT] - what the documents say is there is there
#
# Every option of fs/options.c is in akvfs(8) and in the completion, and every
# option that those describe exists. Every path below tests/ that a document
# names exists, with the test behind "::" if there is one, and so does every
# file that it links to. A command "akvfs VERB ..." in a page has a verb, long
# options, options of -o and a kind for auth= that there are. Every number of
# Entra in auth/aadsts.c is in docs/signing-in.md, and the other way round.

set -eu
cd "${1:-$(dirname "$0")/../..}"

table=fs/options.c
manual=packaging/man/akvfs.8
completion=packaging/completions/akvfs.bash
status=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
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
# FILE LINE KIND WORD of each command of ours in a page: in a block, between
# backquotes, or behind a "|" of the shell.
pages=$(echo "$documents" | grep '\.md$') || true
# shellcheck disable=SC2086
words=$(awk '
function say(kind, word) { print FILENAME, FNR, kind, word }
function list_say(list,    i, n, items, name) {
	n = split(list, items, ",")
	for (i = 1; i <= n; i++) {
		name = items[i]
		sub(/=.*/, "", name)
		if (name ~ /^[a-z]/)
			say("option", name)
		if (items[i] ~ /^auth=[a-z]/)
			say("auth", substr(items[i], 6))
	}
}
{
	text = $0
	while (match(text, /(^    |`|\| )akvfs [a-z][^`|]*/)) {
		command = substr(text, RSTART, RLENGTH)
		text = substr(text, RSTART + RLENGTH)
		sub(/^[^a]*/, "", command)
		n = split(command, word, /[ \t]+/)
		say("verb", word[2])
		for (i = 3; i <= n; i++) {
			if (word[i] ~ /^--[a-z]/)
				say("long", substr(word[i], 3))
			if (word[i - 1] == "-o")
				list_say(word[i])
		}
	}
}' $pages /dev/null)
while read -r file line kind word; do
	case $kind in
	verb) set -- "^\t\\{\"$word\", command_" fs/main.c ;;
	long) set -- "\\{\"$word\", (no|required)_argument," fs/*-command.c ;;
	option) set -- "^\tROW[A-Z_]*\\(\"?${word}[\",)]" "$table" ;;
	auth) set -- "^\t\\{\"$word\", &" auth/credential.c ;;
	*) continue ;;
	esac
	pattern=$(printf '%b' "$1")
	shift
	case $word in help | version) continue ;; esac
	grep -qE "$pattern" "$@" 2>/dev/null ||
		found "$file:$line" "there is no $kind $word"
done <<END
$words
END

remedies=auth/aadsts.c
remedies_page=docs/signing-in.md
if [ -e "$remedies" ]; then
	sed -nE 's/^\t\{([0-9]+), .*/\1/p' "$remedies" | sort -u >"$work/table"
	grep -oE 'AADSTS[0-9]+' "$remedies_page" 2>/dev/null |
		sed 's/AADSTS//' | sort -u >"$work/page" || true
	for number in $(comm -23 "$work/table" "$work/page"); do
		found "$remedies:1" "AADSTS$number is not in $remedies_page"
	done
	for number in $(comm -13 "$work/table" "$work/page"); do
		found "$remedies_page:1" "AADSTS$number is not in $remedies"
	done
fi
exit $status
