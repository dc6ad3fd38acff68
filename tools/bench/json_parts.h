/* SPDX-License-Identifier: MIT */
/* What the JSON documents of all commands have in common. Main thread; the caller owns what it is given. */
#ifndef AUDIOWATCH_BENCH_JSON_PARTS_H
#define AUDIOWATCH_BENCH_JSON_PARTS_H

#include <jansson.h>
#include <time.h>

#include "tools/machine/machine.h"

json_t *json_number(uint64_t value);
json_t *json_number_or_null(uint64_t value); /* 0 = null */
json_t *json_text_or_null(const char *text); /* "" and NULL = null */
json_t *json_machine(const struct machine *machine);
json_t *json_started(time_t started);
/* To standard output, and releases it; 0, or -EIO and one line. */
int json_print(json_t *json);

#endif
