/* SPDX-License-Identifier: MIT */
/* What the rows of the table of signals count. Of collector/signal*.c alone. Pure. */
#ifndef AUDIOWATCH_COLLECTOR_SIGNAL_SAMPLE_H
#define AUDIOWATCH_COLLECTOR_SIGNAL_SAMPLE_H

#include "collector/signal.h"

/* Samples of a window, and what is in flight. */
struct signal_sample signal_sample_window(const struct signal_query *query);
uint64_t signal_value_window(const struct signal_query *query, const struct signal_sample *sample);

/* Calls in flight. */
struct signal_sample signal_sample_open(const struct signal_query *query);
uint64_t signal_value_open(const struct signal_query *query, const struct signal_sample *sample);

/* A level against its threshold. */
struct signal_sample signal_sample_level(const struct signal_query *query);
uint64_t signal_value_level(const struct signal_query *query, const struct signal_sample *sample);

/* One sample, 0 or 1; of a stopped process what it was before. */
struct signal_sample signal_sample_stalled(const struct signal_query *query);
struct signal_sample signal_sample_starved(const struct signal_query *query);
struct signal_sample signal_sample_source_down(const struct signal_query *query);
struct signal_sample signal_sample_component_down(const struct signal_query *query);
struct signal_sample signal_sample_burn(const struct signal_query *query);
struct signal_sample signal_sample_always(const struct signal_query *query);
/* 0 or 1 too, but its value is how many were lost. */
struct signal_sample signal_sample_lost(const struct signal_query *query);
uint64_t signal_value_lost(const struct signal_query *query, const struct signal_sample *sample);

#endif
