/* SPDX-License-Identifier: MIT */
/* What a run tells on standard output. Control thread. */
#ifndef AUDIOWATCH_DEMO_REPORT_H
#define AUDIOWATCH_DEMO_REPORT_H

#include <stdint.h>

struct run;

void report_ready(const struct run *run);
void report_line(const struct run *run, uint64_t second);
void report_json(const struct run *run);

#endif
