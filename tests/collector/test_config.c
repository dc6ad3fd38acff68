/* SPDX-License-Identifier: MIT */
/* Tests of collector/config*.c: the line of each refusal, who comes before whom, and that what is printed is read. */
#include <sys/stat.h>

#include "tests/support/config_fixture.h"

static const struct rule *rule_named(const char *name)
{
	for (unsigned i = 0; i < config.rule_count; i++)
		if (strcmp(config.rules[i].name, name) == 0)
			return &config.rules[i];
	fail_msg("no rule %s", name);
	return NULL;
}

static void without_a_file_the_defaults_hold(void **state)
{
	const struct options flags = { .uids = { 1 }, .uid_count = 1 };

	(void)state;
	assert_int_equal(config_load(&config, &flags, nothing, error), 0);
	assert_int_equal(config.options.listen_count, 1);
	assert_string_equal(config.options.listen[0], "127.0.0.1:19815");
	assert_int_equal(config.options.dir_count, 1);
	assert_string_equal(config.options.dirs[0], "/dev/shm");
	assert_string_equal(config.options.prefix, "audiowatch");
	assert_string_equal(config.options.state_dir, "/var/lib/audiowatch");
	assert_int_equal(config.options.uid_count, 1);
	assert_int_equal(config.options.uids[0], geteuid());
	assert_int_equal(config.options.log_format, LOG_AUTO);
	assert_int_equal(config.options.log_level, LOG_INFO);
	assert_string_equal(config.environment, "production");
	assert_int_equal(config.max_series, 50000);
	assert_int_equal(config.max_channels, 4096);
	assert_int_equal(config.max_functions, 512);
	assert_int_equal(config.rules_interval_s, 1);
	assert_int_equal(config.rule_count, rule_default_count);
	assert_memory_equal(config.rules, rule_defaults, rule_default_count * sizeof *rule_defaults);
}

static void an_empty_file_is_the_defaults_too(void **state)
{
	static const char *const texts[] = { "", "# nothing\n", "---\n", "rules:\n",
					     "rules: {alerts: }\nlisten:\n  - 127.0.0.1:1\n" };

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		loads(texts[i]);
		assert_int_equal(config.rule_count, rule_default_count);
	}
}

static const char everything[] =
	"listen: [\"127.0.0.1:1\", \"unix:sock\", 'unix:/run/x']\n"
	"sources: {dirs: [/dev/shm, here], prefix: studio, uids: [4294967294, 4294967294]}\n"
	"state_dir: state\n"
	"external_labels: {host: studio-3, site: \"b\\u00e4r\"}\n"
	"environment: test\n"
	"log: {format: json, level: debug, metrics_every: 1m}\n"
	"metrics: {profile: full, native: yes, max_series: 1, max_channels: 2, max_functions: 3}\n"
	"rules:\n"
	"  interval: 2s\n"
	"  defaults: false\n"
	"  alerts:\n"
	"    - {clear_below: 1.5ms, above: 2ms, signal: render_time, alert: Mine, enabled: no,\n"
	"       statistic: p999, window: 1h, for: 1d, keep_firing_for: 90s, min_above: 7,\n"
	"       recent: 5s, guard: {above: 1us, statistic: max, signal: render_time},\n"
	"       match: {app: a, engine: e, function: \"\"}, priority: P0, limit: 0,\n"
	"       annotations: {summary: \"say \\\"s\\\"\", description: \"d\\n\\td\", "
	"runbook_url: 'https://x'}}\n";

static void assert_below_folder(const char *path, const char *scheme, const char *name)
{
	char want[128];

	snprintf(want, sizeof want, "%s%s/%s", scheme, folder, name);
	assert_string_equal(path, want);
}

static void each_option_reaches_its_field(void **state)
{
	const struct options *options = &config.options;

	(void)state;
	loads(everything);
	assert_int_equal(options->listen_count, 3);
	assert_string_equal(options->listen[0], "127.0.0.1:1");
	assert_below_folder(options->listen[1], "unix:", "sock");
	assert_string_equal(options->listen[2], "unix:/run/x");
	assert_string_equal(options->listen_said_by, AT "1:1: listen");
	assert_int_equal(options->dir_count, 2);
	assert_below_folder(options->dirs[1], "", "here");
	assert_string_equal(options->dirs_said_by, AT "2:11: dirs");
	assert_string_equal(options->prefix, "studio");
	assert_int_equal(options->uid_count, 2);
	assert_int_equal(options->uids[1], 4294967294u);
	assert_below_folder(options->state_dir, "", "state");
	assert_int_equal(options->log_format, LOG_JSON);
	assert_int_equal(options->log_level, LOG_DEBUG);
}

static void each_setting_reaches_its_field(void **state)
{
	(void)state;
	loads(everything);
	assert_int_equal(config.external_label_count, 2);
	assert_string_equal(config.external_labels[1].name, "site");
	assert_string_equal(config.external_labels[1].value, "b\xC3\xA4r");
	assert_string_equal(config.environment, "test");
	assert_int_equal(config.metrics_every_s, 60);
	assert_int_equal(config.profile, PROFILE_FULL);
	assert_true(config.native);
	assert_int_equal(config.max_series, 1);
	assert_int_equal(config.max_channels, 2);
	assert_int_equal(config.max_functions, 3);
	assert_int_equal(config.rules_interval_s, 2);
	assert_false(config.rule_defaults);
}

static void each_key_of_a_rule_reaches_its_field(void **state)
{
	static const struct rule want = {
		.name = "Mine",
		.signal = SIGNAL_RENDER_TIME,
		.statistic = STATISTIC_P999,
		.window_s = 3600,
		.above = 2000000,
		.clear_below = 1500000,
		.for_s = 86400,
		.keep_firing_for_s = 90,
		.min_above = 7,
		.recent_s = 5,
		.guard = { true, SIGNAL_RENDER_TIME, STATISTIC_MAX, 1000 },
		.match_app = "a",
		.match_engine = "e",
		.priority = PRIORITY_P0,
		.summary = "say \"s\"",
		.description = "d\n\td",
		.runbook_url = "https://x",
	};

	(void)state;
	loads(everything);
	assert_int_equal(config.rule_count, 1);
	assert_memory_equal(&config.rules[0], &want, sizeof want);
}

static void a_shipped_rule_changes_only_in_what_is_named(void **state)
{
	struct rule want = rule_defaults[0];

	(void)state;
	loads("rules: {alerts: [{alert: AudioProcessingOverload, above: 30ms, for: 5s}]}");
	want.above = want.clear_below = 30000000;
	want.for_s = 5;
	assert_int_equal(config.rule_count, rule_default_count);
	assert_memory_equal(&config.rules[0], &want, sizeof want);
}

static void what_a_new_rule_leaves_out_has_a_default(void **state)
{
	const struct rule *rule;

	(void)state;
	loads("rules:\n  alerts:\n    - alert: Mine\n      signal: ffi_duration\n"
	      "      statistic: max\n      above: 1s\n    - {alert: Down, signal: source_down}\n");
	assert_int_equal(config.rule_count, rule_default_count + 2);
	rule = rule_named("Mine");
	assert_true(rule->enabled);
	assert_int_equal(rule->window_s, 60);
	assert_int_equal(rule->clear_below, 1000000000);
	assert_int_equal(rule->for_s, 0);
	assert_int_equal(rule->priority, PRIORITY_P2);
	assert_int_equal(rule->limit, RULE_LIMIT);
	rule = rule_named("Down");
	assert_int_equal(rule->window_s, 0);
	assert_int_equal(rule->statistic, STATISTIC_NONE);
}

static void another_signal_takes_no_threshold_along(void **state)
{
	const struct rule *rule;

	(void)state;
	loads("rules: {alerts: [{alert: AudioProcessingOverload, signal: always}]}");
	rule = &config.rules[0];
	assert_int_equal(rule->statistic, STATISTIC_NONE);
	assert_int_equal(rule->above + rule->clear_below + rule->window_s + rule->min_above, 0);
	refuses("rules: {alerts: [{alert: AudioProcessingOverload, signal: ffi_duration}]}",
		AT "1:18: above: ffi_duration needs one (try 25ms)");
}

static void a_rule_says_what_its_signal_has(void **state)
{
	const struct rule *rule;

	(void)state;
	loads("rules: {alerts: [{alert: Load, signal: render_load, statistic: mean, above: 50%,"
	      " guard: {signal: xrun_seconds, above: 0}},"
	      " {alert: Part, signal: component_down, match: {component: control}},"
	      " {alert: Slow, signal: slo_burn, burn: slow},"
	      " {alert: XrunStorm, above: 2, window: 5m},"
	      " {alert: Much, signal: memory_ratio, above: 0.9, clear_below: 0.5}]}");
	assert_int_equal(config.rule_count, rule_default_count + 4);
	rule = rule_named("Load");
	assert_int_equal(rule->above, 500000);
	assert_int_equal(rule->guard.statistic, STATISTIC_SUM);
	assert_string_equal(rule_named("Part")->match_component, "control");
	assert_int_equal(rule_named("Slow")->burn, BURN_SLOW);
	rule = rule_named("XrunStorm");
	assert_int_equal(rule->above, 2);
	assert_int_equal(rule->window_s, 300);
	assert_int_equal(rule->priority, PRIORITY_P1);
	rule = rule_named("Much");
	assert_int_equal(rule->clear_below, 500000);
	assert_int_equal(rule->window_s, 0);
}

static void an_empty_list_is_meant_and_so_is_a_quoted_word(void **state)
{
	(void)state;
	loads("listen: []\nsources: {uids: []}\nenvironment: \"~\"\nexternal_labels: {a: 'null'}");
	assert_int_equal(config.options.listen_count, 0);
	assert_int_equal(config.options.uid_count, 1);
	assert_string_equal(config.environment, "~");
	assert_string_equal(config.external_labels[0].value, "null");
}

static void aliases_are_followed(void **state)
{
	(void)state;
	loads("rules:\n  alerts:\n    - {alert: A, signal: render_time, statistic: p50, above: &t "
	      "7ms}\n"
	      "    - {alert: B, signal: render_time, statistic: p50, above: *t}\n");
	assert_int_equal(rule_named("B")->above, 7000000);
}

/* ---- refusals ---- */

#define RULE(keys) "rules: {alerts: [{" keys "}]}"
#define OVERLOAD(keys) RULE("alert: AudioProcessingOverload, " keys)
/* where OVERLOAD's own keys begin */
#define KEY AT "1:51: "
#define MAP AT "1:18: "

static void each_refusal_names_place_value_and_cure(void **state)
{
	static const struct {
		const char *text, *line;
	} rows[] = {
		{ "rules:\n    alerts:\n      - alert: AudioProcessingOverload\n        for: 1s\n"
		  "        enabled: true\n        window: 60s\n        above: 25 parsecs\n",
		  AT "7:9: above: \"25 parsecs\" is no duration (try 25ms)" },
		/* keys */
		{ "lisen: []", AT "1:1: lisen: no such key (did you mean listen?)" },
		{ "log:\n  levl: info", AT "2:3: levl: no such key (did you mean level?)" },
		{ "zzzzzz: 1", AT "1:1: zzzzzz: no such key here (try listen)" },
		{ OVERLOAD("abov: 1s"), KEY "abov: no such key (did you mean above?)" },
		{ "environment: a\nenvironment: b",
		  AT "2:1: environment: is said twice, in line 1 too (leave one out)" },
		{ "? [a]\n: 1", AT "1:3: a key must be one word" },
		{ "a: &x {}\n<<: *x", AT "1:1: a: no such key here (try listen)" },
		{ "log: &x {level: info}\n<<: *x",
		  AT "2:1: <<: maps are not merged (write the keys out)" },
		{ "history: {retention: 30d}",
		  AT "1:1: history: not in this version yet (leave it out)" },
		{ "receivers: []", AT "1:1: receivers: not in this version yet (leave it out)" },
		{ "web_config: web.yml",
		  AT "1:1: web_config: not in this version yet (leave it out)" },
		/* shapes */
		{ "listen: 127.0.0.1:1",
		  AT "1:1: listen: \"127.0.0.1:1\" is no list (try [127.0.0.1:19815])" },
		{ "listen: [[a]]", AT "1:10: listen: needs one value (try 127.0.0.1:19815)" },
		{ "log: info", AT "1:1: log: \"info\" is no map (try format: ...)" },
		{ "[]", AT "1:1: is no map (try rules: ...)" },
		{ "environment: {a: b}", AT "1:1: environment: needs one value (try production)" },
		{ "rules: {alerts: {}}",
		  AT "1:9: alerts: is no list (try - alert: AudioProcessingOverload)" },
		{ "rules: {alerts: [x]}", AT "1:18: alerts: \"x\" is no map (try - alert: ...)" },
		{ "environment: !secret x",
		  AT "1:1: environment: \"!secret\" is a tag of nobody's (leave it out)" },
		/* values */
		{ "environment: \"a\\0b\"",
		  AT "1:1: environment: \"a\" goes on after a NUL (leave it out)" },
		{ "environment: \"a\\x1bb\"",
		  AT "1:1: environment: \"a?b\" holds a control character (leave it out)" },
		{ "sources: {prefix: a/b}", AT "1:11: prefix: \"a/b\" is no prefix: letters, "
					       "digits, '.', '_', '-', at most 100, no "
					       "leading dot (try audiowatch)" },
		{ "sources: {prefix: \"\"}", AT "1:11: prefix: \"\" is no prefix: letters, "
						"digits, '.', '_', '-', at most 100, no "
						"leading dot (try audiowatch)" },
		/* nothing where something must be */
		{ "sources: {prefix: }", AT "1:11: prefix: needs one value (try audiowatch)" },
		{ "environment: ~", AT "1:1: environment: needs one value (try production)" },
		{ "state_dir: null",
		  AT "1:1: state_dir: needs one value (try /var/lib/audiowatch)" },
		{ "sources: {dirs: [~]}", AT "1:18: dirs: needs one value (try /dev/shm)" },
		{ "sources: {dirs: []}", AT "1:11: dirs: needs one at least (try [/dev/shm])" },
		{ "sources: {dirs: }", AT "1:11: dirs: is no list (try [/dev/shm])" },
		{ "sources: {uids: NULL}", AT "1:11: uids: is no list (try [1000])" },
		{ "listen:\n  # - 127.0.0.1:1\n",
		  AT "1:1: listen: is no list (try [127.0.0.1:19815])" },
		{ "external_labels: {a: ~}", AT "1:19: a: needs one value (try studio-3)" },
		{ RULE("alert: ~, signal: always"),
		  MAP "alert: a rule needs a name (try MyAlert)" },
		{ OVERLOAD("above: "), KEY "above: needs one value (try 25ms)" },
		{ OVERLOAD("annotations: {summary: Null}"),
		  AT "1:65: summary: needs one value (try a short text)" },
		{ "sources: {dirs: [\"\"]}", AT "1:18: dirs: \"\" is no path (try /dev/shm)" },
		{ "sources: {uids: [0, 4294967295]}",
		  AT "1:21: uids: \"4294967295\" is no user id (try 1000)" },
		{ "sources: {uids: [me]}", AT "1:18: uids: \"me\" is no user id (try 1000)" },
		{ "external_labels: {1a: x}", AT "1:19: 1a: is no label name (try host)" },
		{ "external_labels: {__a: x}", AT "1:19: __a: is no label name (try host)" },
		{ "external_labels: {a: x, a: y}", AT "1:25: a: is said twice (leave one out)" },
		{ "external_labels: {a: []}", AT "1:19: a: needs one value (try studio-3)" },
		{ "log: {level: inf}", AT "1:7: level: \"inf\" is no level (did you mean info?)" },
		{ "log: {format: xml}", AT "1:7: format: \"xml\" is no format (try auto)" },
		{ "metrics: {native: maybe}",
		  AT "1:11: native: \"maybe\" is no truth value (try false)" },
		{ "metrics: {max_series: 1.5}",
		  AT "1:11: max_series: \"1.5\" is no whole number (try 50000)" },
		{ "metrics: {max_series: 0}",
		  AT "1:11: max_series: \"0\" is not within 1 and 10000000 (try 50000)" },
		{ "rules: {interval: 1500ms}",
		  AT "1:9: interval: \"1500ms\" is not in whole seconds (try 1s)" },
		{ "rules: {interval: 0s}",
		  AT "1:9: interval: \"0s\" is not within 1s and 1h (try 1s)" },
		{ "rules: {interval: 60}", AT "1:9: interval: \"60\" is no duration (try 1s)" },
		/* rules */
		{ RULE("above: 1s"), MAP "alert: a rule needs a name (try MyAlert)" },
		{ RULE("alert: A, above: 1s"),
		  MAP "signal: a new rule needs one (try render_time)" },
		{ RULE("alert: AudioProcessingOverlod, above: 1s"),
		  MAP "alert: \"AudioProcessingOverlod\" is a new rule and needs a signal (did you "
		      "mean AudioProcessingOverload?)" },
		{ "rules: {alerts: [{alert: A, signal: always}, {alert: A, signal: always}]}",
		  AT "1:46: alert: \"A\" names two rules (give each a name of its own)" },
		{ RULE("alert: A, signal: render_tim"),
		  AT "1:29: signal: \"render_tim\" is no signal (did you mean render_time?)" },
		{ RULE("alert: A, signal: tea"),
		  AT "1:29: signal: \"tea\" is no signal (try render_time)" },
		{ RULE("alert: A, signal: render_time, statistic: p99"),
		  MAP "above: render_time needs one (try 25ms)" },
		{ RULE("alert: A, signal: render_time, above: 1s"),
		  MAP "statistic: render_time needs one (try p50, p95, p99, p999, max or mean)" },
		{ OVERLOAD("statistic: sum"),
		  KEY "statistic: \"sum\" is no statistic of render_time "
		      "(try p50, p95, p99, p999, max or mean)" },
		{ OVERLOAD("statistic: p98"),
		  KEY "statistic: \"p98\" is no statistic (did you mean p95?)" },
		{ OVERLOAD("above: 129s"), KEY "above: \"129s\" is more than 128s (try 25ms)" },
		{ OVERLOAD("clear_below: 26ms"),
		  KEY "clear_below: \"26ms\" is above above, which is 25ms (try 25ms)" },
		{ OVERLOAD("window: 301s"),
		  KEY "window: 301s: beyond 5m it is in whole minutes (try 5m)" },
		{ OVERLOAD("window: 2h"), KEY "window: \"2h\" is not within 1s and 1h (try 60s)" },
		{ OVERLOAD("recent: 61s"), KEY "recent: 61s is longer than the window (try 60s)" },
		{ OVERLOAD("window: 10m, recent: 330s"),
		  AT "1:64: recent: 330s: beyond 5m it is in whole minutes (try 5m)" },
		{ OVERLOAD("for: -1s"), KEY "for: \"-1s\" is no duration (try 2m)" },
		{ OVERLOAD("priority: P4"),
		  KEY "priority: \"P4\" is no priority (did you mean P0?)" },
		{ RULE("alert: EngineDown, window: 1m"),
		  AT "1:38: window: source_down has none (leave it out)" },
		{ RULE("alert: EngineDown, above: 1"),
		  AT "1:38: above: source_down has none (leave it out)" },
		{ RULE("alert: EngineDown, guard: {}"),
		  AT "1:38: guard: source_down has none (leave it out)" },
		{ RULE("alert: EngineStarved, min_above: 2"),
		  AT "1:41: min_above: starved has none (leave it out)" },
		{ RULE("alert: FFICallStuck, min_above: 17"),
		  AT "1:40: min_above: 17 can never be: at most 16 calls are seen in flight "
		     "(try 1)" },
		/* signals of each kind */
		{ RULE("alert: A, signal: render_load, statistic: p99"),
		  MAP "above: render_load needs one (try 0.9)" },
		{ RULE("alert: RenderBudgetExceeded, above: 2.01"),
		  AT "1:48: above: \"2.01\" is more than 2 (try 0.9)" },
		{ RULE("alert: RenderBudgetExceeded, above: 9ms"),
		  AT "1:48: above: \"9ms\" is no ratio (try 0.9)" },
		{ RULE("alert: A, signal: wakeup_delay, statistic: p99, above: 63ms"),
		  AT "1:67: above: \"63ms\" is more than 62500us (try 25ms)" },
		{ RULE("alert: FFIErrorRateHigh, above: 1.1"),
		  AT "1:44: above: \"1.1\" is more than 1 (try 0.9)" },
		{ RULE("alert: FFIErrorRateHigh, statistic: p99"),
		  AT "1:44: statistic: \"p99\" is no statistic of ffi_error_ratio (try ratio)" },
		{ RULE("alert: XrunStorm, above: 5s"),
		  AT "1:37: above: \"5s\" is no whole number (try 5)" },
		{ RULE("alert: XrunStorm, statistic: ratio"),
		  AT "1:37: statistic: \"ratio\" is no statistic of xrun_seconds (try sum)" },
		{ RULE("alert: TelemetryLost, above: 1"),
		  AT "1:41: above: records_lost has none (leave it out)" },
		{ RULE("alert: CollectorMemoryHigh, window: 1m"),
		  AT "1:47: window: memory_ratio has none (leave it out)" },
		{ RULE("alert: CollectorMemoryHigh, min_above: 1"),
		  AT "1:47: min_above: memory_ratio has none (leave it out)" },
		{ RULE("alert: SLOBurnFast, burn: quick"),
		  AT "1:39: burn: \"quick\" is no burn (try fast)" },
		{ OVERLOAD("burn: fast"), KEY "burn: render_time has none (leave it out)" },
		{ RULE("alert: A, signal: xrun_second"),
		  AT "1:29: signal: \"xrun_second\" is no signal (did you mean xrun_seconds?)" },
		/* labels that the signal does not have */
		{ RULE("alert: NotifierDown, match: {app: a}"),
		  AT "1:48: app: component_down has none (leave it out)" },
		{ OVERLOAD("match: {component: http}"),
		  AT "1:59: component: render_time has none (leave it out)" },
		{ RULE("alert: AudiowatchWatchdog, match: {app: a}"),
		  AT "1:46: match: always has none (leave it out)" },
		{ RULE("alert: EngineDown, match: {app: a, engine: e}"),
		  AT "1:54: engine: source_down has none (leave it out)" },
		{ RULE("alert: FFICallStuck, match: {engine: e}"),
		  AT "1:48: engine: ffi_in_flight has none (leave it out)" },
		{ OVERLOAD("match: {engine: e, function: f}"),
		  AT "1:70: function: render_time has none (leave it out)" },
		/* guards */
		{ OVERLOAD("guard: {signal: ffi_duration, statistic: p99, above: 1s}"),
		  AT "1:59: signal: \"ffi_duration\" cannot guard render_time: a guard has the "
		     "rule's window and "
		     "labels (try render_time)" },
		{ OVERLOAD("guard: {signal: stalled}"),
		  AT "1:59: signal: \"stalled\" cannot guard render_time: a guard has the rule's "
		     "window and "
		     "labels (try render_time)" },
		{ OVERLOAD("guard: {statistic: p99}"),
		  KEY "guard: needs a signal (try render_time)" },
		{ OVERLOAD("guard: {signal: render_time, statistic: p99}"),
		  KEY "guard: needs above (try 25ms)" },
		{ OVERLOAD("guard: {signal: render_time, above: 1ms}"),
		  KEY "statistic: render_time needs one (try p50, p95, p99, p999, max or mean)" },
		/* no YAML */
		{ "log:\n  level: [info\n",
		  AT "3:1: this is no YAML: did not find expected ',' or ']'" },
		{ "a: b: c",
		  AT "1:5: this is no YAML: mapping values are not allowed in this context" },
		{ "log: *nobody", AT "1:6: this is no YAML: found undefined alias" },
		{ "log: {}\n# \xff\n", AT "2:3: this is no YAML: invalid leading UTF-8 octet" },
		{ "log: {}\n---\nlog: {}\n", AT "2:1: a second document (one file holds one)" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		refuses(rows[i].text, rows[i].line);
}

static void more_than_there_is_room_for_is_refused(void **state)
{
	char text[TEXT_SIZE] = "environment: ";

	(void)state;
	memset(text + strlen(text), 'x', CONFIG_VALUE_SIZE);
	assert_int_equal(load(text, nothing), -EINVAL);
	assert_non_null(strstr(error, "\" is longer than 255 bytes (shorten it)"));
	strcpy(text, "listen: [a");
	for (int i = 0; i < OPTIONS_MAX; i++)
		strcat(text, ", a");
	strcat(text, "]");
	refuses(text, AT "1:106: listen: \"a\" is one too many (at most 32 of these)");
	strcpy(text, "rules:\n  defaults: no\n  alerts:\n");
	for (int i = 0; i <= RULES_MAX; i++)
		sprintf(text + strlen(text), "    - {alert: R%d, signal: always}\n", i);
	refuses(text, AT "132:7: alert: \"R128\" is one too many (at most 128 rules)");
}

static void a_line_is_one_line_whatever_the_value(void **state)
{
	(void)state;
	refuses("log: {level: \"a\\nb\\x1b\"}", AT "1:7: level: \"a?b?\" is no level (try info)");
}

static void refuses_file(const char *file, int status, const char *line)
{
	const struct options flags = { .config = file, .uid_count = 1 };

	assert_int_equal(config_load(&config, &flags, nothing, error), status);
	assert_string_equal(error, line);
}

static void a_file_that_cannot_be_read_is_refused(void **state)
{
	static char big[CONFIG_FILE_MAX + 1];

	(void)state;
	refuses_file("none.yml", -ENOENT,
		     "--config: \"none.yml\" does not exist (see its spelling)");
	refuses_file(".", -EISDIR, "--config: \".\" is a directory (try a file in it)");
	memset(big, '\n', sizeof big);
	write_file(big, sizeof big);
	refuses_file(FILE_NAME, -EFBIG,
		     "--config: \"" FILE_NAME "\" is larger than 1 MiB (no configuration is)");
	write_file(big, sizeof big - 1);
	assert_int_equal(
		config_load(&config, &(struct options){ .config = FILE_NAME }, nothing, error), 0);
}

/* ---- precedence ---- */

static const char lower[] =
	"listen: [a]\nsources: {dirs: [/file], prefix: file, uids: [1]}\n"
	"state_dir: /file\nenvironment: file\nlog: {format: text, level: debug}\n"
	"metrics: {max_series: 7}\nrules: {interval: 7s, defaults: true}\n";
static char *const variables[] = {
	(char[]){ "AUDIOWATCH_DIR=/variable" },
	(char[]){ "AUDIOWATCH_PREFIX=variable" },
	(char[]){ "AUDIOWATCH_STATE_DIR=/variable" },
	(char[]){ "AUDIOWATCH_ENVIRONMENT=variable" },
	(char[]){ "ENVIRONMENT=other" },
	(char[]){ "AUDIOWATCH_LOG_FORMAT=json" },
	(char[]){ "AUDIOWATCH_LOG_LEVEL=error" },
	(char[]){ "AUDIOWATCH_METRICS_MAX_SERIES=8" },
	(char[]){ "MONITORING_EVALUATION_INTERVAL=60" },
	(char[]){ "AUDIOWATCH_RULES_DEFAULTS=false" },
	NULL,
};

static void the_environment_comes_before_the_file(void **state)
{
	(void)state;
	assert_int_equal(load(lower, variables), 0);
	assert_int_equal(config.options.dir_count, 1);
	assert_string_equal(config.options.dirs[0], "/variable");
	assert_string_equal(config.options.dirs_said_by, "AUDIOWATCH_DIR");
	assert_string_equal(config.options.prefix, "variable");
	assert_string_equal(config.options.state_dir, "/variable");
	assert_string_equal(config.environment, "variable");
	assert_int_equal(config.options.log_format, LOG_JSON);
	assert_int_equal(config.options.log_level, LOG_ERROR);
	assert_int_equal(config.max_series, 8);
	assert_int_equal(config.rules_interval_s, 60);
	assert_int_equal(config.rule_count, 0);
}

static void flags_come_before_the_environment(void **state)
{
	const struct options flags = { .config = FILE_NAME,
				       .listen = { "b" },
				       .listen_count = 1,
				       .dirs = { "/flag" },
				       .dir_count = 1,
				       .prefix = "flag",
				       .state_dir = "/flag",
				       .log_format = LOG_AUTO,
				       .log_level = LOG_WARN,
				       .log_format_said = true,
				       .log_level_said = true,
				       .uids = { 1, 5 },
				       .uid_count = 2 };

	(void)state;
	write_file(lower, sizeof lower - 1);
	assert_int_equal(config_load(&config, &flags, variables, error), 0);
	assert_int_equal(config.options.listen_count, 1);
	assert_string_equal(config.options.listen[0], "b");
	assert_string_equal(config.options.listen_said_by, "--listen");
	assert_string_equal(config.options.dirs[0], "/flag");
	assert_string_equal(config.options.dirs_said_by, "--dir");
	assert_string_equal(config.options.prefix, "flag");
	assert_string_equal(config.options.state_dir, "/flag");
	assert_int_equal(config.options.log_format, LOG_AUTO);
	assert_int_equal(config.options.log_level, LOG_WARN);
	assert_int_equal(config.options.uid_count, 2);
	assert_int_equal(config.options.uids[1], 5);
}

static void the_state_is_where_the_system_wants_it(void **state)
{
	static const struct {
		char *environment[4];
		const char *path;
	} rows[] = {
		{ { "STATE_DIRECTORY=/s:/t", "XDG_STATE_HOME=/x", "HOME=/h" }, "/s" },
		{ { "XDG_STATE_HOME=/x", "HOME=/h" }, "/x/p" },
		{ { "XDG_STATE_HOME=relative", "HOME=/h" }, "/h/.local/state/p" },
		{ { "HOME=" }, "/var/lib/p" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_int_equal(load("sources: {prefix: p}", rows[i].environment), 0);
		assert_string_equal(config.options.state_dir, rows[i].path);
	}
}

static void variables_of_rules_change_these_rules(void **state)
{
	static char *const set[] = { "ALERT_RENDER_TIME_THRESHOLD=30.5",
				     "ALERT_FFI_LATENCY_ENABLED=false",
				     "ALERT_FFI_LATENCY_THRESHOLD=200",
				     "ALERT_RESPONSE_TIME_THRESHOLD=300",
				     "ALERT_RESPONSE_TIME_ENABLED=true",
				     "ALERT_ERROR_RATE_THRESHOLD=7.5",
				     "ALERT_MEMORY_THRESHOLD=70",
				     "ALERT_MEMORY_ENABLED=false",
				     NULL };

	(void)state;
	assert_int_equal(load(OVERLOAD("above: 20ms, clear_below: 10ms"), set), 0);
	assert_int_equal(rule_named("AudioProcessingOverload")->above, 30500000);
	assert_int_equal(rule_named("AudioProcessingOverload")->clear_below, 10000000);
	assert_false(rule_named("FFILatencyHigh")->enabled);
	assert_int_equal(rule_named("FFILatencyHigh")->above, 200000000);
	assert_int_equal(rule_named("FFILatencyHigh")->clear_below, 200000000);
	assert_int_equal(rule_named("FFIErrorRateHigh")->above, 75000);
	assert_true(rule_named("FFIErrorRateHigh")->enabled);
	assert_int_equal(rule_named("CollectorMemoryHigh")->above, 700000);
	assert_false(rule_named("CollectorMemoryHigh")->enabled);
}

static void variables_of_no_use_are_told(void **state)
{
	static char *const set[] = { "SENTRY_DSN=https://x", "SENTRY_TRACES_SAMPLE_RATE=0.1",
				     "APP_VERSION=", "ALERT_MEMORY_THRESHOLD=80", NULL };
	static char *const without[] = { "ALERT_MEMORY_THRESHOLD=80",
					 "AUDIOWATCH_RULES_DEFAULTS=false", NULL };

	(void)state;
	assert_int_equal(load("", set), 0);
	assert_int_equal(config.unused_count, 2);
	assert_string_equal(config.unused[0], "SENTRY_DSN");
	assert_string_equal(config.unused[1], "SENTRY_TRACES_SAMPLE_RATE");
	assert_int_equal(load("", without), 0); /* no rule of theirs */
	assert_int_equal(config.unused_count, 1);
	assert_string_equal(config.unused[0], "ALERT_MEMORY_THRESHOLD");
}

static void a_refusal_of_the_environment_names_the_variable(void **state)
{
	static const struct {
		char *environment[2];
		const char *line;
	} rows[] = {
		{ { "AUDIOWATCH_PREFIX=a/b" },
		  "AUDIOWATCH_PREFIX: \"a/b\" is no prefix: letters, digits, '.', '_', '-', at "
		  "most 100, "
		  "no leading dot (try audiowatch)" },
		{ { "AUDIOWATCH_LOG_LEVEL=warning" },
		  "AUDIOWATCH_LOG_LEVEL: \"warning\" is no level (did you mean warn?)" },
		{ { "AUDIOWATCH_STATE_DIR=\xff" },
		  "AUDIOWATCH_STATE_DIR: \"\xEF\xBF\xBD\" is no valid UTF-8 (save it as UTF-8)" },
		{ { "AUDIOWATCH_RULES_DEFAULTS=x" },
		  "AUDIOWATCH_RULES_DEFAULTS: \"x\" is no truth value (try true)" },
		{ { "MONITORING_EVALUATION_INTERVAL=1m" },
		  "MONITORING_EVALUATION_INTERVAL: \"1m\" is no number of seconds (try 1)" },
		{ { "ALERT_RENDER_TIME_THRESHOLD=25ms" },
		  "ALERT_RENDER_TIME_THRESHOLD: \"25ms\" is no number of milliseconds (try 25)" },
		{ { "ALERT_ERROR_RATE_THRESHOLD=5%" },
		  "ALERT_ERROR_RATE_THRESHOLD: \"5%\" is no percentage (try 5)" },
		{ { "ALERT_MEMORY_THRESHOLD=lots" },
		  "ALERT_MEMORY_THRESHOLD: \"lots\" is no percentage (try 80)" },
		{ { "ALERT_RENDER_TIME_ENABLED=perhaps" },
		  "ALERT_RENDER_TIME_ENABLED: \"perhaps\" is no truth value (try true)" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_int_equal(load("", rows[i].environment), -EINVAL);
		assert_string_equal(error, rows[i].line);
	}
	assert_int_equal(load(OVERLOAD("clear_below: 20ms"),
			      (char *[]){ "ALERT_RENDER_TIME_THRESHOLD=19", NULL }),
			 -EINVAL);
	assert_string_equal(error,
			    "ALERT_RENDER_TIME_THRESHOLD: \"19\" is below the rule's clear_below, "
			    "which is 20ms");
}

/* ---- printing ---- */

static void what_is_printed_is_read_and_printed_alike(void **state)
{
	static const char *const texts[] = {
		"",
		everything,
		OVERLOAD("above: 25.1ms, clear_below: 3ns, annotations: {summary: \"\"}, match: "
			 "{app: \"#\"}"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		char *first, *second;

		loads(texts[i]);
		first = print();
		loads(first);
		second = print();
		assert_string_equal(first, second);
		free(first);
		free(second);
	}
}

static void a_threshold_between_bounds_says_where_it_is_decided(void **state)
{
	(void)state;
	assert_printed(OVERLOAD("above: 25.1ms"), "above: 25100us # decided at 25163911ns\n", true);
	assert_printed(OVERLOAD("above: 25ms"), "above: 25ms\n", true);
	assert_printed(OVERLOAD("above: 25.1ms, statistic: mean"), "# decided", false);
	assert_printed(OVERLOAD("guard: {signal: render_time, statistic: p50, above: 9ms}"),
		       "        above: 9ms # decided at 9091600ns\n", true);
	assert_printed(OVERLOAD("above: 3us, clear_below: 0"), "above: 3us # decided at 3005ns\n",
		       true);
	assert_printed(OVERLOAD("above: 3us, clear_below: 0"),
		       "clear_below: 0s # decided at 953ns\n", true);
	assert_printed(RULE("alert: FFICallStuck, above: 11s"), "# decided", false);
	assert_printed(RULE("alert: RenderBudgetExceeded, above: 0.91"),
		       "above: 0.91 # decided at 0.95\n", true);
	assert_printed(RULE("alert: A, signal: wakeup_delay, statistic: max, above: 2ms"),
		       "above: 2ms # decided at 3906250ns\n", true);
	assert_printed("", "# decided", false);
}

static void a_threshold_that_nothing_can_be_above_is_told(void **state)
{
	(void)state;
	assert_printed(RULE("alert: XrunStorm, window: 5s"),
		       "      above: 5 # nothing can be above it\n", true);
	assert_printed(RULE("alert: XrunStorm, window: 6s"), "# nothing", false);
	assert_printed(OVERLOAD("guard: {signal: xrun_seconds, above: 60}"),
		       "        above: 60 # nothing can be above it\n", true);
	assert_printed(RULE("alert: FFIErrorRateHigh, above: 100%"),
		       "above: 1 # nothing can be above it\n", true);
	assert_printed(RULE("alert: FFIErrorRateHigh, above: 0.999999"), "# nothing", false);
	assert_printed(RULE("alert: CollectorMemoryHigh, above: 100%"), "# nothing", false);
}

static void a_rule_shows_only_what_its_signal_has(void **state)
{
	(void)state;
	assert_printed("rules: {defaults: no, alerts: [{alert: A, signal: always}]}", "window",
		       false);
	assert_printed("rules: {defaults: no, alerts: [{alert: A, signal: always}]}",
		       " above:", false);
	assert_printed("rules: {defaults: no, alerts: [{alert: A, signal: always}]}", "guard",
		       false);
	assert_printed("rules: {defaults: no, alerts: [{alert: A, signal: always}]}", "min_above",
		       false);
	assert_printed("rules: {defaults: no, alerts: [{alert: A, signal: always}]}", "match",
		       false);
	assert_printed("rules: {defaults: no, alerts: [{alert: A, signal: stalled}]}",
		       " function:", false);
	assert_printed("", "        component: \"notify\"\n", true);
	assert_printed("", "      burn: slow\n", true);
	assert_printed(
		"rules: {defaults: no, alerts: [{alert: A, signal: memory_ratio, above: 1}]}",
		"min_above", false);
	assert_printed("rules: {defaults: no}", "  alerts: []\n", true);
	assert_printed("", "external_labels: {}\n", true);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_file_the_defaults_hold),
		cmocka_unit_test(an_empty_file_is_the_defaults_too),
		cmocka_unit_test(each_option_reaches_its_field),
		cmocka_unit_test(each_setting_reaches_its_field),
		cmocka_unit_test(each_key_of_a_rule_reaches_its_field),
		cmocka_unit_test(a_shipped_rule_changes_only_in_what_is_named),
		cmocka_unit_test(what_a_new_rule_leaves_out_has_a_default),
		cmocka_unit_test(another_signal_takes_no_threshold_along),
		cmocka_unit_test(a_rule_says_what_its_signal_has),
		cmocka_unit_test(an_empty_list_is_meant_and_so_is_a_quoted_word),
		cmocka_unit_test(aliases_are_followed),
		cmocka_unit_test(each_refusal_names_place_value_and_cure),
		cmocka_unit_test(more_than_there_is_room_for_is_refused),
		cmocka_unit_test(a_line_is_one_line_whatever_the_value),
		cmocka_unit_test(a_file_that_cannot_be_read_is_refused),
		cmocka_unit_test(the_environment_comes_before_the_file),
		cmocka_unit_test(flags_come_before_the_environment),
		cmocka_unit_test(the_state_is_where_the_system_wants_it),
		cmocka_unit_test(variables_of_rules_change_these_rules),
		cmocka_unit_test(variables_of_no_use_are_told),
		cmocka_unit_test(a_refusal_of_the_environment_names_the_variable),
		cmocka_unit_test(what_is_printed_is_read_and_printed_alike),
		cmocka_unit_test(a_threshold_between_bounds_says_where_it_is_decided),
		cmocka_unit_test(a_threshold_that_nothing_can_be_above_is_told),
		cmocka_unit_test(a_rule_shows_only_what_its_signal_has),
	};

	return cmocka_run_group_tests_name("config", tests, enter_folder, leave_folder);
}
