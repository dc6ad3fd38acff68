/* SPDX-License-Identifier: MIT */
/* The signals that end the collector. */
#ifndef AUDIOWATCH_COLLECTOR_SIGNALS_H
#define AUDIOWATCH_COLLECTOR_SIGNALS_H

/* They become readable: a descriptor, or -errno. Blocked before any thread is made, so that none of them
 * takes one. SIGURG, by which the kernel tells of broken leases, is ignored by default. */
int signals_open(void);

#endif
