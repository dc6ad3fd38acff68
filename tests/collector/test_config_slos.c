/* SPDX-License-Identifier: MIT */
/* Tests of collector/config_slos.c: what an entry changes, what is refused, and that what is printed is read. */
#include "tests/support/config_fixture.h"

#define SHIPPED(keys) "slos: [{name: ffi_within_100ms, " keys "}]"
/* where SHIPPED's own keys begin */
#define SLO_KEY AT "1:33: "

static const struct slo *slo_named(const char *name)
{
	for (unsigned i = 0; i < config.slo_count; i++)
		if (strcmp(config.slos[i].name, name) == 0)
			return &config.slos[i];
	fail_msg("no objective %s", name);
	return NULL;
}

static void the_four_ship_whatever_the_list_says(void **state)
{
	static const char *const texts[] = { "", "slos: []", "slos:", "rules: {defaults: no}" };

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		loads(texts[i]);
		assert_int_equal(config.slo_count, 4);
		assert_memory_equal(config.slos, slo_defaults, 4 * sizeof *config.slos);
	}
}

static void a_shipped_one_changes_only_in_what_is_named(void **state)
{
	const struct slo *slo;

	(void)state;
	loads(SHIPPED("objective: 99.95%, sla: 99.9"));
	slo = slo_named("ffi_within_100ms");
	assert_int_equal(config.slo_count, 4);
	assert_int_equal(slo->indicator, SLO_FFI);
	assert_int_equal(slo->objective, 999500);
	assert_int_equal(slo->sla, 999000);
	assert_int_equal(slo->period_s, 30 * 86400);
	loads(SHIPPED("period: 12h"));
	assert_int_equal(slo->objective, 990000);
	assert_int_equal(slo->period_s, 12 * 3600);
}

static void another_name_says_what_it_counts(void **state)
{
	const struct slo *slo;

	(void)state;
	loads("slos: [{name: live show, indicator: minutes_without_xrun, objective: 99.9999}]");
	slo = slo_named("live show");
	assert_int_equal(config.slo_count, 5);
	assert_int_equal(slo->indicator, SLO_XRUNS);
	assert_int_equal(slo->objective, 999999);
	assert_int_equal(slo->period_s, 30 * 86400);
	assert_int_equal(slo->sla, 0);
}

static void each_refusal_of_an_objective_names_place_value_and_cure(void **state)
{
	static const struct {
		const char *text, *line;
	} rows[] = {
		{ "slos: {}", AT "1:1: slos: is no list (try - name: cycles_within_budget)" },
		{ "slos: [x]", AT "1:8: slos: \"x\" is no map (try - name: ...)" },
		{ "slos: [{objective: 99}]",
		  AT "1:8: name: an objective needs a name (try cycles_within_budget)" },
		{ "slos: [{name: }]",
		  AT "1:8: name: an objective needs a name (try cycles_within_budget)" },
		{ "slos: [{name: ffi_within_100m}]",
		  AT "1:8: name: \"ffi_within_100m\" is no objective (did you mean "
		     "ffi_within_100ms?)" },
		{ "slos: [{name: mine}]", AT "1:8: name: \"mine\" is a new objective and needs an "
					     "indicator (try indicator: cycles_within_budget)" },
		{ "slos: [{name: mine, indicator: colector_present}]",
		  AT "1:21: indicator: \"colector_present\" is no indicator (did you mean "
		     "collector_present?)" },
		{ "slos: [{name: mine, indicator: collector_present}]",
		  AT "1:8: objective: a new objective needs one (try 99)" },
		{ SHIPPED("goodness: 1"), SLO_KEY "goodness: no such key here (try name)" },
		{ SHIPPED("objectiv: 1"),
		  SLO_KEY "objectiv: no such key (did you mean objective?)" },
		{ "slos: [{name: ffi_within_100ms}, {name: ffi_within_100ms}]",
		  AT "1:34: name: \"ffi_within_100ms\" names two objectives (give each a name of "
		     "its own)" },
#define NO_PERCENT " is no percentage above 0 and below 100, of four decimals at most (try 99.9)"
		{ SHIPPED("objective: 0"), SLO_KEY "objective: \"0\"" NO_PERCENT },
		{ SHIPPED("objective: 100"), SLO_KEY "objective: \"100\"" NO_PERCENT },
		{ SHIPPED("objective: 99.99999"), SLO_KEY "objective: \"99.99999\"" NO_PERCENT },
		{ SHIPPED("objective: -1"), SLO_KEY "objective: \"-1\"" NO_PERCENT },
		{ SHIPPED("objective: high"), SLO_KEY "objective: \"high\"" NO_PERCENT },
		{ SHIPPED("objective: 99%%"), SLO_KEY "objective: \"99%%\"" NO_PERCENT },
		{ SHIPPED("objective: \"\""), SLO_KEY "objective: \"\"" NO_PERCENT },
		{ SHIPPED("sla: 100"), SLO_KEY "sla: \"100\"" NO_PERCENT },
		{ SHIPPED("objective: 93.0555"),
		  SLO_KEY "objective: \"93.0555\" allows so much that it can never burn 14.4 times "
			  "too fast (try 99)" },
		{ SHIPPED("sla: 99.5"),
		  SLO_KEY "sla: \"99.5\" is above the objective, which is 99 (try 99)" },
		{ SHIPPED("sla: 99.9, objective: 99.5"),
		  SLO_KEY "sla: \"99.9\" is above the objective, which is 99.5 (try 99.5)" },
		{ SHIPPED("period: 59m"),
		  SLO_KEY "period: \"59m\" is not within 1h and 30d (try 30d)" },
		{ SHIPPED("period: 3601s"),
		  SLO_KEY "period: 3601s: it is in whole minutes (try 60m)" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		refuses(rows[i].text, rows[i].line);
	loads(SHIPPED("objective: 93.0556"));
}

static void sixteen_objectives_are_the_most(void **state)
{
	char text[4096] = "slos:\n";
	size_t used = strlen(text);

	(void)state;
	for (unsigned i = 4; i < SLOS_MAX; i++)
		used += (size_t)snprintf(text + used, sizeof text - used,
					 "- {name: n%u, indicator: ffi_within_100ms, objective: "
					 "99}\n",
					 i);
	loads(text);
	assert_int_equal(config.slo_count, SLOS_MAX);
	strcat(text, "- {name: more, indicator: ffi_within_100ms, objective: 99}\n");
	refuses(text, AT "14:3: name: \"more\" is one too many (at most 16 objectives)");
}

static void objectives_that_are_printed_are_read_and_printed_alike(void **state)
{
	char *first, *second;

	(void)state;
	loads("slos: [{name: \"a: b\", indicator: collector_present, objective: 99.05, sla: 95, "
	      "period: 7d}]");
	first = print();
	loads(first);
	second = print();
	assert_string_equal(first, second);
	assert_non_null(strstr(first, "  - name: \"a: b\"\n    indicator: collector_present\n"
				      "    objective: 99.05\n    period: 7d\n    sla: 95\n"));
	assert_non_null(strstr(first,
			       "  - name: \"collector_present\"\n    indicator: "
			       "collector_present\n    objective: 99.5\n    period: 30d\n  -"));
	free(first);
	free(second);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_four_ship_whatever_the_list_says),
		cmocka_unit_test(a_shipped_one_changes_only_in_what_is_named),
		cmocka_unit_test(another_name_says_what_it_counts),
		cmocka_unit_test(each_refusal_of_an_objective_names_place_value_and_cure),
		cmocka_unit_test(sixteen_objectives_are_the_most),
		cmocka_unit_test(objectives_that_are_printed_are_read_and_printed_alike),
	};

	return cmocka_run_group_tests_name("config_slos", tests, enter_folder, leave_folder);
}
