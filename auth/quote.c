/* SPDX-License-Identifier: MIT */

/* Pure. Called wherever a server's words are shown. */

#include "auth/quote.h"

void quote_text(char *ret, size_t size, const char *text, size_t n)
{
	size_t at = 0;
	bool cut = false;

	if (!text)
		n = 0;
	for (size_t i = 0; i < n; i++) {
		char c = text[i];

		if (c == '\r' || c == '\n' || c == '\t')
			c = ' ';
		else if (c < 0x20 || c > 0x7e)
			c = '?';
		if (c == ' ' && (at == 0 || ret[at - 1] == ' '))
			continue;
		if (at + 1 >= size) {
			cut = true;
			break;
		}
		ret[at++] = c;
	}
	if (cut && at >= 3)
		memcpy(ret + at - 3, "...", 3);
	else if (at > 0 && ret[at - 1] == ' ')
		at--;
	ret[at] = '\0';
}
