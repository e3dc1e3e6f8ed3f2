/* SPDX-License-Identifier: MIT */

/* Called by the launcher and the worker at their start. */

#include "base/process.h"

#include <sys/prctl.h>
#include <sys/resource.h>

void process_hide(void)
{
	struct rlimit none = {0, 0};

	(void)setrlimit(RLIMIT_CORE, &none);
#if defined(AKVFS_SANITIZED)
	/* LeakSanitizer attaches to its own process. */
	(void)prctl(PR_SET_DUMPABLE, 1);
#else
	(void)prctl(PR_SET_DUMPABLE, 0);
#endif
}
