/* SPDX-License-Identifier: MIT */
/* Tests of the catalogue: names and helps by the rules of promtool's lint, the text that a
 * snapshot made by hand comes to, and what is withheld. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "collector/catalogue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the tables ---- */

typedef void each_fn(const struct family *family);

static void for_each_family(each_fn *each)
{
	unsigned seen = 0;

	for (unsigned t = 0; t < CATALOGUE_TABLES; t++)
		for (size_t i = 0; i < catalogue_tables[t]->count; i++, seen++)
			each(&catalogue_tables[t]->families[i]);
	assert_true(seen > 50);
}

static bool ends_with(const char *text, const char *end)
{
	const size_t length = strlen(text), tail = strlen(end);

	return length >= tail && strcmp(text + length - tail, end) == 0;
}

static void assert_helped(const struct family *family)
{
	const size_t length = strlen(family->help);

	assert_true(length > 10);
	assert_true((family->help[0] >= 'A' && family->help[0] <= 'Z') || family->help[0] == '0' ||
		    family->help[0] == '1');
	assert_int_equal(family->help[length - 1], '.');
	assert_null(strchr(family->help, '\n'));
	assert_non_null(family->write);
}

static void every_family_has_a_help_and_a_writer(void **state)
{
	(void)state;
	for_each_family(assert_helped);
}

static void assert_named(const struct family *family)
{
	static const char *const bad[] = {
		"_ms",		 "_us",	       "_ns",	   "_sec",    "_s",	"_b",
		"_kb",		 "_mb",	       "_m",	   "_h",      "_d",	"_counter",
		"_gauge",	 "_histogram", "_summary", "_bucket", "_count", "_sum",
		"_milliseconds", "_minutes",   "_hours"
	};

	assert_int_equal(ends_with(family->name, "_total"), family->type == EXPO_COUNTER);
	for (const char *at = family->name; *at; at++)
		assert_true((*at >= 'a' && *at <= 'z') || *at == '_' || (*at >= '0' && *at <= '9'));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(ends_with(family->name, bad[i]));
	if (family->type == EXPO_HISTOGRAM)
		assert_true(ends_with(family->name, "_seconds") ||
			    ends_with(family->name, "_ratio"));
}

static void names_pass_the_lint(void **state)
{
	(void)state;
	for_each_family(assert_named);
}

static void no_family_is_there_twice(void **state)
{
	const char *names[256];
	unsigned count = 0;

	(void)state;
	for (unsigned t = 0; t < CATALOGUE_TABLES; t++)
		for (size_t i = 0; i < catalogue_tables[t]->count; i++) {
			for (unsigned n = 0; n < count; n++)
				assert_string_not_equal(names[n],
							catalogue_tables[t]->families[i].name);
			names[count++] = catalogue_tables[t]->families[i].name;
		}
}

/* ---- a snapshot by hand ---- */

struct picture {
	struct snapshot snapshot;
	struct snapshot_session session;
	struct snapshot_engine engine;
	struct snapshot_channel channel;
	struct snapshot_function function;
};

static void draw_engine(struct snapshot_engine *engine)
{
	*engine = (struct snapshot_engine){
		.name = "main",
		.title = "",
		.counted = true,
		.present = true,
		.stated = true,
		.state = STATE_LIVE,
		.counts = { .render = { [1] = 3, [7] = 1 },
			    .render_sum_ns = 27500001,
			    .load = { [0] = 3, [10] = 1 },
			    .load_sum_fortieths = 3 + 80,
			    .wake = { [0] = 1, [16] = 1, [17] = 1 },
			    .wake_sum_ns = 100000000,
			    .blocks = 4,
			    .cycles = 4,
			    .misses = 1,
			    .reported_cycles = 2,
			    .reports = { 5, 0, 1 },
			    .episodes = 1,
			    .xrun_seconds = 1 },
		.now = { .has_last = true,
			 .last_ns = 600000,
			 .max_ns = 25000000,
			 .rate_hz = 48000,
			 .frames = 256,
			 .host_load = 250001 },
	};
}

static void draw(struct picture *picture)
{
	*picture = (struct picture){
		.session = { .app = "app",
			     .instance_id = "0",
			     .id = "00ff",
			     .version = "1",
			     .pid = 42,
			     .abi_major = 1,
			     .counted = true,
			     .present = true,
			     .fast_clock = true,
			     .has_drift = true,
			     .clock_drift = 0.25,
			     .counts = { 10, 7, { 1, 2, 0, 0 } },
			     .misuse = { 1, 0, 3 },
			     .engine_count = 1,
			     .channel_count = 1,
			     .function_count = 1 },
		.channel = { .engine = "main",
			     .name = "left",
			     .counted = true,
			     .present = true,
			     .counts = { .sum_ns = 1500000000, .cells = { [2] = 9 } },
			     .now = { true, 0.25 } },
		.function = { .name = "f",
			      .counted = true,
			      .present = true,
			      .counts = { .cells = { [10] = 2, [15] = 1 },
					  .sum_ns = 12000000000,
					  .calls = 3,
					  .errors = 1 },
			      .now = { 2, 1500000000 } },
	};
	draw_engine(&picture->engine);
	picture->session.engines = &picture->engine;
	picture->session.channels = &picture->channel;
	picture->session.functions = &picture->function;
	picture->snapshot.sessions = &picture->session;
	picture->snapshot.session_count = 1;
}

/* Freed by the next call. */
static const char *text_of(const struct picture *picture, enum catalogue_profile profile)
{
	static char *text;
	struct expo_writer writer;
	size_t length;

	free(text);
	text = NULL;
	if (!picture)
		return NULL;
	expo_init(&writer, &expo_text);
	catalogue_write(&picture->snapshot, profile, &writer);
	text = expo_finish(&writer, &length);
	assert_non_null(text);
	return text;
}

static void assert_lines(const struct picture *picture, const char *const *lines, size_t count)
{
	const char *text = text_of(picture, CATALOGUE_STANDARD);

	for (size_t i = 0; i < count; i++) {
		const char *at = strstr(text, lines[i]);

		if (!at)
			fail_msg("not there: %s\n%s", lines[i], text);
		assert_true(at == text || at[-1] == '\n');
		assert_int_equal(at[strlen(lines[i])], '\n');
	}
}

#define E "{app=\"app\",instance_id=\"0\",engine=\"main\"} "
#define EL(more) "{app=\"app\",instance_id=\"0\",engine=\"main\"," more "} "

static void engine_families_are_written_as_agreed(void **state)
{
	static const char *const lines[] = {
		"# TYPE audio_engine_render_time_seconds histogram",
		"audio_engine_render_time_seconds_bucket" EL("le=\"0.0005\"") "0",
		"audio_engine_render_time_seconds_bucket" EL("le=\"0.001\"") "3",
		"audio_engine_render_time_seconds_bucket" EL("le=\"0.02\"") "3",
		"audio_engine_render_time_seconds_bucket" EL("le=\"0.025\"") "4",
		"audio_engine_render_time_seconds_bucket" EL("le=\"1.0\"") "4",
		"audio_engine_render_time_seconds_bucket" EL("le=\"+Inf\"") "4",
		"audio_engine_render_time_seconds_sum" E "0.027500001",
		"audio_engine_render_time_seconds_count" E "4",
		"audio_engine_render_load_ratio_bucket" EL("le=\"0.25\"") "3",
		"audio_engine_render_load_ratio_bucket" EL("le=\"2.0\"") "3",
		"audio_engine_render_load_ratio_bucket" EL("le=\"+Inf\"") "4",
		"audio_engine_render_load_ratio_sum" E "2.075",
		"audio_engine_wakeup_delay_seconds_bucket" EL("le=\"9.5367431640625e-07\"") "1",
		"audio_engine_wakeup_delay_seconds_bucket" EL("le=\"0.03125\"") "1",
		"audio_engine_wakeup_delay_seconds_bucket" EL("le=\"0.0625\"") "2",
		"audio_engine_wakeup_delay_seconds_count" E "3",
		"# TYPE audio_engine_render_time_last_seconds gauge",
		"audio_engine_render_time_last_seconds" E "0.0006",
		"audio_engine_render_time_max_seconds" E "0.025",
		"# TYPE audio_engine_blocks_total counter",
		"audio_engine_blocks_total" E "4",
		"audio_engine_cycles_total" E "4",
		"audio_engine_deadline_misses_total" E "1",
		"audio_engine_xruns_total" E "3",
		"audio_engine_xrun_reports_total" EL("source=\"jack\"") "5",
		"audio_engine_xrun_reports_total" EL("source=\"alsa\"") "0",
		"audio_engine_xrun_reports_total" EL("source=\"host\"") "1",
		"audio_engine_xrun_episodes_total" E "1",
		"audio_engine_xrun_seconds_total" E "1",
		"audio_engine_xrun_invalid_delays_total" EL("source=\"jack\"") "0",
		"audio_engine_sample_rate_hertz" E "48000",
		"audio_engine_buffer_frames" E "256",
		"audio_engine_freewheeling" E "0",
		"audio_engine_up" E "1",
		"audio_engine_stalled_seconds" E "0",
		"audio_engine_host_load_ratio" E "0.25",
		"audio_engine_info" EL("title=\"\",kind=\"engine\"") "1",
		"audio_channel_cpu_usage" EL("channel=\"left\"") "0.25",
		"audio_channel_cpu_seconds_total" EL("channel=\"left\"") "1.5",
	};
	struct picture picture;

	(void)state;
	draw(&picture);
	assert_lines(&picture, lines, sizeof lines / sizeof *lines);
}

#define F "{app=\"app\",instance_id=\"0\",function=\"f\"} "
#define A "{app=\"app\",instance_id=\"0\"} "

static void session_families_are_written_as_agreed(void **state)
{
	static const char *const lines[] = {
		"ffi_call_duration_seconds_bucket{app=\"app\",instance_id=\"0\",function=\"f\",le="
		"\"0.05\"} 0",
		"ffi_call_duration_seconds_bucket{app=\"app\",instance_id=\"0\",function=\"f\",le="
		"\"0.1\"} 2",
		"ffi_call_duration_seconds_bucket{app=\"app\",instance_id=\"0\",function=\"f\",le="
		"\"2.5\"} 2",
		"ffi_call_duration_seconds_bucket{app=\"app\",instance_id=\"0\",function=\"f\",le="
		"\"10.0\"} 2",
		"ffi_call_duration_seconds_sum" F "12",
		"ffi_call_duration_seconds_count" F "3",
		"ffi_calls_total" F "3",
		"ffi_errors_total" F "1",
		"ffi_calls_in_flight" F "2",
		"ffi_call_oldest_seconds" F "1.5",
		"audiowatch_records_published_total" A "10",
		"audiowatch_records_delivered_total" A "7",
		"audiowatch_records_lost_total{app=\"app\",instance_id=\"0\",reason=\"lapped\"} 1",
		"audiowatch_records_lost_total{app=\"app\",instance_id=\"0\",reason=\"contended\"} "
		"2",
		"audiowatch_records_lost_total{app=\"app\",instance_id=\"0\",reason=\"invalid\"} 0",
		"audiowatch_records_lost_total{app=\"app\",instance_id=\"0\",reason=\"unwatched\"} "
		"0",
		"audiowatch_api_misuse_total{app=\"app\",instance_id=\"0\",kind=\"render_begin\"} "
		"1",
		"audiowatch_api_misuse_total{app=\"app\",instance_id=\"0\",kind=\"channel\"} 3",
		"audiowatch_source_info{app=\"app\",instance_id=\"0\",session=\"00ff\",pid=\"42\","
		"version=\"1\",abi=\"1.0\"} 1",
		"audiowatch_source_locked" A "0",
		"audiowatch_source_fast_clock" A "1",
		"audiowatch_source_clock_drift_ratio" A "0.25",
	};
	struct picture picture;

	(void)state;
	draw(&picture);
	assert_lines(&picture, lines, sizeof lines / sizeof *lines);
}

static void the_watchdogs_own_families_are_written_as_agreed(void **state)
{
	static const char *const lines[] = {
		"audiowatch_sources 3",
		"audiowatch_segments_refused_total{reason=\"symlink\"} 4",
		"audiowatch_segments_refused_total{reason=\"abi\"} 0",
		"audiowatch_segments_refused_total{reason=\"full\"} 0",
		"audiowatch_sources_dropped_total{reason=\"truncated\"} 5",
		"audiowatch_poll_duration_seconds_bucket{le=\"0.0001\"} 7",
		"audiowatch_poll_overruns_total 6",
		"audiowatch_snapshot_timestamp_seconds 1785456307.089999999",
		"audiowatch_http_requests_total{handler=\"metrics\",code=\"200\"} 8",
		"audiowatch_http_requests_total{handler=\"metrics\",code=\"other\"} 9",
		"process_max_fds 1024",
		"process_cpu_seconds_total 1.25",
	};
	struct picture picture;
	struct selfwatch_counts *self = &picture.snapshot.self;

	(void)state;
	draw(&picture);
	self->sources = 3;
	self->refused[AW_REFUSED_SYMLINK] = 4;
	self->dropped[1] = 5;
	self->overruns = 6;
	self->polls[0] = 7;
	self->handlers[0] = "metrics";
	self->requests[0][0] = 8;
	self->requests[0][SELFWATCH_CODES - 1] = 9;
	self->process.max_fds = 1024;
	self->process.cpu_seconds = 1.25;
	picture.snapshot.at.real_ns = UINT64_C(1785456307089999999);
	assert_lines(&picture, lines, sizeof lines / sizeof *lines);
	assert_null(strstr(text_of(&picture, CATALOGUE_STANDARD), "code=\"404\""));
}

static void exactly_one_state_is_one(void **state)
{
	struct picture picture;

	(void)state;
	draw(&picture);
	for (unsigned now = 0; now < STATES; now++) {
		picture.engine.state = (enum engine_state)now;
		for (unsigned i = 0; i < STATES; i++) {
			char line[160];
			const char *const lines[] = { line };

			snprintf(line, sizeof line, "audio_engine_state" EL("state=\"%s\"") "%d",
				 state_names[i], i == now);
			assert_lines(&picture, lines, 1);
		}
	}
}

static void up_is_zero_for_dead_and_stale_and_absent_for_closed(void **state)
{
	static const char *const down[] = { "audio_engine_up" E "0" }, *const up[] = {
		"audio_engine_up" E "1"
	};
	struct picture picture;

	(void)state;
	draw(&picture);
	for (unsigned now = STATE_DEAD; now < STATES; now++) {
		picture.engine.state = (enum engine_state)now;
		assert_lines(&picture, now == STATE_DEAD || now == STATE_STALE ? down : up, 1);
	}
	picture.engine.state = STATE_CLOSED;
	assert_null(strstr(text_of(&picture, CATALOGUE_STANDARD), "audio_engine_up"));
}

/* ---- what is withheld ---- */

static void assert_absent(const struct picture *picture, const char *const *names, size_t count)
{
	const char *text = text_of(picture, CATALOGUE_STANDARD);

	for (size_t i = 0; i < count; i++)
		if (strstr(text, names[i]))
			fail_msg("there: %s", names[i]);
}

static void gauges_of_the_present_go_at_once_and_counters_stay(void **state)
{
	static const char *const gone[] = {
		"audio_engine_render_time_last_seconds",
		"audio_engine_render_time_max_seconds",
		"audio_engine_sample_rate_hertz",
		"audio_engine_buffer_frames",
		"audio_engine_freewheeling",
		"audio_engine_stalled_seconds",
		"audio_engine_info",
		"audio_engine_host_load_ratio",
		"audio_channel_cpu_usage",
		"ffi_calls_in_flight",
		"ffi_call_oldest_seconds",
		"audiowatch_source_info",
		"audiowatch_source_locked",
	};
	static const char *const stay[] = {
		"audio_engine_blocks_total" E "4",
		"ffi_calls_total" F "3",
		"audio_engine_up" E "0",
		"audiowatch_records_published_total" A "10",
		"audio_channel_cpu_seconds_total" EL("channel=\"left\"") "1.5",
	};
	struct picture picture;

	(void)state;
	draw(&picture);
	picture.engine.present = picture.channel.present = picture.function.present =
		picture.session.present = false;
	picture.engine.state = STATE_DEAD;
	assert_absent(&picture, gone, sizeof gone / sizeof *gone);
	assert_lines(&picture, stay, sizeof stay / sizeof *stay);
}

static void of_what_died_long_ago_the_state_alone_is_left(void **state)
{
	static const char *const gone[] = { "audio_engine_blocks_total",
					    "audio_engine_render_time_seconds", "ffi_",
					    "audio_channel_", "audiowatch_records_" };
	static const char *const stay[] = { "audio_engine_up" E "0",
					    "audio_engine_state" EL("state=\"dead\"") "1" };
	struct picture picture;

	(void)state;
	draw(&picture);
	picture.engine.present = picture.engine.counted = false;
	picture.engine.state = STATE_DEAD;
	picture.session.present = picture.session.counted = false;
	picture.session.channel_count = picture.session.function_count = 0;
	assert_absent(&picture, gone, sizeof gone / sizeof *gone);
	assert_lines(&picture, stay, 2);
}

static void what_is_unknown_is_absent_and_not_zero(void **state)
{
	static const char *const gone[] = { "audio_engine_render_time_last_seconds",
					    "audio_engine_sample_rate_hertz",
					    "audio_engine_buffer_frames",
					    "audio_engine_render_time_max_seconds",
					    "audiowatch_source_clock_drift_ratio",
					    "audio_engine_host_load_ratio",
					    "audio_channel_cpu_usage" };
	struct picture picture;

	(void)state;
	draw(&picture);
	picture.engine.now = (struct engine_present){ 0 };
	picture.channel.now.has_usage = false;
	picture.session.has_drift = false;
	assert_absent(&picture, gone, sizeof gone / sizeof *gone);
}

static void profiles_show_more_and_more(void **state)
{
	struct picture picture;

	(void)state;
	draw(&picture);
	assert_null(strstr(text_of(&picture, CATALOGUE_LEAN), "load_ratio_bucket"));
	assert_null(strstr(text_of(&picture, CATALOGUE_LEAN), "wakeup_delay"));
	assert_non_null(strstr(text_of(&picture, CATALOGUE_STANDARD), "load_ratio_bucket"));
	assert_null(strstr(text_of(&picture, CATALOGUE_STANDARD), "audio_channel_render_time"));
	assert_non_null(strstr(text_of(&picture, CATALOGUE_FULL),
			       "audio_channel_render_time_seconds_bucket"));
}

static void a_graph_is_told_by_its_name(void **state)
{
	struct picture picture;

	(void)state;
	draw(&picture);
	picture.engine.name = "graph:jalv";
	assert_non_null(strstr(text_of(&picture, CATALOGUE_STANDARD),
			       "engine=\"graph:jalv\",title=\"\",kind=\"graph\"} 1"));
}

static void hostile_names_forge_no_line(void **state)
{
	struct picture picture;
	const char *text;

	(void)state;
	draw(&picture);
	picture.engine.name = "x\"} 1\naudio_engine_up{engine=\"y";
	picture.session.app = "\\";
	text = text_of(&picture, CATALOGUE_STANDARD);
	assert_null(strstr(text, "\naudio_engine_up{engine="));
	assert_non_null(strstr(text,
			       "audio_engine_up{app=\"\\\\\",instance_id=\"0\",engine=\"x\\\"} 1"
			       "\\naudio_engine_up{engine=\\\"y\"} 1\n"));
	text_of(NULL, CATALOGUE_LEAN);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_family_has_a_help_and_a_writer),
		cmocka_unit_test(names_pass_the_lint),
		cmocka_unit_test(no_family_is_there_twice),
		cmocka_unit_test(engine_families_are_written_as_agreed),
		cmocka_unit_test(session_families_are_written_as_agreed),
		cmocka_unit_test(the_watchdogs_own_families_are_written_as_agreed),
		cmocka_unit_test(exactly_one_state_is_one),
		cmocka_unit_test(up_is_zero_for_dead_and_stale_and_absent_for_closed),
		cmocka_unit_test(gauges_of_the_present_go_at_once_and_counters_stay),
		cmocka_unit_test(of_what_died_long_ago_the_state_alone_is_left),
		cmocka_unit_test(what_is_unknown_is_absent_and_not_zero),
		cmocka_unit_test(profiles_show_more_and_more),
		cmocka_unit_test(a_graph_is_told_by_its_name),
		cmocka_unit_test(hostile_names_forge_no_line),
	};

	return cmocka_run_group_tests_name("catalogue", tests, NULL, NULL);
}
