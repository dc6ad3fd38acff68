/* SPDX-License-Identifier: MIT */
/* The command line of `audiowatch-bench latency`, as one table. Runs in main alone. */
#include "tools/bench/latency_options.h"

#include <errno.h>
#include <stdio.h>

#include "tools/bench/flag_value.h"
#include "tools/bench/latency_schedule.h"
#include "tools/bench/latency_thread.h"
#include "tools/cli/cli.h"
#include "tools/cli/flags.h"
#include "tools/cli/number.h"

enum { MIN_PERIOD_NS = 10000, INTERVAL_RATE_HZ = 1000000, MAX_YEAR_S = 31536000 };

/* ---- values ---- */

static int text(const char *flag, const char *value, const char *example, const char **kept)
{
	if (!*value)
		return cli_error("%s: the value is empty (try %s %s)", flag, flag, example);
	*kept = value;
	return 0;
}

static int take_threads(void *context, const char *value)
{
	static const struct range range = { 1, LATENCY_MAX_THREADS, "4", 0 };
	struct latency_options *options = context;

	options->paced_by = "--threads";
	options->threads = latency_cpus();
	if (options->threads > LATENCY_MAX_THREADS)
		options->threads = LATENCY_MAX_THREADS;
	return value ? flag_whole_32("--threads", value, &range, &options->threads) : 0;
}

static int take_affinity(void *context, const char *value)
{
	static const struct range range = { 0, 65535, "0", 0 };
	struct latency_options *options = context;
	uint32_t cpu;

	options->paced_by = "--affinity";
	options->pinned = true;
	options->cpu = -1;
	if (!value)
		return 0;
	if (flag_whole_32("--affinity", value, &range, &cpu) < 0)
		return -EINVAL;
	options->cpu = (int)cpu;
	if (!latency_cpu_allowed(options->cpu))
		return cli_error("--affinity: CPU %d is none that this process may run on (try %d)",
				 options->cpu, latency_cpu(0));
	return 0;
}

static int take_priority(void *context, const char *value)
{
	static const struct range range = { 0, 99, "80", 0 };
	struct latency_options *options = context;

	options->paced_by = "--priority";
	return flag_whole_32("--priority", value, &range, &options->priority);
}

static int take_interval(void *context, const char *value)
{
	static const struct range range = { 10, 1000000, "5333", 0 };
	struct latency_options *options = context;

	options->paced_by = options->interval_by = "--interval";
	options->rate_hz = INTERVAL_RATE_HZ;
	return flag_whole_32("--interval", value, &range, &options->frames);
}

static int take_rate(void *context, const char *value)
{
	static const struct range range = { 1, 1 << 20, "48000", 0 };
	struct latency_options *options = context;

	options->paced_by = options->format_by = "--rate";
	return flag_whole_32("--rate", value, &range, &options->rate_hz);
}

static int take_frames(void *context, const char *value)
{
	static const struct range range = { 1, 1 << 20, "256", 0 };
	struct latency_options *options = context;

	options->paced_by = options->format_by = "--frames";
	return flag_whole_32("--frames", value, &range, &options->frames);
}

static int take_load(void *context, const char *value)
{
	static const struct range range = { 0, 1, "0.3", 0 };
	struct latency_options *options = context;
	struct complaint complaint;

	return number_read(value, &range, &options->load, &complaint) < 0
		       ? cli_error("--load: %s", complaint.text)
		       : 0;
}

static int take_duration(void *context, const char *value)
{
	static const struct range range = { 0.001, MAX_YEAR_S, "5s", 0 };
	struct latency_options *options = context;
	struct complaint complaint;

	return number_duration(value, &range, &options->duration_ns, &complaint) < 0
		       ? cli_error("--duration: %s", complaint.text)
		       : 0;
}

static int take_break(void *context, const char *value)
{
	static const struct range range = { 1, 1e9, "500", 0 };
	struct latency_options *options = context;

	return flag_whole("--breaktrace", value, &range, &options->break_us);
}

static int take_histogram(void *context, const char *value)
{
	static const struct range range = { 1, 1000000, "400", 0 };
	struct latency_options *options = context;

	return flag_whole("--histogram", value, &range, &options->histogram_us);
}

static int take_histfile(void *context, const char *value)
{
	struct latency_options *options = context;

	return text("--histfile", value, "latency.hist", &options->histfile);
}

static int take_plot(void *context, const char *value)
{
	struct latency_options *options = context;

	return text("--plot", value, "latency.svg", &options->plot);
}

static int take_server(void *context, const char *value)
{
	struct latency_options *options = context;

	return text("--server", value, "default", &options->server);
}

static int take_name(void *context, const char *value)
{
	struct latency_options *options = context;

	return text("--name", value, "desk", &options->name);
}

#define SWITCH(member) \
	static int take_##member(void *context, const char *value) \
	{ \
		(void)value; \
		((struct latency_options *)context)->member = true; \
		return 0; \
	}
SWITCH(lock_memory)
SWITCH(quiet)
SWITCH(json)
SWITCH(jack)
SWITCH(help)
#undef SWITCH

static const struct flag flags[] = {
	{ NULL, NULL, NULL, "What measures:", NULL },
	{ "-t, --threads", "[N]", "4", "periodic threads (1); -t alone: one a CPU", take_threads },
	{ "-a, --affinity", "[CPU]", "0", "all of them on this CPU; -a alone: thread N on CPU N",
	  take_affinity },
	{ "-p, --priority", "PRIO", "80", "SCHED_FIFO, 1 to 99 (0 = SCHED_OTHER)", take_priority },
	{ "-m, --mlockall", NULL, NULL, "lock all memory, as audio programs should",
	  take_lock_memory },
	{ "--jack", NULL, NULL, "measure inside a JACK client's process callback instead",
	  take_jack },
	{ "--server", "NAME", "default", "with --jack: this server ($JACK_DEFAULT_SERVER)",
	  take_server },
	{ NULL, NULL, NULL, "What is measured:", NULL },
	{ "--rate", "HZ", "48000", "sample rate (48000)", take_rate },
	{ "--frames", "N", "256", "frames of a period (256)", take_frames },
	{ "-i, --interval", "US", "5333", "the period in us instead of --rate and --frames",
	  take_interval },
	{ "--load", "RATIO", "0.3", "work of a cycle by its period, 0 to 1 (0)", take_load },
	{ NULL, NULL, NULL, "When it ends, but for Ctrl-C:", NULL },
	{ "-D, --duration", "TIME", "5s", "after this time; s (none), m, h or d behind it",
	  take_duration },
	{ "-b, --breaktrace", "US", "500", "when a wake-up is later than this; exit 1", take_break },
	{ NULL, NULL, NULL, "What is told:", NULL },
	{ "-q, --quiet", NULL, NULL, "the summary alone", take_quiet },
	{ "-h, --histogram", "US", "400", "wake-up delays by the us, up to this, after the summary",
	  take_histogram },
	{ "--histfile", "FILE", "latency.hist", "that histogram into a file instead", take_histfile },
	{ "--json", NULL, NULL, "one JSON document instead of all text", take_json },
	{ "--plot", "FILE", "latency.svg", "a picture of the distributions (SVG, by gnuplot)",
	  take_plot },
	{ "--name", "INSTANCE", "desk", "the label instance_id on /metrics (a free number)",
	  take_name },
	{ "--help", NULL, NULL, "this text", take_help },
};

static const struct flags all_flags = { "latency", flags, sizeof flags / sizeof *flags };

/* ---- what does not go together ---- */

static int check_period(const struct latency_options *options)
{
	const uint64_t period_ns = latency_period_ns(options->frames, options->rate_hz);

	if (period_ns >= MIN_PERIOD_NS && period_ns <= NS_A_SECOND)
		return 0;
	return cli_error("--frames: %u frames at %u Hz are a period of %.10g us, and it may have "
			 "10 to 1000000 (try --rate 48000 --frames 256)",
			 options->frames, options->rate_hz, (double)period_ns / 1000);
}

int latency_options_read(struct latency_options *options, int argc, char **argv)
{
	*options =
		(struct latency_options){ .threads = 1, .cpu = -1, .rate_hz = 48000, .frames = 256 };
	if (flags_read(&all_flags, options, argc, argv) < 0)
		return -EINVAL;
	if (options->help)
		return 0;
	if (options->interval_by && options->format_by)
		return cli_error("%s: --interval has said the period (leave one of them out)",
				 options->format_by);
	if (options->jack && options->paced_by)
		return cli_error("%s: with --jack the server decides that (leave it out)",
				 options->paced_by);
	if (options->server && !options->jack)
		return cli_error("--server: without --jack no server is asked (try --jack)");
	if (options->histfile && !options->histogram_us)
		return cli_error("--histfile: there is no histogram (try --histogram 400)");
	return check_period(options);
}

void latency_options_help(void)
{
	(void)puts("Usage: audiowatch-bench latency [OPTION...]\n"
		   "Measures how late a periodic real-time thread is woken and how long its cycles "
		   "take,\n"
		   "as cyclictest does, in periods of audio; shows on /metrics as "
		   "audiowatch-bench.\n");
	flags_help(&all_flags);
	(void)puts("\nExit: 0 fine, also after Ctrl-C; 1 a wake-up was later than --breaktrace, or "
		   "it failed; 2 usage.");
}
