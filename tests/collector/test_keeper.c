/* SPDX-License-Identifier: MIT */
/* Tests of collector/keeper.c: what there is to save, and what becomes of orders where nothing can be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "collector/fault.h"
#include "collector/keeper.h"

static void an_order_is_a_reason_to_save_though_the_desk_was_looked_at_before(void **state)
{
	struct keeper keeper = { .receipts = receipts_new() };

	(void)state;
	assert_non_null(keeper.receipts);
	assert_false(keeper_hear(&keeper));
	(void)receipts_take(keeper.receipts);
	assert_true(keeper_hear(&keeper));
	assert_false(keeper_hear(&keeper));
	receipts_free(keeper.receipts);
}

static void without_a_folder_an_order_is_told_so_at_once(void **state)
{
	struct keeper keeper = { .receipts = receipts_new() };
	uint64_t ticket;

	(void)state;
	assert_non_null(keeper.receipts);
	ticket = receipts_take(keeper.receipts);
	assert_true(keeper_hear(&keeper));
	keeper_save(&keeper, &(struct instant){ 0 }, false);
	assert_int_equal(receipts_wait(keeper.receipts, ticket, 0), FAULT_NO_FOLDER);
	ticket = receipts_take(keeper.receipts);
	keeper_rest(&keeper);
	assert_int_equal(receipts_wait(keeper.receipts, ticket, 0), FAULT_ENDS);
	receipts_free(keeper.receipts);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_order_is_a_reason_to_save_though_the_desk_was_looked_at_before),
		cmocka_unit_test(without_a_folder_an_order_is_told_so_at_once),
	};

	return cmocka_run_group_tests_name("keeper", tests, NULL, NULL);
}
