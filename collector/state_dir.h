/* SPDX-License-Identifier: MIT */
/* The folder of what outlives the collector. Main thread, at start. */
#ifndef AUDIOWATCH_COLLECTOR_STATE_DIR_H
#define AUDIOWATCH_COLLECTOR_STATE_DIR_H

#include <stddef.h>

/* Makes it and its parents, mode 0700, as far as they are not there: 0, or -errno and one line: value and cure. */
int state_dir_make(const char *path, char *error, size_t size);

#endif
