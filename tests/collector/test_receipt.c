/* SPDX-License-Identifier: MIT */
/* Tests of collector/receipt.c: who ordered something learns what became of it, whichever of the two threads is first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <pthread.h>

#include "collector/fault.h"
#include "collector/instant.h"
#include "collector/receipt.h"

#define LONG_NS (60 * NS_A_SECOND)

static int make_receipts(void **state)
{
	*state = receipts_new();
	return *state ? 0 : -1;
}

static int free_receipts(void **state)
{
	receipts_free(*state);
	return 0;
}

static void an_order_is_kept_once_a_save_that_holds_it_is_written(void **state)
{
	struct receipts *receipts = *state;
	const uint64_t first = receipts_take(receipts), second = receipts_take(receipts);

	assert_int_equal(receipts_newest(receipts), second);
	assert_int_equal(receipts_wait(receipts, first, 0), FAULT_SLOW);
	receipts_settle(receipts, first, 0);
	assert_int_equal(receipts_wait(receipts, first, 0), 0);
	assert_int_equal(receipts_wait(receipts, second, 0), FAULT_SLOW);
	receipts_settle(receipts, second, ENOSPC);
	assert_int_equal(receipts_wait(receipts, first, 0), 0); /* it is there, whatever came then */
	assert_int_equal(receipts_wait(receipts, second, 0), ENOSPC);
	receipts_settle(receipts, second, 0);
	assert_int_equal(receipts_wait(receipts, second, 0), 0);
}

static void what_fails_is_told_as_of_its_newest_try(void **state)
{
	struct receipts *receipts = *state;
	const uint64_t first = receipts_take(receipts), second = receipts_take(receipts);

	receipts_settle(receipts, first, ENOSPC);
	receipts_settle(receipts, second, EROFS);
	receipts_settle(receipts, first, EIO); /* of an older text */
	assert_int_equal(receipts_wait(receipts, first, 0), EROFS);
	assert_int_equal(receipts_wait(receipts, second, 0), EROFS);
}

static void what_comes_behind_the_end_is_told_so(void **state)
{
	struct receipts *receipts = *state;
	const uint64_t looked_at = receipts_take(receipts), late = receipts_take(receipts);

	receipts_close(receipts, looked_at);
	assert_int_equal(receipts_wait(receipts, late, LONG_NS), FAULT_ENDS);
	receipts_settle(receipts, looked_at, 0);
	assert_int_equal(receipts_wait(receipts, looked_at, LONG_NS), 0);
	assert_int_equal(receipts_wait(receipts, receipts_take(receipts), LONG_NS), FAULT_ENDS);
}

enum { ORDERS = 2000 };

/* As the poll thread and its writer are, until all orders are settled: every third one fails. */
static void *settle_all(void *context)
{
	struct receipts *receipts = context;
	uint64_t settled = 0;

	while (settled < 2 * ORDERS) {
		const uint64_t newest = receipts_newest(receipts);

		if (newest == settled)
			continue;
		settled = newest;
		receipts_settle(receipts, newest, newest % 3 ? 0 : ENOSPC);
	}
	return NULL;
}

static void *order_many(void *context)
{
	struct receipts *receipts = context;
	uintptr_t odd = 0;

	for (unsigned i = 0; i < ORDERS; i++) {
		const int fault = receipts_wait(receipts, receipts_take(receipts), LONG_NS);

		odd += fault != 0 && fault != ENOSPC;
	}
	return (void *)odd;
}

static void nobody_waits_in_vain(void **state)
{
	pthread_t saver, orderers[2];
	void *odd;

	assert_int_equal(pthread_create(&saver, NULL, settle_all, *state), 0);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&orderers[i], NULL, order_many, *state), 0);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(pthread_join(orderers[i], &odd), 0);
		assert_null(odd);
	}
	assert_int_equal(pthread_join(saver, NULL), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_order_is_kept_once_a_save_that_holds_it_is_written,
						make_receipts, free_receipts),
		cmocka_unit_test_setup_teardown(what_fails_is_told_as_of_its_newest_try,
						make_receipts, free_receipts),
		cmocka_unit_test_setup_teardown(what_comes_behind_the_end_is_told_so, make_receipts,
						free_receipts),
		cmocka_unit_test_setup_teardown(nobody_waits_in_vain, make_receipts, free_receipts),
	};

	return cmocka_run_group_tests_name("receipt", tests, NULL, NULL);
}
