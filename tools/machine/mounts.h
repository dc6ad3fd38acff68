/* SPDX-License-Identifier: MIT */
/* Who else sees a directory: reads /proc/PID/mountinfo, cgroups and namespaces. Any thread; blocks. */
#ifndef AUDIOWATCH_MACHINE_MOUNTS_H
#define AUDIOWATCH_MACHINE_MOUNTS_H

#include <stddef.h>

#include "tools/machine/machine.h"

/* The kind of container this process is in; "" = none that shows. */
void mounts_container(const char *root, char *kind, size_t size);
/* Whether /dev/shm is another one than the rest of the machine has, as far as a process can tell. */
enum machine_answer mounts_shm_private(const char *root, const char *container);

#endif
