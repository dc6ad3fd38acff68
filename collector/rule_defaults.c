/* SPDX-License-Identifier: MIT */
/* The rules that ship, one row each; UnusualAccess is not among them, for it needs authentication and a memory of
 * addresses. A description follows what why.c says of the figures, and adds what they mean for people. Constant. */
#include "collector/rule.h"

#define MS UINT64_C(1000000)
#define S UINT64_C(1000000000)
#define PERCENT UINT64_C(10000)

#define RULE(alert, of, level) \
	.name = alert, .enabled = true, .signal = of, .priority = level, .limit = RULE_LIMIT
#define OVER(of, seconds, threshold) \
	.statistic = of, .window_s = seconds, .above = (threshold), .clear_below = (threshold)
#define ABOVE(threshold) .above = (threshold), .clear_below = (threshold)

/* clang-format off */
const struct rule rule_defaults[] = {
	{ RULE("AudioProcessingOverload", SIGNAL_RENDER_TIME, PRIORITY_P1),
	  OVER(STATISTIC_P99, 60, 25 * MS), .for_s = 120, .min_above = 5,
	  .summary = "Audio takes too long to render.",
	  .description =
		"Blocks that take longer than their period are heard as clicks and drop-outs. Freeze or bypass "
		"the heaviest tracks and plugins, or choose a bigger buffer.",
	},
	{ RULE("FFILatencyHigh", SIGNAL_FFI_DURATION, PRIORITY_P1),
	  OVER(STATISTIC_P99, 300, 100 * MS), .for_s = 300, .min_above = 3, .recent_s = 60,
	  .summary = "The application waits too long for its audio engine.",
	  .description =
		"Buttons and faders react late; the sound itself may be fine.",
	},
	{ RULE("EngineDown", SIGNAL_SOURCE_DOWN, PRIORITY_P0), .for_s = 60,
	  .summary = "An audio engine ended without closing.",
	  .description =
		"Start it again; that ends this alert. If it is meant to stay down, say so by `audiowatch forget`; "
		"else the alert ends by itself after a day.",
	},
	{ RULE("EngineStalled", SIGNAL_STALLED, PRIORITY_P0),
	  .summary = "An audio engine hangs.",
	  .description =
		"There is no sound from this engine. If it does not come back by itself, remove the plugin that "
		"was touched last, or start the program again.",
	},
	{ RULE("EngineStarved", SIGNAL_STARVED, PRIORITY_P1), .for_s = 10,
	  .summary = "An audio engine is ready, and nobody calls it.",
	  .description =
		"There is no sound from it until the audio system calls again.",
	},
	{ RULE("FFICallStuck", SIGNAL_FFI_IN_FLIGHT, PRIORITY_P1), ABOVE(10 * S),
	  .summary = "A call into the audio engine does not come back.",
	  .description =
		"What the application asked for has not happened, and it may look frozen. If it does not come "
		"back, save what can be saved and start the program again.",
	},
	{ RULE("XrunStorm", SIGNAL_XRUN_SECONDS, PRIORITY_P1), OVER(STATISTIC_SUM, 60, 5),
	  .summary = "The sound drops out again and again.",
	  .description =
		"Each time there was a click or a gap, and a take made now is spoilt. Choose a bigger buffer, or "
		"freeze tracks; if the machine does something else as well, such as a backup or an update, stop "
		"that.",
	},
	{ RULE("FFIErrorRateHigh", SIGNAL_FFI_ERROR_RATIO, PRIORITY_P1),
	  OVER(STATISTIC_RATIO, 300, 5 * PERCENT), .for_s = 300, .min_above = 3,
	  .summary = "Calls into the audio engine fail.",
	  .description =
		"Something that was asked for does not happen: a file does not load, a setting is not taken. The "
		"sound itself may be fine.",
	},
	{ RULE("RenderBudgetExceeded", SIGNAL_RENDER_LOAD, PRIORITY_P2),
	  OVER(STATISTIC_P99, 60, 90 * PERCENT), .for_s = 60,
	  .summary = "Audio has almost no time to spare.",
	  .description =
		"There is no room for one more plugin: above 100 % the sound drops out. Freeze or bypass "
		"something, or choose a bigger buffer.",
	},
	{ RULE("AudioRenderTimeHigh", SIGNAL_RENDER_TIME, PRIORITY_P2),
	  OVER(STATISTIC_P99, 60, 20 * MS), .for_s = 60, .min_above = 5,
	  .summary = "Audio begins to take long to render.",
	  .description =
		"This is the early warning of an overload. Add no more plugins, and look at which tracks are the "
		"heaviest.",
	},
	{ RULE("TelemetryLost", SIGNAL_RECORDS_LOST, PRIORITY_P3),
	  .summary = "Some of what an audio engine told was not read.",
	  .description =
		"They are details of single blocks; mostly the machine was too busy to read them in time. The "
		"sound is not touched, and counts, times and alerts are still right; only who was slowest when "
		"may be incomplete.",
	},
	{ RULE("SLOBurnFast", SIGNAL_SLO_BURN, PRIORITY_P1), .burn = BURN_FAST, .for_s = 120,
	  .summary = "An objective will soon be missed.",
	  .description =
		"Errors come so fast that what this objective allows for its whole period is used up in "
		"days or hours. Something broke lately: look at which other alerts fire, and at what was "
		"changed last.",
	},
	{ RULE("SLOBurnSlow", SIGNAL_SLO_BURN, PRIORITY_P2), .burn = BURN_SLOW, .for_s = 900,
	  .summary = "An objective is being used up too fast.",
	  .description =
		"For hours errors have come faster than this objective can bear for its whole period. No "
		"hurry, but it does not pass by itself: find what has become worse in the last days.",
	},
	{ RULE("NotifierDown", SIGNAL_COMPONENT_DOWN, PRIORITY_P2), .for_s = 300,
	  .match_component = "notify",
	  .summary = "The watchdog cannot send its alerts.",
	  .description =
		"Alerts do not reach the place they are sent to. They are still seen here, but nobody is called. "
		"Look at the network, and at the address that is configured.",
	},
	{ RULE("HistoryFailing", SIGNAL_COMPONENT_DOWN, PRIORITY_P2), .for_s = 300,
	  .match_component = "history",
	  .summary = "The watchdog cannot write its history.",
	  .description =
		"Watching goes on, but what happens now is forgotten when the watchdog ends: alerts, silences, what "
		"objectives counted. Look at whether the disk is full, or may not be written to.",
	},
	{ RULE("CollectorMemoryHigh", SIGNAL_MEMORY_RATIO, PRIORITY_P2), ABOVE(80 * PERCENT), .for_s = 300,
	  .summary = "The watchdog uses too much memory.",
	  .description =
		"The sound is not touched. If it goes on rising, start the watchdog again: engines go on, and "
		"nothing that they counted is lost.",
	},
	{ RULE("SeriesCapNear", SIGNAL_SERIES_RATIO, PRIORITY_P2), ABOVE(90 * PERCENT), .for_s = 300,
	  .summary = "There are almost too many names to watch.",
	  .description =
		"Engines, channels and functions make them, and whoever stores them may not follow. Close "
		"sessions that nobody needs, choose a leaner profile of metrics, or raise metrics.max_series.",
	},
	{ RULE("AuthFailures", SIGNAL_AUTH_FAILURES, PRIORITY_P0), OVER(STATISTIC_SUM, 300, 10),
	  .summary = "Somebody without permission asks the watchdog again and again.",
	  .description =
		"A program is set up wrongly; or somebody is trying to get in.",
	},
	{ RULE("AudiowatchWatchdog", SIGNAL_ALWAYS, PRIORITY_P3),
	  .summary = "The watchdog itself is awake.",
	  .description =
		"This alert always fires and asks for nothing. If it ever stops, alerts no longer reach "
		"you, and whatever receives it should say so.",
	},
};
/* clang-format on */

const unsigned rule_default_count = sizeof rule_defaults / sizeof *rule_defaults;
