#!/bin/sh
# SPDX-License-Identifier: MIT
#
# banned.sh [ROOT] - functions and settings that have no place in the sources
#
# Unbounded or stateful functions (each has a counterpart in base/), the strtol
# family outside base/parse.c, TLS checks switched off, and the bytes of a
# secret in a log call. base/http-pin.c may leave out the check of the name, for
# it compares the whole certificate.

set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "${1:-$here/../..}"

files=$(find base auth vault cache fs emulator tests -name '*.[ch]' \
	-not -path '*/node_modules/*' -not -path '*/.venv/*' 2>/dev/null || true)
[ -n "$files" ] || { echo "no source found in $PWD"; exit 1; }

# shellcheck disable=SC2086 # no name of ours has a blank
awk -f "$here/code.awk" $files | awk '
	function found(where, what) {
		print where ": " what
		count++
	}
	function tls(where, statement) {
		if (where ~ /^(\.\/)?base\/http-pin\.c:/ &&
		    statement !~ /VERIFYPEER/)
			return
		found(where, "a TLS check is switched off")
	}
	# A statement may go over several lines: look at it as a whole.
	function judge(where, statement) {
		if (statement ~ /_SSL_VERIFY[A-Z]*[ \t]*,[ \t]*(\([ \t]*long[ \t]*\)[ \t]*)?(0[LlUu]*|false|FALSE)[ \t]*\)/)
			tls(where, statement)
		if (statement ~ /(^|[^A-Za-z0-9_])(log_[a-z]+)[ \t]*\(/ &&
		    statement ~ /secret_(bytes|fill)[ \t]*\(/)
			found(where, "the bytes of a secret in a log call")
	}
	{
		match($0, /^[^:]*:[0-9]*/)
		where = substr($0, 1, RLENGTH)
		code = substr($0, RLENGTH + 2)
		file = where
		sub(/:.*/, "", file)

		if (code ~ /(^|[^A-Za-z0-9_])(v?sprintf|strcpy|stpcpy|strcat|strncpy|strncat|strtok|strtok_r|gets)[ \t]*\(/)
			found(where, "an unbounded string function: use Buf")
		if (code ~ /(^|[^A-Za-z0-9_])(ato(i|l|ll|f))[ \t]*\(/ ||
		    (file != "base/parse.c" &&
		     code ~ /(^|[^A-Za-z0-9_])(strto(l|ll|ul|ull|q|uq|imax|umax|f|d|ld))[ \t]*\(/))
			found(where, "a number read loosely: use base/parse.h")
		if (code ~ /(^|[^A-Za-z0-9_])(gmtime|localtime|ctime|asctime)[ \t]*\(/)
			found(where, "hidden state: use base/time.h")
		if (code ~ /(^|[^A-Za-z0-9_])(alloca|strdupa|strndupa)[ \t]*\(/)
			found(where, "memory of the stack without a limit")

		if (file != statement_file)
			statement = ""
		if (statement == "")
			statement_where = where
		statement_file = file
		statement = statement " " code
		if (code ~ /[;{}][ \t]*$/) {
			judge(statement_where, statement)
			statement = ""
		}
	}
	END { exit count > 0 }
'
