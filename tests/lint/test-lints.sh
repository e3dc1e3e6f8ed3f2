#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-lints.sh - does each lint notice what it is there for?
#
# Plants bad files in a temporary copy of a tree that is good, and expects the
# lint to fail and to name the file and line.

set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0

fail() {
	echo "tests/lint/test-lints.sh: $1"
	status=1
}

good_tree() {
	rm -rf "$work/tree"
	mkdir -p "$work/tree/tests"
	for room in base auth vault cache fs emulator; do
		mkdir "$work/tree/$room"
		printf '#include "base/std.h"\n\nint %s(void);\n' "$room" \
			>"$work/tree/$room/good.h"
	done
	cp "$here/../../.clang-format" "$work/tree/"
	# None of this is code, so none of this is a finding.
	cat >"$work/tree/fs/quoted.c" <<'END'
#include "cache/good.h"

/* sprintf(a), atoi(b) and strtol(c) are banned. */
static const char *text = "strcpy(a, \"b\") // gmtime(c)";
static char quote = '"'; /* strcat(d); */

int my_strcpy(const char *to)
{
	return to == text || *to == quote; // alloca(3)
}
END
}

# accepts LINT - the good tree passes
accepts() {
	good_tree
	"$here/$1.sh" "$work/tree" >"$work/out" 2>&1 ||
		fail "$1.sh finds fault with a good tree: $(cat "$work/out")"
}

# refuses LINT FILE LINE - the content of FILE comes from stdin
refuses() {
	good_tree
	cat >"$work/tree/$2"
	if "$here/$1.sh" "$work/tree" >"$work/out" 2>&1; then
		fail "$1.sh does not notice: $(head -n 3 "$work/tree/$2")"
	elif ! grep -q "^\(\./\)\{0,1\}$2:$3:" "$work/out"; then
		fail "$1.sh does not name $2:$3: $(cat "$work/out")"
	fi
}

lines() { # lines N TEXT
	i=0
	while [ $((i += 1)) -le "$1" ]; do echo "$2"; done
}

for lint in rooms banned format size; do
	accepts "$lint"
done

# An include that points up, sideways, or not from the root.
for pair in base:auth auth:vault vault:cache cache:fs base:fs emulator:auth \
	fs:emulator vault:tests; do
	printf '#include "base/std.h"\n\n#include "%s/x.h"\n' "${pair#*:}" |
		refuses rooms "${pair%:*}/bad.c" 3
done
printf '  #  include   "fs/x.h"\n' | refuses rooms cache/bad.h 1
printf '#include "good.h"\n' | refuses rooms base/bad.c 1
printf '#include "base/../fs/x.h"\n' | refuses rooms base/bad.c 1

for call in 'sprintf(a, b)' 'vsprintf(a, b, c)' 'strcpy(a, b)' 'strcat(a, b)' \
	'strncpy(a, b, 1)' 'strtok(a, b)' 'atoi(a)' 'atol(a)' \
	'strtol(a, 0, 10)' 'strtoul(a, 0, 10)' 'strtoull (a, 0, 10)' \
	'strtod(a, 0)' 'gmtime(&a)' 'localtime(&a)' 'alloca(9)'; do
	printf '/* one\n */ int x;\n\tx = (int)%s;\n' "$call" |
		refuses banned vault/bad.c 3
done
printf 'char s[] = "/*"; int x = atoi(s);\n' | refuses banned tests/bad.c 1
printf 'int x;\n\tlog_info("%%s",\n\t\t (char *)secret_bytes(secret));\n' |
	refuses banned auth/bad.c 2
printf '\tlog_debug("%%s", (char *)secret_fill(s));\n' |
	refuses banned auth/bad.c 1
for value in 0 0L '(long)0' false; do
	printf '\tcurl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, %s);\n' "$value" |
		refuses banned base/bad.c 1
done
printf '\tcurl_easy_setopt(c,\n\t\tCURLOPT_SSL_VERIFYHOST,\n\t\t0L);\n' |
	refuses banned base/bad.c 1

# base/parse.c is where the strtol family may stand.
good_tree
printf '\tx = strtol(a, 0, 10);\n' >"$work/tree/base/parse.c"
"$here/banned.sh" "$work/tree" >"$work/out" 2>&1 ||
	fail "banned.sh refuses strtol in base/parse.c: $(cat "$work/out")"

good_tree
if ! "$here/format.sh" "$work/tree" 2>&1 | grep -q '^not checked'; then
	printf 'int f( int a ) {\n  return a ;\n}\n' | refuses format fs/bad.c 1
fi

{
	printf 'int f(void)\n{\n'
	lines 98 '	x++;'
	printf '}\n'
} >"$work/hundred"
good_tree
cp "$work/hundred" "$work/tree/fs/long.c"
"$here/size.sh" "$work/tree" >"$work/out" 2>&1 ||
	fail "size.sh refuses 100 lines: $(cat "$work/out")"
sed 's/^{/{\n	x = 0;/' "$work/hundred" | refuses size fs/bad.c 2
lines 601 'int x;' | refuses size fs/bad.h 601

# What the documents say: docs_refuses FILE LINE, the content from stdin
docs_tree() {
	good_tree
	mkdir -p "$work/tree/packaging/man" "$work/tree/packaging/completions"
	printf '\tROW_TEXT(source),\n\tROW("ttl", A, b, 1),\n%s\n' \
		'	ROW_TEXT(auth),' \
		>"$work/tree/fs/options.c"
	printf '.Sh OPTIONS\n.It Cm ttl Ns = Ns Ar s\n.It Cm auth Ns = Ns Ar k\n' \
		>"$work/tree/packaging/man/akvfs.8"
	printf "words='ttl= auth='\n" >"$work/tree/packaging/completions/akvfs.bash"
	printf 'def test_one():\n' >"$work/tree/tests/one.py"
	printf '(tests/one.py::test_one), tests/*.py. [x](fs/options.c)\n' \
		>"$work/tree/README.md"
	printf '\t{"mount", command_mount},\n' >"$work/tree/fs/main.c"
	printf '{"json", no_argument, 0, 1},\n' >"$work/tree/fs/a-command.c"
	printf '\t{"cli", &cli_ops, ""},\n' >"$work/tree/auth/credential.c"
	printf '\t{700016, "x"},\n' >"$work/tree/auth/aadsts.c"
	mkdir -p "$work/tree/docs"
	printf 'AADSTS700016\n\n    akvfs mount --json -o ttl=1,auth=cli a b\n' \
		>"$work/tree/docs/signing-in.md"
}
docs_refuses() {
	docs_tree
	cat >"$work/tree/$1"
	if "$here/docs.sh" "$work/tree" >"$work/out" 2>&1; then
		fail "docs.sh does not notice: $(tail -n 1 "$work/tree/$1")"
	elif ! grep -q "^$2: " "$work/out"; then
		fail "docs.sh does not name $2: $(cat "$work/out")"
	fi
}
docs_tree
"$here/docs.sh" "$work/tree" >"$work/out" 2>&1 ||
	fail "docs.sh finds fault with a good tree: $(cat "$work/out")"
printf '\tROW("ttl", A, b, 1),\n\tROW_TEXT(stale),\n' |
	docs_refuses fs/options.c fs/options.c:2
printf '.Sh OPTIONS\n.It Cm ttl Ns = Ns Ar s\n.It Cm x , Cm ttl\n' |
	docs_refuses packaging/man/akvfs.8 packaging/man/akvfs.8:3
for wrong in 'see tests/two.py.' 'tests/one.py::test_two' '(tests/*.c)' \
	'[y](docs/none.md)' '    akvfs mend a' 'x | akvfs mount --yaml a' \
	'    x | akvfs mount -o ttl=1,toll=2 a b' \
	'    akvfs mount -o auth=clip a b'; do
	printf 'a line\n%s\n' "$wrong" | docs_refuses README.md README.md:2
done

printf '\t{700016, "x"},\n\t{7000215, "y"},\n' |
	docs_refuses auth/aadsts.c auth/aadsts.c:1
echo 'AADSTS700016 AADSTS7000215' |
	docs_refuses docs/signing-in.md docs/signing-in.md:1

for lint in rooms banned size docs; do
	mkdir -p "$work/nothing"
	! "$here/$lint.sh" "$work/nothing" >"$work/out" 2>&1 ||
		fail "$lint.sh is content with an empty tree"
done

[ "$status" -ne 0 ] || echo "each lint notices what was planted"
exit $status
