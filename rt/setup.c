/* SPDX-License-Identifier: MIT */
/* Opening and closing a session: host control threads, never the audio thread. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "rt/session.h"
#include "rt/text.h"
#include "shm/segment.h"

enum { NAME_TRIES = 8 };

/* Where segments go and how they are called. */
struct place {
	char dir[3072], prefix[AW_PREFIX_MAX + 1];
};

/* A sandbox lets its app write elsewhere: Flatpak shares $XDG_RUNTIME_DIR/app/$FLATPAK_ID with the host, snap
 * allows /dev/shm/snap.<name>.* alone. */
static int find_place(struct place *place)
{
	const char *dir = secure_getenv("AUDIOWATCH_DIR"),
		   *prefix = secure_getenv("AUDIOWATCH_PREFIX");
	const char *flatpak = secure_getenv("FLATPAK_ID"),
		   *runtime = secure_getenv("XDG_RUNTIME_DIR");
	const char *snap = secure_getenv("SNAP_INSTANCE_NAME");
	int length;

	if (dir && *dir)
		length = snprintf(place->dir, sizeof place->dir, "%s", dir);
	else if (flatpak && *flatpak && runtime)
		length = snprintf(place->dir, sizeof place->dir, "%s/app/%s", runtime, flatpak);
	else
		length = snprintf(place->dir, sizeof place->dir, "%s", AW_DEFAULT_DIR);
	if (length < 0 || length >= (int)sizeof place->dir)
		return -ENAMETOOLONG;
	if (place->dir[0] != '/') /* after a chdir() its object could not be unlinked */
		return -EINVAL;
	if (prefix && *prefix)
		length = snprintf(place->prefix, sizeof place->prefix, "%s", prefix);
	else if (snap && *snap)
		length = snprintf(place->prefix, sizeof place->prefix, "snap.%s.%s", snap,
				  AW_DEFAULT_PREFIX);
	else
		length = snprintf(place->prefix, sizeof place->prefix, "%s", AW_DEFAULT_PREFIX);
	return length < 0 || length >= (int)sizeof place->prefix || !aw_prefix_valid(place->prefix)
		       ? -EINVAL
		       : 0;
}

/* A caller built against an older header has a shorter struct: what it does not know is default. */
static int read_options(const struct aw_options *from, struct aw_options *options,
			struct aw_counts *counts)
{
	static const struct aw_options defaults = AW_OPTIONS_INIT;
	const uint32_t oldest = defaults.size; /* grows never, raised with the ABI */

	*options = defaults;
	if (from && (from->size < oldest || from->flags & ~(uint32_t)AW_LOCK_MEMORY))
		return -EINVAL;
	if (from)
		memcpy(options, from, sizeof *options);
	counts->engines = options->max_engines ? options->max_engines : 1;
	counts->channels = options->max_channels ? options->max_channels : 16;
	counts->functions = options->max_functions ? options->max_functions : 8;
	counts->ring_records = options->ring_records ? options->ring_records : 1024;
	return aw_counts_valid(counts) ? 0 : -EINVAL;
}

static uint64_t round_up(uint64_t bytes)
{
	return (bytes + AW_LINE - 1) & ~(uint64_t)(AW_LINE - 1);
}

/* One mapping for all handles of a session: wiped in a child, populated now. */
static int map_handles(const struct aw_counts *counts, struct aw_session **session)
{
	const uint64_t engines = round_up(sizeof(struct aw_session));
	const uint64_t channels = engines + round_up(sizeof(struct aw_engine) * counts->engines);
	const uint64_t functions = channels + round_up(sizeof(struct aw_channel) * counts->channels);
	const uint64_t size = functions + round_up(sizeof(struct aw_function) * counts->functions);
	void *const map =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned char *const at = (unsigned char *)map;

	if (map == MAP_FAILED)
		return -errno;
	if (madvise(at, size, MADV_WIPEONFORK)) {
		const int error = errno;

		munmap(at, size);
		return -error;
	}
	memset(at, 0, size); /* populates: the audio thread must not fault */
	*session = (struct aw_session *)(void *)at;
	(*session)->private_bytes = size;
	(*session)->layout = aw_layout_of(*counts);
	(*session)->engines = (struct aw_engine *)(void *)(at + engines);
	(*session)->channels = (struct aw_channel *)(void *)(at + channels);
	(*session)->functions = (struct aw_function *)(void *)(at + functions);
	return 0;
}

/* Field 22 of /proc/self/stat; the name before it may hold anything, so count from its last ')'. */
static uint64_t own_start_time(void)
{
	const int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
	char text[1024] = "";
	const ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	const char *at = got > 0 ? strrchr(text, ')') : NULL;

	if (fd >= 0)
		close(fd);
	for (unsigned field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	return at ? strtoull(at + 1, NULL, 10) : 0;
}

/* Locks the segment into memory where that takes nothing from the host, or where it was asked for. */
static int lock_memory(struct aw_session *session, bool asked, uint32_t *flags)
{
	struct rlimit limit;

	if (!asked && (getrlimit(RLIMIT_MEMLOCK, &limit) || limit.rlim_cur != RLIM_INFINITY))
		return 0;
	if (!mlock(session->segment, session->layout.size) &&
	    !mlock(session, session->private_bytes)) {
		*flags |= AW_FLAG_LOCKED;
		return 0;
	}
	if (asked)
		return -errno;
	munlock(session->segment, session->layout.size); /* all or none of it */
	return 0;
}

static uint64_t realtime_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void write_header(struct aw_session *session, const struct aw_options *options,
			 const uint8_t *id, const struct aw_clock *clock, uint32_t flags)
{
	struct aw_segment_header *header = AW_SECTION(session, aw_segment_header, AW_HEADER_OFFSET);
	const struct aw_counts *counts = &session->layout.counts;

	header->abi_major = AW_ABI_MAJOR;
	header->abi_minor = AW_ABI_MINOR;
	header->byte_order = AW_BYTE_ORDER;
	memcpy(header->id, id, sizeof header->id);
	header->size = session->layout.size;
	header->engines = counts->engines;
	header->channels = counts->channels;
	header->functions = counts->functions;
	header->ring_records = counts->ring_records;
	header->lanes = AW_SHARED_LANES;
	header->lane_records = AW_SHARED_RECORDS;
	header->pid = (uint64_t)getpid();
	header->pid_start = own_start_time();
	header->opened_ns = realtime_ns();
	header->clock_kind = clock->slow ? AW_CLOCK_MONOTONIC : AW_CLOCK_TICKS;
	header->flags = flags | (clock->slow ? 0 : (uint32_t)AW_FLAG_FAST_CLOCK);
	header->mult = clock->mult;
	header->state = AW_STATE_OPEN;
	aw_text_copy(header->app, AW_APP_SIZE,
		     options->name ? options->name : program_invocation_short_name);
	aw_text_copy(header->version, AW_VERSION_SIZE, options->version);
	aw_text_copy(header->instance, AW_INSTANCE_SIZE, options->instance);
	/* at rest intent is head - 1; every lane starts at base, which is 0 */
	for (uint32_t e = 0; e < counts->engines; e++)
		own_store(
			&(AW_SECTION(session, aw_engine_control, session->layout.control) + e)->intent,
			UINT64_MAX);
	for (uint32_t k = 0; k < AW_SHARED_LANES; k++)
		own_store(&(AW_SECTION(session, aw_shared_lane, session->layout.lanes) + k)->intent,
			  UINT64_MAX);
	/* release: pairs with the reader's copy of the header after it saw the magic */
	atomic_store_explicit(&header->magic, AW_MAGIC, memory_order_release);
}

static struct aw_lane lane_at(_Atomic uint64_t *intent, _Atomic uint64_t *head, void *ring,
			      uint64_t records)
{
	const struct aw_lane lane = { intent, head, (_Atomic uint64_t *)ring, records - 1, 0 };

	return lane;
}

static void wire_engine(struct aw_session *session, uint32_t i, const struct aw_clock *clock)
{
	const struct aw_layout *l = &session->layout;
	struct aw_engine *engine = &session->engines[i];

	engine->session = session;
	engine->index = i;
	engine->clock = *clock;
	engine->control = AW_SECTION(session, aw_engine_control, l->control) + i;
	engine->totals = AW_SECTION(session, aw_engine_totals, l->totals) + i;
	engine->any = AW_SECTION(session, aw_any_thread, l->any) + i;
	engine->lane = lane_at(&engine->control->intent, &engine->control->head,
			       session->segment + l->engine_rings + l->engine_ring_bytes * i,
			       l->counts.ring_records);
}

/* Points every handle at its part of the segment; they stay inert until a *_new names them. */
static void wire_handles(struct aw_session *session, const struct aw_clock *clock)
{
	const struct aw_layout *l = &session->layout;

	for (uint32_t i = 0; i < l->counts.engines; i++)
		wire_engine(session, i, clock);
	for (uint32_t i = 0; i < l->counts.channels; i++) {
		session->channels[i].session = session;
		session->channels[i].index = i;
		session->channels[i].clock = *clock;
		session->channels[i].totals =
			AW_SECTION(session, aw_channel_totals, l->channels) + i;
	}
	for (uint32_t i = 0; i < l->counts.functions; i++) {
		session->functions[i].session = session;
		session->functions[i].index = i;
		session->functions[i].clock = *clock;
		session->functions[i].totals =
			AW_SECTION(session, aw_function_totals, l->functions) + i;
	}
	for (uint32_t k = 0; k < AW_SHARED_LANES; k++) {
		struct aw_shared_lane *lane = AW_SECTION(session, aw_shared_lane, l->lanes) + k;
		const uint64_t ring =
			l->shared_rings + sizeof(struct aw_record) * AW_SHARED_RECORDS * k;

		session->lanes[k].lane = lane_at(&lane->intent, &lane->head,
						 session->segment + ring, AW_SHARED_RECORDS);
	}
	session->flights = AW_SECTION(session, aw_flight, l->flight);
	session->contended = AW_SECTION(session, aw_contended, l->contended);
}

/* Reads one byte a page of the real-time functions and tables, so that not even the first call faults. The linker
 * gives the bounds of a section whose name is an identifier; weak, for a program that links none of it. */
#define AW_BOUND(name) extern const unsigned char name[] __attribute__((weak, visibility("hidden")))
AW_BOUND(__start_aw_rt_text);
AW_BOUND(__stop_aw_rt_text);
AW_BOUND(__start_aw_rt_rodata);
AW_BOUND(__stop_aw_rt_rodata);

static void touch(const unsigned char *from, const unsigned char *to)
{
	const uintptr_t first = (uintptr_t)from, end = (uintptr_t)to;

	for (uintptr_t at = first; at < end; at = (at & ~(uintptr_t)(AW_PAGE - 1)) + AW_PAGE)
		(void)*(const volatile unsigned char *)at;
}

static void touch_code(void)
{
	touch(__start_aw_rt_text, __stop_aw_rt_text);
	touch(__start_aw_rt_rodata, __stop_aw_rt_rodata);
}

/* Creates the object under a fresh name; a taken one (2^-96) is tried again. */
static int create_segment(struct aw_session *session, int dirfd, const struct place *place,
			  const char *group, uint8_t id[AW_ID_SIZE])
{
	char name[AW_SEGMENT_NAME_SIZE];
	int error = -EEXIST;
	void *map;

	for (unsigned i = 0; i < NAME_TRIES && error == -EEXIST; i++) {
		error = aw_segment_id(id);
		if (error)
			return error;
		aw_segment_name(name, place->prefix, geteuid(), id);
		error = aw_segment_create(dirfd, name, session->layout.size, group, &map);
	}
	if (error)
		return error;
	session->segment = (unsigned char *)map;
	snprintf(session->path, sizeof session->path, "%s/%s", place->dir, name);
	return 0;
}

static void drop_segment(struct aw_session *session)
{
	unlink(session->path);
	munmap(session->segment, session->layout.size);
}

static int open_session(struct aw_session *session, int dirfd, const struct place *place,
			const struct aw_options *options)
{
	uint8_t id[AW_ID_SIZE];
	struct aw_clock clock;
	uint32_t flags = 0;
	int error = create_segment(session, dirfd, place, options->group, id);

	if (error)
		return error;
	error = lock_memory(session, options->flags & AW_LOCK_MEMORY, &flags);
	if (error) {
		drop_segment(session);
		return error;
	}
	pthread_mutex_init(&session->lock, NULL);
	aw_clock_init(&clock);
	wire_handles(session, &clock);
	write_header(session, options, id, &clock, flags);
	touch_code();
	return 0;
}

static int open_in(int dirfd, const struct place *place, const struct aw_options *options,
		   const struct aw_counts *counts, struct aw_session **session)
{
	struct aw_session *opened = NULL;
	int error;

	aw_reap_dead(dirfd, place->prefix);
	error = map_handles(counts, &opened);
	if (error)
		return error;
	error = open_session(opened, dirfd, place, options);
	if (error)
		munmap(opened, opened->private_bytes);
	else
		*session = opened;
	return error;
}

static bool disabled(void)
{
	const char *disable = secure_getenv("AUDIOWATCH_DISABLE");

	return disable && strcmp(disable, "1") == 0;
}

int aw_inert_error(void)
{
	return disabled() ? -ECANCELED : -EBADF;
}

int aw_open(const struct aw_options *options, struct aw_session **session)
{
	struct aw_options wanted;
	struct aw_counts counts;
	struct place place;
	int dirfd, error;

	if (!session)
		return -EINVAL;
	*session = NULL;
	if (disabled())
		return -ECANCELED;
	error = read_options(options, &wanted, &counts);
	if (!error)
		error = find_place(&place);
	if (error)
		return error;
	dirfd = aw_segment_dir(place.dir);
	if (dirfd < 0)
		return dirfd;
	error = open_in(dirfd, &place, &wanted, &counts, session);
	close(dirfd);
	return error;
}

void aw_close(struct aw_session *session)
{
	struct aw_segment_header *header;

	if (!session || !session->segment)
		return;
	header = AW_SECTION(session, aw_segment_header, AW_HEADER_OFFSET);
	for (uint32_t i = 0; i < session->layout.counts.channels; i++)
		if (session->channels[i].segment)
			aw_channel_settle(&session->channels[i]);
	/* release: whoever sees it closed sees the last totals */
	atomic_store_explicit(&header->state, AW_STATE_CLOSED, memory_order_release);
	drop_segment(session);
	pthread_mutex_destroy(&session->lock);
	munmap(session, session->private_bytes);
}
