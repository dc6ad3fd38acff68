/* SPDX-License-Identifier: MIT */
/* Tests of collector/options.c: what flags mean, and the exact line of each refusal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "collector/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_ARGUMENTS = 80 };

static struct options options;
static char error[OPTIONS_ERROR_SIZE];

/* Arguments are split at blanks. */
static int parse(const char *arguments)
{
	static char text[4096]; /* the options borrow from it */
	char *argv[MOST_ARGUMENTS + 2] = { "audiowatchd" };
	int argc = 1;

	snprintf(text, sizeof text, "%s", arguments);
	for (char *word = strtok(text, " "); word && argc <= MOST_ARGUMENTS;
	     word = strtok(NULL, " "))
		argv[argc++] = word;
	error[0] = 0;
	return options_parse(&options, argc, argv, error);
}

static void nothing_said_stays_unsaid(void **state)
{
	(void)state;
	assert_int_equal(parse(""), 0);
	assert_int_equal(options.action, OPTIONS_RUN);
	assert_int_equal(options.listen_count, 0);
	assert_int_equal(options.dir_count, 0);
	assert_null(options.prefix);
	assert_null(options.config);
	assert_null(options.state_dir);
	assert_int_equal(options.uid_count, 1);
	assert_int_equal(options.uids[0], geteuid());
	assert_false(options.log_format_said);
	assert_false(options.log_level_said);
}

static void repeatable_flags_add_up(void **state)
{
	(void)state;
	assert_int_equal(parse("--listen 127.0.0.1:1 --listen=unix:/run/x --dir /a --dir /b --uid "
			       "4711 --uid 0 --uid 4711"),
			 0);
	assert_int_equal(options.listen_count, 2);
	assert_string_equal(options.listen[1], "unix:/run/x");
	assert_int_equal(options.dir_count, 2);
	assert_string_equal(options.dirs[1], "/b");
	assert_int_equal(options.uid_count, geteuid() == 0 || geteuid() == 4711 ? 2 : 3);
}

static void other_flags_are_taken(void **state)
{
	(void)state;
	assert_int_equal(parse("--prefix studio --log-format json"), 0);
	assert_string_equal(options.prefix, "studio");
	assert_int_equal(options.log_format, LOG_JSON);
	assert_true(options.log_format_said);
	assert_int_equal(parse("--config a.yml --state-dir /s --log-level warn --check-config"), 0);
	assert_int_equal(options.action, OPTIONS_CHECK);
	assert_string_equal(options.config, "a.yml");
	assert_string_equal(options.state_dir, "/s");
	assert_int_equal(options.log_level, LOG_WARN);
	assert_true(options.log_level_said);
	assert_int_equal(parse("--replay - --replay-verdicts"), 0);
	assert_string_equal(options.replay, "-");
	assert_true(options.replay_verdicts);
	assert_int_equal(parse("--record-trace /t"), 0);
	assert_string_equal(options.record, "/t");
	assert_int_equal(parse("--version"), 0);
	assert_int_equal(options.action, OPTIONS_VERSION);
	assert_int_equal(parse("--help"), 0);
	assert_int_equal(options.action, OPTIONS_HELP);
}

static void each_refusal_names_flag_value_and_cure(void **state)
{
	static const struct {
		const char *arguments, *line;
	} rows[] = {
		{ "--uid x", "--uid: \"x\" is no user id (try 1000)" },
		{ "--uid -1", "--uid: \"-1\" is no user id (try 1000)" },
		{ "--uid 10x", "--uid: \"10x\" is no user id (try 1000)" },
		{ "--uid 4294967295", "--uid: \"4294967295\" is no user id (try 1000)" },
		{ "--uid 99999999999999999999",
		  "--uid: \"99999999999999999999\" is no user id (try 1000)" },
		{ "--uid", "--uid: needs a value (N)" },
		{ "--prefix a/b", "--prefix: \"a/b\" is no prefix: letters, digits, '.', '_', '-', "
				  "at most 100, no leading "
				  "dot (try audiowatch)" },
		{ "--log-format xml",
		  "--log-format: \"xml\" is no log format (try auto, json or text)" },
		{ "--log-level loud",
		  "--log-level: \"loud\" is no log level (try error, warn, info or debug)" },
		{ "--config=", "--config: \"\" is no file (try audiowatch.yml)" },
		{ "--state-dir=", "--state-dir: \"\" is no directory (try /var/lib/audiowatch)" },
		{ "--replay=", "--replay: \"\" is no file (try trace.txt)" },
		{ "--record-trace=", "--record-trace: \"\" is no file (try trace.txt)" },
		{ "--replay-verdicts",
		  "--replay-verdicts: is of a replay alone (try --replay trace.txt, too)" },
		{ "--replay t --record-trace u",
		  "--record-trace: a replay sees no engine (try it without --replay)" },
		{ "--lisen x", "\"--lisen\" is no flag (did you mean --listen?)" },
		{ "--logformat=json",
		  "\"--logformat=json\" is no flag (did you mean --log-format?)" },
		{ "--frobnicate", "\"--frobnicate\" is no flag (try --help)" },
		{ "--l x", "\"--l\" is no flag (try --help)" },
		{ "-v", "\"-v\" is no flag (try --help)" },
		{ "--version=3", "--version: takes no value (try --version alone)" },
		{ "stray --help", "\"stray\" belongs to no flag (try --help)" },
		{ "--uid 1 stray", "\"stray\" belongs to no flag (try --help)" },
		{ "--dir=", "--dir: \"\" is no directory (try /dev/shm)" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_int_equal(parse(rows[i].arguments), -EINVAL);
		assert_string_equal(error, rows[i].line);
	}
}

static void more_of_one_flag_than_there_is_room_for_is_refused(void **state)
{
	char arguments[OPTIONS_MAX * 16 + 16] = "";

	(void)state;
	for (unsigned i = 0; i < OPTIONS_MAX; i++)
		strcat(arguments, "--dir /x ");
	assert_int_equal(parse(arguments), 0);
	strcat(arguments, "--dir /x ");
	assert_int_equal(parse(arguments), -EINVAL);
	assert_string_equal(error, "--dir: \"/x\" is one too many (at most 32 of these)");
}

static void directories_must_exist_be_directories_and_on_tmpfs(void **state)
{
	static const struct {
		const char *arguments, *line;
		int status;
	} rows[] = {
		{ "--dir /dev/shm --dir /nowhere",
		  "--dir: \"/nowhere\" does not exist (try /dev/shm)", -ENOENT },
		{ "--dir /proc/self/stat",
		  "--dir: \"/proc/self/stat\" is not a directory (try /dev/shm)", -ENOTDIR },
		{ "--dir /proc",
		  "--dir: \"/proc\" is not on tmpfs, segments are in memory only (try /dev/shm)",
		  -EOPNOTSUPP },
		{ "--dir /dev/shm --dir /dev/shm/.",
		  "--dir: \"/dev/shm/.\" is named twice (leave one out)", -EINVAL },
	};

	(void)state;
	assert_int_equal(parse("--dir /dev/shm"), 0);
	assert_int_equal(options_check_dirs(&options, error), 0);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_int_equal(parse(rows[i].arguments), 0);
		options.dirs_said_by = "--dir";
		assert_int_equal(options_check_dirs(&options, error), rows[i].status);
		assert_string_equal(error, rows[i].line);
	}
}

static void help_names_every_flag(void **state)
{
	static const char *const flags[] = {
		"--listen",    "--dir",	   "--prefix",		"--uid",	  "--log-format",
		"--version",   "--help",   "--config",		"--check-config", "--log-level",
		"--state-dir", "--replay", "--replay-verdicts", "--record-trace"
	};
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	options_help(out);
	fclose(out);
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		assert_non_null(strstr(text, flags[i]));
	free(text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_said_stays_unsaid),
		cmocka_unit_test(repeatable_flags_add_up),
		cmocka_unit_test(other_flags_are_taken),
		cmocka_unit_test(each_refusal_names_flag_value_and_cure),
		cmocka_unit_test(more_of_one_flag_than_there_is_room_for_is_refused),
		cmocka_unit_test(directories_must_exist_be_directories_and_on_tmpfs),
		cmocka_unit_test(help_names_every_flag),
	};

	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
