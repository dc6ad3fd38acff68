/* SPDX-License-Identifier: MIT */
/* What is served and said of alerts, from hand-made ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <unistd.h>

#include "collector/alarm.h"
#include "collector/catalogue.h"

#define MS UINT64_C(1000000)

#define BEYOND_NS UINT64_C(128000000001)

static struct rule rule_of(const char *name, enum signal_id signal, enum rule_statistic statistic)
{
	struct rule rule = { .signal = signal, .statistic = statistic, .priority = PRIORITY_P1 };

	strcpy(rule.name, name);
	strcpy(rule.summary, "What it means.");
	return rule;
}

/* Everything that is written of a picture; the caller frees it. */
static char *written(const struct snapshot *snapshot, enum catalogue_profile profile)
{
	struct expo_writer writer;
	size_t length;
	char *text;

	expo_init(&writer, &expo_text);
	catalogue_write(snapshot, profile, &writer);
	text = expo_finish(&writer, &length);
	assert_non_null(text);
	return text;
}

static char *text_of(const struct snapshot_alert *alerts, unsigned count)
{
	return written(&(struct snapshot){ .alerts = alerts, .alert_count = count },
		       CATALOGUE_STANDARD);
}

static void assert_line(const char *text, const char *line)
{
	const char *at = strstr(text, line);

	if (!at || at[strlen(line)] != '\n')
		fail_msg("not served: %s", line);
}

static void an_active_alert_carries_its_labels_and_its_state(void **state)
{
	const struct rule overload = rule_of("Overload", SIGNAL_RENDER_TIME, STATISTIC_P99);
	const struct snapshot_alert alert = {
		.rule = &overload,
		.kind = LABEL_ENGINE,
		.app = "a",
		.instance_id = "0",
		.name = "e",
		.state = ALERT_PENDING,
		.judgement = { .n = 7, .value = 30 * MS, .threshold = 25 * MS }
	};
	char *text = text_of(&alert, 1);

	(void)state;
	assert_line(text, "audiowatch_alert_active{alertname=\"Overload\",app=\"a\",instance_id="
			  "\"0\",engine=\"e\","
			  "severity=\"critical\",priority=\"P1\",state=\"pending\"} 1");
	assert_line(text, "audiowatch_rule_value{rule=\"Overload\",app=\"a\",instance_id=\"0\","
			  "engine=\"e\"} 0.03");
	assert_line(text, "audiowatch_rule_threshold{rule=\"Overload\",app=\"a\",instance_id=\"0\","
			  "engine=\"e\"} 0.025");
	assert_line(text, "audiowatch_rule_samples{rule=\"Overload\",app=\"a\",instance_id=\"0\","
			  "engine=\"e\"} 7");
	free(text);
}

static void an_inactive_one_is_no_alert_and_without_samples_there_is_no_value(void **state)
{
	const struct rule slow = rule_of("Slow", SIGNAL_FFI_DURATION, STATISTIC_P99);
	const struct snapshot_alert alert = {
		.rule = &slow, .kind = LABEL_FUNCTION, .app = "a", .instance_id = "0", .name = "f"
	};
	char *text = text_of(&alert, 1);

	(void)state;
	assert_null(strstr(text, "audiowatch_alert_active{"));
	assert_null(strstr(text, "audiowatch_rule_value{"));
	assert_line(text, "audiowatch_rule_samples{rule=\"Slow\",app=\"a\",instance_id=\"0\","
			  "function=\"f\"} 0");
	free(text);
}

static void of_a_source_that_ended_the_alert_is_told_and_no_figures(void **state)
{
	const struct rule down = rule_of("Down", SIGNAL_SOURCE_DOWN, STATISTIC_NONE);
	const struct snapshot_alert alert = {
		.rule = &down,
		.kind = LABEL_SESSION,
		.app = "a",
		.instance_id = "0",
		.name = "",
		.state = ALERT_FIRING,
		.judgement = { .verdict = VERDICT_DEAD, .n = 1, .value = 1 }
	};
	char *text = text_of(&alert, 1);

	(void)state;
	assert_line(text, "audiowatch_alert_active{alertname=\"Down\",app=\"a\",instance_id=\"0\","
			  "severity=\"critical\","
			  "priority=\"P1\",state=\"firing\"} 1");
	assert_null(strstr(text, "audiowatch_rule_"));
	free(text);
}

static void a_message_names_figure_and_threshold_in_the_signals_unit(void **state)
{
	const struct rule overload =
		rule_of("AudioProcessingOverload", SIGNAL_RENDER_TIME, STATISTIC_P99);
	const struct rule load = rule_of("Load", SIGNAL_RENDER_LOAD, STATISTIC_P99);
	const struct rule sum = rule_of("XrunStorm", SIGNAL_XRUN_SECONDS, STATISTIC_SUM);
	const struct rule stalled = rule_of("EngineStalled", SIGNAL_STALLED, STATISTIC_NONE);
	const struct rule mute = { .name = "Mute", .signal = SIGNAL_SOURCE_DOWN };
	char text[256];

	(void)state;
	alarm_message(text, sizeof text, &overload, 31200000, 25 * MS);
	assert_string_equal(text, "Alert: AudioProcessingOverload - render_time p99 is 31.20 ms "
				  "(threshold: 25.00 ms)");
	alarm_message(text, sizeof text, &overload, 10000, 9999); /* 0.00 ms would be no threshold */
	assert_string_equal(text, "Alert: AudioProcessingOverload - render_time p99 is 0.0100 ms "
				  "(threshold: 0.0099 ms)");
	alarm_message(text, sizeof text, &overload, 0, 25 * MS);
	assert_string_equal(text, "Alert: AudioProcessingOverload - render_time p99 is 0.00 ms "
				  "(threshold: 25.00 ms)");
	alarm_message(text, sizeof text, &load, 905000, 900000);
	assert_string_equal(text, "Alert: Load - render_load p99 is 90.50 % (threshold: 90.00 %)");
	alarm_message(text, sizeof text, &sum, 6, 5);
	assert_string_equal(text, "Alert: XrunStorm - xrun_seconds sum is 6 (threshold: 5)");
	alarm_message(text, sizeof text, &stalled, 1, 0);
	assert_string_equal(text, "Alert: EngineStalled - What it means.");
	alarm_message(text, sizeof text, &mute, 1, 0);
	assert_string_equal(text, "Alert: Mute - source_down");
	alarm_message(text, sizeof text, &overload, BEYOND_NS, BEYOND_NS - 1);
	assert_string_equal(text, "Alert: AudioProcessingOverload - render_time p99 is above "
				  "128000.00 ms (threshold: 128000.00 ms)");
}

static void each_rule_counts_its_transitions_into_each_state(void **state)
{
	static const struct rule rules[] = {
		{ .name = "Slow", .enabled = true },
		{ .name = "Off" },
	};
	const struct snapshot snapshot = {
		.judged = { .rules = rules, .rule_count = 2, .transitions = { { 1, 2, 3, 0 } } }
	};
	char *text = written(&snapshot, CATALOGUE_LEAN);

	(void)state;
	assert_line(text,
		    "audiowatch_alert_transitions_total{alertname=\"Slow\",to=\"inactive\"} 1");
	assert_line(text, "audiowatch_alert_transitions_total{alertname=\"Slow\",to=\"firing\"} 3");
	assert_line(text,
		    "audiowatch_alert_transitions_total{alertname=\"Slow\",to=\"keeping\"} 0");
	assert_null(strstr(text, "\"Off\""));
	free(text);
}

static void what_limits_and_memory_keep_back_is_counted(void **state)
{
	const struct snapshot snapshot = { .judged = { .limited = 7, .refused = 3 } };
	char *text = written(&snapshot, CATALOGUE_LEAN);

	(void)state;
	assert_line(text, "audiowatch_alerts_limited_total 7");
	assert_line(text, "audiowatch_sources_unjudged_total 3");
	free(text);
}

static void silences_are_families_of_their_own(void **state)
{
	const struct rule overload = rule_of("Overload", SIGNAL_RENDER_TIME, STATISTIC_P99);
	const struct snapshot_alert alerts[] = {
		{ .rule = &overload, .app = "a", .silenced = true, .state = ALERT_FIRING },
		{ .rule = &overload, .app = "b", .silenced = true },
		{ .rule = &overload, .app = "c", .state = ALERT_FIRING },
	};
	const struct silencing silences[] = { { .alert = "Overload" }, { .id = 2 }, { .app = "a" } };
	const struct snapshot snapshot = {
		.alerts = alerts, .alert_count = 3, .silences = silences, .silence_count = 3
	};
	char *text = written(&snapshot, CATALOGUE_LEAN);

	(void)state;
	assert_line(text, "audiowatch_alert_silenced{alertname=\"Overload\"} 1");
	assert_null(strstr(strstr(text, "audiowatch_alert_silenced{") + 1,
			   "audiowatch_alert_silenced{"));
	assert_line(text, "audiowatch_silences{scope=\"everything\"} 1");
	assert_line(text, "audiowatch_silences{scope=\"matching\"} 2");
	free(text);
}

static void a_silenced_transition_is_a_line_that_says_so_and_no_warning(void **state)
{
	static const struct judgement judgement;
	const struct rule down = rule_of("Down", SIGNAL_SOURCE_DOWN, STATISTIC_NONE);
	const struct alert_change change = { ALERT_PENDING, ALERT_FIRING, REASON_NONE };
	const struct instant now = instant_next(&(struct instant){ 0 });
	const struct silence_list none = { 0 };
	struct log log = { .fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600) };
	struct silence_desk *desk = silence_desk_new(NULL);
	const struct alarm alarm = { &log, desk };
	const struct judge_alert alerts[] = {
		{ .rule = &down, .labels = { LABEL_SESSION, "a", "0", "" }, .judgement = &judgement },
		{ .rule = &down, .labels = { LABEL_SESSION, "b", "0", "" }, .judgement = &judgement },
	};
	struct silencing told;
	char text[4096] = "", *second;

	(void)state;
	log_open(&log, log.fd, LOG_JSON);
	silence_desk_open(desk, &none);
	assert_int_equal(
		silence_desk_add(desk, &(struct silencing){ .app = "a" }, NS_A_SECOND * 60, &told),
		0);
	(void)silence_desk_beat(desk, &now);
	alarm_changed((void *)(uintptr_t)&alarm, &alerts[0], &change);
	alarm_changed((void *)(uintptr_t)&alarm, &alerts[1], &change);
	assert_true(pread(log.fd, text, sizeof text - 1, 0) > 0);
	second = strchr(text, '\n');
	*second++ = '\0';
	assert_non_null(strstr(text, "\"INFO\""));
	assert_non_null(strstr(text, "\"silenced\":\"true\""));
	assert_non_null(strstr(second, "\"WARN\""));
	assert_null(strstr(second, "silenced"));
	silence_desk_free(desk);
	close(log.fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_active_alert_carries_its_labels_and_its_state),
		cmocka_unit_test(an_inactive_one_is_no_alert_and_without_samples_there_is_no_value),
		cmocka_unit_test(of_a_source_that_ended_the_alert_is_told_and_no_figures),
		cmocka_unit_test(each_rule_counts_its_transitions_into_each_state),
		cmocka_unit_test(what_limits_and_memory_keep_back_is_counted),
		cmocka_unit_test(silences_are_families_of_their_own),
		cmocka_unit_test(a_silenced_transition_is_a_line_that_says_so_and_no_warning),
		cmocka_unit_test(a_message_names_figure_and_threshold_in_the_signals_unit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
