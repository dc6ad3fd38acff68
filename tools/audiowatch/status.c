/* SPDX-License-Identifier: MIT */
/* `audiowatch status`: the engines with their states, and the active alerts, asked of the collector. */
#include "tools/audiowatch/status.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cli/cli.h"
#include "tools/audiowatch/client.h"
#include "tools/cli/flags.h"
#include "tools/cli/words.h"

#define TARGET "/api/v1/monitoring/status"

enum { EXIT_HEALTHY = 0, EXIT_FIRES = 1, EXIT_USAGE = 2, EXIT_UNREACHABLE = 3, CELL_SIZE = 700 };

struct status {
	const char *state_dir;
	bool json, help;
};

/* ---- flags ---- */

static int take_state_dir(void *context, const char *value)
{
	struct status *status = context;

	status->state_dir = value;
	return 0;
}

static int take_json(void *context, const char *value)
{
	struct status *status = context;

	(void)value;
	status->json = true;
	return 0;
}

static int take_help(void *context, const char *value)
{
	struct status *status = context;

	(void)value;
	status->help = true;
	return 0;
}

static const struct flag flags[] = {
	{ "--json", NULL, NULL, "the collector's answer instead of a table", take_json },
	{ "--state-dir", "DIR", "/var/lib/audiowatch",
	  "the collector's ($AUDIOWATCH_STATE_DIR, $STATE_DIRECTORY, else below $XDG_STATE_HOME)",
	  take_state_dir },
	{ "--help", NULL, NULL, "this text", take_help },
};

static const struct flags all_flags = { "status", flags, sizeof flags / sizeof *flags };

static void help(void)
{
	(void)puts(
		"Usage: audiowatch status [OPTION...]\n"
		"Tells the state of each engine, and each active alert.\n"
		"Exit: 0 healthy, 1 an alert of priority P0 to P2 fires, 2 usage, 3 no collector "
		"reachable.\n");
	flags_help(&all_flags);
}

/* ---- what the answer says ---- */

static bool is(const json_t *object, const char *key, const char *what)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text && strcmp(text, what) == 0;
}

/* keeping: it fires on, for as long as keep_firing_for says. */
static bool fires(const json_t *alert)
{
	return (is(alert, "state", "firing") || is(alert, "state", "keeping")) &&
	       !is(alert, "priority", "P3");
}

static int verdict(const json_t *answer)
{
	const json_t *alerts = json_object_get(answer, "active_alerts");

	for (size_t i = 0; i < json_array_size(alerts); i++)
		if (fires(json_array_get(alerts, i)))
			return EXIT_FIRES;
	return EXIT_HEALTHY;
}

/* ---- for people ---- */

/* A cell and what parts it from the next; "-" for what is not there. */
static void put(const json_t *object, const char *key, int width)
{
	const char *text = json_string_value(json_object_get(object, key));
	char clean[CELL_SIZE];
	int blank;

	words_clean(clean, sizeof clean, text && *text ? text : "-");
	blank = width - words_columns(clean);
	(void)printf("%s%*s", clean, blank > 0 ? blank : 0, "");
	(void)fputs(width ? "  " : "\n", stdout);
}

static size_t print_engines(const json_t *source)
{
	const json_t *engines = json_object_get(source, "engines");

	for (size_t i = 0; i < json_array_size(engines); i++) {
		const json_t *engine = json_array_get(engines, i);

		put(source, "app", 20);
		put(source, "instance_id", 10);
		(void)printf("%7" JSON_INTEGER_FORMAT "  ",
			     json_integer_value(json_object_get(source, "pid")));
		put(engine, "name", 20);
		put(engine, "state", 0);
	}
	return json_array_size(engines);
}

static void print_table(const json_t *sources)
{
	size_t engines = 0;

	(void)printf("%-20s  %-10s  %7s  %-20s  %s\n", "APP", "INSTANCE", "PID", "ENGINE", "STATE");
	for (size_t i = 0; i < json_array_size(sources); i++)
		engines += print_engines(json_array_get(sources, i));
	if (!engines)
		(void)puts("no engines");
}

/* "P1  firing   Alert: ... [app=... engine=...]" */
static void print_alert(const json_t *alert)
{
	static const char *const names[] = { "app", "instance_id", "engine", "function",
					     "component" };
	const json_t *labels = json_object_get(alert, "labels");
	const char *message = json_string_value(json_object_get(alert, "message"));
	char clean[CELL_SIZE];

	put(alert, "priority", 2);
	put(alert, "state", 7);
	if (json_is_true(json_object_get(alert, "silenced")))
		(void)fputs("(silenced)  ", stdout);
	words_clean(clean, sizeof clean, message ? message : "-");
	(void)fputs(clean, stdout);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *value = json_string_value(json_object_get(labels, names[i]));

		words_clean(clean, sizeof clean, value ? value : "");
		if (value)
			(void)printf(" %s=%s", names[i], clean);
	}
	(void)putchar('\n');
}

/* Before anything else: nobody is told of what is below. */
static void print_silence(const json_t *silence)
{
	char until[CELL_SIZE], comment[CELL_SIZE];
	const char *said = json_string_value(json_object_get(silence, "comment")),
		   *when = json_string_value(json_object_get(silence, "until"));

	if (!json_is_object(silence))
		return;
	words_clean(until, sizeof until, when ? when : "-");
	words_clean(comment, sizeof comment, said ? said : "");
	(void)printf("EVERYTHING IS SILENCED until %s: \"%s\" (audiowatch silence --end "
		     "%" JSON_INTEGER_FORMAT ")\n\n",
		     until, comment, json_integer_value(json_object_get(silence, "id")));
}

static void print(const json_t *answer)
{
	const json_t *alerts = json_object_get(answer, "active_alerts");

	print_silence(json_object_get(answer, "everything_silenced"));
	print_table(json_object_get(answer, "sources"));
	(void)putchar('\n');
	for (size_t i = 0; i < json_array_size(alerts); i++)
		print_alert(json_array_get(alerts, i));
	if (!json_array_size(alerts))
		(void)puts("no active alerts");
}

/* ---- the command ---- */

static int tell(const struct status *status, const char *body)
{
	json_t *answer = json_loads(body, 0, NULL);
	int rc;

	if (!json_is_array(json_object_get(answer, "active_alerts"))) {
		(void)cli_error("the collector's answer is not understood (are audiowatch and "
				"audiowatchd of one version?)");
		json_decref(answer);
		return EXIT_UNREACHABLE;
	}
	if (status->json)
		(void)fputs(body, stdout);
	else
		print(answer);
	rc = verdict(answer);
	json_decref(answer);
	return rc;
}

int status_run(int argc, char **argv)
{
	struct status status = { .state_dir = NULL };
	struct client client;
	char *body;
	int rc;

	if (flags_read(&all_flags, &status, argc, argv) < 0)
		return EXIT_USAGE;
	if (status.help) {
		help();
		return EXIT_HEALTHY;
	}
	if (client_aim(&client, status.state_dir) < 0)
		return EXIT_USAGE;
	body = client_get(&client, TARGET);
	if (!body)
		return EXIT_UNREACHABLE;
	rc = tell(&status, body);
	free(body);
	return rc;
}
