/* SPDX-License-Identifier: MIT */
/* The poll loop: one thread, three clocks. What must be told at once is told between their
 * beats. */
#ifndef AUDIOWATCH_COLLECTOR_POLL_H
#define AUDIOWATCH_COLLECTOR_POLL_H

#include <stdbool.h>
#include <stdint.h>

#include "collector/forget_desk.h"
#include "collector/judge.h"
#include "collector/keeper.h"
#include "collector/roster.h"
#include "collector/silence_desk.h"
#include "collector/snapshot.h"

struct poll_wiring {
	struct roster *roster;
	struct judge *judge;
	struct slo_book *slo;
	struct silence_desk *silences;
	struct forget_desk *forgets;
	struct keeper *keeper;
	struct casebook *cases;
	struct snapshot_board *board;
	struct selfwatch *self;
	struct log *log;
	int stop_fd; /* readable = end */
	void (*ready)(void *context); /* once, when the first picture is out */
	void *context;
};

/* Pure: whether a clock of this period is due, and then its next beat, always a multiple of the
 * period after its first. Beats that passed unheard are skipped and counted. */
bool poll_due(uint64_t *next_ns, uint64_t period_ns, uint64_t now_ns, uint64_t *skipped);

/* Scans, publishes, and loops until stop_fd is readable. 0, or -errno when it cannot wait. */
int poll_run(const struct poll_wiring *wiring);

#endif
