/* SPDX-License-Identifier: MIT */

/* What a line looks like, on a sink and on the standard error. */

#include <fcntl.h>

#include "base/log.h"
#include "tests/unit/check.h"

static char last_line[LOG_LINE_MAX + 1];
static enum log_level last_level;
static unsigned lines;

static void sink(enum log_level level, const char *line)
{
	(void)snprintf(last_line, sizeof(last_line), "%s", line);
	last_level = level;
	lines++;
}

static void lines_reach_the_sink_with_their_level(void)
{
	log_capture(sink);
	lines = 0;
	log_error("%s %d", "one", 1);
	CHECK_STR(last_line, "one 1");
	CHECK_EQ(last_level, LOG_LEVEL_ERROR);
	log_warning("two");
	CHECK_EQ(last_level, LOG_LEVEL_WARNING);
	log_info("three");
	CHECK_EQ(last_level, LOG_LEVEL_INFO);
	CHECK_EQ(lines, 3);
	log_capture(NULL);
}

static void debug_is_off_unless_asked_for(void)
{
	log_capture(sink);
	lines = 0;
	log_open(LOG_TARGET_STDERR, LOG_LEVEL_INFO);
	CHECK_EQ(log_level_now(), LOG_LEVEL_INFO);
	log_debug("hidden");
	CHECK_EQ(lines, 0);
	log_open(LOG_TARGET_STDERR, LOG_LEVEL_DEBUG);
	log_debug("seen");
	CHECK_EQ(lines, 1);
	CHECK_EQ(last_level, LOG_LEVEL_DEBUG);
	log_open(LOG_TARGET_STDERR, LOG_LEVEL_INFO);
	log_capture(NULL);
}

static void controls_are_escaped(void)
{
	log_capture(sink);
	log_info("%s", "a\nb\r\t\x1b[31m\x7f");
	CHECK_STR(last_line, "a\\x0ab\\x0d\\x09\\x1b[31m\\x7f");
	/* C1 controls, which a terminal obeys as well. */
	log_info("%s", "\xc2\x9b"
		       "31m\xc2\x80\xc2\x9f");
	CHECK_STR(last_line, "\\xc2\\x9b31m\\xc2\\x80\\xc2\\x9f");
	log_info("%s", "\xc2\xa0\xc3\xa4\xe2\x82\xac");
	CHECK_STR(last_line, "\xc2\xa0\xc3\xa4\xe2\x82\xac");
	log_info("%s", "\xc2");
	CHECK_STR(last_line, "\\xc2");
	log_capture(NULL);
}

static void long_lines_are_cut(void)
{
	static char text[2 * LOG_LINE_MAX];

	log_capture(sink);
	memset(text, 'a', sizeof(text) - 1);
	log_info("%s", text);
	CHECK(strlen(last_line) < LOG_LINE_MAX);
	CHECK(strlen(last_line) > LOG_LINE_MAX - 16);
	memset(text, '\n', sizeof(text) - 1);
	log_info("%s", text);
	CHECK(strlen(last_line) < LOG_LINE_MAX);
	CHECK_EQ(strlen(last_line) % 4, 0);
	log_capture(NULL);
}

/* What log_write() puts on descriptor 2, in @ret. */
static bool capture_stderr(char *ret, size_t size, enum log_level level,
			   const char *text)
{
	int ends[2], kept = dup(STDERR_FILENO);
	ssize_t n;

	if (kept < 0 || pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
		return false;
	(void)dup2(ends[1], STDERR_FILENO);
	log_write(level, "%s", text);
	(void)dup2(kept, STDERR_FILENO);
	(void)close(kept);
	n = read(ends[0], ret, size - 1);
	(void)close(ends[0]);
	(void)close(ends[1]);
	ret[AKV_MAX(n, (ssize_t)0)] = '\0';
	return true;
}

static void stderr_has_a_name_or_a_priority(void)
{
	char text[256];

	CHECK_OK(unsetenv("JOURNAL_STREAM"));
	log_open(LOG_TARGET_STDERR, LOG_LEVEL_INFO);
	CHECK(capture_stderr(text, sizeof(text), LOG_LEVEL_WARNING, "a\nb"));
	CHECK_STR(text, "akvfs: a\\x0ab\n");
	CHECK(capture_stderr(text, sizeof(text), LOG_LEVEL_INFO, "most"));
	CHECK_STR(text, "akvfs: most\n");
	CHECK(capture_stderr(text, sizeof(text), LOG_LEVEL_DEBUG, "hidden"));
	CHECK_STR(text, "");

	CHECK_OK(setenv("JOURNAL_STREAM", "8:1", 1));
	log_open(LOG_TARGET_STDERR, LOG_LEVEL_INFO);
	CHECK(capture_stderr(text, sizeof(text), LOG_LEVEL_WARNING, "a"));
	CHECK_STR(text, "<4>a\n");
	CHECK_OK(unsetenv("JOURNAL_STREAM"));
	log_open(LOG_TARGET_STDERR, LOG_LEVEL_INFO);
}

int main(void)
{
	RUN(lines_reach_the_sink_with_their_level);
	RUN(debug_is_off_unless_asked_for);
	RUN(controls_are_escaped);
	RUN(long_lines_are_cut);
	RUN(stderr_has_a_name_or_a_priority);
	return check_report();
}
