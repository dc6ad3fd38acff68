/* SPDX-License-Identifier: MIT */
/* The families of the watchdog itself. Any thread that holds the snapshot. */
#include <stdio.h>

#include "collector/catalogue_tables.h"
#include "collector/version.h"

#define SELF(member) offsetof(struct snapshot, self.member)
#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct selfwatch_counts *self_of(const struct family_item *item)
{
	return &((const struct snapshot *)item->thing)->self;
}

static void write_refused(const struct family *family, const struct family_item *item)
{
	(void)family;
	for (unsigned i = AW_REFUSED_NAME; i < AW_ATTACH_OUTCOMES; i++)
		family_put_labelled(item, "reason", aw_attach_name((enum aw_attach)i),
				    expo_count(self_of(item)->refused[i]));
	family_put_labelled(item, "reason", "full", expo_count(self_of(item)->refused_full));
}

static void write_dropped(const struct family *family, const struct family_item *item)
{
	(void)family;
	for (unsigned i = 0; i < SELFWATCH_FAULTS; i++)
		family_put_labelled(item, "reason", selfwatch_faults[i],
				    expo_count(self_of(item)->dropped[i]));
}

static void write_session_duration(const struct family *family, const struct family_item *item)
{
	const struct selfwatch_counts *self = self_of(item);

	(void)family;
	family_put_histogram(item,
			     (struct expo_histogram){ selfwatch_session_le, self->session_seconds,
						      SELFWATCH_SESSION_BOUNDS,
						      expo_nanoseconds(self->session_sum_ns) });
}

static void write_poll_duration(const struct family *family, const struct family_item *item)
{
	const struct selfwatch_counts *self = self_of(item);

	(void)family;
	family_put_histogram(item, (struct expo_histogram){ selfwatch_poll_le, self->polls,
							    SELFWATCH_POLL_BOUNDS,
							    expo_nanoseconds(self->poll_sum_ns) });
}

static void write_requests_of(const struct family_item *item, unsigned handler)
{
	const struct selfwatch_counts *self = self_of(item);
	struct family_item labelled = *item;

	labelled.labels[labelled.label_count++] =
		(struct expo_label){ "handler", self->handlers[handler] };
	for (unsigned c = 0; c < SELFWATCH_CODES; c++) {
		char code[16] = "other";

		if (selfwatch_codes[c])
			snprintf(code, sizeof code, "%u", selfwatch_codes[c]);
		if (self->requests[handler][c] || selfwatch_codes[c] == 200)
			family_put_labelled(&labelled, "code", code,
					    expo_count(self->requests[handler][c]));
	}
}

static void write_requests(const struct family *family, const struct family_item *item)
{
	(void)family;
	for (unsigned h = 0; h < SELFWATCH_HANDLERS && self_of(item)->handlers[h]; h++)
		write_requests_of(item, h);
}

static void write_components(const struct family *family, const struct family_item *item)
{
	(void)family;
	for (unsigned i = 0; i < SELFWATCH_COMPONENTS && self_of(item)->components[i].name; i++)
		family_put_labelled(item, "component", self_of(item)->components[i].name,
				    expo_count(!self_of(item)->components[i].down));
}

static void write_build_info(const struct family *family, const struct family_item *item)
{
	struct family_item labelled = *item;

	(void)family;
	labelled.labels[labelled.label_count++] = (struct expo_label){ "version", version_string };
	family_put_labelled(&labelled, "revision", version_revision, expo_count(1));
}

static void write_cpu(const struct family *family, const struct family_item *item)
{
	(void)family;
	family_put(item, expo_real(self_of(item)->process.cpu_seconds));
}

static void write_start_time(const struct family *family, const struct family_item *item)
{
	(void)family;
	family_put(item, expo_real(self_of(item)->process.start_time_seconds));
}

#define ONE(name, type, help, write, at) \
	{ \
		name, type, help, PER_PROCESS, WHILE_COUNTED, CATALOGUE_LEAN, write, at \
	}

static const struct family families[] = {
	ONE("audiowatch_sources", EXPO_GAUGE, "Segments that are read.", family_write_count,
	    SELF(sources)),
	ONE("audiowatch_segments_refused_total", EXPO_COUNTER,
	    "Objects that were not read, by reason.", write_refused, 0),
	ONE("audiowatch_sources_dropped_total", EXPO_COUNTER,
	    "Sources that could no longer be believed or read, by reason.", write_dropped, 0),
	ONE("audiowatch_engine_states_refused_total", EXPO_COUNTER,
	    "Changes of state that no engine can make; the state shown stays as it was.",
	    family_write_count, SELF(states_refused)),
	ONE("audiowatch_sessions_started_total", EXPO_COUNTER,
	    "Sessions seen since the collector started.", family_write_count, SELF(sessions_started)),
	ONE("audiowatch_session_duration_seconds", EXPO_HISTOGRAM,
	    "How long sessions lasted that ended since the collector started.",
	    write_session_duration, 0),
	ONE("audiowatch_audio_seconds_total", EXPO_COUNTER,
	    "Audio rendered in cycles of a known budget, graph times left out; starts at 0 with "
	    "the collector.",
	    family_write_nanoseconds, SELF(audio_ns)),
	ONE("audiowatch_poll_duration_seconds", EXPO_HISTOGRAM,
	    "Time of one turn of the poll loop.", write_poll_duration, 0),
	ONE("audiowatch_poll_duration_max_seconds", EXPO_GAUGE,
	    "Longest turn of the poll loop in the last 60 seconds.", family_write_nanoseconds,
	    SELF(poll_max_ns)),
	ONE("audiowatch_poll_overruns_total", EXPO_COUNTER,
	    "Beats of the poll loop that were skipped because it woke late.", family_write_count,
	    SELF(overruns)),
	ONE("audiowatch_state_writes_total", EXPO_COUNTER,
	    "Times that what outlives the collector was written to its file.", family_write_count,
	    SELF(state_writes)),
	ONE("audiowatch_state_write_failures_total", EXPO_COUNTER,
	    "Times that it could not be written; the log says why.", family_write_count,
	    SELF(state_failures)),
	ONE("audiowatch_snapshot_publications_total", EXPO_COUNTER,
	    "Snapshots published before this one.", family_write_count, SELF(snapshots)),
	ONE("audiowatch_snapshot_size_bytes", EXPO_GAUGE, "Size of the snapshot before this one.",
	    family_write_count, SELF(snapshot_bytes)),
	ONE("audiowatch_snapshot_build_seconds", EXPO_GAUGE,
	    "How long the snapshot before this one took.", family_write_nanoseconds,
	    SELF(snapshot_ns)),
	ONE("audiowatch_snapshot_timestamp_seconds", EXPO_GAUGE, "When this snapshot was taken.",
	    family_write_nanoseconds, offsetof(struct snapshot, at.real_ns)),
	ONE("audiowatch_http_requests_total", EXPO_COUNTER,
	    "Requests answered, by handler and status.", write_requests, 0),
	ONE("audiowatch_component_up", EXPO_GAUGE,
	    "1 while a part of the collector works, 0 while it does not.", write_components, 0),
	ONE("audiowatch_build_info", EXPO_GAUGE,
	    "Version and revision of this collector; always 1.", write_build_info, 0),
	ONE("process_cpu_seconds_total", EXPO_COUNTER,
	    "Processor time of the collector, user and system.", write_cpu, 0),
	ONE("process_start_time_seconds", EXPO_GAUGE,
	    "When the collector started, since the epoch.", write_start_time, 0),
	ONE("process_resident_memory_bytes", EXPO_GAUGE, "Resident memory of the collector.",
	    family_write_count, SELF(process.resident_bytes)),
	ONE("process_virtual_memory_bytes", EXPO_GAUGE, "Virtual memory of the collector.",
	    family_write_count, SELF(process.virtual_bytes)),
	ONE("process_open_fds", EXPO_GAUGE, "Open file descriptors of the collector.",
	    family_write_count, SELF(process.open_fds)),
	ONE("process_max_fds", EXPO_GAUGE, "How many file descriptors the collector may open.",
	    family_write_count, SELF(process.max_fds)),
};

const struct family_table catalogue_process = { families, COUNT(families) };
const struct family_table *const catalogue_tables[CATALOGUE_TABLES] = {
	&catalogue_engine, &catalogue_rules, &catalogue_session, &catalogue_slo, &catalogue_process
};
