/* SPDX-License-Identifier: MIT */
/* `audiowatch doctor`: judges this machine by the table of checks and prints what it found. Changes nothing. */
#include "tools/audiowatch/doctor.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "tools/audiowatch/checks.h"
#include "tools/audiowatch/client.h"
#include "tools/cli/cli.h"
#include "tools/cli/flags.h"
#include "tools/cli/words.h"

enum { EXIT_NOTHING_BAD = 0, EXIT_BAD = 1, EXIT_USAGE = 2 };

struct doctor {
	const char *state_dir;
	bool json, help;
};

/* ---- flags ---- */

static int take_state_dir(void *context, const char *value)
{
	struct doctor *doctor = context;

	doctor->state_dir = value;
	return 0;
}

static int take_json(void *context, const char *value)
{
	struct doctor *doctor = context;

	(void)value;
	doctor->json = true;
	return 0;
}

static int take_help(void *context, const char *value)
{
	struct doctor *doctor = context;

	(void)value;
	doctor->help = true;
	return 0;
}

static const struct flag flags[] = {
	{ "--json", NULL, NULL, "an array of objects: name, verdict, found, means, cure", take_json },
	{ "--state-dir", "DIR", "/var/lib/audiowatch",
	  "the collector's ($AUDIOWATCH_STATE_DIR, $STATE_DIRECTORY, else below $XDG_STATE_HOME)",
	  take_state_dir },
	{ "--help", NULL, NULL, "this text", take_help },
};

static const struct flags all_flags = { "doctor", flags, sizeof flags / sizeof *flags };

static void help(void)
{
	(void)puts("Usage: audiowatch doctor [OPTION...]\n"
		   "Says what on this machine will hurt audio or audiowatch, and how to cure it; "
		   "changes nothing.\n"
		   "Exit: 0 nothing bad (there may be warnings), 1 something bad, 2 usage.\n");
	flags_help(&all_flags);
	(void)puts("\nIt looks at:");
	for (size_t i = 0; i < check_count; i++)
		(void)printf("  %-12s %s\n", checks[i].name, checks[i].looks_at);
}

/* ---- for people ---- */

static void print_one(const struct check *check, const struct finding *finding)
{
	char clean[FINDING_FOUND];

	words_clean(clean, sizeof clean, finding->found);
	(void)printf("%-8s %-12s %s\n", verdict_name(finding->verdict), check->name, clean);
	if (!*finding->cure)
		return;
	(void)printf("%21s means: %s\n", "", check->means);
	(void)printf("%21s cure:  %s\n", "", finding->cure);
}

static void print(const struct finding *findings)
{
	unsigned counts[VERDICTS] = { 0 };

	for (size_t i = 0; i < check_count; i++) {
		print_one(&checks[i], &findings[i]);
		counts[findings[i].verdict]++;
	}
	(void)printf("%u bad, %u warnings, %u unknown, %u ok\n", counts[VERDICT_BAD],
		     counts[VERDICT_WARN], counts[VERDICT_UNKNOWN], counts[VERDICT_OK]);
}

/* ---- for programs ---- */

static json_t *object_of(const struct check *check, const struct finding *finding)
{
	char clean[FINDING_FOUND];

	words_clean(clean, sizeof clean, finding->found);
	return json_pack("{s:s, s:s, s:s, s:s, s:s?}", "name", check->name, "verdict",
			 verdict_name(finding->verdict), "found", clean, "means", check->means,
			 "cure", *finding->cure ? finding->cure : NULL);
}

static void print_json(const struct finding *findings)
{
	json_t *list = json_array();

	for (size_t i = 0; i < check_count; i++)
		(void)json_array_append_new(list, object_of(&checks[i], &findings[i]));
	(void)json_dumpf(list, stdout, JSON_INDENT(2));
	(void)putchar('\n');
	json_decref(list);
}

/* ---- the command ---- */

static int examine(const struct doctor *doctor, const struct client *client)
{
	struct finding *findings = calloc(check_count, sizeof *findings);
	struct facts *facts = malloc(sizeof *facts);
	int rc = EXIT_NOTHING_BAD;

	if (!findings || !facts) {
		free(findings);
		free(facts);
		(void)cli_error("out of memory (end some programs)");
		return EXIT_BAD;
	}
	facts_read(facts, "", client);
	for (size_t i = 0; i < check_count; i++) {
		check_judge(&checks[i], facts, &findings[i]);
		if (findings[i].verdict == VERDICT_BAD)
			rc = EXIT_BAD;
	}
	if (doctor->json)
		print_json(findings);
	else
		print(findings);
	free(findings);
	free(facts);
	return rc;
}

int doctor_run(int argc, char **argv)
{
	struct doctor doctor = { .state_dir = NULL };
	struct client client;

	if (flags_read(&all_flags, &doctor, argc, argv) < 0)
		return EXIT_USAGE;
	if (doctor.help) {
		help();
		return EXIT_NOTHING_BAD;
	}
	if (client_aim(&client, doctor.state_dir) < 0)
		return EXIT_USAGE;
	return examine(&doctor, &client);
}
