/* SPDX-License-Identifier: MIT */
/* `audiowatch silence`: makes, lists and ends silences, by the collector. What names and times are allowed is the
 * collector's to say. */
#include "tools/audiowatch/silence.h"

#include <jansson.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/audiowatch/client.h"
#include "tools/cli/cli.h"
#include "tools/cli/flags.h"
#include "tools/cli/number.h"
#include "tools/cli/words.h"

#define TARGET "/api/v1/monitoring/silence"

enum { EXIT_DONE = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_UNREACHABLE = 3, CELL_SIZE = 700 };

struct silence {
	const char *state_dir, *alert, *app, *comment;
	uint64_t for_ns, end;
	bool all, list, json, help;
};

/* ---- flags ---- */

static int take_alert(void *context, const char *value)
{
	((struct silence *)context)->alert = value;
	return 0;
}

static int take_app(void *context, const char *value)
{
	((struct silence *)context)->app = value;
	return 0;
}

static int take_comment(void *context, const char *value)
{
	struct silence *silence = context;

	if (silence->comment)
		return cli_error("silence: \"%s\" is one word too many (put what it is for into "
				 "quotes)",
				 value);
	silence->comment = value;
	return 0;
}

static int take_for(void *context, const char *value)
{
	static const struct range range = { 60, 30 * 86400, "30m", NS_A_SECOND };
	struct complaint complaint;

	if (number_duration(value, &range, &((struct silence *)context)->for_ns, &complaint) == 0)
		return 0;
	return cli_error("--for: %s", complaint.text);
}

static int take_end(void *context, const char *value)
{
	static const struct range range = { 1, 1e9, "1, as --list shows it", 1 };
	struct complaint complaint;

	if (number_whole(value, &range, &((struct silence *)context)->end, &complaint) == 0)
		return 0;
	return cli_error("--end: %s", complaint.text);
}

static int take_all(void *context, const char *value)
{
	(void)value;
	((struct silence *)context)->all = true;
	return 0;
}

static int take_list(void *context, const char *value)
{
	(void)value;
	((struct silence *)context)->list = true;
	return 0;
}

static int take_json(void *context, const char *value)
{
	(void)value;
	((struct silence *)context)->json = true;
	return 0;
}

static int take_state_dir(void *context, const char *value)
{
	((struct silence *)context)->state_dir = value;
	return 0;
}

static int take_help(void *context, const char *value)
{
	(void)value;
	((struct silence *)context)->help = true;
	return 0;
}

static const struct flag flags[] = {
	{ "COMMENT", NULL, NULL, "what it is for; is kept, shown and logged", take_comment },
	{ "--alert", "NAME", "EngineDown", "the alerts of this name", take_alert },
	{ "--app", "APP", "ardour", "the alerts of this application, EngineDown too", take_app },
	{ "--all", NULL, NULL, "every alert but the Watchdog, instead of --alert and --app",
	  take_all },
	{ "--for", "TIME", "30m", "how long: 1m to 30d", take_for },
	{ "--list", NULL, NULL, "those that hold", take_list },
	{ "--end", "ID", "1", "end this one now", take_end },
	{ "--json", NULL, NULL, "the collector's answer as it is", take_json },
	{ "--state-dir", "DIR", "/var/lib/audiowatch",
	  "the collector's ($AUDIOWATCH_STATE_DIR, $STATE_DIRECTORY, else below $XDG_STATE_HOME)",
	  take_state_dir },
	{ "--help", NULL, NULL, "this text", take_help },
};

static const struct flags all_flags = { "silence", flags, sizeof flags / sizeof *flags };

static void help(void)
{
	(void)puts(
		"Usage: audiowatch silence [--alert NAME] [--app APP] --for 30m \"sound check\"\n"
		"       audiowatch silence --list | --end ID\n"
		"Nobody is told of alerts that are silenced; they are judged and shown all the "
		"same.\n"
		"Exit: 0 done, 1 refused, 2 usage, 3 no collector reachable.\n");
	flags_help(&all_flags);
}

/* What can be told without the collector. */
static int check(const struct silence *silence)
{
	const bool named = (silence->alert && *silence->alert) || (silence->app && *silence->app);
	const bool begins = silence->alert || silence->app || silence->all || silence->for_ns ||
			    silence->comment;

	if (silence->list + (silence->end > 0) + begins > 1)
		return cli_error("silence: --list, --end and a new silence are three commands (try "
				 "one at a time)");
	if (silence->list || silence->end)
		return 0;
	if (!silence->for_ns)
		return cli_error("--for: is missing (try --for 30m, or --list)");
	if (silence->all && (silence->alert || silence->app))
		return cli_error("--all: not with --alert or --app (leave one out)");
	if (!silence->all && !named)
		return cli_error(
			"silence: neither --alert nor --app (name one, or silence everything "
			"by --all)");
	return 0;
}

/* ---- what is told ---- */

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static void put(const char *text, int width)
{
	char clean[CELL_SIZE];
	int blank;

	words_clean(clean, sizeof clean, *text ? text : "-");
	blank = width - words_columns(clean);
	(void)printf("%s%*s%s", clean, blank > 0 ? blank : 0, "", width ? "  " : "\n");
}

static void put_user(const json_t *silence)
{
	const json_int_t uid = json_integer_value(json_object_get(silence, "uid"));
	const struct passwd *user = getpwuid((uid_t)uid);
	char number[24];

	(void)snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, uid);
	put(user ? user->pw_name : number, 10);
}

static void print_one(const json_t *silence)
{
	const bool everything = !*text_of(silence, "alert") && !*text_of(silence, "app");
	char alert[CELL_SIZE];

	(void)printf("%3" JSON_INTEGER_FORMAT "  ",
		     json_integer_value(json_object_get(silence, "id")));
	put(text_of(silence, "until"), 24);
	(void)snprintf(
		alert, sizeof alert, "%s%s", everything ? "EVERYTHING" : text_of(silence, "alert"),
		json_is_false(json_object_get(silence, "alert_known")) ? " (no such rule)" : "");
	put(alert, 24);
	put(text_of(silence, "app"), 16);
	put_user(silence);
	put(text_of(silence, "comment"), 0);
}

static void print_list(const json_t *list)
{
	if (!json_array_size(list)) {
		(void)puts("no silences");
		return;
	}
	(void)printf("%3s  %-24s  %-24s  %-16s  %-10s  %s\n", "ID", "UNTIL", "ALERT", "APP", "BY",
		     "COMMENT");
	for (size_t i = 0; i < json_array_size(list); i++)
		print_one(json_array_get(list, i));
}

/* "silence 1 ended", "silence 2 holds until ...: EngineDown of daw" */
static void print_done(const struct silence *silence, const json_t *answer)
{
	const char *alert = text_of(answer, "alert"), *app = text_of(answer, "app");
	char clean[CELL_SIZE];

	(void)printf("silence %" JSON_INTEGER_FORMAT,
		     json_integer_value(json_object_get(answer, "id")));
	if (silence->end) {
		(void)puts(" ended");
		return;
	}
	words_clean(clean, sizeof clean, app);
	(void)printf(" holds until %s: %s%s%s\n", text_of(answer, "until"),
		     *alert ? alert
		     : *app ? "every alert"
			    : "EVERYTHING but the Watchdog",
		     *app ? " of " : "", clean);
}

/* ---- the commands ---- */

static char *order_of(const struct silence *silence)
{
	json_t *order =
		silence->end ? json_pack("{s:I}", "end", (json_int_t)silence->end)
			     : json_pack("{s:s*, s:s*, s:s*, s:I}", "alert", silence->alert, "app",
					 silence->app, "comment", silence->comment, "for_seconds",
					 (json_int_t)(silence->for_ns / NS_A_SECOND));
	char *text;

	if (silence->all && json_object_set_new(order, "all", json_true()))
		return NULL;
	text = json_dumps(order, JSON_COMPACT);
	json_decref(order);
	return text;
}

/* Why not, as the collector has it; what was said wrongly is usage. */
static int refused(unsigned status, const json_t *problem)
{
	const char *detail = text_of(problem, "detail");
	char clean[CELL_SIZE];

	words_clean(clean, sizeof clean, *detail ? detail : "the collector refuses (see its log)");
	(void)cli_error("silence: %s", clean);
	return status == 400 || status == 404 ? EXIT_USAGE : EXIT_REFUSED;
}

static int order(const struct silence *silence, const struct client *client)
{
	int rc = EXIT_UNREACHABLE;
	char *text = order_of(silence), *body;
	unsigned status;
	json_t *answer;

	if (!text) {
		(void)cli_error("silence: a name or the comment is no UTF-8 (try letters)");
		return EXIT_USAGE;
	}
	body = client_post(client, TARGET, text, &status);
	answer = body ? json_loads(body, 0, NULL) : NULL;
	if (body && status != 200)
		rc = refused(status, answer);
	else if (body) {
		rc = EXIT_DONE;
		if (silence->json)
			(void)fputs(body, stdout);
		else
			print_done(silence, answer);
		client_tell_unsaved("silence", answer);
	}
	json_decref(answer);
	free(body);
	free(text);
	return rc;
}

static int list(const struct silence *silence, const struct client *client)
{
	char *body = client_get(client, TARGET);
	json_t *answer = body ? json_loads(body, 0, NULL) : NULL;
	int rc = EXIT_UNREACHABLE;

	if (body) {
		rc = EXIT_DONE;
		if (silence->json)
			(void)fputs(body, stdout);
		else
			print_list(answer);
	}
	json_decref(answer);
	free(body);
	return rc;
}

int silence_run(int argc, char **argv)
{
	struct silence silence = { .state_dir = NULL };
	struct client client;

	if (flags_read(&all_flags, &silence, argc, argv) < 0)
		return EXIT_USAGE;
	if (silence.help) {
		help();
		return EXIT_DONE;
	}
	if (check(&silence) < 0 || client_aim(&client, silence.state_dir) < 0)
		return EXIT_USAGE;
	return silence.list ? list(&silence, &client) : order(&silence, &client);
}
