/* SPDX-License-Identifier: MIT */
/* The control ports, each brought into its range whatever the host writes. Pure. */
#ifndef AUDIOWATCH_DEMO_CONTROL_H
#define AUDIOWATCH_DEMO_CONTROL_H

/* Also the ports' indices; the two audio ports come after them. gain.ttl says the same. */
enum control {
	CONTROL_GAIN, /* a factor */
	CONTROL_BURN, /* ms a block, busy */
	CONTROL_STALL, /* ms, once when it rises, asleep */
	CONTROL_CHANNELS, /* how many nested parts are timed by themselves */
	CONTROL_FFI, /* ms a call at the FFI boundary; 0 = no calls */
	CONTROL_HANG, /* from 0.5 on: a call that does not return until this falls */
	CONTROLS
};

/* value: NULL = not connected. Out of range or no number gives a value in range. */
float control_value(enum control control, const float *value);

#endif
