/* SPDX-License-Identifier: MIT */
/* The command line. Read once by main, only read afterwards; options_deinit() frees what it holds. */
#ifndef AUDIOWATCH_DEMO_OPTIONS_H
#define AUDIOWATCH_DEMO_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/demo/engine/script.h"

#define DEMO_PROGRAM "audiowatch-demo-engine"

enum {
	MAX_ENGINES = 64,
	MAX_CHANNELS = 1024,
	MAX_FUNCTIONS = 256,
	MAX_PARTS = 16,
	MAX_TRACKS = 16
};

/* A channel with a name and a load of its own. */
struct track {
	char name[EVENT_NAME_SIZE];
	double load; /* computing time by period */
};

struct options {
	uint32_t engines, channels; /* channels of each engine */
	uint32_t rate_hz, frames;
	uint32_t parts[MAX_PARTS], part_count; /* the calls one period is split into */
	double load; /* computing time of a period by its length, beside the tracks' */
	struct track tracks[MAX_TRACKS]; /* the first channels of each engine */
	uint32_t track_count;
	uint64_t seconds_ns, blocks; /* the end; 0 = none */
	uint32_t ffi_per_second, functions; /* each function's calls a second */
	uint64_t ffi_ns;
	double ffi_errors; /* failing calls by calls */
	bool fast, active, hold, no_close, print, json, help, version;
	const char *name, *instance, *title;
	struct script script;
};

/* 0, or -EINVAL and a complaint; nothing has been opened then. */
int options_read(struct options *options, int argc, char **argv, struct complaint *complaint);
void options_deinit(struct options *options);
void options_help(void);

/* When rendering ends, in ns since the start; UINT64_MAX = a signal ends it. */
uint64_t options_end_ns(const struct options *options);

#endif
