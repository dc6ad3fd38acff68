/* SPDX-License-Identifier: MIT */
/* Reads one object of the shared memory directory, without disturbing whoever writes it. */
#include "tools/audiowatch/object.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "shm/hist.h"
#include "tools/cli/words.h"

enum { TRIES = 5 }; /* a writer may be in the way of one reading, hardly of five */

const char *object_state_name(enum object_state state)
{
	static const char *const names[] = {
		[OBJECT_LIVE] = "live",	      [OBJECT_CLOSED] = "closed",
		[OBJECT_DEAD] = "dead",	      [OBJECT_UNKNOWN] = "unknown",
		[OBJECT_NEWBORN] = "newborn", [OBJECT_REFUSED] = "refused",
	};

	return names[state];
}

static void ignore_record(void *context, unsigned lane, const struct aw_record *record)
{
	(void)context, (void)lane, (void)record;
}

static int read_lanes(struct aw_reader *reader)
{
	int rc = aw_reader_control(reader);

	for (unsigned lane = 0; lane < aw_reader_lanes(reader) && rc == 0; lane++)
		rc = aw_reader_lane(reader, lane, ignore_record, NULL);
	return rc;
}

static int again(int (*read)(struct aw_reader *), struct aw_reader *reader)
{
	int rc = -EAGAIN;

	for (unsigned i = 0; i < TRIES && rc == -EAGAIN; i++)
		rc = read(reader);
	return rc;
}

static void add_engine(struct object_sums *sums, struct aw_reader *reader, unsigned engine)
{
	const struct aw_any_thread *any = aw_reader_any(reader, engine);
	const uint64_t freewheel = aw_reader_control_totals(reader, engine).freewheel_blocks;

	sums->blocks += freewheel +
			aw_cells_count((const uint64_t *)aw_reader_engine(reader, engine)->render,
				       AW_TIME_CELLS);
	sums->freewheel_blocks += freewheel;
	sums->misses += aw_reader_misses(reader, engine);
	for (unsigned source = 0; source < AW_XRUN_SOURCES; source++)
		sums->xrun_reports += own_load(&any->xrun_reports[source]);
}

static void add_function(struct object_sums *sums, struct aw_reader *reader, unsigned index)
{
	const struct aw_function_totals *function = aw_reader_function(reader, index);

	sums->calls += aw_cells_count((const uint64_t *)function->cells, AW_TIME_CELLS);
	sums->errors += own_load(&function->errors);
}

/* Slots that were freed count too: what they held happened. */
static struct object_sums sum(struct aw_reader *reader, const struct aw_counts *counts)
{
	struct object_sums sums = { 0 };

	for (unsigned i = 0; i < counts->engines; i++)
		add_engine(&sums, reader, i);
	for (unsigned i = 0; i < counts->functions; i++)
		add_function(&sums, reader, i);
	return sums;
}

static uint64_t in_use(struct aw_reader *reader, enum aw_kind kind, unsigned slots)
{
	uint64_t count = 0;

	for (unsigned i = 0; i < slots; i++)
		count += aw_reader_slot(reader, kind, i)->kind != AW_KIND_FREE;
	return count;
}

static void take_header(struct object *object, const struct aw_segment_header *header)
{
	words_clean(object->app, sizeof object->app, header->app);
	words_clean(object->version, sizeof object->version, header->version);
	words_clean(object->instance, sizeof object->instance, header->instance);
	object->pid = header->pid;
	object->abi_major = header->abi_major;
	object->abi_minor = header->abi_minor;
	object->opened_ns = header->opened_ns;
	object->max_engines = header->engines;
	object->max_channels = header->channels;
	object->max_functions = header->functions;
	object->ring_records = header->ring_records;
}

static enum object_state life_of(const struct aw_reader *reader)
{
	static const enum object_state states[] = {
		[AW_ALIVE] = OBJECT_LIVE, [AW_DEAD] = OBJECT_DEAD, [AW_LIFE_UNKNOWN] = OBJECT_UNKNOWN
	};

	return aw_reader_closed(reader) ? OBJECT_CLOSED : states[aw_reader_life(reader)];
}

static void take_counts(struct object *object, struct aw_reader *reader)
{
	const struct aw_counts *counts = &aw_reader_layout(reader)->counts;

	object->counted = again(read_lanes, reader) == 0 && again(aw_reader_totals, reader) == 0;
	if (object->counted) {
		object->sums = sum(reader, counts);
		object->account = aw_reader_account(reader);
	}
	if (again(aw_reader_directory, reader) < 0)
		return;
	object->engines = in_use(reader, AW_KIND_ENGINE, counts->engines);
	object->channels = in_use(reader, AW_KIND_CHANNEL, counts->channels);
	object->functions = in_use(reader, AW_KIND_FUNCTION, counts->functions);
}

static void take_attached(struct object *object, struct aw_reader *reader)
{
	object->attached = true;
	take_header(object, aw_reader_header(reader));
	take_counts(object, reader);
	object->state = life_of(reader);
}

static void take_file(struct object *object, int dirfd, const char *name)
{
	struct stat stat;

	object->stated = fstatat(dirfd, name, &stat, AT_SYMLINK_NOFOLLOW) == 0;
	object->uid = object->stated ? stat.st_uid : 0;
	object->size = object->stated ? (uint64_t)stat.st_size : 0;
}

bool object_read(struct object *object, const struct aw_reader_place *place, const char *dir,
		 const char *name)
{
	struct aw_reader *reader;

	*object = (struct object){ .dir = dir, .state = OBJECT_REFUSED };
	words_clean(object->name, sizeof object->name, name);
	take_file(object, place->dirfd, name);
	object->outcome = aw_reader_open(place, name, &reader);
	if (object->outcome == AW_ATTACHED)
		take_attached(object, reader);
	else if (object->outcome == AW_NEWBORN)
		object->state = OBJECT_NEWBORN;
	else if (reader)
		words_clean(object->error, sizeof object->error, aw_reader_error(reader));
	if (reader)
		aw_reader_close(reader);
	return object->outcome != AW_GONE;
}

int object_scan(const struct aw_reader_place *place, const char *dir, aw_found_fn *found,
		void *context)
{
	struct aw_discover *discover;
	int rc = aw_discover_open(&discover, place->dirfd, dir, place->prefix);

	if (rc < 0)
		return rc;
	rc = aw_discover_scan(discover, found, context);
	aw_discover_close(discover);
	return rc;
}
