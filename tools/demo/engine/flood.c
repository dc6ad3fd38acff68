/* SPDX-License-Identifier: MIT */
/* Four threads that report xruns of one engine. Called by the control thread. */
#include "tools/demo/engine/flood.h"

enum { FLOOD_THREADS = 4 };

struct flood {
	struct engine *engine;
	uint64_t reports;
};

static void *flood_thread(void *argument)
{
	const struct flood *flood = argument;

	for (uint64_t i = 0; i < flood->reports; i++)
		aw_xrun(flood->engine->handle, AW_XRUN_JACK, i % 1000);
	atomic_fetch_add_explicit(&flood->engine->tally.xruns[AW_XRUN_JACK], flood->reports,
				  memory_order_relaxed);
	return NULL;
}

void flood_engine(struct engine *engine, uint64_t reports)
{
	struct flood floods[FLOOD_THREADS];
	pthread_t threads[FLOOD_THREADS];
	unsigned started = 0;

	for (; started < FLOOD_THREADS; started++) {
		/* the first takes what does not divide */
		floods[started] =
			(struct flood){ engine, reports / FLOOD_THREADS +
							(started ? 0 : reports % FLOOD_THREADS) };
		if (pthread_create(&threads[started], NULL, flood_thread, &floods[started]))
			break;
	}
	while (started-- > 0)
		(void)pthread_join(threads[started], NULL);
}
