/* SPDX-License-Identifier: MIT */
/* A measurement, as reports read it: text, JSON, picture. Made by latency.c; the main thread alone. */
#ifndef AUDIOWATCH_BENCH_LATENCY_RESULT_H
#define AUDIOWATCH_BENCH_LATENCY_RESULT_H

#include <time.h>

#include "tools/bench/latency_meter.h"
#include "tools/bench/latency_options.h"
#include "tools/machine/machine.h"

/* Why it ended. */
enum latency_end {
	LATENCY_DURATION,
	LATENCY_SIGNAL,
	LATENCY_BREAK,
	LATENCY_SERVER_GONE,
	LATENCY_ENDS
};

struct latency_result {
	const struct latency_options *options;
	struct machine machine;
	uint32_t rate_hz, frames; /* of the period; with --jack what the server said last */
	uint64_t format_changes; /* of --jack, while it measured */
	bool published;
	time_t started;
	struct latency_control control;
	struct latency_meter *meters;
	unsigned count;
	enum latency_end end;
};

#endif
