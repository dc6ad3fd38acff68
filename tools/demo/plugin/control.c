/* SPDX-License-Identifier: MIT */
/* The control ports, each brought into its range whatever the host writes. Pure. */
#include "tools/demo/plugin/control.h"

#include <math.h>

static const struct {
	float unset, min, max;
} controls[CONTROLS] = {
	[CONTROL_GAIN] = { 1, 0, 4 },	   [CONTROL_BURN] = { 0, 0, 100 },
	[CONTROL_STALL] = { 0, 0, 10000 }, [CONTROL_CHANNELS] = { 0, 0, 16 },
	[CONTROL_FFI] = { 0, 0, 2000 },	   [CONTROL_HANG] = { 0, 0, 1 },
};

float control_value(enum control control, const float *value)
{
	if (!value || isnan(*value))
		return controls[control].unset;
	if (*value < controls[control].min)
		return controls[control].min;
	return *value > controls[control].max ? controls[control].max : *value;
}
