/* SPDX-License-Identifier: MIT */
/* The command line, as one table: what a flag is called, what it takes, where that goes. Runs in main alone. */
#include "tools/demo/engine/options.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct flag;
typedef int flag_fn(struct options *options, const struct flag *flag, const char *text,
		    struct complaint *complaint);

struct flag {
	const char *name, *takes, *help; /* takes: NULL = a switch */
	flag_fn *set;
	size_t offset; /* of the field it sets */
	struct range range;
	const char *verb,
		*argument; /* of an event: what it says, and with what when nothing is given */
};

static void *field(struct options *options, const struct flag *flag)
{
	return (char *)options + flag->offset;
}

static int set_switch(struct options *options, const struct flag *flag, const char *text,
		      struct complaint *complaint)
{
	(void)text, (void)complaint;
	*(bool *)field(options, flag) = true;
	return 0;
}

static int set_text(struct options *options, const struct flag *flag, const char *text,
		    struct complaint *complaint)
{
	if (!*text)
		return complain(complaint, "the value is empty (try %s)", flag->range.cure);
	*(const char **)field(options, flag) = text;
	return 0;
}

static int set_count(struct options *options, const struct flag *flag, const char *text,
		     struct complaint *complaint)
{
	uint64_t value;

	if (number_whole(text, &flag->range, &value, complaint) < 0)
		return -EINVAL;
	*(uint32_t *)field(options, flag) = (uint32_t)value;
	return 0;
}

static int set_total(struct options *options, const struct flag *flag, const char *text,
		     struct complaint *complaint)
{
	return number_whole(text, &flag->range, field(options, flag), complaint);
}

static int set_ratio(struct options *options, const struct flag *flag, const char *text,
		     struct complaint *complaint)
{
	return number_read(text, &flag->range, field(options, flag), complaint);
}

static int set_time(struct options *options, const struct flag *flag, const char *text,
		    struct complaint *complaint)
{
	return number_time(text, &flag->range, field(options, flag), complaint);
}

/* 63/1/192 */
static int set_split(struct options *options, const struct flag *flag, const char *text,
		     struct complaint *complaint)
{
	char copy[256], *rest;
	uint64_t frames;

	(void)snprintf(copy, sizeof copy, "%s", text);
	options->part_count = 0;
	for (char *part = strtok_r(copy, "/", &rest); part; part = strtok_r(NULL, "/", &rest)) {
		if (number_whole(part, &flag->range, &frames, complaint) < 0)
			return -EINVAL;
		if (options->part_count == MAX_PARTS)
			return complain(complaint, "\"%s\" has more than %d parts (try 63/1/192)",
					text, MAX_PARTS);
		options->parts[options->part_count++] = (uint32_t)frames;
	}
	return options->part_count ? 0
				   : complain(complaint, "\"%s\" has no parts (try 63/1/192)", text);
}

/* NAME:RATIO */
static int set_track(struct options *options, const struct flag *flag, const char *text,
		     struct complaint *complaint)
{
	const char *colon = strrchr(text, ':');
	struct track *track = &options->tracks[options->track_count];

	if (!colon || colon == text || (size_t)(colon - text) >= sizeof track->name)
		return complain(complaint, "\"%s\" is no NAME:RATIO (try %s)", text,
				flag->range.cure);
	if (options->track_count == MAX_TRACKS)
		return complain(complaint, "more than %d (try --channels)", MAX_TRACKS);
	memcpy(track->name, text, (size_t)(colon - text));
	options->track_count++;
	return number_read(colon + 1, &(struct range){ 0, 10, "0.3", 0 }, &track->load, complaint);
}

/* S[:ARGUMENT] */
static int set_event(struct options *options, const struct flag *flag, const char *text,
		     struct complaint *complaint)
{
	char at[128], verb[16], argument[64];
	char *words[] = { verb, argument, NULL };
	const size_t length = strcspn(text, ":");

	(void)snprintf(at, sizeof at, "%.*s", (int)length, text);
	(void)snprintf(verb, sizeof verb, "%s", flag->verb);
	(void)snprintf(argument, sizeof argument, "%s",
		       text[length] ? text + length + 1 : flag->argument);
	return script_say(&options->script, at, words, complaint);
}

/* FROM:TO, in seconds */
static int set_freewheel(struct options *options, const struct flag *flag, const char *text,
			 struct complaint *complaint)
{
	char from[128], on[] = "on", off[] = "off", verb[] = "freewheel";
	char *begins[] = { verb, on, NULL }, *ends[] = { verb, off, NULL };
	const size_t length = strcspn(text, ":");

	if (!text[length])
		return complain(complaint, "\"%s\" is no FROM:TO (try %s)", text, flag->range.cure);
	(void)snprintf(from, sizeof from, "%.*s", (int)length, text);
	if (script_say(&options->script, from, begins, complaint) < 0)
		return -EINVAL;
	return script_say(&options->script, text + length + 1, ends, complaint);
}

static int set_script(struct options *options, const struct flag *flag, const char *text,
		      struct complaint *complaint)
{
	(void)flag;
	return script_read(&options->script, text, complaint);
}

/* clang-format off */
#define AT(member) .offset = offsetof(struct options, member)
#define COUNT(member, low, high, cure) .set = set_count, AT(member), .range = { low, high, cure, 0 }
#define TOTAL(member, low, high, cure) .set = set_total, AT(member), .range = { low, high, cure, 0 }
#define RATIO(member, high, cure) .set = set_ratio, AT(member), .range = { 0, high, cure, 0 }
#define TIME(member, high, cure, unit) .set = set_time, AT(member), .range = { 0, high, cure, unit }
#define TEXT(member, cure) .set = set_text, AT(member), .range = { 0, 0, cure, 0 }
#define SPLIT(cure) .set = set_split, .range = { 1, 1 << 20, cure, 0 }
#define SWITCH(member) .set = set_switch, AT(member)
#define EVENT(says, with) .set = set_event, .range = { 0, 0, "1.5", 0 }, .verb = says, .argument = with
#define OTHER(fn, cure) .set = fn, .range = { 0, 0, cure, 0 }
/* clang-format on */

static const struct flag flags[] = {
	{ "engines", "N", "engines of the session (1)", COUNT(engines, 1, MAX_ENGINES, "2") },
	{ "channels", "N", "channels of each engine (2)", COUNT(channels, 0, MAX_CHANNELS, "4") },
	{ "track", "NAME:RATIO", "one more channel, before those, with a load of its own",
	  OTHER(set_track, "Reverb:0.5") },
	{ "rate", "HZ", "sample rate (48000)", COUNT(rate_hz, 1, 1 << 20, "48000") },
	{ "frames", "N", "frames of a period (256)", COUNT(frames, 1, 1 << 20, "256") },
	{ "split", "A/B/C", "a period is rendered in calls of A, B, C frames", SPLIT("63/1/192") },
	{ "load", "RATIO", "computing time by period, over all channels (0.1)",
	  RATIO(load, 10, "0.3") },
	{ "burn-at", "S[:MS]", "at S the first channel computes for MS (30)", EVENT("burn", "30") },
	{ "stall-at", "S[:MS]", "at S the first channel hangs for MS (500)", EVENT("stall", "500") },
	{ "xrun-at", "S[:SOURCE]", "at S SOURCE (jack) reports an xrun", EVENT("xrun", "jack") },
	{ "freewheel-at", "S:S", "from S to S the host freewheels", OTHER(set_freewheel, "2:3") },
	{ "script", "FILE", "events, a line each, as below", OTHER(set_script, "demo.script") },
	{ "ffi", "N", "calls a second of each function (0)", COUNT(ffi_per_second, 0, 100000, "50") },
	{ "functions", "N", "functions (1)", COUNT(functions, 0, MAX_FUNCTIONS, "2") },
	{ "ffi-ms", "MS", "how long a call takes (0.1)", TIME(ffi_ns, 1e7, "2", NS_A_MILLISECOND) },
	{ "ffi-errors", "RATIO", "how many of the calls fail (0)", RATIO(ffi_errors, 1, "0.05") },
	{ "seconds", "S", "the end; 0 = a signal (0)", TIME(seconds_ns, 1e9, "10", NS_A_SECOND) },
	{ "blocks", "N", "the end, after N render calls of each engine",
	  TOTAL(blocks, 0, 1e15, "1000") },
	{ "fast", NULL, "publish without waiting or computing; times are counted in periods",
	  SWITCH(fast) },
	{ "active", NULL, "tell that render calls are to be expected", SWITCH(active) },
	{ "name", "APP", "the label app", TEXT(name, "demo") },
	{ "instance", "ID", "the label instance_id", TEXT(instance, "1") },
	{ "title", "TEXT", "the engines' title", TEXT(title, "Strings") },
	{ "hold", NULL, "stay until standard input ends or a signal comes", SWITCH(hold) },
	{ "no-close", NULL, "leave without aw_close()", SWITCH(no_close) },
	{ "print", NULL, "a line a second", SWITCH(print) },
	{ "json", NULL, "at the end one JSON object of all that was published", SWITCH(json) },
	{ "help", NULL, "this text", SWITCH(help) },
	{ "version", NULL, "the version", SWITCH(version) },
};

static const struct flag *flag_find(const char *name, size_t length)
{
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		if (strlen(flags[i].name) == length && !strncmp(flags[i].name, name, length))
			return &flags[i];
	return NULL;
}

/* --flag VALUE or --flag=VALUE; *index moves past it. */
static int flag_read(struct options *options, char **argv, int *index, struct complaint *complaint)
{
	const char *word = argv[(*index)++];
	const size_t length = strcspn(word, "=");
	const struct flag *flag =
		length > 2 && !strncmp(word, "--", 2) ? flag_find(word + 2, length - 2) : NULL;
	const char *value = word[length] ? word + length + 1 : NULL;

	if (!flag)
		return complain(complaint, "%s: no such option (try --help)", word);
	if (!flag->takes && value)
		return complain(complaint, "--%s: takes no value (try --%s alone)", flag->name,
				flag->name);
	if (flag->takes && !value && !(value = argv[*index]))
		return complain(complaint, "--%s: its value is missing (try --%s %s)", flag->name,
				flag->name, flag->range.cure);
	*index += flag->takes && !word[length];
	if (flag->set(options, flag, value, complaint) < 0) {
		char place[40];

		(void)snprintf(place, sizeof place, "--%s", flag->name);
		return complain_at(complaint, place);
	}
	return 0;
}

static int check_split(struct options *options, struct complaint *complaint)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < options->part_count; i++)
		sum += options->parts[i];
	if (options->part_count && sum != options->frames)
		return complain(
			complaint,
			"--split: the parts sum to %ju and --frames is %u (try --frames %ju)",
			(uintmax_t)sum, options->frames, (uintmax_t)sum);
	if (!options->part_count)
		options->parts[options->part_count++] = options->frames;
	return 0;
}

/* What a session must hold: all engines' channels, and those the script adds. */
static int check_channels(const struct options *options, struct complaint *complaint)
{
	size_t sum = (size_t)options->engines * (options->channels + options->track_count);

	for (size_t i = 0; i < options->script.count; i++)
		if (options->script.events[i].kind == EVENT_CHANNEL)
			sum += options->script.events[i].engine ? 1 : options->engines;
	if (sum > MAX_CHANNELS)
		return complain(
			complaint, "--channels: %zu in all engines together is more than %d (try --channels %u)",
			sum, MAX_CHANNELS, MAX_CHANNELS / 2 / options->engines);
	return 0;
}

static int check_engines(const struct options *options, struct complaint *complaint)
{
	for (size_t i = 0; i < options->script.count; i++)
		if (options->script.events[i].engine > options->engines)
			return complain(
				complaint,
				"--script: an event is on engine %u of %u (try --engines %u)",
				options->script.events[i].engine, options->engines,
				options->script.events[i].engine);
	return 0;
}

int options_read(struct options *options, int argc, char **argv, struct complaint *complaint)
{
	*options = (struct options){ .engines = 1,
				     .channels = 2,
				     .rate_hz = 48000,
				     .frames = 256,
				     .load = 0.1,
				     .functions = 1,
				     .ffi_ns = 100000 };
	for (int i = 1; i < argc;)
		if (flag_read(options, argv, &i, complaint) < 0)
			return -EINVAL;
	script_sort(&options->script);
	if (check_split(options, complaint) < 0 || check_channels(options, complaint) < 0)
		return -EINVAL;
	return check_engines(options, complaint);
}

void options_deinit(struct options *options)
{
	script_deinit(&options->script);
}

void options_help(void)
{
	char left[40];

	(void)printf(
		"Usage: " DEMO_PROGRAM " [OPTION...]\n"
		"An audio engine that does nothing but what it is told, and publishes it.\n\n");
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
		(void)snprintf(left, sizeof left, "%s %s", flags[i].name,
			       flags[i].takes ? flags[i].takes : "");
		(void)printf("  --%-22s %s\n", left, flags[i].help);
	}
	(void)printf("\nThe -at options and --track may be repeated.\n"
		     "Events of a script; \"on N\" at the end of one is engine N alone, '#' "
		     "opens a comment:\n");
	script_help();
	(void)printf("\nExit: 0 fine, 1 the session cannot be opened, 2 usage.\n");
}

uint64_t options_end_ns(const struct options *options)
{
	return options->seconds_ns ? options->seconds_ns : UINT64_MAX;
}
