/* SPDX-License-Identifier: MIT */
/* The rules that ship. */
#include "collector/rule.h"

#define MS UINT64_C(1000000)
#define S UINT64_C(1000000000)

const struct rule rule_defaults[] = {
	{
		.name = "AudioProcessingOverload",
		.enabled = true,
		.signal = SIGNAL_RENDER_TIME,
		.statistic = STATISTIC_P99,
		.window_s = 60,
		.above = 25 * MS,
		.clear_below = 25 * MS,
		.for_s = 120,
		.min_above = 5,
		.priority = PRIORITY_P1,
		.limit = RULE_LIMIT,
		.summary = "Audio takes too long to render.",
		.description = "For two minutes at least one block in a hundred has taken longer "
			       "than 25 ms to "
			       "render. Expect clicks and drop-outs. Freeze or bypass the heaviest "
			       "tracks and "
			       "plugins, or choose a bigger buffer.",
	},
	{
		.name = "FFILatencyHigh",
		.enabled = true,
		.signal = SIGNAL_FFI_DURATION,
		.statistic = STATISTIC_P99,
		.window_s = 300,
		.above = 100 * MS,
		.clear_below = 100 * MS,
		.for_s = 300,
		.min_above = 3,
		.recent_s = 60,
		.priority = PRIORITY_P1,
		.limit = RULE_LIMIT,
		.summary = "The application waits too long for its audio engine.",
		.description =
			"For five minutes at least one call in a hundred of this function has "
			"taken longer "
			"than 100 ms. Buttons and faders react late; the sound itself may be fine. "
			"Look at "
			"what the function waits for: a disk, a network, a plugin that loads.",
	},
	{
		.name = "EngineDown",
		.enabled = true,
		.signal = SIGNAL_SOURCE_DOWN,
		.for_s = 60,
		.priority = PRIORITY_P0,
		.limit = RULE_LIMIT,
		.summary = "An audio engine crashed.",
		.description = "The program ended without closing its session, and nobody has "
			       "started it again for "
			       "a minute. Start it again; that ends this alert. If it is meant to "
			       "stay down, tell "
			       "audiowatch to forget it.",
	},
	{
		.name = "EngineStalled",
		.enabled = true,
		.signal = SIGNAL_STALLED,
		.priority = PRIORITY_P0,
		.limit = RULE_LIMIT,
		.summary = "An audio engine hangs.",
		.description = "A block has been rendering for more than a second and has not "
			       "ended. There is no "
			       "sound from this engine. If it does not come back by itself, remove "
			       "the plugin that "
			       "was touched last, or start the program again.",
	},
	{
		.name = "EngineStarved",
		.enabled = true,
		.signal = SIGNAL_STARVED,
		.for_s = 10,
		.priority = PRIORITY_P1,
		.limit = RULE_LIMIT,
		.summary = "An audio engine is ready, and nobody calls it.",
		.description = "The engine was told to play, but the audio system has not asked it "
			       "for sound for "
			       "ten seconds. Look at the audio device: its cable, its power, its "
			       "driver, and "
			       "whether the audio server still runs.",
	},
	{
		.name = "FFICallStuck",
		.enabled = true,
		.signal = SIGNAL_FFI_IN_FLIGHT,
		.above = 10 * S,
		.clear_below = 10 * S,
		.priority = PRIORITY_P1,
		.limit = RULE_LIMIT,
		.summary = "A call into the audio engine does not come back.",
		.description = "A call of this function has been under way for more than ten "
			       "seconds. What the "
			       "application asked for has not happened, and it may look frozen. If "
			       "it does not "
			       "come back, save what can be saved and start the program again.",
	},
	{
		.name = "AudiowatchWatchdog",
		.enabled = true,
		.signal = SIGNAL_ALWAYS,
		.priority = PRIORITY_P3,
		.limit = RULE_LIMIT,
		.summary = "The watchdog itself is awake.",
		.description = "This alert always fires and asks for nothing. If it ever stops, "
			       "alerts no longer "
			       "reach you, and whatever receives it should say so.",
	},
};

const unsigned rule_default_count = sizeof rule_defaults / sizeof *rule_defaults;
