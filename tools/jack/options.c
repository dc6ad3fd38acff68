/* SPDX-License-Identifier: MIT */
/* The command line of audiowatch-jack, as a table. Main thread. */
#include "tools/jack/options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tools/cli/cli.h"
#include "tools/cli/flags.h"
#include "tools/jack/server.h"

enum { TAIL_SIZE = 512 }; /* PipeWire's names may be 256 long */

static int check_name(const struct options *options, const char *flag, const char *value)
{
	if (!*value)
		return cli_error("%s: the name is empty (try %s %s)", flag, flag,
				 strcmp(flag, "--name") ? "system" : "audiowatch");
	if (strchr(value, ':'))
		return cli_error("%s: \"%s\" is no client's name, for it holds a ':' (try %.*s)",
				 flag, value, (int)strcspn(value, ":"), value);
	if (strlen(value) >= options->name_size)
		return cli_error("%s: \"%s\" is longer than JACK's %zu bytes (try a shorter one)",
				 flag, value, options->name_size - 1);
	return 0;
}

static int take_name(void *context, const char *value)
{
	struct options *options = context;

	options->name = value;
	return check_name(options, "--name", value);
}

static int take_server(void *context, const char *value)
{
	struct options *options = context;

	options->server = value;
	return *value ? 0 : cli_error("--server: the name is empty (try --server default)");
}

static int take_watch(void *context, const char *value)
{
	struct options *options = context;

	if (check_name(options, "--watch", value) < 0)
		return -EINVAL;
	for (unsigned i = 0; i < options->watch_count; i++)
		if (!strcmp(options->watches[i], value))
			return cli_error("--watch: \"%s\" is given twice (try it once)", value);
	if (options->watch_count == OPTIONS_WATCHES)
		return cli_error("--watch: more than %d (try a second audiowatch-jack --name b)",
				 OPTIONS_WATCHES);
	options->watches[options->watch_count++] = value;
	return 0;
}

static int take_sync_ok(void *context, const char *value)
{
	struct options *options = context;

	(void)value;
	options->sync_ok = true;
	return 0;
}

static int take_print(void *context, const char *value)
{
	struct options *options = context;

	(void)value;
	options->print = true;
	return 0;
}

static int take_verbose(void *context, const char *value)
{
	struct options *options = context;

	(void)value;
	options->verbose = true;
	return 0;
}

static int take_version(void *context, const char *value)
{
	struct options *options = context;

	(void)value;
	options->version = true;
	return 0;
}

static int take_help(void *context, const char *value)
{
	struct options *options = context;

	(void)value;
	options->help = true;
	return 0;
}

static const struct flag flags[] = {
	{ "--watch", "CLIENT", "jalv", "measure the graph up to this client; repeatable, up to 63",
	  take_watch },
	{ "--name", "NAME", "audiowatch", "the JACK client's name (audiowatch)", take_name },
	{ "--server", "NAME", "default", "the JACK server ($JACK_DEFAULT_SERVER, default)",
	  take_server },
	{ "--print", NULL, NULL, "a line a second on standard output; needs no collector",
	  take_print },
	{ "--sync-ok", NULL, NULL, "join a synchronous server (jackd -S) too", take_sync_ok },
	{ "--verbose", NULL, NULL, "let libjack say what it says", take_verbose },
	{ "--version", NULL, NULL, "the version", take_version },
	{ "--help", NULL, NULL, "this text", take_help },
};

static const struct flags all_flags = { "", flags, sizeof flags / sizeof *flags };

char *options_tail(const struct options *options, unsigned watch, char *name)
{
	(void)snprintf(name, options->name_size, "%s-%s", options->name, options->watches[watch]);
	return name;
}

/* Long names are cut, and then two may become one. */
static int check_tails(const struct options *options)
{
	char one[TAIL_SIZE], other[TAIL_SIZE];

	for (unsigned i = 1; i < options->watch_count; i++)
		for (unsigned k = 0; k < i; k++)
			if (!strcmp(options_tail(options, i, one), options_tail(options, k, other)))
				return cli_error(
					"--watch: \"%s\" and \"%s\" would both be watched by a "
					"client called \"%s\" (try --name a)",
					options->watches[k], options->watches[i], one);
	return 0;
}

int options_read(struct options *options, int argc, char **argv)
{
	const size_t name_size = options->name_size;

	*options = (struct options){ .name = "audiowatch",
				     .name_size = name_size < TAIL_SIZE ? name_size : TAIL_SIZE };
	if (flags_read(&all_flags, options, argc, argv) < 0)
		return -EINVAL;
	if (!options->server)
		options->server = cli_variable("JACK_DEFAULT_SERVER", "default");
	if (strlen(options->server) >= SERVER_NAME_SIZE)
		return cli_error("--server: the name is longer than %d bytes (try default)",
				 SERVER_NAME_SIZE - 1);
	return check_tails(options);
}

void options_usage(void)
{
	(void)puts("Usage: audiowatch-jack [OPTION...]\n"
		   "A JACK client that publishes what it sees of the server: its load, its xruns, "
		   "how late\n"
		   "cycles begin (the engine jack) and how long the graph takes up to a client "
		   "(graph:CLIENT).\n"
		   "It starts no server, waits for one, and connects again when one comes back.\n");
	flags_help(&all_flags);
	(void)puts(
		"\nWith PipeWire: pw-jack audiowatch-jack --watch CLIENT\n"
		"AUDIOWATCH_PREFIX and AUDIOWATCH_DIR say where it publishes.\n"
		"Exit: 0 ended by a signal; 1 the name is taken, the server is synchronous, no "
		"shared\n"
		"memory, nobody reads --print, or libjack does not let go of a server; 2 usage.");
}
