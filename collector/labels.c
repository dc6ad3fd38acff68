/* SPDX-License-Identifier: MIT */
/* Labels with texts of their own. Pure but for malloc. */
#include "collector/labels.h"

#include <stdlib.h>
#include <string.h>

int labels_compare(const struct judge_labels *a, const struct judge_labels *b)
{
	int order = strcmp(a->app, b->app);

	if (!order)
		order = strcmp(a->instance_id, b->instance_id);
	return order ? order : strcmp(a->name, b->name);
}

bool labels_copy(struct judge_labels *to, const struct judge_labels *from)
{
	to->kind = from->kind;
	to->app = strdup(from->app);
	to->instance_id = strdup(from->instance_id);
	to->name = strdup(from->name);
	if (to->app && to->instance_id && to->name)
		return true;
	labels_free(to);
	return false;
}

void labels_free(struct judge_labels *labels)
{
	free((char *)labels->app);
	free((char *)labels->instance_id);
	free((char *)labels->name);
	*labels = (struct judge_labels){ 0 };
}
