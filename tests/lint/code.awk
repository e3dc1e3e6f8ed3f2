# SPDX-License-Identifier: MIT
#
# code.awk - C sources as lines "FILE:LINE:CODE" without comments and without
# what stands in quotes, so that the lints see code only

FNR == 1 { in_comment = 0 }

{
	line = $0
	code = ""
	while (line != "") {
		if (in_comment) {
			end = index(line, "*/")
			if (!end)
				break
			line = substr(line, end + 2)
			in_comment = 0
			continue
		}
		if (!match(line, /["']|\/\*|\/\//)) {
			code = code line
			break
		}
		token = substr(line, RSTART, RLENGTH)
		code = code substr(line, 1, RSTART - 1)
		line = substr(line, RSTART + RLENGTH)
		if (token == "//")
			break
		if (token == "/*") {
			in_comment = 1
			continue
		}
		code = code token token
		while (line != "" && substr(line, 1, 1) != token)
			line = substr(line, substr(line, 1, 1) == "\\" ? 3 : 2)
		line = substr(line, 2)
	}
	if (code ~ /[^ \t]/)
		print FILENAME ":" FNR ":" code
}
