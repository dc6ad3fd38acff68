/* SPDX-License-Identifier: MIT */
/* `audiowatch segments`: every object of the prefix in the directories, live or not, read without a collector. */
#include "tools/audiowatch/segments.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/cli/cli.h"
#include "tools/audiowatch/columns.h"
#include "tools/cli/flags.h"

enum { MAX_DIRS = 16, MAX_UIDS = 32 };

struct segments {
	const char *dirs[MAX_DIRS];
	unsigned dir_count;
	const char *prefix, *prefix_said_by,
		*dirs_said_by; /* a flag or a variable, for what is wrong with it */
	uid_t uids[MAX_UIDS];
	unsigned uid_count;
	bool json, help;

	/* The directory being listed. */
	struct aw_reader_place place;
	const char *dir;

	struct object *objects;
	size_t count, room;
	int rc;
};

static int take_dir(void *context, const char *value)
{
	struct segments *segments = context;

	if (segments->dir_count == MAX_DIRS)
		return cli_error("--dir: more than %d (run it twice)", MAX_DIRS);
	segments->dirs[segments->dir_count++] = value;
	return 0;
}

static int take_prefix(void *context, const char *value)
{
	struct segments *segments = context;

	segments->prefix = value;
	return 0;
}

static int take_uid(void *context, const char *value)
{
	struct segments *segments = context;
	char *end;
	unsigned long uid;

	errno = 0;
	uid = strtoul(value, &end, 10);
	if (*value < '0' || *value > '9' || *end || errno || uid >= (uid_t)-1)
		return cli_error("--uid: \"%s\" is no user number (try %u)", value,
				 (unsigned)getuid());
	if (segments->uid_count == MAX_UIDS)
		return cli_error("--uid: more than %d (run it twice)", MAX_UIDS - 1);
	segments->uids[segments->uid_count++] = (uid_t)uid;
	return 0;
}

static int take_json(void *context, const char *value)
{
	struct segments *segments = context;

	(void)value;
	segments->json = true;
	return 0;
}

static int take_help(void *context, const char *value)
{
	struct segments *segments = context;

	(void)value;
	segments->help = true;
	return 0;
}

static const struct flag flags[] = {
	{ "--json", NULL, NULL, "an array of objects instead of a table", take_json },
	{ "--dir", "DIR", AW_DEFAULT_DIR,
	  "where to look; repeatable ($AUDIOWATCH_DIR, " AW_DEFAULT_DIR ")", take_dir },
	{ "--prefix", "NAME", AW_DEFAULT_PREFIX,
	  "which objects ($AUDIOWATCH_PREFIX, " AW_DEFAULT_PREFIX ")", take_prefix },
	{ "--uid", "N", "1000", "read this user's segments too; repeatable", take_uid },
	{ "--help", NULL, NULL, "this text", take_help },
};

enum { FLAGS = sizeof flags / sizeof *flags };

static int arguments_read(struct segments *segments, int argc, char **argv)
{
	segments->uids[segments->uid_count++] = getuid();
	if (flags_read(&(struct flags){ "segments", flags, FLAGS }, segments, argc, argv) < 0)
		return -EINVAL;
	segments->prefix_said_by = segments->prefix ? "--prefix" : "AUDIOWATCH_PREFIX";
	segments->dirs_said_by = segments->dir_count ? "--dir" : "AUDIOWATCH_DIR";
	if (!segments->prefix)
		segments->prefix = cli_variable("AUDIOWATCH_PREFIX", AW_DEFAULT_PREFIX);
	if (!segments->dir_count)
		segments->dirs[segments->dir_count++] =
			cli_variable("AUDIOWATCH_DIR", AW_DEFAULT_DIR);
	if (!aw_prefix_valid(segments->prefix))
		return cli_error("%s: \"%s\" is no prefix: letters, digits, '.', '_', '-' "
				 "(try " AW_DEFAULT_PREFIX ")",
				 segments->prefix_said_by, segments->prefix);
	return 0;
}

static void help(void)
{
	(void)puts("Usage: audiowatch segments [OPTION...]\n"
		   "Lists every object of the prefix: live, dead, closed, newborn, or refused and "
		   "why.\n");
	flags_help(&(struct flags){ "segments", flags, FLAGS });
}

static struct object *next_object(struct segments *segments)
{
	if (segments->count == segments->room) {
		const size_t room = segments->room ? 2 * segments->room : 16;
		struct object *objects = realloc(segments->objects, room * sizeof *objects);

		if (!objects)
			return NULL;
		segments->objects = objects;
		segments->room = room;
	}
	return &segments->objects[segments->count];
}

static void found(void *context, enum aw_found what, const char *name)
{
	struct segments *segments = context;
	struct object *object;

	if (what != AW_FOUND)
		return;
	object = next_object(segments);
	if (!object)
		segments->rc = -ENOMEM;
	else if (object_read(object, &segments->place, segments->dir, name))
		segments->count++;
}

static int list_dir(struct segments *segments, const char *dir)
{
	const int dirfd = aw_segment_dir(dir);
	int rc = dirfd;

	if (dirfd >= 0) {
		segments->dir = dir;
		segments->place = (struct aw_reader_place){ .dirfd = dirfd,
							    .prefix = segments->prefix,
							    .uids = segments->uids,
							    .uid_count = segments->uid_count };
		rc = object_scan(&segments->place, dir, found, segments);
		rc = rc < 0 ? rc : segments->rc;
		(void)close(dirfd);
	}
	if (rc < 0)
		return cli_error("%s: \"%s\": %s (try " AW_DEFAULT_DIR ")", segments->dirs_said_by,
				 dir, rc == -EOPNOTSUPP ? "not on tmpfs" : strerror(-rc));
	return 0;
}

static int by_state_and_name(const void *left, const void *right)
{
	const struct object *a = left, *b = right;
	const int states = (int)a->state - (int)b->state, apps = strcmp(a->app, b->app);

	return states ? states : apps ? apps : strcmp(a->name, b->name);
}

static int list(struct segments *segments)
{
	for (unsigned i = 0; i < segments->dir_count; i++)
		if (list_dir(segments, segments->dirs[i]) < 0)
			return -EINVAL;
	if (segments->count)
		qsort(segments->objects, segments->count, sizeof *segments->objects,
		      by_state_and_name);
	if (segments->json)
		return columns_print_json(segments->objects, segments->count);
	if (segments->count)
		columns_print(segments->objects, segments->count);
	else
		(void)fprintf(stderr, "audiowatch: no segments of the prefix %s\n",
			      segments->prefix);
	return 0;
}

int segments_run(int argc, char **argv)
{
	struct segments segments = { .prefix = NULL };
	int rc = arguments_read(&segments, argc, argv);

	if (rc == 0 && segments.help)
		help();
	else if (rc == 0)
		rc = list(&segments);
	free(segments.objects);
	return rc < 0 ? 2 : 0;
}
