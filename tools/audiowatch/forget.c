/* SPDX-License-Identifier: MIT */
/* `audiowatch forget`: a dead session is meant to stay down. Which ones are dead is the collector's to say. */
#include "tools/audiowatch/forget.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "tools/audiowatch/client.h"
#include "tools/cli/cli.h"
#include "tools/cli/flags.h"
#include "tools/cli/words.h"

#define TARGET "/api/v1/monitoring/forget"

enum { EXIT_DONE = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_UNREACHABLE = 3, LINE_SIZE = 700 };

struct forget {
	const char *state_dir, *app, *instance_id;
	bool json, help;
};

/* ---- flags ---- */

static int take_word(void *context, const char *value)
{
	struct forget *forget = context;

	if (forget->instance_id)
		return cli_error("forget: \"%s\" is one word too many (try APP INSTANCE_ID)", value);
	*(forget->app ? &forget->instance_id : &forget->app) = value;
	return 0;
}

static int take_json(void *context, const char *value)
{
	(void)value;
	((struct forget *)context)->json = true;
	return 0;
}

static int take_state_dir(void *context, const char *value)
{
	((struct forget *)context)->state_dir = value;
	return 0;
}

static int take_help(void *context, const char *value)
{
	(void)value;
	((struct forget *)context)->help = true;
	return 0;
}

static const struct flag flags[] = {
	{ "APP [INSTANCE_ID]", NULL, NULL,
	  "as status shows them; the instance where several are dead", take_word },
	{ "--json", NULL, NULL, "the collector's answer as it is", take_json },
	{ "--state-dir", "DIR", "/var/lib/audiowatch",
	  "the collector's ($AUDIOWATCH_STATE_DIR, $STATE_DIRECTORY, else below $XDG_STATE_HOME)",
	  take_state_dir },
	{ "--help", NULL, NULL, "this text", take_help },
};

static const struct flags all_flags = { "forget", flags, sizeof flags / sizeof *flags };

static void help(void)
{
	(void)puts("Usage: audiowatch forget APP [INSTANCE_ID]\n"
		   "A program that died is meant to stay down: its EngineDown ends, its engines "
		   "are no "
		   "longer shown as dead.\n"
		   "Its counters go on when it comes back.\n"
		   "Exit: 0 done, 1 refused, 2 usage, 3 no collector reachable.\n");
	flags_help(&all_flags);
}

/* ---- the command ---- */

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* What the collector could not read is usage; that nothing of that name is dead is not. */
static int refused(unsigned status, const json_t *problem)
{
	const char *detail = text_of(problem, "detail");
	char clean[LINE_SIZE];

	words_clean(clean, sizeof clean, *detail ? detail : "the collector refuses (see its log)");
	(void)cli_error("forget: %s", clean);
	return status == 400 ? EXIT_USAGE : EXIT_REFUSED;
}

static void print_done(const json_t *answer)
{
	char app[LINE_SIZE], instance_id[LINE_SIZE];

	words_clean(app, sizeof app, text_of(answer, "app"));
	words_clean(instance_id, sizeof instance_id, text_of(answer, "instance_id"));
	(void)printf("%s %s is forgotten\n", app, instance_id);
}

static char *order_of(const struct forget *forget)
{
	json_t *order =
		json_pack("{s:s, s:s*}", "app", forget->app, "instance_id", forget->instance_id);
	char *text = json_dumps(order, JSON_COMPACT);

	json_decref(order);
	return text;
}

static int order(const struct forget *forget, const struct client *client)
{
	int rc = EXIT_UNREACHABLE;
	char *text = order_of(forget), *body;
	unsigned status;
	json_t *answer;

	if (!text) {
		(void)cli_error(
			"forget: a name is no UTF-8 (try it as audiowatch status shows it)");
		return EXIT_USAGE;
	}
	body = client_post(client, TARGET, text, &status);
	answer = body ? json_loads(body, 0, NULL) : NULL;
	if (body && status != 200)
		rc = refused(status, answer);
	else if (body) {
		rc = EXIT_DONE;
		if (forget->json)
			(void)fputs(body, stdout);
		else
			print_done(answer);
		client_tell_unsaved("forget", answer);
	}
	json_decref(answer);
	free(body);
	free(text);
	return rc;
}

int forget_run(int argc, char **argv)
{
	struct forget forget = { .state_dir = NULL };
	struct client client;

	if (flags_read(&all_flags, &forget, argc, argv) < 0)
		return EXIT_USAGE;
	if (forget.help) {
		help();
		return EXIT_DONE;
	}
	if (!forget.app) {
		(void)cli_error(
			"forget: which one? (try audiowatch forget APP, as status shows it)");
		return EXIT_USAGE;
	}
	if (client_aim(&client, forget.state_dir) < 0)
		return EXIT_USAGE;
	return order(&forget, &client);
}
