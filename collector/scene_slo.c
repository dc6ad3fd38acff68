/* SPDX-License-Identifier: MIT */
/* What a scene counts for objectives: collector/slo_ledger.c of a trace. Pure. */
#include "collector/scene.h"

#include "collector/ledger.h"

enum { LOAD_OF_BUDGET = 20, FFI_GOOD_NS = 100000000 };

static struct slo_events cycles_of(const struct scene_item *item)
{
	const uint64_t *loads = item->totals.loads;

	return (struct slo_events){
		aw_cells_count(loads + 1, AW_LOAD_CELLS - 1),
		aw_cells_count(loads + LOAD_OF_BUDGET + 1, AW_LOAD_CELLS - LOAD_OF_BUDGET - 1),
	};
}

static struct slo_events calls_of(const struct scene_item *item)
{
	return (struct slo_events){ aw_cells_count(item->totals.times, AW_TIME_CELLS),
				    aw_time_above(item->totals.times, FFI_GOOD_NS, NULL) };
}

static const struct {
	enum signal_label kind;
	enum slo_indicator indicator;
	struct slo_events (*events)(const struct scene_item *item);
} kinds[] = {
	{ LABEL_ENGINE, SLO_CYCLES, cycles_of },
	{ LABEL_FUNCTION, SLO_FFI, calls_of },
};

void scene_slo(struct scene *scene, struct slo_book *slo, bool first)
{
	for (unsigned k = 0; k < sizeof kinds / sizeof *kinds; k++) {
		const struct scene_list *list = &scene->lists[kinds[k].kind];

		for (unsigned i = 0; i < list->count; i++) {
			struct scene_item *item = list->items[i];

			if (kinds[k].kind == LABEL_ENGINE && ledger_is_graph(item->labels.name))
				continue;
			if (first)
				item->slo_seen = kinds[k].events(item);
			else
				slo_see(slo, kinds[k].indicator, &item->slo_seen,
					kinds[k].events(item));
		}
	}
}
