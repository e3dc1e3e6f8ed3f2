/* SPDX-License-Identifier: MIT */

/* Used by what makes renditions. */

#include "fs/why.h"

#include <openssl/err.h>
#include <stdarg.h>

int why_say(const Why *why, int answer, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(why->text, why->size, format, arguments);
	va_end(arguments);
	return answer;
}

int why_crypto(const Why *why, int answer, const char *what)
{
	unsigned long last = ERR_peek_last_error();

	ERR_clear_error();
	if (ERR_GET_REASON(last) == ERR_R_MALLOC_FAILURE)
		return -ENOMEM;
	return why_say(why, answer, "%s", what);
}
