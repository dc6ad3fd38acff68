/* SPDX-License-Identifier: MIT */
/* What is said of an alert. */
#ifndef AUDIOWATCH_COLLECTOR_ALARM_H
#define AUDIOWATCH_COLLECTOR_ALARM_H

#include "collector/judge.h"
#include "collector/log.h"
#include "collector/silence_desk.h"

/* "Alert: AudioProcessingOverload - render_time p99 is 31.20 ms (threshold: 25.00 ms)"; pure. */
void alarm_message(char *text, size_t size, const struct rule *rule, uint64_t value,
		   uint64_t threshold);
/* Whether the value stands for anything above the last bound of its table. */
bool alarm_is_beyond(const struct rule *rule, uint64_t value);
/* The context of the two below. */
struct alarm {
	struct log *log;
	const struct silence_desk *silences; /* NULL: none */
};

/* A judge_change_fn. */
void alarm_changed(void *context, const struct judge_alert *alert,
		   const struct alert_change *change);
/* A judge_alert_fn: a rule has reached its limit. */
void alarm_limited(void *context, const struct judge_alert *alert);

#endif
