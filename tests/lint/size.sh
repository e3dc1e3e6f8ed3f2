#!/bin/sh
# SPDX-License-Identifier: MIT
#
# size.sh [ROOT] - no file over 600 lines, no function over 100
#
# Prints the median and the 90th percentile of the lengths of the functions. A
# function is counted from the line of its brace to that of the closing one.

set -eu
cd "${1:-$(dirname "$0")/../..}"

files=$(find base auth vault cache fs emulator tests -name '*.[ch]' \
	-not -path '*/node_modules/*' -not -path '*/.venv/*' 2>/dev/null || true)
[ -n "$files" ] || { echo "no source found in $PWD"; exit 1; }

# shellcheck disable=SC2086 # no name of ours has a blank
awk -v file_max=600 -v function_max=100 '
	function file_end() {
		if (lines > file_max) {
			print file ":" lines ": " lines " lines, more than " \
				file_max
			bad = 1
		}
	}
	FNR == 1 {
		file_end()
		file = FILENAME
		begin = 0
	}
	{ lines = FNR }
	/^\{/ { begin = FNR }
	/^\}/ && begin {
		if ($0 == "}") {
			n = FNR - begin + 1
			count[n]++
			functions++
			if (n > function_max) {
				print FILENAME ":" begin ": a function of " n \
					" lines, more than " function_max
				bad = 1
			}
		}
		begin = 0
	}
	END {
		file_end()
		for (n = 1; seen < functions * 0.9; n++) {
			seen += count[n]
			if (!median && seen >= functions / 2)
				median = n
		}
		print functions " functions, lines: median " median \
			", 90th percentile " n - 1
		exit bad
	}
' $files
