/* SPDX-License-Identifier: MIT */
/* An alert's facts by hand, and the texts that they become. For tests of collector/why*.c. */
#ifndef AUDIOWATCH_TESTS_WHY_FIXTURE_H
#define AUDIOWATCH_TESTS_WHY_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "collector/why.h"

#define MS UINT64_C(1000000)
#define S (1000 * MS)

static const struct rule overload = {
	.name = "Overload",
	.signal = SIGNAL_RENDER_TIME,
	.statistic = STATISTIC_P99,
	.window_s = 60,
	.description = "Expect clicks.",
};
static const struct judge_labels engine = { LABEL_ENGINE, "daw", "0", "main" };
static const struct judge_labels function = { LABEL_FUNCTION, "daw", "0", "scan" };
static const struct judge_labels session = { LABEL_SESSION, "daw", "0", "" };
static const struct judge_labels collector = { LABEL_COLLECTOR, "", "", "" };
static const struct judge_labels component = { LABEL_COMPONENT, "", "", "store" };

static const struct judge_labels slo = { LABEL_SLO, "", "", "cycles" };

static inline struct why_facts overloaded(void)
{
	return (struct why_facts){
		.rule = &overload,
		.labels = engine,
		.judgement = { VERDICT_YES, SILENCE_NONE, 11250, 187, 31200000, 25 * MS },
		.span_s = 60,
		.p99_ns = 31200000,
		.budget_ns = 5333333,
		.has_state = true,
		.state = STATE_LIVE,
		.state_age_ns = 720 * S,
		.has_episode = true,
		.episode_age_ns = 3 * S,
		.episode_misses = 12,
		.parts = { { "Reverb", 620000 }, { "Drums", 110000 }, { "Bass", 4000 } },
		.part_count = 3,
		.parts_share = 734000,
	};
}

static inline void assert_description(const struct why_facts *facts, const char *want)
{
	char text[WHY_TEXT_SIZE];

	why_description(text, facts);
	assert_string_equal(text, want);
}

static inline void assert_cause(const struct why_facts *facts, const char *want)
{
	char text[WHY_TEXT_SIZE];

	why_cause(text, facts);
	assert_string_equal(text, want);
}

#endif
