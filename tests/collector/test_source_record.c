/* SPDX-License-Identifier: MIT */
/* Tests of collector/source_record*.c against a segment made by hand: whatever happens between beats, readings and late
 * ticks, the recording replays to the verdicts that the live judge had at each tick. Time is injected. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/record.h"
#include "collector/replay.h"
#include "collector/replay_line.h"
#include "tests/support/random.h"
#include "tests/support/watch.h"

#define MS NS_A_MS
#define S NS_A_SECOND

enum { RATE = 48000, FRAMES = 480, RUNS = 40 };

/* A watch whose ticks are read late, and which is recorded. */
struct recorder {
	struct watch *w;
	struct record *record;
	char folder[64], path[96], trace[112];
	uint64_t began_ns;
	char *live, *again; /* verdicts, a line each, from tick 1 on */
	size_t live_size, again_size;
	FILE *out;
	uint64_t begin_ns; /* of the render in flight; 0 = none */
	bool freewheel;
};

static int make_recorder(void **state)
{
	struct recorder *r = calloc(1, sizeof *r);
	char error[RECORD_ERROR_SIZE];
	void *watch = NULL;

	assert_non_null(r);
	assert_int_equal(watch_setup(&watch), 0);
	r->w = watch;
	strcpy(r->folder, "/tmp/awtest-recorded-XXXXXX");
	assert_non_null(mkdtemp(r->folder));
	snprintf(r->path, sizeof r->path, "%s/trace.txt", r->folder);
	assert_int_equal(record_open(&r->record, r->path, NULL, error), 0);
	r->out = open_memstream(&r->live, &r->live_size);
	model_any(&r->w->model, 0)->format = (uint64_t)RATE << 32 | FRAMES;
	r->began_ns = r->w->at.now_ns;
	*state = r;
	return 0;
}

static int free_recorder(void **state)
{
	struct recorder *r = *state;
	void *watch = r->w;

	unlink(r->path);
	rmdir(r->folder);
	free(r->live);
	free(r->again);
	free(r);
	return watch_teardown(&watch);
}

/* ---- what happens ---- */

/* The clocks, since tick 0. */
static void at(const struct recorder *r, uint64_t since_ns)
{
	struct instant clocks = r->w->at;
	const uint64_t passed_ns = r->began_ns + since_ns - clocks.now_ns;

	clocks.now_ns += passed_ns;
	clocks.boot_ns += passed_ns;
	clocks.real_ns += passed_ns;
	r->w->at = instant_after(&r->w->at, &clocks);
}

/* What happened `since` tick 0, on the segment's clock as it is now. */
static uint64_t ticks_of(const struct recorder *r, uint64_t since_ns)
{
	return watch_ticks() - (r->w->at.now_ns - r->began_ns - since_ns);
}

static void begin(struct recorder *r, uint64_t since_ns)
{
	model_control(&r->w->model, 0)->begin = ticks_of(r, since_ns);
	r->begin_ns = since_ns;
}

static void count(const struct recorder *r, uint64_t ns)
{
	struct aw_engine_totals *totals = model_engine(&r->w->model, 0);

	totals->render[aw_time_cell(ns)]++;
	totals->load[aw_load_cell(ns, FRAMES, RATE)]++;
	model_control(&r->w->model, 0)->render_sum_ns += ns;
}

static uint64_t head_of(const struct recorder *r, enum aw_record_type type, unsigned flags)
{
	return type | flags << 8 | model_entry(&r->w->model, AW_KIND_ENGINE, 0)->generation << 32;
}

/* Totals, record, word: as the library does. */
static void end(struct recorder *r, uint64_t since_ns)
{
	const uint64_t ns = since_ns - r->begin_ns;
	const unsigned flags = AW_RENDER_CLOSES | (r->freewheel ? AW_RENDER_FREEWHEEL : 0);

	if (!r->freewheel)
		count(r, ns);
	model_put(&r->w->lane,
		  &(struct aw_record){ { head_of(r, AW_RENDER, flags), ticks_of(r, r->begin_ns), ns,
					 AW_WAKE_UNKNOWN, 0, FRAMES, ns, FRAMES * S / RATE } });
	model_control(&r->w->model, 0)->begin = 0;
	r->begin_ns = 0;
}

static void freewheel(struct recorder *r, bool yes, uint64_t since_ns)
{
	const bool active = model_any(&r->w->model, 0)->active == AW_TOLD_YES;

	r->freewheel = yes;
	model_any(&r->w->model, 0)->freewheel = yes;
	model_put(&r->w->lane,
		  &(struct aw_record){ { head_of(r, AW_MODE, 0), ticks_of(r, since_ns), RATE,
					 FRAMES, yes | (active ? AW_TOLD_YES : AW_TOLD_NO) << 1 } });
}

static void active(const struct recorder *r, bool yes)
{
	model_any(&r->w->model, 0)->active = yes ? AW_TOLD_YES : AW_TOLD_NO;
}

/* ---- who looks ---- */

static void beat(const struct recorder *r)
{
	(void)source_beat(r->w->source, &r->w->at);
}

static void totals(const struct recorder *r)
{
	assert_int_equal(source_totals(r->w->source, &r->w->at, true), SOURCE_GOES_ON);
}

static void tell(void *context, const struct judge_alert *alert)
{
	const struct recorder *r = context;

	if (alert->labels.kind >= LABEL_SESSION && alert->tick)
		replay_put_verdict(r->out,
				   &(struct replay_about){ alert->tick, alert->rule, &alert->labels,
							   alert->judgement });
}

static void tick(struct recorder *r, uint64_t number)
{
	struct watch *w = r->w;

	judge_begin(w->judge, number, w->at.real_ns);
	source_judge(w->source, w->judge, r->began_ns + number * S);
	(void)judge_end(w->judge);
	judge_each(w->judge, tell, r);
	source_record_slot(w->source, &w->at, !number);
	record_slot(r->record, number);
}

static void look(struct recorder *r, uint64_t number)
{
	beat(r);
	totals(r);
	tick(r, number);
}

static void open_all(struct recorder *r)
{
	record_begin(r->record, r->began_ns);
	watch_open(r->w);
	assert_true(source_record_to(r->w->source, r->record, r->w->at.now_ns));
	look(r, 0);
}

/* ---- what a replay says ---- */

static void keep_verdicts(struct recorder *r, char *told)
{
	FILE *out = open_memstream(&r->again, &r->again_size);
	char *next = NULL;

	for (char *line = strtok_r(told, "\n", &next); line; line = strtok_r(NULL, "\n", &next))
		if (strstr(line, "\"verdict\"") && strstr(line, "\"app\":"))
			fprintf(out, "%s\n", line);
	fclose(out);
}

/* The first line that differs is what a person wants to see. */
static void assert_lines(const struct recorder *r)
{
	const char *live = r->live, *again = r->again;

	while (*live && *again) {
		const size_t n = strcspn(live, "\n"), m = strcspn(again, "\n");

		if (n != m || strncmp(live, again, n) != 0)
			fail_msg("live  %.*s\nagain %.*s\n(%s)", (int)n, live, (int)m, again,
				 r->path);
		live += n + 1;
		again += m + 1;
	}
	assert_string_equal(again, live);
}

static void assert_the_same_again(struct recorder *r)
{
	char error[TRACE_ERROR_SIZE] = "", *told = NULL;
	size_t size;
	FILE *out = open_memstream(&told, &size);
	const struct replay_options options = { .rules = rule_defaults,
						.rule_count = rule_default_count,
						.verdicts = true,
						.out = out,
						.slos = slo_defaults,
						.slo_count = slo_default_count };

	fclose(r->out);
	record_close(r->record);
	replay_file(&options, r->path, error);
	assert_string_equal(error, "");
	fclose(out);
	keep_verdicts(r, told);
	free(told);
	assert_true(r->live_size > 0);
	assert_lines(r);
}

static bool said(const struct recorder *r, const char *what)
{
	return strstr(r->live, what);
}

#define STALLED(tick) \
	"{\"tick\":" tick ",\"alert\":\"EngineStalled\",\"labels\":{\"app\":\"model\"," \
	"\"instance_id\":\"0\",\"engine\":\"main\"},\"verdict\":\"yes\""

static void assert_written(const struct recorder *r, const char *what)
{
	char text[4096] = "";
	FILE *file = fopen(r->path, "r");

	assert_non_null(file);
	assert_true(fread(text, 1, sizeof text - 1, file) > 0);
	fclose(file);
	assert_non_null(strstr(text, what));
}

/* ---- cases ---- */

static void a_stall_that_ends_between_beat_and_totals_is_none_to_both(void **state)
{
	struct recorder *r = *state;

	open_all(r);
	at(r, S + 1);
	begin(r, S / 2);
	look(r, 1);
	at(r, 2 * S + 1);
	beat(r);
	end(r, 2 * S);
	totals(r);
	tick(r, 2);
	assert_the_same_again(r);
	assert_written(r, " ns=1500000000\n"); /* its own record's, which came behind the beat */
	assert_false(said(r, STALLED("2")));
}

static void a_late_tick_judges_by_its_nominal_time(void **state)
{
	struct recorder *r = *state;

	open_all(r);
	at(r, S + 300 * MS);
	begin(r, S + 200 * MS);
	look(r, 1);
	at(r, 2 * S + 900 * MS); /* an age of 0.8 s at 2 s, of 1.7 s when it is read */
	look(r, 2);
	at(r, 2 * S + 950 * MS);
	end(r, 2 * S + 950 * MS);
	at(r, 3 * S);
	look(r, 3);
	assert_the_same_again(r);
	assert_false(said(r, STALLED("2")));
}

static void who_is_attached_to_in_a_stall_is_stalled_at_once(void **state)
{
	struct recorder *r = *state;

	at(r, S);
	begin(r, 0);
	r->began_ns += S;
	open_all(r);
	at(r, S);
	look(r, 1);
	assert_the_same_again(r);
	assert_true(said(r, STALLED("1")));
}

static void a_begin_that_the_reading_before_did_not_have_is_as_old_as_it_is(void **state)
{
	struct recorder *r = *state;

	open_all(r);
	at(r, S + 1);
	look(r, 1);
	at(r, 2 * S + 1);
	begin(r, 900 * MS); /* it came to be seen behind tick 1 */
	look(r, 2);
	assert_the_same_again(r);
	assert_true(said(r, STALLED("2")));
}

static void ticks_left_out_are_left_out_again(void **state)
{
	struct recorder *r = *state;
	static const uint64_t read[] = { 1, 2, 5, 6, 7, 20, 21 };

	open_all(r);
	active(r, true);
	for (unsigned i = 0; i < sizeof read / sizeof *read; i++) {
		at(r, read[i] * S + 400 * MS);
		begin(r, read[i] * S);
		end(r, read[i] * S + 30 * MS);
		look(r, read[i]);
	}
	assert_the_same_again(r);
	assert_false(said(r, "{\"tick\":3,"));
	assert_true(said(r, "{\"tick\":21,"));
}

/* ---- any order ---- */

static void happen(struct recorder *r, struct random *random, uint64_t since_ns)
{
	const uint64_t what = random_below(random, 12);

	if (what < 6 && r->begin_ns)
		end(r, since_ns);
	else if (what < 6)
		begin(r, since_ns);
	else if (what < 8)
		active(r, what == 6);
	else if (what < 9 && !r->begin_ns)
		count(r, 1 + random_below(random, 40) * MS); /* its record was lapped */
	else if (what < 11 && !r->begin_ns)
		freewheel(r, what == 9, since_ns);
}

/* A step at a time: a turn has beat, totals and tick, and something may happen before each. */
static void run_second(struct recorder *r, struct random *random, uint64_t number)
{
	const uint64_t from_ns = r->w->at.now_ns - r->began_ns;
	const uint64_t to_ns = number * S + random_below(random, 999) * MS;

	for (uint64_t now_ns = from_ns + 20 * MS; now_ns < to_ns; now_ns += 20 * MS) {
		at(r, now_ns);
		if (!random_below(random, 20))
			happen(r, random, now_ns - random_below(random, 10 * MS));
		beat(r);
		if (!random_below(random, 25))
			totals(r);
	}
	at(r, to_ns > from_ns ? to_ns : from_ns + 1);
	beat(r);
	if (!random_below(random, 3))
		happen(r, random, r->w->at.now_ns - r->began_ns);
	totals(r);
	if (!random_below(random, 3))
		happen(r, random, r->w->at.now_ns - r->began_ns);
	tick(r, number);
}

static void a_run(uint64_t seed)
{
	struct random random = { seed };
	void *state = NULL;
	struct recorder *r;

	assert_int_equal(make_recorder(&state), 0);
	r = state;
	open_all(r);
	for (uint64_t number = 1; number < 60;
	     number += random_below(&random, 8) ? 1 : 1 + random_below(&random, 9))
		run_second(r, &random, number);
	assert_the_same_again(r);
	assert_int_equal(free_recorder(&state), 0);
}

static void whatever_happens_the_replay_says_at_each_tick_what_the_live_judge_said(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= RUNS; seed++)
		a_run(seed);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_recorder, free_recorder)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_stall_that_ends_between_beat_and_totals_is_none_to_both),
		TEST(a_late_tick_judges_by_its_nominal_time),
		TEST(who_is_attached_to_in_a_stall_is_stalled_at_once),
		TEST(a_begin_that_the_reading_before_did_not_have_is_as_old_as_it_is),
		TEST(ticks_left_out_are_left_out_again),
		cmocka_unit_test(
			whatever_happens_the_replay_says_at_each_tick_what_the_live_judge_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
