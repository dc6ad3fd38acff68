/* SPDX-License-Identifier: MIT */
/* The walk over families and what they are of, and the plain writers. Any thread that holds the
 * snapshot. */
#include "collector/catalogue.h"

const char *const family_classic_le[AW_CLASSIC_BOUNDS] = {
	"0.0005", "0.001", "0.002", "0.005", "0.01", "0.015", "0.02", "0.025",
	"0.03",	  "0.05",  "0.1",   "0.25",  "1.0",  "2.5",   "10.0",
};

/* ---- for writers ---- */

static struct expo_labels labels_of(const struct family_item *item)
{
	return (struct expo_labels){ item->labels, item->label_count };
}

void family_put(const struct family_item *item, struct expo_value value)
{
	expo_sample(item->writer, labels_of(item), value);
}

static void add_label(struct family_item *item, const char *name, const char *value)
{
	item->labels[item->label_count++] = (struct expo_label){ name, value };
}

void family_put_labelled(const struct family_item *item, const char *name, const char *label,
			 struct expo_value value)
{
	struct family_item more = *item;

	add_label(&more, name, label);
	family_put(&more, value);
}

void family_put_histogram(const struct family_item *item, struct expo_histogram histogram)
{
	expo_buckets(item->writer, labels_of(item), &histogram);
}

static uint64_t word_of(const struct family *family, const struct family_item *item)
{
	return *(const uint64_t *)(const void *)((const char *)item->thing + family->at);
}

void family_write_count(const struct family *family, const struct family_item *item)
{
	family_put(item, expo_count(word_of(family, item)));
}

void family_write_nanoseconds(const struct family *family, const struct family_item *item)
{
	family_put(item, expo_nanoseconds(word_of(family, item)));
}

/* ---- the walk ---- */

struct shown {
	bool counted, present, stated;
};

static bool is_shown(const struct family *family, struct shown shown)
{
	return family->show == WHILE_COUNTED   ? shown.counted
	       : family->show == WHILE_PRESENT ? shown.present
					       : shown.stated;
}

static struct family_item item_of(struct expo_writer *writer,
				  const struct snapshot_session *session, const void *thing)
{
	struct family_item item = { .writer = writer, .thing = thing };

	add_label(&item, "app", session->app);
	add_label(&item, "instance_id", session->instance_id);
	return item;
}

static void write_session(const struct family *family, const struct snapshot_session *session,
			  struct expo_writer *writer)
{
	const struct family_item item = item_of(writer, session, session);

	if (is_shown(family, (struct shown){ session->counted, session->present, session->present }))
		family->write(family, &item);
}

static void write_engines(const struct family *family, const struct snapshot_session *session,
			  struct expo_writer *writer)
{
	for (unsigned i = 0; i < session->engine_count; i++) {
		const struct snapshot_engine *engine = &session->engines[i];
		struct family_item item = item_of(writer, session, engine);

		add_label(&item, "engine", engine->name);
		if (is_shown(family,
			     (struct shown){ engine->counted, engine->present, engine->stated }))
			family->write(family, &item);
	}
}

static void write_channels(const struct family *family, const struct snapshot_session *session,
			   struct expo_writer *writer)
{
	for (unsigned i = 0; i < session->channel_count; i++) {
		const struct snapshot_channel *channel = &session->channels[i];
		struct family_item item = item_of(writer, session, channel);

		add_label(&item, "engine", channel->engine);
		add_label(&item, "channel", channel->name);
		if (is_shown(family,
			     (struct shown){ channel->counted, channel->present, channel->present }))
			family->write(family, &item);
	}
}

static void write_functions(const struct family *family, const struct snapshot_session *session,
			    struct expo_writer *writer)
{
	for (unsigned i = 0; i < session->function_count; i++) {
		const struct snapshot_function *function = &session->functions[i];
		struct family_item item = item_of(writer, session, function);

		add_label(&item, "function", function->name);
		if (is_shown(family, (struct shown){ function->counted, function->present,
						     function->present }))
			family->write(family, &item);
	}
}

static void (*const walks[FAMILY_SCOPES])(const struct family *family,
					  const struct snapshot_session *session,
					  struct expo_writer *writer) = {
	[PER_SESSION] = write_session,
	[PER_ENGINE] = write_engines,
	[PER_CHANNEL] = write_channels,
	[PER_FUNCTION] = write_functions,
};

static void write_family(const struct snapshot *snapshot, const struct family *family,
			 struct expo_writer *writer)
{
	const struct family_item item = { .writer = writer, .thing = snapshot };

	expo_family(writer, family->name, family->type, family->help);
	if (family->scope == PER_PROCESS)
		family->write(family, &item);
	for (unsigned i = 0; family->scope != PER_PROCESS && i < snapshot->session_count; i++)
		walks[family->scope](family, &snapshot->sessions[i], writer);
}

void catalogue_write(const struct snapshot *snapshot, enum catalogue_profile profile,
		     struct expo_writer *writer)
{
	for (unsigned t = 0; t < CATALOGUE_TABLES; t++)
		for (size_t i = 0; i < catalogue_tables[t]->count; i++)
			if (catalogue_tables[t]->families[i].profile <= profile)
				write_family(snapshot, &catalogue_tables[t]->families[i], writer);
}
