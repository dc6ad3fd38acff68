/* SPDX-License-Identifier: MIT */
/* The families of FFI functions, and of sessions as sources. Any thread that holds the snapshot. */
#include <stdio.h>

#include "collector/catalogue_tables.h"

#define FUNCTION(member) offsetof(struct snapshot_function, member)
#define SESSION(member) offsetof(struct snapshot_session, member)
#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char *const loss_names[LOSSES] = {
	[LOSS_LAPPED] = "lapped",
	[LOSS_CONTENDED] = "contended",
	[LOSS_INVALID] = "invalid",
	[LOSS_UNWATCHED] = "unwatched",
};

static const char *const misuse_names[MISUSES] = {
	[MISUSE_RENDER_BEGIN] = "render_begin",
	[MISUSE_RENDER_END] = "render_end",
	[MISUSE_CHANNEL] = "channel",
};

static void write_duration(const struct family *family, const struct family_item *item)
{
	const struct snapshot_function *function = item->thing;

	(void)family;
	family_put_histogram(item, (struct expo_histogram){
					   family_classic_le, function->counts.cells, COUNTS_FFI - 1,
					   expo_nanoseconds(function->counts.sum_ns) });
}

static void write_lost(const struct family *family, const struct family_item *item)
{
	const struct snapshot_session *session = item->thing;

	(void)family;
	for (unsigned i = 0; i < LOSSES; i++)
		family_put_labelled(item, "reason", loss_names[i],
				    expo_count(session->counts.lost[i]));
}

static void write_misuse(const struct family *family, const struct family_item *item)
{
	const struct snapshot_session *session = item->thing;

	(void)family;
	for (unsigned i = 0; i < MISUSES; i++)
		family_put_labelled(item, "kind", misuse_names[i], expo_count(session->misuse[i]));
}

static void write_source_info(const struct family *family, const struct family_item *item)
{
	const struct snapshot_session *session = item->thing;
	struct family_item all = *item;
	char pid[24], abi[24];

	(void)family;
	snprintf(pid, sizeof pid, "%llu", (unsigned long long)session->pid);
	snprintf(abi, sizeof abi, "%u.%u", (unsigned)session->abi_major,
		 (unsigned)session->abi_minor);
	all.labels[all.label_count++] = (struct expo_label){ "session", session->id };
	all.labels[all.label_count++] = (struct expo_label){ "pid", pid };
	all.labels[all.label_count++] = (struct expo_label){ "version", session->version };
	family_put_labelled(&all, "abi", abi, expo_count(1));
}

static void write_locked(const struct family *family, const struct family_item *item)
{
	(void)family;
	family_put(item, expo_count(((const struct snapshot_session *)item->thing)->locked));
}

static void write_p99(const struct family *family, const struct family_item *item)
{
	const struct snapshot_function *function = item->thing;

	if (function->p99_ns)
		family_write_nanoseconds(family, item);
}

static void write_drift(const struct family *family, const struct family_item *item)
{
	const struct snapshot_session *session = item->thing;

	(void)family;
	if (session->has_drift)
		family_put(item, expo_real(session->clock_drift));
}

static void write_fast_clock(const struct family *family, const struct family_item *item)
{
	(void)family;
	family_put(item, expo_count(((const struct snapshot_session *)item->thing)->fast_clock));
}

static const struct family families[] = {
	{ "ffi_call_duration_seconds", EXPO_HISTOGRAM,
	  "Time of one call over the FFI boundary, entry to exit.", PER_FUNCTION, WHILE_COUNTED,
	  CATALOGUE_LEAN, write_duration, 0 },
	{ "ffi_call_duration_p99_seconds",
	  EXPO_GAUGE, "P99 of call duration over the last 5 minutes, within 1.1 %; absent when there was no call.",
	  PER_FUNCTION, WHILE_PRESENT, CATALOGUE_LEAN, write_p99, FUNCTION(p99_ns) },
	{ "ffi_calls_total", EXPO_COUNTER, "Calls that came back.", PER_FUNCTION, WHILE_COUNTED,
	  CATALOGUE_LEAN, family_write_count, FUNCTION(counts.calls) },
	{ "ffi_errors_total", EXPO_COUNTER, "Calls that came back without success.", PER_FUNCTION,
	  WHILE_COUNTED, CATALOGUE_LEAN, family_write_count, FUNCTION(counts.errors) },
	{ "ffi_calls_in_flight", EXPO_GAUGE, "Calls that have not come back.", PER_FUNCTION,
	  WHILE_PRESENT, CATALOGUE_LEAN, family_write_count, FUNCTION(now.in_flight) },
	{ "ffi_call_oldest_seconds", EXPO_GAUGE,
	  "Age of the oldest call that has not come back, a lower bound; 0 when none is seen.",
	  PER_FUNCTION, WHILE_PRESENT, CATALOGUE_LEAN, family_write_nanoseconds,
	  FUNCTION(now.oldest_ns) },

	{ "audiowatch_records_published_total", EXPO_COUNTER,
	  "Records the source published: delivered plus lost.", PER_SESSION, WHILE_COUNTED,
	  CATALOGUE_LEAN, family_write_count, SESSION(counts.published) },
	{ "audiowatch_records_delivered_total", EXPO_COUNTER, "Records read whole.", PER_SESSION,
	  WHILE_COUNTED, CATALOGUE_LEAN, family_write_count, SESSION(counts.delivered) },
	{ "audiowatch_records_lost_total", EXPO_COUNTER,
	  "Records not read, by reason; what they counted is in the totals all the same.",
	  PER_SESSION, WHILE_COUNTED, CATALOGUE_LEAN, write_lost, 0 },
	{ "audiowatch_api_misuse_total", EXPO_COUNTER,
	  "Begins within a begin, and ends without one, by kind.", PER_SESSION, WHILE_COUNTED,
	  CATALOGUE_LEAN, write_misuse, 0 },
	{ "audiowatch_source_info", EXPO_GAUGE,
	  "Random id, process, version and ABI of the session; always 1.", PER_SESSION,
	  WHILE_PRESENT, CATALOGUE_LEAN, write_source_info, 0 },
	{ "audiowatch_source_locked", EXPO_GAUGE, "1 where the segment is locked into memory.",
	  PER_SESSION, WHILE_PRESENT, CATALOGUE_LEAN, write_locked, 0 },
	{ "audiowatch_source_fast_clock", EXPO_GAUGE,
	  "1 where the source reads the processor's counter, 0 for the slow clock.", PER_SESSION,
	  WHILE_PRESENT, CATALOGUE_LEAN, write_fast_clock, 0 },
	{ "audiowatch_source_clock_drift_ratio", EXPO_GAUGE,
	  "How much faster the source takes its clock to tick than the collector sees it; beyond "
	  "0.001 either way "
	  "its times are wrong by as much.",
	  PER_SESSION, WHILE_PRESENT, CATALOGUE_LEAN, write_drift, 0 },
	{ "audiowatch_source_clock_backwards_total", EXPO_COUNTER,
	  "Render calls whose clock ran backwards; their time is 0.", PER_SESSION, WHILE_COUNTED,
	  CATALOGUE_LEAN, family_write_count, SESSION(clock_backwards) },
};

const struct family_table catalogue_session = { families, COUNT(families) };
