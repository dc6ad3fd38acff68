/* SPDX-License-Identifier: MIT */
/* The flags, the question, the verdict and the cells of commands that ask for the collector's status. Runs in main. */
#include "tools/audiowatch/ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cli/cli.h"
#include "tools/audiowatch/client.h"
#include "tools/cli/flags.h"
#include "tools/cli/words.h"

#define TARGET "/api/v1/monitoring/status"

enum { EXIT_HEALTHY = 0, EXIT_FIRES = 1, EXIT_USAGE = 2, EXIT_UNREACHABLE = 3 };

struct asked {
	const struct ask *ask;
	const char *state_dir;
	bool json, help;
};

/* ---- flags ---- */

static int take_state_dir(void *context, const char *value)
{
	struct asked *asked = context;

	asked->state_dir = value;
	return 0;
}

static int take_json(void *context, const char *value)
{
	struct asked *asked = context;

	(void)value;
	asked->json = true;
	return 0;
}

static int take_help(void *context, const char *value)
{
	struct asked *asked = context;

	(void)value;
	asked->help = true;
	return 0;
}

static const struct flag flags[] = {
	{ "--json", NULL, NULL, "the collector's answer as JSON", take_json },
	{ "--state-dir", "DIR", "/var/lib/audiowatch",
	  "the collector's ($AUDIOWATCH_STATE_DIR, $STATE_DIRECTORY, else below $XDG_STATE_HOME)",
	  take_state_dir },
	{ "--help", NULL, NULL, "this text", take_help },
};

static struct flags flags_of(const struct ask *ask)
{
	return (struct flags){ ask->command, flags, sizeof flags / sizeof *flags };
}

static void help(const struct ask *ask)
{
	const struct flags mine = flags_of(ask);

	(void)printf("Usage: audiowatch %s [OPTION...]\n%s\n"
		     "Exit: 0 healthy, 1 an alert of priority P0 to P2 fires, 2 usage, 3 no "
		     "collector reachable.\n\n",
		     ask->command, ask->about);
	flags_help(&mine);
}

/* ---- what the answer says ---- */

bool ask_is(const json_t *object, const char *key, const char *what)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text && strcmp(text, what) == 0;
}

/* keeping: it fires on, for as long as keep_firing_for says. */
static bool fires(const json_t *alert)
{
	return (ask_is(alert, "state", "firing") || ask_is(alert, "state", "keeping")) &&
	       !ask_is(alert, "priority", "P3");
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

void ask_text(char text[ASK_TEXT_SIZE], const json_t *object, const char *key, const char *otherwise)
{
	const char *said = json_string_value(json_object_get(object, key));

	words_clean(text, ASK_TEXT_SIZE, said && *said ? said : otherwise);
}

void ask_put(const json_t *object, const char *key, int width)
{
	char text[ASK_TEXT_SIZE];
	int blank;

	ask_text(text, object, key, "-");
	blank = width - words_columns(text);
	(void)printf("%s%*s", text, blank > 0 ? blank : 0, "");
	(void)fputs(width ? "  " : "\n", stdout);
}

void ask_put_labels(const json_t *alert)
{
	static const char *const names[] = { "app",	 "instance_id", "engine",
					     "function", "component",	"slo" };
	const json_t *labels = json_object_get(alert, "labels");
	char text[ASK_TEXT_SIZE];

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *quote;

		ask_text(text, labels, names[i], "");
		quote = *text && !strpbrk(text, " =\"") ? "" : "\"";
		if (json_object_get(labels, names[i]))
			(void)printf(" %s=%s%s%s", names[i], quote, text, quote);
	}
}

void ask_each_alert(const json_t *answer, ask_alert_fn *put)
{
	static const char *const priorities[] = { "P0", "P1", "P2", "P3" };
	const json_t *alerts = json_object_get(answer, "active_alerts");
	bool first = true;

	for (size_t p = 0; p < sizeof priorities / sizeof *priorities; p++)
		for (size_t i = 0; i < json_array_size(alerts); i++) {
			const json_t *alert = json_array_get(alerts, i);

			if (!ask_is(alert, "priority", priorities[p]))
				continue;
			put(alert, answer, first);
			first = false;
		}
}

void ask_put_silence(const json_t *answer)
{
	const json_t *silence = json_object_get(answer, "everything_silenced");
	char until[ASK_TEXT_SIZE], comment[ASK_TEXT_SIZE];

	if (!json_is_object(silence))
		return;
	ask_text(until, silence, "until", "-");
	ask_text(comment, silence, "comment", "");
	(void)printf("EVERYTHING IS SILENCED until %s", until);
	if (*comment)
		(void)printf(": \"%s\"", comment);
	(void)printf(" (audiowatch silence --end %" JSON_INTEGER_FORMAT ")\n\n",
		     json_integer_value(json_object_get(silence, "id")));
}

/* ---- the command ---- */

static int tell(const struct asked *asked, const char *body)
{
	json_t *answer = json_loads(body, 0, NULL);
	int rc;

	if (!json_is_array(json_object_get(answer, "active_alerts"))) {
		(void)cli_error("the collector's answer is not understood (are audiowatch and "
				"audiowatchd of one version?)");
		json_decref(answer);
		return EXIT_UNREACHABLE;
	}
	if (asked->json)
		asked->ask->print_json(body, answer);
	else
		asked->ask->print(answer);
	rc = verdict(answer);
	json_decref(answer);
	return rc;
}

int ask_run(const struct ask *ask, int argc, char **argv)
{
	const struct flags mine = flags_of(ask);
	struct asked asked = { .ask = ask };
	struct client client;
	char *body;
	int rc;

	if (flags_read(&mine, &asked, argc, argv) < 0)
		return EXIT_USAGE;
	if (asked.help) {
		help(ask);
		return EXIT_HEALTHY;
	}
	if (client_aim(&client, asked.state_dir) < 0)
		return EXIT_USAGE;
	body = client_get(&client, TARGET);
	if (!body)
		return EXIT_UNREACHABLE;
	rc = tell(&asked, body);
	free(body);
	return rc;
}
