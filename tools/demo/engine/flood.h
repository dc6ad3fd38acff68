/* SPDX-License-Identifier: MIT */
/* Many late clients at once: xrun reports of one engine from several threads, as fast as they go. */
#ifndef AUDIOWATCH_DEMO_FLOOD_H
#define AUDIOWATCH_DEMO_FLOOD_H

#include "tools/demo/engine/engine.h"

/* Returns when all of them are told; fewer where a thread cannot be had. Any thread but the engine's. */
void flood_engine(struct engine *engine, uint64_t reports);

#endif
