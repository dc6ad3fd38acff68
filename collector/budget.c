/* SPDX-License-Identifier: MIT */
/* Frames of calls until they reach the period, and the load of that. Pure. */
#include "collector/budget.h"

#define NS_A_SECOND UINT64_C(1000000000)
#define LONGEST_NS (UINT64_C(1) << 60) /* no load is told apart from there on */

void budget_format(struct budget *budget, uint32_t rate_hz, uint32_t frames)
{
	const bool known = aw_format_known(rate_hz, frames);
	const uint32_t rate = known ? rate_hz : 0, period = known ? frames : 0;

	if (budget->rate_hz != rate || budget->frames != period)
		budget_drop(budget);
	budget->rate_hz = rate;
	budget->frames = period;
}

void budget_drop(struct budget *budget)
{
	budget->cycle_ns = budget->cycle_frames = 0;
}

void budget_pass(struct budget *budget, int64_t end_ns)
{
	budget->called = true;
	budget->end_ns = end_ns;
}

/* The rest of a cycle never came: more than two periods between the end of one call and the begin of the next. */
static bool is_apart(const struct budget *budget, int64_t begin_ns)
{
	const int64_t gap_ns = begin_ns - budget->end_ns;

	return budget->called && gap_ns > 0 &&
	       (__uint128_t)gap_ns * budget->rate_hz > (__uint128_t)2 * budget->frames * NS_A_SECOND;
}

static uint64_t time_of(uint64_t calls, uint64_t ns)
{
	const __uint128_t time = (__uint128_t)calls * ns;

	return time < LONGEST_NS ? (uint64_t)time : LONGEST_NS;
}

static uint64_t calls_for(uint64_t frames, uint64_t each)
{
	return (frames + each - 1) / each;
}

static void add_calls(struct budget *budget, uint64_t calls, uint64_t ns, uint64_t frames)
{
	budget->cycle_ns = time_of(1, budget->cycle_ns + time_of(calls, ns));
	budget->cycle_frames += calls * frames;
}

static void close_cycles(struct budget *budget, uint64_t cycles, uint64_t loads[AW_LOAD_CELLS])
{
	loads[aw_load_cell(budget->cycle_ns, budget->cycle_frames, budget->rate_hz)] += cycles;
	budget_drop(budget);
}

/* The cycle that is open, then whole ones of these calls alone, then the begin of the next. */
static void fill_cycles(struct budget *budget, const struct budget_call *call,
			uint64_t loads[AW_LOAD_CELLS])
{
	const uint64_t each = call->frames < AW_MAX_FRAMES ? call->frames : AW_MAX_FRAMES;
	const uint64_t whole = each ? calls_for(budget->frames, each) : 0;
	const uint64_t first = each ? calls_for(budget->frames - budget->cycle_frames, each) : 0;
	uint64_t left = call->n, cycles;

	if (each && first <= left) {
		add_calls(budget, first, call->ns, each);
		close_cycles(budget, 1, loads);
		left -= first;
		cycles = left / whole;
		if (cycles) {
			add_calls(budget, whole, call->ns, each);
			close_cycles(budget, cycles, loads);
			left -= cycles * whole;
		}
	}
	add_calls(budget, left, call->ns, each);
}

void budget_call(struct budget *budget, const struct budget_call *call,
		 uint64_t loads[AW_LOAD_CELLS])
{
	if (!budget->frames) {
		loads[0] += call->n;
	} else {
		if (is_apart(budget, call->begin_ns))
			budget_drop(budget);
		fill_cycles(budget, call, loads);
	}
	budget_pass(budget, call->end_ns);
}
