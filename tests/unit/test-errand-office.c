/* SPDX-License-Identifier: MIT */

/* Both ends in one process: a file is read, a tool is run, text is shown. */

#include <sys/stat.h>

#include "base/buf.h"
#include "base/clock.h"
#include "check.h"
#include "fs/errand-office.h"

#define GIVE_UP_US (60 * CLOCK_US_PER_S)

static char folder[] = "/tmp/akvfs-office-XXXXXX";
static Loop *loop;
static ErrandOffice *office;
static Options options;
static char shown[256];

static struct {
	int times, result, code;
	char output[256], errors[256];
} got;

static int show(AKV_UNUSED void *data, const char *text)
{
	(void)snprintf(shown, sizeof(shown), "%s", text);
	return 0;
}

static void answered(void *user, const ErrandAnswer *answer)
{
	got.times++;
	got.result = answer->result;
	got.code = answer->code;
	(void)snprintf(got.output, sizeof(got.output), "%s",
		       answer->output
			       ? (const char *)secret_bytes(answer->output)
			       : "");
	(void)snprintf(got.errors, sizeof(got.errors), "%s", answer->errors);
	loop_stop(user, 0);
}

static void too_late(AKV_UNUSED Timer *timer)
{
	loop_stop(loop, 1);
}

static int errand_run(const Errand *errand)
{
	const Errands *errands = errand_office_errands(office);
	Timer timer = {.fire = too_late};
	ErrandRun *run;
	int r;

	memset(&got, 0, sizeof(got));
	r = errands->start(errands->data, &run, errand, answered, loop);
	if (r == 0)
		r = loop_timer_set(loop, &timer,
				   clock_add(clock_now_us(), GIVE_UP_US));
	if (r == 0)
		r = loop_run(loop);
	loop_timer_clear(loop, &timer);
	return r;
}

static int file_write(const char *name, const char *content, mode_t mode)
{
	char path[512];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "we");
	if (!file)
		return -errno;
	(void)fputs(content, file);
	if (fclose(file) != 0 || chmod(path, mode) < 0)
		return -errno;
	return 0;
}

static const Errand az = {
	.kind = ERRAND_AZ,
	.words = {"https://vault.azure.net", "", NULL},
};

static void test_a_tool(void)
{
	CHECK_OK(file_write("az",
			    "#!/bin/sh\necho \"$*\"\necho bad >&2\n"
			    "exit 3\n",
			    0700));
	CHECK_OK(errand_run(&az));
	CHECK_EQ(got.times, 1);
	CHECK_EQ(got.result, 0);
	CHECK_EQ(got.code, 3);
	CHECK_STR(got.output, "account get-access-token -o json --resource "
			      "https://vault.azure.net\n");
	CHECK_STR(got.errors, "bad\n");
}

static void test_a_tool_that_is_not_there(void)
{
	Errand azd = az;

	azd.kind = ERRAND_AZD;
	CHECK_OK(errand_run(&azd));
	CHECK_EQ(got.result, -ENOENT);
}

static void test_a_file(void)
{
	const Errand errand = {.kind = ERRAND_TOKEN_FILE};

	CHECK_OK(file_write("token", "a.b.c", 0600));
	(void)snprintf(options.token_file, sizeof(options.token_file),
		       "%s/token", folder);
	CHECK_OK(errand_run(&errand));
	CHECK_EQ(got.result, 0);
	CHECK_STR(got.output, "a.b.c");
	(void)snprintf(options.token_file, sizeof(options.token_file),
		       "%s/none", folder);
	CHECK_OK(errand_run(&errand));
	CHECK_EQ(got.result, -ENOENT);
}

static void test_what_is_shown(void)
{
	const Errand errand = {.kind = ERRAND_SHOW, .words = {"type ABC"}};

	CHECK_OK(errand_run(&errand));
	CHECK_EQ(got.result, 0);
	CHECK_STR(shown, "type ABC");
}

static void test_the_rules_hold(void)
{
	Errand errand = {.kind = ERRAND_AZ, .words = {"--help", ""}};

	CHECK_EQ(errand_run(&errand), -EINVAL);
	errand =
		(Errand){.kind = ERRAND_ARC_KEY, .words = {"../../etc/passwd"}};
	CHECK_EQ(errand_run(&errand), -EINVAL);
}

/* The program ends with the office, and nobody is called. */
static void test_the_end_comes_first(void)
{
	const Errands *errands = errand_office_errands(office);
	ErrandRun *run;

	memset(&got, 0, sizeof(got));
	CHECK_OK(file_write("az", "#!/bin/sh\nexec /bin/sleep 600\n", 0700));
	CHECK_OK(errands->start(errands->data, &run, &az, answered, loop));
	office = errand_office_free(office);
	CHECK_EQ(got.times, 0);
	CHECK(errand_office_free(NULL) == NULL);
}

static void folder_clear(void)
{
	static const char *const names[] = {"az", "token"};
	char path[512];

	for (size_t i = 0; i < AKV_ARRAY_LEN(names); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		(void)unlink(path);
	}
	(void)rmdir(folder);
}

int main(void)
{
	char search[512];

	options_init(&options);
	if (!mkdtemp(folder) || secret_heap_init(NULL, 1024 * 1024) < 0 ||
	    loop_new(&loop) < 0 ||
	    errand_office_new(&office, loop, &options, show, NULL) < 0)
		return 1;
	(void)snprintf(search, sizeof(search), "%s", folder);
	(void)setenv("PATH", search, 1);
	RUN(test_a_tool);
	RUN(test_a_tool_that_is_not_there);
	RUN(test_a_file);
	RUN(test_what_is_shown);
	RUN(test_the_rules_hold);
	RUN(test_the_end_comes_first);
	office = errand_office_free(office);
	loop = loop_free(loop);
	folder_clear();
	return check_report();
}
