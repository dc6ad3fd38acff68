/* SPDX-License-Identifier: MIT */
/* A measurement as text, in cyclictest's words. Main thread. */
#include "tools/bench/latency_report.h"

#include "tools/bench/latency_schedule.h"
#include "tools/cli/words.h"

enum { NS_A_MICROSECOND = 1000 };

static uintmax_t us(uint64_t ns)
{
	return ns / NS_A_MICROSECOND;
}

/* ---- the head ---- */

void latency_report_head(const struct latency_result *result)
{
	const struct latency_options *options = result->options;
	char machine[MACHINE_TEXT], clean[MACHINE_TEXT];

	machine_text(machine, &result->machine);
	words_clean(clean, sizeof clean, machine);
	(void)printf("# " LATENCY_APP " " AW_VERSION_STRING " latency: %s\n", clean);
	(void)printf("# %s %u, %u frames at %u Hz (%.3f us), load %.4g, memory %s, %s\n",
		     options->jack ? "JACK clients" : "threads", result->count, result->frames,
		     result->rate_hz,
		     (double)latency_period_ns(result->frames, result->rate_hz) / 1000,
		     options->load, options->lock_memory ? "locked" : "not locked",
		     result->published ? "published" : "not published");
	(void)fflush(stdout);
}

/* ---- while it runs ---- */

static void report_line(const struct latency_result *result, const struct latency_meter *meter)
{
	struct latency_view view;

	latency_series_read(&meter->wakeup, &view);
	(void)printf("T:%2u (%5d) P:%2d I:%ju C:%7ju Min:%7ju Act:%5ju Avg:%5ju Max:%8ju\n",
		     meter->number, meter->tid, meter->priority,
		     us(latency_period_ns(result->frames, result->rate_hz)),
		     (uintmax_t)own_load(&meter->cycles), us(view.min_ns), us(view.last_ns),
		     us(latency_view_average(&view)), us(view.max_ns));
}

void latency_report_lines(const struct latency_result *result)
{
	for (unsigned i = 0; i < result->count; i++)
		report_line(result, &result->meters[i]);
	(void)fflush(stdout);
}

/* ---- the summary ---- */

static void put_us(uint64_t ns)
{
	(void)printf(" %10.1f", (double)ns / NS_A_MICROSECOND);
}

static void summary_series(const char *name, const struct latency_series *series)
{
	struct latency_view view;

	latency_series_read(series, &view);
	(void)printf("# %-14s", name);
	put_us(view.min_ns);
	put_us(latency_view_average(&view));
	for (unsigned i = 0; i < LATENCY_QUANTILES; i++)
		put_us(latency_view_quantile(&view, latency_quantiles[i].per_million));
	put_us(view.max_ns);
	(void)putchar('\n');
}

static void summary_meter(const struct latency_meter *meter)
{
	(void)printf("# %s: %ju cycles, %ju skipped, %ju deadline misses\n", meter->name,
		     (uintmax_t)own_load(&meter->cycles), (uintmax_t)own_load(&meter->skipped),
		     (uintmax_t)own_load(&meter->misses));
	(void)printf("# %-14s %10s %10s", "us", "Min", "Avg");
	for (unsigned i = 0; i < LATENCY_QUANTILES; i++)
		(void)printf(" %10s", latency_quantiles[i].name);
	(void)printf(" %10s\n", "Max");
	summary_series("Wake-up delay", &meter->wakeup);
	summary_series("Render time", &meter->render);
	summary_series("Render jitter", &meter->jitter);
}

void latency_report_summary(const struct latency_result *result)
{
	const uint64_t broken_by = result->control.broken_by;

	(void)putchar('\n');
	for (unsigned i = 0; i < result->count; i++)
		summary_meter(&result->meters[i]);
	(void)printf(
		"# Quantiles are upper bounds: at most %.1f %% above the true value, below 1 us "
		"at most 1 us\n",
		LATENCY_CELL_ERROR * 100);
	if (result->format_changes)
		(void)printf("# Format changes: %ju, last to %u frames at %u Hz\n",
			     (uintmax_t)result->format_changes, result->frames, result->rate_hz);
	if (broken_by)
		(void)printf("# Break thread: %d\n# Break value: %ju\n",
			     result->meters[broken_by - 1].tid, us(result->control.broken_ns));
	(void)fflush(stdout);
}

/* ---- the histogram ---- */

static uint64_t bucket(const struct latency_meter *meter, size_t at_us)
{
	return own_load(&meter->histogram.buckets[at_us]);
}

static void histogram_row(const struct latency_result *result, FILE *file, size_t at_us)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < result->count; i++)
		sum += bucket(&result->meters[i], at_us);
	if (!sum)
		return;
	(void)fprintf(file, "%06zu ", at_us);
	for (unsigned i = 0; i < result->count; i++)
		(void)fprintf(file, "%s%06ju", i ? "\t" : "",
			      (uintmax_t)bucket(&result->meters[i], at_us));
	(void)fputc('\n', file);
}

static uint64_t in_buckets(const struct latency_meter *meter)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < meter->histogram.size_us; i++)
		sum += bucket(meter, i);
	return sum;
}

static uint64_t min_us(const struct latency_meter *meter)
{
	return us(own_load(&meter->wakeup.min_ns));
}

static uint64_t average_us(const struct latency_meter *meter)
{
	const uint64_t count = own_load(&meter->wakeup.count);

	return count ? us(own_load(&meter->wakeup.sum_ns) / count) : 0;
}

static uint64_t max_us(const struct latency_meter *meter)
{
	return us(own_load(&meter->wakeup.max_ns));
}

static uint64_t overflows(const struct latency_meter *meter)
{
	return own_load(&meter->histogram.overflows);
}

static const struct {
	const char *name;
	int digits;
	uint64_t (*of)(const struct latency_meter *meter);
} footer[] = {
	{ "Total", 9, in_buckets },
	{ "Min Latencies", 5, min_us },
	{ "Avg Latencies", 5, average_us },
	{ "Max Latencies", 5, max_us },
	{ "Histogram Overflows", 5, overflows },
};

static void histogram_footer(const struct latency_result *result, FILE *file, size_t row)
{
	(void)fprintf(file, "# %s:", footer[row].name);
	for (unsigned i = 0; i < result->count; i++)
		(void)fprintf(file, " %0*ju", footer[row].digits,
			      (uintmax_t)footer[row].of(&result->meters[i]));
	(void)fputc('\n', file);
}

static void histogram_outliers(const struct latency_meter *meter, FILE *file)
{
	const uint64_t all = overflows(meter);
	const uint64_t kept = all < LATENCY_OUTLIERS ? all : LATENCY_OUTLIERS;

	(void)fprintf(file, "# Thread %u:", meter->number);
	for (uint64_t i = 0; i < kept; i++)
		(void)fprintf(file, " %05ju", (uintmax_t)own_load(&meter->histogram.outliers[i]));
	if (all > kept)
		(void)fprintf(file, " # %05ju others", (uintmax_t)(all - kept));
	(void)fputc('\n', file);
}

void latency_report_histogram(const struct latency_result *result, FILE *file)
{
	(void)fputs("# Histogram\n", file);
	for (size_t i = 0; i < result->options->histogram_us; i++)
		histogram_row(result, file, i);
	for (size_t i = 0; i < sizeof footer / sizeof *footer; i++)
		histogram_footer(result, file, i);
	(void)fputs("# Histogram Overflow at cycle number:\n", file);
	for (unsigned i = 0; i < result->count; i++)
		histogram_outliers(&result->meters[i], file);
}
