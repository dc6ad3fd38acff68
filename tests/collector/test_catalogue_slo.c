/* SPDX-License-Identifier: MIT */
/* What is served of objectives: from a book through a picture to the lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "collector/catalogue.h"

#define S UINT64_C(1000000000)

static char *served(const struct slo_book *slo)
{
	const struct ledger_book nobody = { 0 };
	const struct selfwatch_counts none = { 0 };
	const struct instant at = { .now_ns = S, .real_ns = 1000 * S };
	struct expo_writer writer;
	struct snapshot *picture;
	size_t size;
	char *text;

	picture = snapshot_new(
		&(struct snapshot_subject){ .book = &nobody, .self = &none, .at = &at, .slo = slo },
		&size);
	assert_non_null(picture);
	expo_init(&writer, &expo_text);
	catalogue_write(picture, CATALOGUE_LEAN, &writer);
	text = expo_finish(&writer, &size);
	assert_non_null(text);
	snapshot_free(picture);
	return text;
}

static void each_objective_is_served_with_its_label(void **state)
{
	static const char *const lines[] = {
		"\naudiowatch_slo_objective_ratio{slo=\"mine\"} 0.75\n",
		"\naudiowatch_slo_events_total{slo=\"mine\"} 8\n",
		"\naudiowatch_slo_bad_events_total{slo=\"mine\"} 3\n",
		"\naudiowatch_slo_error_budget_remaining_ratio{slo=\"mine\"} -0.5\n",
		"\naudiowatch_slo_burn_rate{slo=\"mine\",window=\"5m\"} 1.5\n",
		"\naudiowatch_slo_burn_rate{slo=\"mine\",window=\"3d\"} 1.5\n",
		"\naudiowatch_slo_events_total{slo=\"presence\"} 1\n",
		"\naudiowatch_slo_burn_rate{slo=\"presence\",window=\"1h\"} 0\n",
		"\n# TYPE audiowatch_slo_bad_events_total counter\n",
	};
	static const struct slo slos[] = { { "mine", SLO_CYCLES, 750000, 3600, 0 },
					   { "presence", SLO_PRESENT, 990000, 3600, 0 } };
	static struct slo_book book;
	struct slo_events seen = { 0 };
	char *text;

	(void)state;
	slo_init(&book, &(struct slo_options){ .slos = slos, .count = 2 });
	(void)slo_begin(&book, 0, 1000 * S);
	slo_see(&book, SLO_CYCLES, &seen, (struct slo_events){ 8, 3 });
	text = served(&book);
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		if (!strstr(text, lines[i]))
			fail_msg("not served: %s", lines[i]);
	free(text);
}

static void without_objectives_there_is_no_sample(void **state)
{
	char *text = served(NULL);

	(void)state;
	assert_null(strstr(text, "audiowatch_slo_"));
	free(text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_objective_is_served_with_its_label),
		cmocka_unit_test(without_objectives_there_is_no_sample),
	};

	return cmocka_run_group_tests_name("catalogue_slo", tests, NULL, NULL);
}
