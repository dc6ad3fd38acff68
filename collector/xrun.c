/* SPDX-License-Identifier: MIT */
/* Which reports name a cycle of their own, and episodes of misses. Pure. */
#include "collector/xrun.h"

#include <string.h>

#define SECOND UINT64_C(1000000000)
#define UNKNOWN_PERIOD_NS UINT64_C(20000000)

static uint64_t two_periods(uint64_t period_ns)
{
	return 2 * (period_ns ? period_ns : UNKNOWN_PERIOD_NS);
}

static uint64_t apart(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

static bool covers(const struct xrun_span *miss, uint64_t at_ns, uint64_t near_ns)
{
	return at_ns + near_ns >= miss->from_ns && at_ns <= miss->to_ns + near_ns;
}

static void drop_waiting(struct xrun *xrun, unsigned i)
{
	xrun->waiting--;
	memmove(&xrun->waiting_ns[i], &xrun->waiting_ns[i + 1],
		(xrun->waiting - i) * sizeof *xrun->waiting_ns);
}

static void count_oldest(struct xrun *xrun)
{
	xrun->cycles++;
	xrun->counted_ns = xrun->waiting_ns[0];
	drop_waiting(xrun, 0);
}

static void count_miss(struct xrun *xrun, uint64_t at_ns)
{
	const uint64_t second = at_ns / SECOND + 1;

	if (!xrun->last_miss_ns || at_ns >= xrun->last_miss_ns + SECOND)
		xrun->episodes++;
	if (second > xrun->last_second) {
		xrun->seconds++;
		xrun->last_second = second;
	}
	if (at_ns > xrun->last_miss_ns)
		xrun->last_miss_ns = at_ns;
}

/* Where nothing lies between that both do not cover, the newest goes on: misses without a break are one span. */
static void keep_miss(struct xrun *xrun, const struct xrun_span *miss, uint64_t near_ns)
{
	struct xrun_span *last = &xrun->misses[(xrun->next_miss - 1) % XRUN_MISSES];

	if (last->to_ns && miss->from_ns >= last->from_ns &&
	    miss->from_ns <= last->to_ns + 2 * near_ns)
		last->to_ns = miss->to_ns > last->to_ns ? miss->to_ns : last->to_ns;
	else
		xrun->misses[xrun->next_miss++ % XRUN_MISSES] = *miss;
}

void xrun_miss(struct xrun *xrun, uint64_t from_ns, uint64_t to_ns, uint64_t period_ns)
{
	const struct xrun_span miss = { from_ns, to_ns };

	keep_miss(xrun, &miss, two_periods(period_ns));
	for (unsigned i = xrun->waiting; i-- > 0;)
		if (covers(&miss, xrun->waiting_ns[i], two_periods(period_ns)))
			drop_waiting(xrun, i);
	count_miss(xrun, to_ns);
}

static bool has_cycle(const struct xrun *xrun, uint64_t at_ns, uint64_t near_ns)
{
	if (xrun->counted_ns && apart(at_ns, xrun->counted_ns) <= near_ns)
		return true;
	for (unsigned i = 0; i < XRUN_MISSES; i++)
		if (xrun->misses[i].to_ns && covers(&xrun->misses[i], at_ns, near_ns))
			return true;
	for (unsigned i = 0; i < xrun->waiting; i++)
		if (apart(at_ns, xrun->waiting_ns[i]) <= near_ns)
			return true;
	return false;
}

/* Reports come through four lanes, so not quite in order. */
static void insert_waiting(struct xrun *xrun, uint64_t at_ns)
{
	unsigned i = xrun->waiting++;

	for (; i > 0 && xrun->waiting_ns[i - 1] > at_ns; i--)
		xrun->waiting_ns[i] = xrun->waiting_ns[i - 1];
	xrun->waiting_ns[i] = at_ns;
}

void xrun_report(struct xrun *xrun, uint64_t at_ns, uint64_t period_ns)
{
	if (has_cycle(xrun, at_ns, two_periods(period_ns)))
		return;
	if (xrun->waiting == XRUN_WAITING)
		count_oldest(xrun);
	insert_waiting(xrun, at_ns);
}

void xrun_settle(struct xrun *xrun, uint64_t horizon_ns, uint64_t period_ns)
{
	while (xrun->waiting && xrun->waiting_ns[0] + two_periods(period_ns) < horizon_ns)
		count_oldest(xrun);
}
