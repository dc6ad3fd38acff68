/* SPDX-License-Identifier: MIT */
/* The two tables behind aw_time_cell(), in the section that aw_open() touches: read on the audio thread. */
#include "shm/hist.h"

#define AW_RT_DATA __attribute__((section("aw_rt_rodata"), aligned(64)))

#include "cells.inc"
