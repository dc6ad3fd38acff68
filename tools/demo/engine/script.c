/* SPDX-License-Identifier: MIT */
/* What happens when: the events of a script file and of the --...-at flags. Runs before any thread starts. */
#include "tools/demo/engine/script.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rt/audiowatch.h"

enum { MAX_WORDS = 10 };

static const struct range a_time = { 0, 1e6, "1.5", NS_A_SECOND };
static const struct range a_length = { 0, 1e7, "30", NS_A_MILLISECOND };
static const struct range a_rate = { 1, 1 << 20, "48000/256", 0 };
static const struct range a_flood = { 1, 1e9, "100000", 0 };
static const struct range a_number = { 1, 64, "1", 0 };

typedef int verb_fn(struct event *event, char **arguments, struct complaint *complaint);

static int verb_length(struct event *event, char **arguments, struct complaint *complaint)
{
	return number_time(arguments[0], &a_length, &event->length_ns, complaint);
}

static int verb_none(struct event *event, char **arguments, struct complaint *complaint)
{
	(void)event, (void)arguments, (void)complaint;
	return 0;
}

static int verb_switch(struct event *event, char **arguments, struct complaint *complaint)
{
	event->on = !strcmp(arguments[0], "on");
	if (!event->on && strcmp(arguments[0], "off"))
		return complain(complaint, "\"%s\" is neither on nor off (try on)", arguments[0]);
	return 0;
}

static int verb_xrun(struct event *event, char **arguments, struct complaint *complaint)
{
	static const char *const sources[] = {
		[AW_XRUN_JACK] = "jack", [AW_XRUN_ALSA] = "alsa", [AW_XRUN_HOST] = "host"
	};

	while (event->source < 3 && strcmp(sources[event->source], arguments[0]) != 0)
		event->source++;
	if (event->source == 3)
		return complain(complaint, "\"%s\" is neither jack, alsa nor host (try jack)",
				arguments[0]);
	return arguments[1] ? number_time(arguments[1], &a_length, &event->length_ns, complaint) : 0;
}

static int verb_format(struct event *event, char **arguments, struct complaint *complaint)
{
	char *slash = strchr(arguments[0], '/');
	uint64_t rate_hz, frames;

	if (!slash)
		return complain(complaint, "\"%s\" is no RATE/FRAMES (try 48000/256)", arguments[0]);
	*slash = '\0';
	if (number_whole(arguments[0], &a_rate, &rate_hz, complaint) < 0 ||
	    number_whole(slash + 1, &a_rate, &frames, complaint) < 0)
		return -EINVAL;
	event->rate_hz = (uint32_t)rate_hz;
	event->frames = (uint32_t)frames;
	return 0;
}

static int verb_flood(struct event *event, char **arguments, struct complaint *complaint)
{
	return number_whole(arguments[0], &a_flood, &event->reports, complaint);
}

static int take_name(struct event *event, const char *name, struct complaint *complaint)
{
	if (strlen(name) >= sizeof event->name)
		return complain(complaint, "\"%.20s...\" is longer than 111 bytes", name);
	(void)snprintf(event->name, sizeof event->name, "%s", name);
	return 0;
}

static int verb_ffi(struct event *event, char **arguments, struct complaint *complaint)
{
	event->on = !arguments[2];
	if (arguments[2] && strcmp(arguments[2], "error") != 0)
		return complain(complaint, "\"%s\" is not known here (try error)", arguments[2]);
	if (take_name(event, arguments[0], complaint) < 0)
		return -EINVAL;
	return number_time(arguments[1], &a_length, &event->length_ns, complaint);
}

static int verb_channel(struct event *event, char **arguments, struct complaint *complaint)
{
	if (strcmp(arguments[0], "new") != 0)
		return complain(complaint, "\"%s\" is not known here (try new)", arguments[0]);
	return take_name(event, arguments[1], complaint);
}

static const struct verb {
	const char *name;
	enum event_kind kind;
	int least, most; /* arguments */
	verb_fn *read;
	const char *example, *help;
} verbs[] = {
	{ "burn", EVENT_BURN, 1, 1, verb_length, "burn 30",
	  "one render call that computes for 30 ms" },
	{ "stall", EVENT_STALL, 1, 1, verb_length, "stall 500",
	  "one render call that hangs for 500 ms" },
	{ "pause", EVENT_PAUSE, 1, 1, verb_length, "pause 2000", "no render calls for 2 s" },
	{ "xrun", EVENT_XRUN, 1, 2, verb_xrun, "xrun jack 5",
	  "an xrun report: jack, alsa, host; delay in ms" },
	{ "flood", EVENT_FLOOD, 1, 1, verb_flood, "flood 100000",
	  "so many xrun reports from four threads at once" },
	{ "freewheel", EVENT_FREEWHEEL, 1, 1, verb_switch, "freewheel on",
	  "the host renders off line (or: off)" },
	{ "active", EVENT_ACTIVE, 1, 1, verb_switch, "active on",
	  "render calls are to be expected (or: off)" },
	{ "format", EVENT_FORMAT, 1, 1, verb_format, "format 44100/512", "another rate and period" },
	{ "ffi", EVENT_FFI, 2, 3, verb_ffi, "ffi scan 150 error",
	  "a call of 150 ms; error = it fails" },
	{ "channel", EVENT_CHANNEL, 2, 2, verb_channel, "channel new strings", "one more channel" },
	{ "crash", EVENT_CRASH, 0, 0, verb_none, "crash", "SIGKILL to itself" },
	{ "close", EVENT_CLOSE, 0, 0, verb_none, "close",
	  "rendering ends and the session is closed" },
};

static const struct verb *verb_find(const char *name)
{
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	return NULL;
}

static int script_add(struct script *script, const struct event *event, struct complaint *complaint)
{
	if (script->count == script->room) {
		const size_t room = script->room ? 2 * script->room : 16;
		struct event *events = realloc(script->events, room * sizeof *events);

		if (!events)
			return complain(complaint, "no memory for %zu events", room);
		script->events = events;
		script->room = room;
	}
	script->events[script->count++] = *event;
	return 0;
}

/* A call is two events, so that calls may overlap. */
static int script_add_end(struct script *script, struct event event, struct complaint *complaint)
{
	event.at_ns += event.length_ns;
	event.kind = EVENT_FFI_END;
	script->calls++;
	return script_add(script, &event, complaint);
}

/* Takes "on N" off the end of the words. */
static int take_engine(struct event *event, char **words, int *count, struct complaint *complaint)
{
	uint64_t engine;

	if (*count < 3 || strcmp(words[*count - 2], "on") != 0)
		return 0;
	if (number_whole(words[*count - 1], &a_number, &engine, complaint) < 0)
		return -EINVAL;
	event->engine = (unsigned)engine;
	*count -= 2;
	words[*count] = NULL;
	return 0;
}

static int event_read(struct event *event, char **words, struct complaint *complaint)
{
	const struct verb *verb = verb_find(words[0]);
	int count = 0;

	if (!verb)
		return complain(complaint, "\"%s\" is no event (try burn, stall or ffi)", words[0]);
	while (words[count])
		count++;
	if (take_engine(event, words, &count, complaint) < 0)
		return complain_at(complaint, verb->name);
	if (count - 1 < verb->least || count - 1 > verb->most)
		return complain(complaint, "%s: %d words after it are too %s (try %s)", verb->name,
				count - 1, count - 1 < verb->least ? "few" : "many", verb->example);
	event->kind = verb->kind;
	if (verb->read(event, words + 1, complaint) < 0)
		return complain_at(complaint, verb->name);
	return 0;
}

int script_say(struct script *script, const char *at, char **words, struct complaint *complaint)
{
	struct event event = { .call = script->calls };

	if (number_time(at, &a_time, &event.at_ns, complaint) < 0 ||
	    event_read(&event, words, complaint) < 0 || script_add(script, &event, complaint) < 0)
		return -EINVAL;
	script->closes |= event.kind == EVENT_CLOSE;
	return event.kind == EVENT_FFI ? script_add_end(script, event, complaint) : 0;
}

/* Cuts a line into words; a '#' at the start of a word opens a comment. */
static int cut(char *line, char *words[MAX_WORDS + 1])
{
	int count = 0;
	char *rest;

	for (char *word = strtok_r(line, " \t\r\n", &rest); word && *word != '#';
	     word = strtok_r(NULL, " \t\r\n", &rest)) {
		if (count == MAX_WORDS)
			break;
		words[count++] = word;
	}
	words[count] = NULL;
	return count;
}

static int script_line(struct script *script, char *line, struct complaint *complaint)
{
	char *words[MAX_WORDS + 1];
	const int count = cut(line, words);

	if (count == 0)
		return 0;
	if (strcmp(words[0], "at") != 0)
		return complain(complaint, "\"%s\" opens no line (try at 1.5 burn 30)", words[0]);
	if (count < 3)
		return complain(complaint, "time or event missing (try at 1.5 burn 30)");
	return script_say(script, words[1], words + 2, complaint);
}

int script_read(struct script *script, const char *path, struct complaint *complaint)
{
	char line[1024], place[200];
	FILE *file = fopen(path, "re");
	int rc = 0;

	if (!file)
		return complain(
			complaint,
			"\"%s\" cannot be read: %s (try a file of lines like: at 1.5 burn 30)",
			path, strerror(errno));
	for (unsigned number = 1; rc == 0 && fgets(line, sizeof line, file); number++) {
		(void)snprintf(place, sizeof place, "%s:%u", path, number);
		if (script_line(script, line, complaint) < 0)
			rc = complain_at(complaint, place);
	}
	(void)fclose(file);
	return rc;
}

void script_sort(struct script *script)
{
	for (size_t i = 1; i < script->count; i++) {
		const struct event event = script->events[i];
		size_t j = i;

		for (; j > 0 && script->events[j - 1].at_ns > event.at_ns; j--)
			script->events[j] = script->events[j - 1];
		script->events[j] = event;
	}
}

void script_deinit(struct script *script)
{
	free(script->events);
	*script = (struct script){ 0 };
}

void script_help(void)
{
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		(void)printf("  at 1.5 %-20s %s\n", verbs[i].example, verbs[i].help);
}
