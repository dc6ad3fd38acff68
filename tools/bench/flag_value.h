/* SPDX-License-Identifier: MIT */
/* Numbers of a command's flags. Main thread. */
#ifndef AUDIOWATCH_BENCH_FLAG_VALUE_H
#define AUDIOWATCH_BENCH_FLAG_VALUE_H

#include "tools/cli/number.h"

/* 0, or -EINVAL and one line on standard error. */
int flag_whole(const char *flag, const char *text, const struct range *range, uint64_t *value);
int flag_whole_32(const char *flag, const char *text, const struct range *range, uint32_t *value);

#endif
