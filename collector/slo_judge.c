/* SPDX-License-Identifier: MIT */
/* What objectives say to rules. Pure; the poll thread. */
#include "collector/slo_judge.h"

void slo_judge(const struct slo_book *book, struct judge *judge)
{
	for (unsigned i = 0; i < book->options.count; i++)
		judge_see(judge,
			  &(struct judge_fact){
				  .labels = { LABEL_SLO, "", "", book->options.slos[i].name },
				  .values = { [SLO_BURNS_FAST] = slo_burns(book, i, SLO_FAST),
					      [SLO_BURNS_SLOW] = slo_burns(book, i, SLO_SLOW) },
			  });
}
