/* SPDX-License-Identifier: MIT */
/* The watchdog's own numbers. The poll thread writes and reads them, but for two things that
 * cross threads: requests, the series of a page and whether a component is down, written by whoever knows, and the time
 * of the last poll, which health asks for. */
#ifndef AUDIOWATCH_COLLECTOR_SELFWATCH_H
#define AUDIOWATCH_COLLECTOR_SELFWATCH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "collector/peak.h"
#include "collector/process.h"
#include "shm/reader.h"

enum {
	SELFWATCH_POLL_BOUNDS = 9,
	SELFWATCH_SESSION_BOUNDS = 9,
	SELFWATCH_HANDLERS = 16,
	SELFWATCH_CODES = 16,
	SELFWATCH_FAULTS = 3,
	SELFWATCH_COMPONENTS = 8,
};

extern const char *const selfwatch_poll_le[SELFWATCH_POLL_BOUNDS]; /* seconds, as printed */
extern const char *const selfwatch_session_le[SELFWATCH_SESSION_BOUNDS];
extern const unsigned selfwatch_codes[SELFWATCH_CODES]; /* the last is 0: any other */
extern const char *const selfwatch_faults[SELFWATCH_FAULTS]; /* why a source was dropped */

/* What a snapshot copies. */
struct selfwatch_counts {
	uint64_t polls[SELFWATCH_POLL_BOUNDS + 1], poll_sum_ns, poll_max_ns, overruns;
	uint64_t sources, sources_most, refused[AW_ATTACH_OUTCOMES], refused_full,
		dropped[SELFWATCH_FAULTS];
	uint64_t states_refused; /* changes of state that no engine can make */
	uint64_t sessions_started, session_seconds[SELFWATCH_SESSION_BOUNDS + 1], session_sum_ns,
		audio_ns;
	uint64_t snapshots, snapshot_bytes, snapshot_ns; /* of the one before */
	uint64_t state_writes, state_failures; /* of the file of what outlives us */
	const char *handlers[SELFWATCH_HANDLERS]; /* the labels of requests; NULL = unused */
	uint64_t requests[SELFWATCH_HANDLERS][SELFWATCH_CODES];
	uint64_t series, max_series; /* of the newest page of metrics; metrics.max_series */
	struct selfwatch_component {
		const char *name, *place; /* NULL = unused; of no place */
		uint64_t down; /* its fault; 0 = it works */
	} components[SELFWATCH_COMPONENTS];
	struct process_usage process;
};

struct selfwatch {
	struct selfwatch_counts counts; /* P */
	struct peak slowest; /* P */
	_Atomic uint64_t last_poll_ns; /* W: P, after each beat; CLOCK_MONOTONIC, 0 = none yet */
	_Atomic uint64_t requests[SELFWATCH_HANDLERS][SELFWATCH_CODES]; /* W: H, each counter for itself */
	_Atomic uint64_t series; /* W: H, who rendered last */
	const char *names[SELFWATCH_COMPONENTS]; /* of the components; NULL = unused */
	const char *places[SELFWATCH_COMPONENTS]; /* where they work; NULL = not said */
	_Atomic uint64_t down[SELFWATCH_COMPONENTS]; /* W: the component */
	uint64_t started_ns, started_real_ns;
};

/* Poll thread. */
void selfwatch_poll(struct selfwatch *self, uint64_t began_ns, uint64_t ended_ns);
void selfwatch_session(struct selfwatch *self, uint64_t lasted_ns);
void selfwatch_dropped(struct selfwatch *self, const char *fault);
/* The numbers of now, requests among them. */
struct selfwatch_counts selfwatch_read(struct selfwatch *self, uint64_t now_ns);

/* Before any other thread runs: the label's row, added if it is new. The text is borrowed for
 * good. */
unsigned selfwatch_handler(struct selfwatch *self, const char *label);

/* Before any other thread runs: a part of the collector that can fail while the rest goes on; its number. */
unsigned selfwatch_component(struct selfwatch *self, const char *name);
/* The same: where it works. The text is borrowed for good. */
void selfwatch_place(struct selfwatch *self, unsigned component, const char *place);

/* Any thread. */
void selfwatch_components(const struct selfwatch *self,
			  struct selfwatch_component components[SELFWATCH_COMPONENTS]);
/* fault.h; 0: it works. */
void selfwatch_down(struct selfwatch *self, unsigned component, int fault);
void selfwatch_series(struct selfwatch *self, uint64_t series);
void selfwatch_request(struct selfwatch *self, unsigned handler, unsigned status);
uint64_t selfwatch_last_poll_ns(const struct selfwatch *self);

#endif
