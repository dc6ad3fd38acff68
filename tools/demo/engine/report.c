/* SPDX-License-Identifier: MIT */
/* What a run tells on standard output: ready, a line a second, and one JSON object at the end. Control thread. */
#include "tools/demo/engine/report.h"

#include <stdio.h>
#include <unistd.h>

#include "tools/demo/engine/run.h"

static const char *app_name(const struct run *run)
{
	return run->options->name ? run->options->name : DEMO_PROGRAM;
}

void report_ready(const struct run *run)
{
	(void)printf("ready pid=%d engines=%u app=%s\n", (int)getpid(), run->options->engines,
		     app_name(run));
	(void)fflush(stdout);
}

struct sums {
	uint64_t blocks, misses, xruns, calls, errors;
};

static struct sums sum(const struct run *run)
{
	struct sums sums = { 0 };

	for (unsigned i = 0; i < run->options->engines; i++) {
		const struct tally *tally = &run->engines[i].tally;

		sums.blocks += tally->blocks;
		sums.misses += tally->misses;
		sums.xruns += tally->xruns[AW_XRUN_JACK] + tally->xruns[AW_XRUN_ALSA] +
			      tally->xruns[AW_XRUN_HOST];
	}
	for (unsigned i = 0; i < run->functions.count; i++) {
		sums.calls += run->functions.functions[i].ended;
		sums.errors += run->functions.functions[i].errors;
	}
	return sums;
}

void report_line(const struct run *run, uint64_t second)
{
	const struct sums sums = sum(run);

	(void)printf("%ju s  blocks %ju  misses told %ju  xruns %ju  ffi %ju  errors %ju\n",
		     (uintmax_t)second, (uintmax_t)sums.blocks, (uintmax_t)sums.misses,
		     (uintmax_t)sums.xruns, (uintmax_t)sums.calls, (uintmax_t)sums.errors);
	(void)fflush(stdout);
}

static void json_text(const char *key, const char *text)
{
	(void)printf("\"%s\":\"", key);
	for (; *text; text++) {
		const unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			(void)printf("\\%c", c);
		else if (c < ' ')
			(void)printf("\\u%04x", c);
		else
			(void)putchar(c);
	}
	(void)putchar('"');
}

static void json_engine(const struct engine *engine)
{
	const struct tally *tally = &engine->tally;

	(void)putchar('{');
	json_text("name", engine->name);
	(void)printf(",\"channels\":%u,\"blocks\":%ju,\"freewheel_blocks\":%ju,\"cycles\":%ju,"
		     "\"misses\":%ju,\"render_ns\":%ju",
		     engine->channel_count, (uintmax_t)tally->blocks,
		     (uintmax_t)tally->freewheel_blocks, (uintmax_t)tally->cycles,
		     (uintmax_t)tally->misses, (uintmax_t)tally->render_ns);
	(void)printf(",\"xruns\":{\"jack\":%ju,\"alsa\":%ju,\"host\":%ju}}",
		     (uintmax_t)tally->xruns[AW_XRUN_JACK], (uintmax_t)tally->xruns[AW_XRUN_ALSA],
		     (uintmax_t)tally->xruns[AW_XRUN_HOST]);
}

static void json_function(const struct function *function)
{
	(void)putchar('{');
	json_text("name", function->name);
	(void)printf(",\"begun\":%ju,\"calls\":%ju,\"errors\":%ju}", (uintmax_t)function->begun,
		     (uintmax_t)function->ended, (uintmax_t)function->errors);
}

static void json_totals(const struct run *run)
{
	const struct sums sums = sum(run);

	(void)printf("\"totals\":{\"blocks\":%ju,\"misses\":%ju,\"xruns\":%ju,\"calls\":%ju,"
		     "\"errors\":%ju}",
		     (uintmax_t)sums.blocks, (uintmax_t)sums.misses, (uintmax_t)sums.xruns,
		     (uintmax_t)sums.calls, (uintmax_t)sums.errors);
}

/* exact: misses and render_ns are what the segment holds; else they are the least it can hold. */
void report_json(const struct run *run)
{
	(void)printf("{\"pid\":%d,", (int)getpid());
	json_text("app", app_name(run));
	(void)printf(",\"rate\":%u,\"frames\":%u,\"exact\":%s,\"engines\":[", run->options->rate_hz,
		     run->options->frames, run->options->fast ? "true" : "false");
	for (unsigned i = 0; i < run->options->engines; i++) {
		(void)fputs(i ? "," : "", stdout);
		json_engine(&run->engines[i]);
	}
	(void)fputs("],\"functions\":[", stdout);
	for (unsigned i = 0; i < run->functions.count; i++) {
		(void)fputs(i ? "," : "", stdout);
		json_function(&run->functions.functions[i]);
	}
	(void)fputs("],", stdout);
	json_totals(run);
	(void)puts("}");
	(void)fflush(stdout);
}
