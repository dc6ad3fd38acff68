/* SPDX-License-Identifier: MIT */
/* `audiowatch alerts`: each active alert with its labels, since when, what happened and why, asked of the collector. */
#include "tools/audiowatch/alerts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "tools/audiowatch/ask.h"
#include "tools/cli/words.h"

enum { WIDTH = 80, WIDTH_LEAST = 40, WIDTH_MOST = 120, INDENT = 12 };

/* ---- wrapped text ---- */

/* A line longer than that is hard to read, however wide the terminal is. */
static int width_now(void)
{
	struct winsize size;
	int width = WIDTH;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col)
		width = size.ws_col;
	if (width < WIDTH_LEAST)
		return WIDTH_LEAST;
	return width < WIDTH_MOST ? width : WIDTH_MOST;
}

static bool is_unit(const char *word)
{
	static const char *const units[] = { "%", "ms", "us", "s", "min", "h", "d" };
	const size_t length = strcspn(word, " .,;:)");

	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (strlen(units[i]) == length && memcmp(word, units[i], length) == 0)
			return true;
	return false;
}

enum { BOUND = '\t' }; /* for a blank at which no line ends: words_clean() leaves none */

/* "5.0 %" is one word. */
static void bind_figures(char *text)
{
	for (char *at = text; *at; at++)
		if (*at == ' ' && at > text && at[-1] >= '0' && at[-1] <= '9' && is_unit(at + 1))
			*at = BOUND;
}

static void put_word(const char *word)
{
	for (; *word; word++)
		(void)putchar(*word == BOUND ? ' ' : *word);
}

/* "    What    One word after the other,\n            and the next line."; the text is cut into its words. */
static void put_wrapped(const char *title, char *text)
{
	const int width = width_now();
	int column = INDENT;
	char *save = NULL;

	(void)printf("    %-*s", INDENT - 4, title);
	bind_figures(text);
	for (char *word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		const int columns = words_columns(word);

		if (column > INDENT && column + 1 + columns > width) {
			(void)printf("\n%*s", INDENT, "");
			column = INDENT;
		} else if (column > INDENT) {
			(void)putchar(' ');
			column++;
		}
		put_word(word);
		column += columns;
	}
	(void)putchar('\n');
}

/* ---- times ---- */

/* Seconds; -1 = none. */
static time_t time_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	struct tm tm = { 0 };

	return text && strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) ? timegm(&tm) : -1;
}

/* " for 2 min", by the collector's clock alone. */
static void put_age(time_t from, time_t now)
{
	static const struct {
		time_t from, one;
		const char *name;
	} units[] = { { 172800, 86400, "d" }, { 7200, 3600, "h" }, { 120, 60, "min" }, { 0, 1, "s" } };
	size_t i = 0;

	if (from < 0 || now < from)
		return;
	while (now - from < units[i].from)
		i++;
	(void)printf(" for %lld %s", (long long)((now - from) / units[i].one), units[i].name);
}

/* ---- alerts ---- */

/* "P1  firing for 2 min   AudioProcessingOverload app=daw instance_id=0 engine=main" */
static void print_head(const json_t *alert, const json_t *answer)
{
	const char *when = ask_is(alert, "state", "pending") ? "since" : "timestamp";
	char text[ASK_TEXT_SIZE];

	ask_put(alert, "priority", 2);
	ask_text(text, alert, "name", "-");
	(void)fputs(text, stdout);
	ask_put_labels(alert);
	(void)putchar('\n');
	ask_text(text, alert, "state", "-");
	(void)printf("    %-*s%s", INDENT - 4, "State", text);
	put_age(time_of(alert, when), time_of(answer, "last_evaluation"));
	ask_text(text, alert, "since", "-");
	(void)printf("%s, active since %s%s\n",
		     json_is_true(json_object_get(alert, "nodata")) ? " without new data" : "",
		     text, json_is_true(json_object_get(alert, "silenced")) ? ", silenced" : "");
}

/* What was said at an earlier tick: its source ended, or all is well again and the alert is kept. */
static bool is_old(const json_t *alert, const json_t *answer)
{
	const time_t told = time_of(alert, "as_of"), now = time_of(answer, "last_evaluation");

	return told >= 0 && now > told + 1;
}

static void print_alert(const json_t *alert, const json_t *answer, bool first)
{
	static const struct {
		const char *key, *title;
	} rows[] = { { "description", "What" },
		     { "cause", "Why" },
		     { "response_time", "Within" },
		     { "runbook_url", "Runbook" } };
	const json_t *annotations = json_object_get(alert, "annotations");
	char text[ASK_TEXT_SIZE];

	if (!first)
		(void)putchar('\n');
	print_head(alert, answer);
	if (is_old(alert, answer)) {
		ask_text(text, alert, "as_of", "-");
		put_wrapped("As of", text);
	}
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		ask_text(text, annotations, rows[i].key, "");
		if (*text)
			put_wrapped(rows[i].title, text);
	}
}

/* ---- nothing ---- */

static size_t count_engines(const json_t *answer)
{
	const json_t *sources = json_object_get(answer, "sources");
	size_t engines = 0;

	for (size_t i = 0; i < json_array_size(sources); i++)
		engines += json_array_size(json_object_get(json_array_get(sources, i), "engines"));
	return engines;
}

static void print_none(const json_t *answer)
{
	const json_int_t rules =
		json_integer_value(json_object_get(answer, "alert_thresholds_count"));
	const size_t engines = count_engines(answer);

	(void)printf("All is well: no active alerts. %" JSON_INTEGER_FORMAT " rule%s watch%s ",
		     rules, rules == 1 ? "" : "s", rules == 1 ? "es" : "");
	if (engines)
		(void)printf("%zu engine%s.\n", engines, engines == 1 ? "" : "s");
	else
		(void)puts("for engines, and none is there.");
}

/* ---- the command ---- */

static void print(const json_t *answer)
{
	const json_t *alerts = json_object_get(answer, "active_alerts");

	ask_put_silence(answer);
	ask_each_alert(answer, print_alert);
	if (!json_array_size(alerts))
		print_none(answer);
}

static void print_json(const char *body, const json_t *answer)
{
	(void)body;
	(void)json_dumpf(json_object_get(answer, "active_alerts"), stdout,
			 JSON_COMPACT | JSON_REAL_PRECISION(6));
	(void)putchar('\n');
}

int alerts_run(int argc, char **argv)
{
	static const struct ask ask = {
		"alerts",
		"Tells each active alert: what happened, why, and how soon somebody should look.",
		print, print_json
	};

	return ask_run(&ask, argc, argv);
}
