/* SPDX-License-Identifier: MIT */

/* The table of the files. */

#include "fs/rendition.h"
#include "tests/unit/check.h"

static void test_rows_are_found(void)
{
	for (size_t i = 0; i < RENDITIONS; i++) {
		const RenditionRow *row = rendition_row((enum rendition)i);
		enum rendition found = RENDITIONS;

		CHECK(row->file);
		CHECK_OK(rendition_find(&found, row->owner, row->file));
		CHECK_EQ(found, i);
	}
}

static void test_names_are_of_an_owner(void)
{
	enum rendition found = RENDITIONS;

	CHECK_EQ(rendition_find(&found, RENDITION_OF_KEY, "cert.pem"),
		 RENDITION_E_ABSENT);
	CHECK_EQ(rendition_find(&found, RENDITION_OF_CERTIFICATE, "ssh.pub"),
		 RENDITION_E_ABSENT);
	CHECK_EQ(rendition_find(&found, RENDITION_OF_KEY, "PUBLIC.PEM"),
		 RENDITION_E_ABSENT);
	CHECK_EQ(rendition_find(&found, RENDITION_OF_KEY, ""),
		 RENDITION_E_ABSENT);
	CHECK_EQ(found, RENDITIONS);
}

/* A private key comes from nowhere but the secret. */
static void test_private_files_need_the_secret(void)
{
	size_t n = 0;

	for (size_t i = 0; i < RENDITIONS; i++) {
		const RenditionRow *row = rendition_row((enum rendition)i);

		if (!row->private)
			continue;
		n++;
		CHECK(row->sources & RENDITION_FROM_SECRET);
	}
	CHECK_EQ(n, 3);
}

int main(void)
{
	RUN(test_rows_are_found);
	RUN(test_names_are_of_an_owner);
	RUN(test_private_files_need_the_secret);
	return check_report();
}
