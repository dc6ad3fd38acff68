/* SPDX-License-Identifier: MIT */
/* Lines of the collector's own parts. The poll thread. */
#include "collector/record_self.h"

#include "collector/trace.h"

static void tell(struct record *record, struct record_self_part *part,
		 const struct selfwatch_component *component, uint64_t at_ns)
{
	const bool down = component->down != 0;
	char name[TRACE_ENCODED_SIZE];

	if (part->known && part->down == down)
		return;
	trace_encode(name, component->name);
	record_line(record, at_ns, "component name=%s down=%d", name, down);
	*part = (struct record_self_part){ true, down };
}

void record_self(struct record *record, struct record_self *told,
		 const struct selfwatch_counts *self, uint64_t at_ns)
{
	for (unsigned i = 0; i < SELFWATCH_COMPONENTS && self->components[i].name; i++)
		tell(record, &told->parts[i], &self->components[i], at_ns);
}
