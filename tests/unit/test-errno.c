/* SPDX-License-Identifier: MIT */

/* The table of docs/semantics.md: what a reader gets for each answer. */

#include "fs/errno.h"
#include "tests/unit/check.h"

static void each_answer_has_its_errno(void)
{
	static const struct {
		enum vault_answer answer;
		int number;
	} rows[] = {
		{VAULT_OK, 0},
		{VAULT_E_NOT_FOUND, ENOENT},
		{VAULT_E_FORBIDDEN, EACCES},
		{VAULT_E_UNAUTHORIZED, EACCES},
		{VAULT_E_DISABLED, EACCES},
		{VAULT_E_THROTTLED, ETIMEDOUT},
		{VAULT_E_UNAVAILABLE, ETIMEDOUT},
		{VAULT_E_UNREACHABLE, ETIMEDOUT},
		{VAULT_E_UNRESOLVED, EHOSTUNREACH},
		{VAULT_E_TLS, EIO},
		{VAULT_E_UNTRUSTED, EIO},
		{VAULT_E_REFUSED, EIO},
		{VAULT_E_ABSENT, ENOENT},
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(rows); i++)
		CHECK_EQ(errno_of_answer(rows[i].answer), rows[i].number);
	CHECK_EQ(AKV_ARRAY_LEN(rows), VAULT_E_ABSENT + 1);
}

/* Programs loop on these two, or misread them. */
static void no_answer_says_try_again(void)
{
	for (int answer = 0; answer <= VAULT_E_ABSENT; answer++) {
		int number = errno_of_answer((enum vault_answer)answer);

		CHECK(number != EAGAIN && number != EBUSY && number != EINTR);
		CHECK_EQ(number == 0, answer == VAULT_OK);
	}
}

/* A version that is gone is no name that is missing. */
static void what_has_an_inode_is_not_missing(void)
{
	for (int answer = 0; answer <= VAULT_E_ABSENT; answer++) {
		int number = errno_of_inode((enum vault_answer)answer);

		CHECK(number != ENOENT);
		CHECK(number == errno_of_answer((enum vault_answer)answer) ||
		      number == ESTALE);
	}
	CHECK_EQ(errno_of_inode(VAULT_E_NOT_FOUND), ESTALE);
	CHECK_EQ(errno_of_inode(VAULT_E_FORBIDDEN), EACCES);
}

static void faults_are_no_memory_or_eio(void)
{
	CHECK_EQ(errno_of_fault(-ENOMEM), ENOMEM);
	CHECK_EQ(errno_of_fault(-ENOSPC), ENOMEM);
	CHECK_EQ(errno_of_fault(-EMSGSIZE), EIO);
	CHECK_EQ(errno_of_fault(-ENOENT), EIO);
	CHECK_EQ(errno_of_fault(-EAGAIN), EIO);
	CHECK_EQ(errno_of_fault(-1), EIO);
}

int main(void)
{
	RUN(each_answer_has_its_errno);
	RUN(no_answer_says_try_again);
	RUN(what_has_an_inode_is_not_missing);
	RUN(faults_are_no_memory_or_eio);
	return check_report();
}
