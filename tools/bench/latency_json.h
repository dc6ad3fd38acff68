/* SPDX-License-Identifier: MIT */
/* A measurement as one JSON document: docs/audiowatch-bench-latency.schema.json. Main thread, after the others ended. */
#ifndef AUDIOWATCH_BENCH_LATENCY_JSON_H
#define AUDIOWATCH_BENCH_LATENCY_JSON_H

#include "tools/bench/latency_result.h"

/* To standard output; 0, or -EIO and one line. status: the exit status that follows. */
int latency_json_print(const struct latency_result *result, int status);

#endif
