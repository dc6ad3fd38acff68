/* SPDX-License-Identifier: MIT */
/* Inside the checks: the judges that checks.c has in its table. Each fills found, and cure where it knows a better
 * one than the row's. Pure. */
#ifndef AUDIOWATCH_CLI_CHECKS_JUDGE_H
#define AUDIOWATCH_CLI_CHECKS_JUDGE_H

#include "tools/audiowatch/checks.h"

#define ON_THE_HOST "on the host: "

typedef enum verdict judge_fn(const struct facts *facts, struct finding *finding);

/* checks_machine.c */
judge_fn judge_realtime, judge_memlock, judge_kernel, judge_throttling, judge_governor, judge_sleep,
	judge_smt, judge_clock, judge_swap, judge_shm_size, judge_shm_mode, judge_shm_private,
	judge_remove_ipc;
/* checks_own.c */
judge_fn judge_directory, judge_environment, judge_disabled, judge_collector, judge_segments;

__attribute__((format(printf, 2, 3))) void finding_say(struct finding *finding, const char *format,
						       ...);
void finding_cure(struct finding *finding, const char *cure);

#endif
