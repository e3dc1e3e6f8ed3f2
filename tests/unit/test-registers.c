/* SPDX-License-Identifier: MIT */

/* What goes through a vector register is gone after the wipe. */

#include "base/registers.h"
#include "tests/unit/check.h"

#if defined(__x86_64__)

static void test_sse_registers_are_zero(void)
{
	static const unsigned char pattern[16] = "sixteen letters";
	unsigned char first[16], last[16];

	__asm__ volatile("movdqu %0, %%xmm0\n\tmovdqu %0, %%xmm15"
			 :
			 : "m"(pattern)
			 : "xmm0", "xmm15");
	registers_wipe();
	__asm__ volatile("movdqu %%xmm0, %0\n\tmovdqu %%xmm15, %1"
			 : "=m"(first), "=m"(last));
	for (size_t i = 0; i < sizeof(first); i++) {
		CHECK_EQ(first[i], 0);
		CHECK_EQ(last[i], 0);
	}
}

__attribute__((target("avx512f"))) static void upper_load(const void *from)
{
	__asm__ volatile("vmovdqu64 (%0), %%zmm31" : : "r"(from) : "memory");
}

__attribute__((target("avx512f"))) static void upper_store(void *to)
{
	__asm__ volatile("vmovdqu64 %%zmm31, (%0)" : : "r"(to) : "memory");
}

static void test_upper_registers_are_zero(void)
{
	unsigned char bytes[64];

	if (!__builtin_cpu_supports("avx512f"))
		return; /* there are none */
	memset(bytes, 'x', sizeof(bytes));
	upper_load(bytes);
	registers_wipe();
	upper_store(bytes);
	for (size_t i = 0; i < sizeof(bytes); i++)
		CHECK_EQ(bytes[i], 0);
}

int main(void)
{
	RUN(test_sse_registers_are_zero);
	RUN(test_upper_registers_are_zero);
	return check_report();
}

#else

static void test_it_returns(void)
{
	registers_wipe();
	CHECK(true);
}

int main(void)
{
	RUN(test_it_returns);
	return check_report();
}

#endif
