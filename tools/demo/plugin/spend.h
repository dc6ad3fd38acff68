/* SPDX-License-Identifier: MIT */
/* Time, read and spent on purpose. Any thread; spend_asleep() is the one system call of the audio thread, and only a
 * stall that was asked for makes it. */
#ifndef AUDIOWATCH_DEMO_SPEND_H
#define AUDIOWATCH_DEMO_SPEND_H

#include <stdint.h>

enum { NS_A_MILLISECOND = 1000000, NS_A_SECOND = 1000000000 };

uint64_t spend_now_ns(void);
void spend_busy(uint64_t duration_ns);
void spend_asleep(uint64_t duration_ns);

#endif
