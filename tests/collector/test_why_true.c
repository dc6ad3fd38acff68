/* SPDX-License-Identifier: MIT */
/* Tests of collector/why.c and why_cause.c: that no sentence says more than is so, whatever the figures and the names. */
#include "tests/support/why_fixture.h"

static void a_call_in_flight_is_not_said_to_be_over(void **state)
{
	const struct rule slow = { .signal = SIGNAL_FFI_DURATION,
				   .statistic = STATISTIC_P99,
				   .window_s = 5 };
	struct why_facts facts = {
		.rule = &slow,
		.labels = function,
		.judgement = { VERDICT_YES, SILENCE_NONE, 3, 3, 17700 * MS, 100 * MS },
		.open_ns = 17700 * MS,
	};

	(void)state;
	assert_description(&facts,
			   "100 % of the calls of scan of the last 5 s took longer than 100 ms (3 "
			   "of 3; P99 17.7 s). A call among them began 17.7 s ago and has not "
			   "ended.");
	facts.open_ns = 99 * MS;
	assert_description(&facts,
			   "100 % of the calls of scan of the last 5 s took longer than 100 ms (3 "
			   "of 3; P99 17.7 s).");
}

/* A track may be called "Vox 2", and what follows is a figure. */
static void names_of_several_words_are_quoted(void **state)
{
	static const struct rule down = { .signal = SIGNAL_SOURCE_DOWN };
	struct why_facts facts = overloaded();

	(void)state;
	facts.parts[0].name = "Lead Vox 2";
	facts.parts[1].name = "\xd7\xa9\xd7\x9c";
	assert_cause(
		&facts,
		"In the last 60 s channel \"Lead Vox 2\" took 62 % of the render time, then "
		"\xd7\xa9\xd7\x9c 11 %. 27 % of it lies outside the channels. Freeze or bypass "
		"\"Lead Vox 2\" first, or choose a bigger buffer.");
	facts = (struct why_facts){ .rule = &down, .labels = { LABEL_SESSION, "my daw", "0", "" } };
	assert_description(&facts, "\"my daw\" ended without closing its session.");
	facts.labels.app = "";
	assert_description(&facts, "\"\" ended without closing its session.");
}

/* What a collector tells that was started again a moment ago. */
static void without_samples_none_are_told_of(void **state)
{
	static const struct {
		struct rule rule;
		const struct judge_labels *labels;
		const char *want;
	} cases[] = {
		{ { .signal = SIGNAL_RENDER_TIME, .statistic = STATISTIC_P99, .window_s = 60 },
		  &engine,
		  "The collector has seen no blocks in the last 60 s." },
		{ { .signal = SIGNAL_FFI_ERROR_RATIO, .statistic = STATISTIC_RATIO, .window_s = 300 },
		  &function,
		  "The collector has seen no calls of scan in the last 5 min." },
		{ { .signal = SIGNAL_XRUN_SECONDS, .statistic = STATISTIC_SUM, .window_s = 60 },
		  &engine,
		  "The collector has seen no cycles in the last 60 s." },
		{ { .signal = SIGNAL_FFI_IN_FLIGHT },
		  &function,
		  "The collector sees no open calls of scan." },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct why_facts facts = {
			.rule = &cases[i].rule,
			.labels = *cases[i].labels,
			.judgement = { VERDICT_SILENT, SILENCE_IDLE, 0, 0, 31 * MS, 25 * MS },
		};

		assert_description(&facts, cases[i].want);
	}
}

static void the_threshold_is_said_to_be_exceeded_only_where_it_is(void **state)
{
	static const struct rule storm = { .signal = SIGNAL_XRUN_SECONDS,
					   .statistic = STATISTIC_SUM,
					   .window_s = 60 };
	static const struct rule failing = { .signal = SIGNAL_FFI_ERROR_RATIO,
					     .statistic = STATISTIC_RATIO,
					     .window_s = 300 };
	struct why_facts facts = { .rule = &storm,
				   .labels = engine,
				   .judgement = { VERDICT_NO, SILENCE_NONE, 60, 1, 1, 5 } };

	(void)state;
	assert_description(&facts, "In 1 second of the last 60 s a cycle missed its deadline; the "
				   "threshold is 5.");
	facts = (struct why_facts){ .rule = &failing,
				    .labels = function,
				    .judgement = { VERDICT_NO, SILENCE_NONE, 100, 1, 10000, 50000 } };
	assert_description(&facts, "1.0 % of the calls of scan of the last 5 min failed; the "
				   "threshold is 5.0 % (1 of 100).");
}

static void one_is_told_as_one_and_hardly_any_not_as_none(void **state)
{
	static const struct rule lost = { .signal = SIGNAL_RECORDS_LOST };
	static const struct rule longest = { .signal = SIGNAL_RENDER_TIME,
					     .statistic = STATISTIC_MAX,
					     .window_s = 60 };
	struct why_facts facts = { .rule = &lost,
				   .labels = session,
				   .judgement = { VERDICT_YES, SILENCE_NONE, 1, 1, 1, 0 } };

	(void)state;
	assert_description(&facts, "1 record of its engines was lost.");
	facts = (struct why_facts){ .rule = &longest,
				    .labels = engine,
				    .judgement = { VERDICT_YES, SILENCE_NONE, 90000, 1, 30 * MS,
						   25 * MS } };
	assert_description(&facts, "0.0011 % of the blocks of the last 60 s took longer than 25 ms "
				   "(1 of 90000; the highest at most 30 ms).");
	facts.judgement.n = 90000000;
	assert_description(&facts, "0.0001 % of the blocks of the last 60 s took longer than 25 ms "
				   "(1 of 90000000; the highest at most 30 ms).");
}

static void a_burn_tells_how_fast_and_what_is_left(void **state)
{
	static const struct rule fast = { .signal = SIGNAL_SLO_BURN, .burn = BURN_FAST };
	struct why_facts facts = { .rule = &fast,
				   .labels = slo,
				   .judgement = { VERDICT_YES, SILENCE_NONE, 1, 1, 1, 0 },
				   .pair = &slo_pairs[0],
				   .burn_long = 24.04,
				   .burn_short = 2449.6,
				   .budget_left = 0.83,
				   .known_ns = 86400 * S };

	(void)state;
	assert_description(&facts,
			   "The error budget of cycles is spent too fast: in the last 60 min "
			   "24 times as fast as it lasts, in the last 5 min 2450 times; more "
			   "than 14.4 is too fast. Of what it allows in the time that is known, at "
			   "most 24 h, 83 % is left.");
	facts.pair = &slo_pairs[slo_pair_count - 1];
	facts.burn_long = 0.834;
	facts.budget_left = -3;
	assert_description(&facts, "The error budget of cycles is spent too fast: in the last 3 d "
				   "0.834 times as fast as it lasts, in the last 6 h 2450 times; "
				   "more than 1 is too fast. Nothing is left of what it allows in "
				   "the time that is known, at most 24 h.");
}

/* Its blocks of a while ago were in time, and there is no sound. */
static void a_starved_engine_is_not_said_to_be_in_time(void **state)
{
	static const struct rule starved = { .signal = SIGNAL_STARVED };
	struct why_facts facts = overloaded();

	(void)state;
	facts.rule = &starved;
	facts.state = STATE_STARVED;
	facts.has_episode = false;
	assert_description(&facts,
			   "The engine main is ready to play, and nobody asks it for sound. "
			   "The engine has been starved for 12 min.");
}

static void channels_that_took_no_time_are_not_said_to_be_missing(void **state)
{
	struct why_facts facts = overloaded();

	(void)state;
	facts.part_count = 0;
	facts.has_channels = true;
	assert_cause(&facts,
		     "No channel is known to have taken the time: freeze or bypass one track "
		     "after another.");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_in_flight_is_not_said_to_be_over),
		cmocka_unit_test(names_of_several_words_are_quoted),
		cmocka_unit_test(without_samples_none_are_told_of),
		cmocka_unit_test(the_threshold_is_said_to_be_exceeded_only_where_it_is),
		cmocka_unit_test(one_is_told_as_one_and_hardly_any_not_as_none),
		cmocka_unit_test(a_burn_tells_how_fast_and_what_is_left),
		cmocka_unit_test(a_starved_engine_is_not_said_to_be_in_time),
		cmocka_unit_test(channels_that_took_no_time_are_not_said_to_be_missing),
	};

	return cmocka_run_group_tests_name("why_true", tests, NULL, NULL);
}
