/* SPDX-License-Identifier: MIT */
/* A measurement as text, and as one JSON document. Main thread. */
#ifndef AUDIOWATCH_BENCH_PUBLISH_REPORT_H
#define AUDIOWATCH_BENCH_PUBLISH_REPORT_H

#include "tools/bench/publish_result.h"

/* Machine, settings, and what is absent and why. */
void publish_report_head(const struct publish_result *result);
void publish_report_tables(const struct publish_result *result);
/* 0, or -EIO and one line. */
int publish_json_print(const struct publish_result *result, int status);

#endif
