/* SPDX-License-Identifier: MIT */
/* The families of engines and their channels. Any thread that holds the snapshot. */
#include "collector/catalogue_tables.h"

#define ENGINE(member) offsetof(struct snapshot_engine, member)
#define CHANNEL(member) offsetof(struct snapshot_channel, member)
#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char *const load_le[COUNTS_LOAD - 1] = {
	"0.25", "0.5", "0.7", "0.8", "0.9", "0.95", "1.0", "1.25", "1.5", "2.0",
};

/* 2^-20 to 2^-4, exactly. */
static const char *const wake_le[COUNTS_WAKE - 1] = {
	"9.5367431640625e-07",
	"1.9073486328125e-06",
	"3.814697265625e-06",
	"7.62939453125e-06",
	"1.52587890625e-05",
	"3.0517578125e-05",
	"6.103515625e-05",
	"0.0001220703125",
	"0.000244140625",
	"0.00048828125",
	"0.0009765625",
	"0.001953125",
	"0.00390625",
	"0.0078125",
	"0.015625",
	"0.03125",
	"0.0625",
};

static const char *const source_names[AW_XRUN_SOURCES] = { "jack", "alsa", "host" };

static void write_render_time(const struct family *family, const struct family_item *item)
{
	const struct snapshot_engine *engine = item->thing;

	(void)family;
	family_put_histogram(
		item, (struct expo_histogram){ family_classic_le, engine->counts.render,
					       COUNTS_RENDER - 1,
					       expo_nanoseconds(engine->counts.render_sum_ns) });
}

static void write_load(const struct family *family, const struct family_item *item)
{
	const struct snapshot_engine *engine = item->thing;

	(void)family;
	family_put_histogram(item,
			     (struct expo_histogram){
				     load_le, engine->counts.load, COUNTS_LOAD - 1,
				     expo_real((double)engine->counts.load_sum_fortieths / 40) });
}

static void write_wakeup(const struct family *family, const struct family_item *item)
{
	const struct snapshot_engine *engine = item->thing;

	(void)family;
	family_put_histogram(
		item, (struct expo_histogram){ wake_le, engine->counts.wake, COUNTS_WAKE - 1,
					       expo_nanoseconds(engine->counts.wake_sum_ns) });
}

static void write_last(const struct family *family, const struct family_item *item)
{
	const struct snapshot_engine *engine = item->thing;

	if (engine->now.has_last)
		family_write_nanoseconds(family, item);
}

/* No block in the last minute is no time of 0. */
static void write_max(const struct family *family, const struct family_item *item)
{
	const struct snapshot_engine *engine = item->thing;

	if (engine->now.max_ns)
		family_write_nanoseconds(family, item);
}

static void write_p99(const struct family *family, const struct family_item *item)
{
	const struct snapshot_engine *engine = item->thing;

	if (engine->p99_ns)
		family_write_nanoseconds(family, item);
}

static void write_xruns(const struct family *family, const struct family_item *item)
{
	const struct engine_counts *counts = &((const struct snapshot_engine *)item->thing)->counts;

	(void)family;
	family_put(item, expo_count(counts->misses + counts->reported_cycles));
}

static void write_reports(const struct family *family, const struct family_item *item)
{
	const uint64_t *words =
		(const uint64_t *)(const void *)((const char *)item->thing + family->at);

	for (unsigned i = 0; i < AW_XRUN_SOURCES; i++)
		family_put_labelled(item, "source", source_names[i], expo_count(words[i]));
}

static void write_rate(const struct family *family, const struct family_item *item)
{
	const struct snapshot_engine *engine = item->thing;

	(void)family;
	if (engine->now.rate_hz)
		family_put(item, expo_count(engine->now.rate_hz));
}

static void write_frames(const struct family *family, const struct family_item *item)
{
	const struct snapshot_engine *engine = item->thing;

	(void)family;
	if (engine->now.frames)
		family_put(item, expo_count(engine->now.frames));
}

static void write_freewheeling(const struct family *family, const struct family_item *item)
{
	(void)family;
	family_put(item, expo_count(((const struct snapshot_engine *)item->thing)->now.freewheel));
}

/* A closed engine is not down: it went. */
static void write_up(const struct family *family, const struct family_item *item)
{
	const enum engine_state state = ((const struct snapshot_engine *)item->thing)->state;

	(void)family;
	if (state != STATE_CLOSED)
		family_put(item, expo_count(state != STATE_DEAD && state != STATE_STALE));
}

static void write_state(const struct family *family, const struct family_item *item)
{
	const enum engine_state state = ((const struct snapshot_engine *)item->thing)->state;

	(void)family;
	for (unsigned i = 0; i < STATES; i++)
		family_put_labelled(item, "state", state_names[i], expo_count(i == state));
}

static void write_info(const struct family *family, const struct family_item *item)
{
	const struct snapshot_engine *engine = item->thing;
	struct family_item titled = *item;

	(void)family;
	titled.labels[titled.label_count++] = (struct expo_label){ "title", engine->title };
	family_put_labelled(&titled, "kind", ledger_is_graph(engine->name) ? "graph" : "engine",
			    expo_count(1));
}

static void write_host_load(const struct family *family, const struct family_item *item)
{
	const struct snapshot_engine *engine = item->thing;

	(void)family;
	if (engine->now.host_load)
		family_put(item, expo_real((double)(engine->now.host_load - 1) / 1e6));
}

static void write_usage(const struct family *family, const struct family_item *item)
{
	const struct snapshot_channel *channel = item->thing;

	(void)family;
	if (channel->now.has_usage)
		family_put(item, expo_real(channel->now.usage));
}

static void write_channel_time(const struct family *family, const struct family_item *item)
{
	const struct snapshot_channel *channel = item->thing;

	(void)family;
	family_put_histogram(item,
			     (struct expo_histogram){ family_classic_le, channel->counts.cells,
						      AW_CHANNEL_CELLS - 1,
						      expo_nanoseconds(channel->counts.sum_ns) });
}

static const struct family families[] = {
	{ "audio_engine_render_time_seconds", EXPO_HISTOGRAM, "Wall time of one render call.",
	  PER_ENGINE, WHILE_COUNTED, CATALOGUE_LEAN, write_render_time, 0 },
	{ "audio_engine_render_load_ratio", EXPO_HISTOGRAM,
	  "Render time of a cycle over its budget; buckets are exact, the sum takes each cycle at "
	  "the middle of its "
	  "twentieth, and at 2 beyond.",
	  PER_ENGINE, WHILE_COUNTED, CATALOGUE_STANDARD, write_load, 0 },
	{ "audio_engine_wakeup_delay_seconds", EXPO_HISTOGRAM,
	  "Entry into a render call minus its expected wake-up, where the host tells it.",
	  PER_ENGINE, WHILE_COUNTED, CATALOGUE_STANDARD, write_wakeup, 0 },
	{ "audio_engine_render_time_last_seconds", EXPO_GAUGE, "Wall time of the last render call.",
	  PER_ENGINE, WHILE_PRESENT, CATALOGUE_LEAN, write_last, ENGINE(now.last_ns) },
	{ "audio_engine_render_time_max_seconds", EXPO_GAUGE,
	  "Longest render call of the last 60 seconds, absent when there was none.", PER_ENGINE,
	  WHILE_PRESENT, CATALOGUE_LEAN, write_max, ENGINE(now.max_ns) },
	{ "audio_engine_render_time_p99_seconds",
	  EXPO_GAUGE, "P99 of render time over the last 60 seconds, within 1.1 %; absent when there was no call.",
	  PER_ENGINE, WHILE_PRESENT, CATALOGUE_LEAN, write_p99, ENGINE(p99_ns) },
	{ "audio_engine_blocks_total", EXPO_COUNTER, "Render calls, those in freewheel included.",
	  PER_ENGINE, WHILE_COUNTED, CATALOGUE_LEAN, family_write_count, ENGINE(counts.blocks) },
	{ "audio_engine_cycles_total", EXPO_COUNTER,
	  "Cycles: render calls until the host's period is full.", PER_ENGINE, WHILE_COUNTED,
	  CATALOGUE_LEAN, family_write_count, ENGINE(counts.cycles) },
	{ "audio_engine_deadline_misses_total", EXPO_COUNTER, "Cycles over their budget.",
	  PER_ENGINE, WHILE_COUNTED, CATALOGUE_LEAN, family_write_count, ENGINE(counts.misses) },
	{ "audio_engine_xruns_total", EXPO_COUNTER,
	  "Distinct cycles with an xrun: deadline misses, and cycles that only a report names, "
	  "which start at 0 with the "
	  "collector.",
	  PER_ENGINE, WHILE_COUNTED, CATALOGUE_LEAN, write_xruns, 0 },
	{ "audio_engine_xrun_reports_total", EXPO_COUNTER,
	  "Xrun reports as they came, by who reported.", PER_ENGINE, WHILE_COUNTED, CATALOGUE_LEAN,
	  write_reports, ENGINE(counts.reports) },
	{ "audio_engine_xrun_episodes_total", EXPO_COUNTER,
	  "Groups of deadline misses less than a second apart; starts at 0 with the collector.",
	  PER_ENGINE, WHILE_COUNTED, CATALOGUE_LEAN, family_write_count, ENGINE(counts.episodes) },
	{ "audio_engine_xrun_seconds_total", EXPO_COUNTER,
	  "Seconds that held a deadline miss; starts at 0 with the collector.", PER_ENGINE,
	  WHILE_COUNTED, CATALOGUE_LEAN, family_write_count, ENGINE(counts.xrun_seconds) },
	{ "audio_engine_xrun_invalid_delays_total", EXPO_COUNTER,
	  "Xrun reports whose delay was over 60 seconds and was refused.", PER_ENGINE,
	  WHILE_COUNTED, CATALOGUE_LEAN, write_reports, ENGINE(counts.refused_delays) },
	{ "audio_engine_sample_rate_hertz", EXPO_GAUGE, "Sample rate, absent while unknown.",
	  PER_ENGINE, WHILE_PRESENT, CATALOGUE_LEAN, write_rate, 0 },
	{ "audio_engine_buffer_frames", EXPO_GAUGE, "Frames of one period, absent while unknown.",
	  PER_ENGINE, WHILE_PRESENT, CATALOGUE_LEAN, write_frames, 0 },
	{ "audio_engine_freewheeling", EXPO_GAUGE,
	  "1 while the host renders faster or slower than real time.", PER_ENGINE, WHILE_PRESENT,
	  CATALOGUE_LEAN, write_freewheeling, 0 },
	{ "audio_engine_up", EXPO_GAUGE,
	  "0 when the engine's process is dead or stopped, else 1; absent once it closed.",
	  PER_ENGINE, WHILE_STATED, CATALOGUE_LEAN, write_up, 0 },
	{ "audio_engine_stalled_seconds", EXPO_GAUGE,
	  "Age of a render call that hangs, 0 while none does.", PER_ENGINE, WHILE_PRESENT,
	  CATALOGUE_LEAN, family_write_nanoseconds, ENGINE(now.stalled_ns) },
	{ "audio_engine_state", EXPO_GAUGE, "1 for the state the engine is in, 0 for the others.",
	  PER_ENGINE, WHILE_STATED, CATALOGUE_LEAN, write_state, 0 },
	{ "audio_engine_info", EXPO_GAUGE,
	  "Title of the engine and whether it is one or the time of a graph; always 1.", PER_ENGINE,
	  WHILE_PRESENT, CATALOGUE_LEAN, write_info, 0 },
	{ "audio_engine_host_load_ratio", EXPO_GAUGE,
	  "The host's own load figure, absent where it tells none; in no rule.", PER_ENGINE,
	  WHILE_PRESENT, CATALOGUE_LEAN, write_host_load, 0 },
	{ "audio_channel_cpu_usage",
	  EXPO_GAUGE, "Wall time of the channel over its engine's budget in the last second, preemption included.",
	  PER_CHANNEL, WHILE_PRESENT, CATALOGUE_LEAN, write_usage, 0 },
	{ "audio_channel_cpu_seconds_total", EXPO_COUNTER,
	  "Wall time of the channel, preemption included.", PER_CHANNEL, WHILE_COUNTED,
	  CATALOGUE_LEAN, family_write_nanoseconds, CHANNEL(counts.sum_ns) },
	{ "audio_channel_render_time_seconds", EXPO_HISTOGRAM,
	  "Wall time of the channel in one block.", PER_CHANNEL, WHILE_COUNTED, CATALOGUE_FULL,
	  write_channel_time, 0 },
};

const struct family_table catalogue_engine = { families, COUNT(families) };
