/* SPDX-License-Identifier: MIT */
/* Tests of collector/alarm.c: the figures of a message, in the unit of their signal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "collector/alarm.h"

static void a_message_has_figures_in_its_signals_unit_and_hardly_any_is_not_none(void **state)
{
	static const struct {
		enum signal_id signal;
		enum rule_statistic statistic;
		uint64_t value, threshold;
		const char *want;
	} rows[] = {
		{ SIGNAL_RENDER_TIME, STATISTIC_P99, 31200000, 25000000,
		  "Alert: A - render_time p99 is 31.20 ms (threshold: 25.00 ms)" },
		{ SIGNAL_WAKEUP_DELAY, STATISTIC_P99, 100000, 1907,
		  "Alert: A - wakeup_delay p99 is 0.10 ms (threshold: 0.0019 ms)" },
		{ SIGNAL_RENDER_TIME, STATISTIC_P99, 0, 99999,
		  "Alert: A - render_time p99 is 0.00 ms (threshold: 0.0999 ms)" },
		{ SIGNAL_FFI_ERROR_RATIO, STATISTIC_RATIO, 1000, 999,
		  "Alert: A - ffi_error_ratio ratio is 0.10 % (threshold: 0.0999 %)" },
		{ SIGNAL_XRUN_SECONDS, STATISTIC_SUM, 7, 5,
		  "Alert: A - xrun_seconds sum is 7 (threshold: 5)" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct rule rule = { .name = "A",
					   .signal = rows[i].signal,
					   .statistic = rows[i].statistic };
		char text[256];

		alarm_message(text, sizeof text, &rule, rows[i].value, rows[i].threshold);
		assert_string_equal(text, rows[i].want);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_message_has_figures_in_its_signals_unit_and_hardly_any_is_not_none),
	};

	return cmocka_run_group_tests_name("alarm", tests, NULL, NULL);
}
