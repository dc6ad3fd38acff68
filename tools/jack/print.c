/* SPDX-License-Identifier: MIT */
/* The live line of --print. Main thread. */
#include "tools/jack/print.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shm/discover.h"
#include "shm/hist.h"
#include "tools/cli/cli.h"
#include "tools/cli/words.h"

#define GRAPH "graph:"

enum { TRIES = 5 }; /* a callback may be in the way of one reading, hardly of five */

/* Totals, or what they gained. */
struct print_engine {
	uint64_t cells[AW_TIME_CELLS];
	uint64_t misses, reports;
};

/* ---- the segment ---- */

struct search {
	struct aw_reader_place place;
	struct aw_reader *found;
};

/* Ours is the newest of our pid: one in another namespace may have had the number before. */
static void consider(void *context, enum aw_found what, const char *name)
{
	struct search *search = context;
	struct aw_reader *reader = NULL;

	if (what != AW_FOUND)
		return;
	if (aw_reader_open(&search->place, name, &reader) == AW_ATTACHED &&
	    aw_reader_header(reader)->pid == (uint64_t)getpid() &&
	    (!search->found ||
	     aw_reader_header(reader)->opened_ns > aw_reader_header(search->found)->opened_ns)) {
		struct aw_reader *older = search->found;

		search->found = reader;
		reader = older;
	}
	if (reader)
		aw_reader_close(reader);
}

static int find(struct print *print, const char *dir)
{
	const uid_t uid = geteuid();
	struct search search = {
		.place = { .dirfd = print->dirfd,
			   .prefix = cli_variable("AUDIOWATCH_PREFIX", AW_DEFAULT_PREFIX),
			   .uids = &uid,
			   .uid_count = 1 },
	};
	struct aw_discover *discover;
	int rc = aw_discover_open(&discover, print->dirfd, dir, search.place.prefix);

	if (rc < 0)
		return rc;
	rc = aw_discover_scan(discover, consider, &search);
	aw_discover_close(discover);
	print->reader = search.found;
	return rc < 0 ? rc : search.found ? 0 : -ENOENT;
}

int print_open(struct print *print)
{
	const char *dir = cli_variable("AUDIOWATCH_DIR", AW_DEFAULT_DIR);
	int rc;

	print->dirfd = aw_segment_dir(dir);
	if (print->dirfd < 0)
		return print->dirfd;
	rc = find(print, dir);
	if (rc < 0)
		return rc;
	print->before =
		calloc(aw_reader_layout(print->reader)->counts.engines, sizeof *print->before);
	return print->before ? 0 : -ENOMEM;
}

void print_close(struct print *print)
{
	if (print->reader)
		aw_reader_close(print->reader);
	if (print->dirfd >= 0)
		(void)close(print->dirfd);
	free(print->before);
	free(print->line);
	*print = (struct print){ .dirfd = -1 };
}

static int again(int (*read_it)(struct aw_reader *), struct aw_reader *reader)
{
	int rc = -EAGAIN;

	for (unsigned i = 0; i < TRIES && rc == -EAGAIN; i++)
		rc = read_it(reader);
	return rc;
}

static void refresh(struct aw_reader *reader)
{
	/* what is not believed now is in the next line */
	if (again(aw_reader_control, reader) == 0 && again(aw_reader_directory, reader) == 0)
		(void)again(aw_reader_totals, reader);
}

/* ---- the line ---- */

static void read_engine(struct print_engine *engine, struct aw_reader *reader, unsigned index)
{
	const struct aw_engine_totals *totals = aw_reader_engine(reader, index);

	memcpy(engine->cells, (const void *)totals->render, sizeof engine->cells);
	engine->misses = aw_reader_misses(reader, index);
	engine->reports = own_load(&aw_reader_any(reader, index)->xrun_reports[0]);
}

/* What it gained since the last call. */
static void gain(struct print_engine *engine, struct print *print, unsigned index)
{
	struct print_engine *before = &print->before[index];
	struct print_engine now;

	read_engine(&now, print->reader, index);
	for (unsigned i = 0; i < AW_TIME_CELLS; i++)
		engine->cells[i] = now.cells[i] - before->cells[i];
	engine->misses = now.misses - before->misses;
	engine->reports = now.reports - before->reports;
	*before = now;
}

static double ms_of(const struct print_engine *engine, uint32_t per_million)
{
	return (double)aw_time_quantile(engine->cells, per_million) / 1e6;
}

static void put_times(FILE *out, const char *name, const struct print_engine *engine)
{
	if (!aw_cells_count(engine->cells, AW_TIME_CELLS))
		(void)fprintf(out, "  %s -", name);
	else
		(void)fprintf(out, "  %s P50 %.2f P99 %.2f max %.2f ms", name,
			      ms_of(engine, 500000), ms_of(engine, 990000), ms_of(engine, 1000000));
}

static void put_server(FILE *out, const struct aw_any_thread *any)
{
	const uint64_t format = own_load(&any->format), load = own_load(&any->host_load);

	if (own_load(&any->freewheel))
		(void)fprintf(out, "  freewheel");
	(void)fprintf(out, "  %u/%u", (unsigned)(format >> 32), (unsigned)format);
	if (load)
		(void)fprintf(out, "  dsp %.1f %%", (double)(load - 1) / 1e4);
}

static void put_jack(FILE *out, struct print *print, unsigned index)
{
	struct print_engine engine;

	gain(&engine, print, index);
	put_server(out, aw_reader_any(print->reader, index));
	(void)fprintf(out, "  %ju cycles", (uintmax_t)aw_cells_count(engine.cells, AW_TIME_CELLS));
	put_times(out, "late", &engine);
	(void)fprintf(out, "  xruns %ju  misses %ju", (uintmax_t)engine.reports,
		      (uintmax_t)engine.misses);
}

static void put_graph(FILE *out, struct print *print, unsigned index)
{
	const struct aw_slot *slot = aw_reader_slot(print->reader, AW_KIND_ENGINE, index);
	struct print_engine engine;
	char name[AW_NAME_SIZE];

	words_clean(name, sizeof name, slot->name + strlen(GRAPH));
	gain(&engine, print, index);
	(void)fprintf(out, "  |");
	put_times(out, name, &engine);
	if (engine.misses)
		(void)fprintf(out, " misses %ju", (uintmax_t)engine.misses);
}

static void put_engines(FILE *out, struct print *print)
{
	const unsigned engines = aw_reader_layout(print->reader)->counts.engines;

	for (unsigned i = 0; i < engines; i++) {
		const struct aw_slot *slot = aw_reader_slot(print->reader, AW_KIND_ENGINE, i);

		if (slot->kind != AW_KIND_ENGINE)
			continue;
		if (strncmp(slot->name, GRAPH, strlen(GRAPH)) != 0)
			put_jack(out, print, i);
		else
			put_graph(out, print, i);
	}
}

static void put_line(FILE *out, struct print *print, const char *waiting_for)
{
	char name[256];

	if (waiting_for) {
		words_clean(name, sizeof name, waiting_for);
		(void)fprintf(out, "  waiting for server %s\n", name);
	} else {
		refresh(print->reader);
		put_engines(out, print);
		(void)putc('\n', out);
	}
}

/* ---- on its way out ---- */

static void forget(struct print *print)
{
	free(print->line);
	print->line = NULL;
	print->size = print->written = 0;
}

int print_line(struct print *print, const char *waiting_for)
{
	FILE *out;

	if (print->line)
		return 0; /* nobody has read the last; what this would tell is in a later one */
	out = open_memstream(&print->line, &print->size);
	if (!out)
		return -errno;
	put_line(out, print, waiting_for);
	return fclose(out) == EOF ? -errno : 0;
}

bool print_is_due(const struct print *print)
{
	return print->line != NULL;
}

int print_some(struct print *print)
{
	const size_t left = print->size - print->written;
	const ssize_t wrote = write(STDOUT_FILENO, print->line + print->written,
				    left < PIPE_BUF ? left : PIPE_BUF);

	if (wrote < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	print->written += (size_t)wrote;
	if (print->written == print->size)
		forget(print);
	return 0;
}
