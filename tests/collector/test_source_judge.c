/* SPDX-License-Identifier: MIT */
/* Tests of collector/source_judge.c against a segment made by hand: which facts of it reach the judge. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "collector/source.h"
#include "tests/support/segment_model.h"

#include <stdlib.h>
#include <string.h>

#define MS NS_A_MS
#define S NS_A_SECOND

static const struct judge_labels engine = { LABEL_ENGINE, "model", "0", "main" };
static const struct judge_labels function = { LABEL_FUNCTION, "model", "0", "decode" };

struct fixture {
	struct model model;
	struct ledger_book book;
	struct source *source;
	struct judge *judge;
	struct rule rules[RULES_MAX];
	struct instant at;
	uint64_t tick;
};

/* What ships, and rules about delays and means, of which there is a window and sums only while one looks at them. */
static void make_rules(struct fixture *f)
{
	struct rule *mine = &f->rules[rule_default_count];

	memcpy(f->rules, rule_defaults, rule_default_count * sizeof *rule_defaults);
	mine[0] = (struct rule){ .name = "Late",
				 .enabled = true,
				 .signal = SIGNAL_WAKEUP_DELAY,
				 .statistic = STATISTIC_MEAN,
				 .window_s = 60,
				 .above = 1 * MS,
				 .clear_below = 1 * MS };
	mine[1] = mine[0];
	strcpy(mine[1].name, "Long");
	mine[1].signal = SIGNAL_RENDER_TIME;
}

static int make_fixture(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	model_in_memory(&f->model, (struct aw_counts){ 2, 2, 2, 64 }, 0);
	model_name(&f->model, AW_KIND_ENGINE, 0, "main");
	model_name(&f->model, AW_KIND_FUNCTION, 1, "decode");
	make_rules(f);
	f->judge = judge_new(
		&(struct judge_options){ .rules = f->rules, .rule_count = rule_default_count + 2 });
	assert_non_null(f->judge);
	f->at = instant_next(&(struct instant){ 0 });
	f->at.now_ns += 1000 * S;
	f->at.boot_ns += 1000 * S;
	*state = f;
	return 0;
}

static int free_fixture(void **state)
{
	struct fixture *f = *state;

	judge_free(f->judge);
	source_free(f->source);
	ledger_deinit(&f->book);
	model_deinit(&f->model);
	free(f);
	return 0;
}

static void open_source(struct fixture *f)
{
	const struct ledger_identity who = { .app = "model", .id = "0123456789abcdef" };
	struct ledger *ledger = ledger_open(&f->book, &who, 32);

	f->source = source_new(model_reader(&f->model), ledger, &f->at);
	assert_non_null(f->source);
}

static void judge_now(struct fixture *f)
{
	judge_begin(f->judge, f->tick++, f->at.real_ns);
	source_judge(f->source, f->judge, f->at.now_ns);
	(void)judge_end(f->judge);
}

/* A beat, the totals and the rules of one second. */
static void look(struct fixture *f)
{
	f->at.now_ns += S;
	f->at.boot_ns += S;
	f->at.real_ns += S;
	(void)source_beat(f->source, &f->at);
	assert_int_equal(source_totals(f->source, &f->at, true), SOURCE_GOES_ON);
	judge_now(f);
}

static struct window_counts above(const struct fixture *f, const struct judge_labels *labels,
				  enum judge_series_id series, uint64_t threshold)
{
	const struct window *window = judge_window(f->judge, labels, series);

	assert_non_null(window);
	return window_count(window, 60, threshold);
}

/* Of times. */
static struct window_counts counts(const struct fixture *f, const struct judge_labels *labels)
{
	return above(f, labels, 0, 25 * MS);
}

static void assert_flags(const struct fixture *f, const struct judge_labels *labels,
			 enum judge_series_id series, unsigned good, unsigned bad)
{
	const struct window_counts got = above(f, labels, series, 0);

	assert_int_equal(got.n - got.above, good);
	assert_int_equal(got.above, bad);
}

struct wanted {
	const char *rule;
	enum alert_state state;
	struct judgement judgement;
};

static void find_rule(void *context, const struct judge_alert *alert)
{
	struct wanted *wanted = context;

	if (strcmp(alert->rule->name, wanted->rule) != 0)
		return;
	wanted->state = alert->alert->state;
	wanted->judgement = *alert->judgement;
}

static struct wanted see(const struct fixture *f, const char *rule)
{
	struct wanted wanted = { .rule = rule };

	judge_each(f->judge, find_rule, &wanted);
	return wanted;
}

static void what_totals_gain_reaches_the_windows_of_their_names(void **state)
{
	struct fixture *f = *state;

	model_engine(&f->model, 0)->render[aw_time_cell(30 * MS)] = 9; /* before anybody looked */
	open_source(f);
	look(f);
	assert_int_equal(counts(f, &engine).n, 0);
	model_engine(&f->model, 0)->render[aw_time_cell(30 * MS)] = 12;
	model_function(&f->model, 1)->cells[aw_time_cell(MS)] = 5;
	model_control(&f->model, 0)->render_sum_ns = 90 * MS;
	look(f);
	assert_int_equal(counts(f, &engine).n, 3);
	assert_int_equal(counts(f, &engine).above, 3);
	assert_int_equal(window_sum(judge_window(f->judge, &engine, ENGINE_RENDER), 60), 90 * MS);
	assert_int_equal(counts(f, &function).n, 5);
	assert_int_equal(counts(f, &function).above, 0);
}

/* A cycle of 19 twentieths of its period, of one, of twice that. */
enum { CELL_QUICK = 19, CELL_FULL = 20, CELL_LATE = 40 };

static void loads_and_delays_reach_their_windows(void **state)
{
	struct fixture *f = *state;
	struct aw_engine_totals *totals = model_engine(&f->model, 0);

	totals->load[CELL_LATE] = 5; /* before anybody looked */
	open_source(f);
	look(f);
	totals->load[0] = 7; /* of an unknown budget */
	totals->load[CELL_QUICK] = 3;
	totals->load[CELL_LATE] = 6;
	totals->wake[aw_wake_cell(MS)] = 2;
	model_control(&f->model, 0)->wake_sum_ns = 2 * MS;
	look(f);
	assert_int_equal(above(f, &engine, ENGINE_LOAD, 900000).n, 4);
	assert_int_equal(above(f, &engine, ENGINE_LOAD, 900000).above, 4);
	assert_int_equal(above(f, &engine, ENGINE_LOAD, 950000).above, 1);
	assert_int_equal(above(f, &engine, ENGINE_WAKE, 0).n, 2);
	assert_int_equal(window_sum(judge_window(f->judge, &engine, ENGINE_WAKE), 60), 2 * MS);
}

static void a_second_counts_once_and_is_bad_with_a_miss(void **state)
{
	static const struct {
		unsigned cell, cycles, good, bad;
	} seconds[] = {
		{ CELL_FULL, 0, 0, 0 }, { CELL_FULL, 190, 1, 0 },	{ CELL_FULL + 1, 3, 1, 1 },
		{ CELL_LATE, 1, 1, 2 }, { AW_LOAD_CELLS - 1, 1, 1, 3 }, { 0, 100, 1, 3 },
		{ 1, 1, 2, 3 },
	};
	struct fixture *f = *state;

	model_engine(&f->model, 0)->load[CELL_LATE] = 5;
	open_source(f);
	look(f);
	for (size_t i = 0; i < sizeof seconds / sizeof *seconds; i++) {
		model_engine(&f->model, 0)->load[seconds[i].cell] += seconds[i].cycles;
		look(f);
		assert_flags(f, &engine, ENGINE_SECONDS, seconds[i].good, seconds[i].bad);
	}
}

static void a_second_without_a_reading_is_that_of_the_next(void **state)
{
	struct fixture *f = *state;

	open_source(f);
	look(f);
	model_engine(&f->model, 0)->load[CELL_LATE] += 1;
	f->at.now_ns += S;
	judge_now(f);
	assert_flags(f, &engine, ENGINE_SECONDS, 0, 0);
	look(f);
	assert_flags(f, &engine, ENGINE_SECONDS, 0, 1);
}

static void a_call_fails_or_not_and_counts_once_whenever_it_is_read(void **state)
{
	struct fixture *f = *state;
	struct aw_function_totals *totals = model_function(&f->model, 1);

	totals->cells[aw_time_cell(MS)] = 8;
	totals->errors = 3;
	open_source(f);
	look(f);
	assert_flags(f, &function, FUNCTION_OUTCOME, 0, 0);
	totals->cells[aw_time_cell(MS)] = 12;
	totals->errors = 4;
	look(f);
	assert_flags(f, &function, FUNCTION_OUTCOME, 3, 1);
	totals->cells[aw_time_cell(MS)]++; /* its error is not written yet */
	look(f);
	totals->errors++;
	look(f);
	totals->cells[aw_time_cell(MS)]++;
	look(f);
	assert_flags(f, &function, FUNCTION_OUTCOME, 4, 2);
}

static void put_render(struct model_lane *lane, unsigned n, unsigned type)
{
	struct aw_record record = { { type } };

	while (n--)
		model_put(lane, &record);
}

static void records_lost_in_engine_lanes_count_and_unwatched_ones_do_not(void **state)
{
	enum { RING = 64 };
	const struct judge_labels session = { LABEL_SESSION, "model", "0", "" };
	struct fixture *f = *state;
	struct model_lane lane = model_lane(&f->model, 0), shared = model_lane(&f->model, 2);

	put_render(&lane, RING + 9, AW_RENDER); /* before anybody looked */
	open_source(f);
	look(f);
	look(f);
	assert_int_equal(see(f, "TelemetryLost").state, ALERT_INACTIVE);
	put_render(&lane, RING + 5, AW_RENDER);
	put_render(&shared, AW_SHARED_RECORDS + 3, AW_FFI);
	look(f);
	assert_flags(f, &session, SESSION_LOST, 0, 5);
	put_render(&lane, 2, AW_FFI); /* not in an engine's lane */
	look(f);
	assert_flags(f, &session, SESSION_LOST, 0, 7);
	assert_int_equal(see(f, "TelemetryLost").state, ALERT_FIRING);
	assert_int_equal(see(f, "TelemetryLost").judgement.value, 7);
	for (unsigned i = 0; i < SIGNAL_LOST_S; i++)
		look(f);
	assert_int_equal(see(f, "TelemetryLost").state, ALERT_INACTIVE);
}

static void a_slot_filled_while_we_look_counts_from_its_first_sample(void **state)
{
	const struct judge_labels late = { LABEL_ENGINE, "model", "0", "late" };
	struct fixture *f = *state;

	open_source(f);
	look(f);
	model_engine(&f->model, 1)->render[aw_time_cell(MS)] = 4;
	model_name(&f->model, AW_KIND_ENGINE, 1, "late");
	look(f);
	assert_int_equal(counts(f, &late).n, 4);
}

static void look_at_names(struct fixture *f)
{
	f->at.now_ns += 20 * MS;
	f->at.boot_ns += 20 * MS;
	(void)source_beat(f->source, &f->at);
}

static void slow_then_quick(struct fixture *f)
{
	look(f);
	model_engine(&f->model, 0)->render[aw_time_cell(30 * MS)] += 200;
	model_engine(&f->model, 0)->load[CELL_LATE] += 200;
	model_function(&f->model, 1)->cells[aw_time_cell(MS)] += 50;
	model_function(&f->model, 1)->errors += 20;
	look(f);
	model_name(&f->model, AW_KIND_ENGINE, 0, NULL);
	model_name(&f->model, AW_KIND_FUNCTION, 1, NULL);
}

static void quick_again(struct fixture *f)
{
	model_name(&f->model, AW_KIND_ENGINE, 0, "main");
	model_name(&f->model, AW_KIND_FUNCTION, 1, "decode");
	model_engine(&f->model, 0)->render[aw_time_cell(MS)] += 4;
	model_engine(&f->model, 0)->load[CELL_QUICK] += 4;
	model_function(&f->model, 1)->cells[aw_time_cell(MS)] += 3;
	model_function(&f->model, 1)->errors += 1;
	look(f);
	assert_int_equal(counts(f, &engine).n, 4);
	assert_int_equal(counts(f, &engine).above, 0);
	assert_int_equal(counts(f, &function).n, 3);
	assert_int_equal(above(f, &engine, ENGINE_LOAD, 900000).n, 4);
	assert_flags(f, &engine, ENGINE_SECONDS, 1, 0);
	assert_flags(f, &function, FUNCTION_OUTCOME, 2, 1);
}

static void a_name_that_comes_back_to_its_slot_counts_from_where_it_left(void **state)
{
	struct fixture *f = *state;

	open_source(f);
	slow_then_quick(f);
	look_at_names(f); /* sees it free */
	quick_again(f);
	slow_then_quick(f); /* comes back between two looks */
	quick_again(f);
}

static void a_stranger_in_a_slot_counts_from_0(void **state)
{
	const struct judge_labels other = { LABEL_ENGINE, "model", "0", "other" };
	struct fixture *f = *state;

	open_source(f);
	slow_then_quick(f);
	look_at_names(f);
	model_engine(&f->model, 0)->render[aw_time_cell(30 * MS)] = 0;
	model_name(&f->model, AW_KIND_ENGINE, 0, "other");
	model_engine(&f->model, 0)->render[aw_time_cell(MS)] = 7;
	look(f);
	assert_int_equal(counts(f, &other).n, 7);
}

static void totals_of_an_older_beat_are_no_reading(void **state)
{
	struct fixture *f = *state;

	open_source(f);
	look(f);
	f->at.now_ns += S;
	(void)source_beat(f->source, &f->at);
	judge_now(f);
	assert_int_equal(judge_window(f->judge, &engine, ENGINE_RENDER)->read_tick, 0);
	look(f);
	assert_int_equal(judge_window(f->judge, &engine, ENGINE_RENDER)->read_tick, 2);
}

static void renders_and_calls_in_flight_are_told_by_their_ages(void **state)
{
	struct fixture *f = *state;

	open_source(f);
	look(f);
	model_function(&f->model, 1)->begun = 1;
	model_flight(&f->model, 0)->function = 2;
	model_flight(&f->model, 0)->start = instant_clock_ns(CLOCK_MONOTONIC) - 11 * S;
	model_control(&f->model, 0)->begin = instant_clock_ns(CLOCK_MONOTONIC);
	for (unsigned i = 0; i < 3; i++)
		look(f);
	assert_int_equal(see(f, "EngineStalled").state, ALERT_FIRING);
	assert_int_equal(see(f, "AudioProcessingOverload").judgement.bad, 1);
	assert_int_equal(see(f, "FFICallStuck").state, ALERT_FIRING);
	assert_int_equal(see(f, "FFICallStuck").judgement.n, 1);
	assert_in_range(see(f, "FFICallStuck").judgement.value, 11 * S, 60 * S);
	model_flight(&f->model, 0)->start = 0;
	look(f);
	look(f);
	assert_int_equal(see(f, "FFICallStuck").state, ALERT_INACTIVE);
}

/* The producer ends what is in flight just before that word of the segment is read. */
struct ending {
	struct fixture *f;
	uint64_t word;
};

static void end_flights(void *context, uint64_t word)
{
	const struct ending *ending = context;
	const struct model *model = &ending->f->model;

	if (word < ending->word || !model_control(model, 0)->begin)
		return;
	model_engine(model, 0)->render[aw_time_cell(40 * MS)]++;
	model_control(model, 0)->begin = 0;
	model_function(model, 1)->cells[aw_time_cell(200 * MS)]++;
	model_flight(model, 0)->start = 0;
}

static void what_ends_between_lanes_and_totals_counts_once(void **state)
{
	struct fixture *f = *state;
	struct ending ending = { f, f->model.layout.totals / 8 };

	open_source(f);
	look(f);
	model_function(&f->model, 1)->begun = 1;
	model_flight(&f->model, 0)->function = 2;
	model_flight(&f->model, 0)->start = instant_clock_ns(CLOCK_MONOTONIC) - 200 * MS;
	model_control(&f->model, 0)->begin = instant_clock_ns(CLOCK_MONOTONIC) - 40 * MS;
	look(f);
	look(f);
	assert_int_equal(see(f, "AudioProcessingOverload").judgement.n, 1);
	assert_int_equal(see(f, "FFILatencyHigh").judgement.n, 1);
	f->model.on_read = end_flights;
	f->model.on_read_context = &ending;
	look(f);
	assert_int_equal(model_control(&f->model, 0)->begin, 0);
	assert_int_equal(see(f, "AudioProcessingOverload").judgement.n, 1);
	assert_int_equal(see(f, "FFILatencyHigh").judgement.n, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_fixture, free_fixture)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(what_totals_gain_reaches_the_windows_of_their_names),
		TEST(loads_and_delays_reach_their_windows),
		TEST(a_second_counts_once_and_is_bad_with_a_miss),
		TEST(a_second_without_a_reading_is_that_of_the_next),
		TEST(a_call_fails_or_not_and_counts_once_whenever_it_is_read),
		TEST(records_lost_in_engine_lanes_count_and_unwatched_ones_do_not),
		TEST(a_slot_filled_while_we_look_counts_from_its_first_sample),
		TEST(a_name_that_comes_back_to_its_slot_counts_from_where_it_left),
		TEST(a_stranger_in_a_slot_counts_from_0),
		TEST(totals_of_an_older_beat_are_no_reading),
		TEST(renders_and_calls_in_flight_are_told_by_their_ages),
		TEST(what_ends_between_lanes_and_totals_counts_once),
	};

	return cmocka_run_group_tests_name("source_judge", tests, NULL, NULL);
}
