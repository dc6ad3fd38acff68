/* SPDX-License-Identifier: MIT */
/* One measuring thread's record. Cycle and work run on the measuring thread, without system calls. */
#include "tools/bench/latency_meter.h"

#include <time.h>

#include "tools/bench/latency_schedule.h"
#include "tools/cli/number.h"

enum { CLOCK_PAIRS = 300 };

uint64_t latency_entry_delay(uint64_t entry_ns, uint64_t start_ns, uint64_t period_ns)
{
	const bool after = entry_ns >= start_ns;

	if ((after ? entry_ns - start_ns : start_ns - entry_ns) >= period_ns)
		return LATENCY_UNKNOWN;
	return after ? entry_ns - start_ns : 0;
}

int latency_meter_init(struct latency_meter *meter, struct latency_control *control,
		       size_t histogram_us)
{
	meter->control = control;
	meter->cpu = -1;
	return latency_histogram_init(&meter->histogram, histogram_us);
}

void latency_meter_deinit(struct latency_meter *meter)
{
	latency_histogram_deinit(&meter->histogram);
}

/* The first one is told; a second thread that is late at the same time changes nothing. */
static void meter_break(const struct latency_meter *meter, uint64_t delay_ns)
{
	uint64_t nobody = 0;

	if (atomic_compare_exchange_strong(&meter->control->broken_by, &nobody,
					   (uint64_t)meter->number + 1))
		own_store(&meter->control->broken_ns, delay_ns);
	latency_control_stop(meter->control);
}

void latency_meter_cycle(struct latency_meter *meter, const struct latency_cycle *cycle)
{
	const bool known = cycle->delay_ns != LATENCY_UNKNOWN;
	const uint64_t delay_ns = known ? cycle->delay_ns : 0;
	const uint64_t limit_ns = meter->control->limit_ns;

	if (known) {
		latency_series_add(&meter->wakeup, delay_ns);
		latency_histogram_add(&meter->histogram, delay_ns, own_load(&meter->cycles));
	}
	latency_series_add(&meter->render, cycle->render_ns);
	latency_series_add(&meter->jitter, cycle->render_ns > cycle->told_ns
						   ? cycle->render_ns - cycle->told_ns
						   : 0);
	own_add(&meter->misses, delay_ns + cycle->render_ns > cycle->period_ns);
	own_add(&meter->cycles, 1);
	if (limit_ns && delay_ns > limit_ns)
		meter_break(meter, delay_ns);
}

void latency_control_stop(struct latency_control *control)
{
	atomic_store(&control->stop, true);
}

bool latency_control_stopped(const struct latency_control *control)
{
	return atomic_load(&control->stop);
}

uint64_t latency_clock_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_A_SECOND + (uint64_t)now.tv_nsec;
}

uint64_t latency_clock_cost_ns(void)
{
	uint64_t least_ns = UINT64_MAX;

	for (unsigned i = 0; i < CLOCK_PAIRS; i++) {
		const uint64_t before_ns = latency_clock_ns();
		const uint64_t cost_ns = latency_clock_ns() - before_ns;

		least_ns = cost_ns < least_ns ? cost_ns : least_ns;
	}
	return least_ns;
}

void latency_spend(uint64_t told_ns, uint64_t look_ns)
{
	struct latency_work work = { .left_ns = told_ns,
				     .seen_ns = latency_clock_ns(),
				     .look_ns = look_ns };

	while (told_ns && latency_work_step(&work, latency_clock_ns()))
		;
}
