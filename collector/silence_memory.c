/* SPDX-License-Identifier: MIT */
/* Silences to lines and back. Pure but for malloc. */
#include "collector/silence_memory.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>

/* The newest id first, so that none is given twice when the last silence has ended. */
void silence_save(void *context, FILE *out)
{
	const struct silence_list *list = ((const struct silence_memory *)context)->seen;

	fprintf(out, "{\"last_id\":%" PRIu64 "}\n", list->last_id);
	for (unsigned i = 0; i < list->count; i++) {
		const struct silencing *it = &list->items[i];
		json_t *line =
			json_pack("{s:I, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I}", "id",
				  (json_int_t)it->id, "alert", it->alert, "app", it->app, "comment",
				  it->comment, "uid", (json_int_t)it->uid, "pid",
				  (json_int_t)it->pid, "from_real_ns", (json_int_t)it->from_real_ns,
				  "until_real_ns", (json_int_t)it->until_real_ns, "until_boot_ns",
				  (json_int_t)it->until_boot_ns);

		if (line && json_dumpf(line, out, JSON_COMPACT) == 0)
			fputc('\n', out);
		json_decref(line);
	}
}

/* Over a boot its time on the new clock is what the calendar leaves of it, and never more than it was given. */
static uint64_t until_boot_ns(const struct silencing *it, const struct memory_gap *gap)
{
	const uint64_t given_ns = it->until_real_ns - it->from_real_ns;
	const uint64_t now_ns = gap->now.at.real_ns;
	const uint64_t left_ns = it->until_real_ns > now_ns ? it->until_real_ns - now_ns : 0;

	if (memory_same_boot(gap))
		return it->until_boot_ns;
	return gap->now.at.boot_ns + (left_ns < given_ns ? left_ns : given_ns);
}

static bool copy(char *out, size_t size, const char *text)
{
	return snprintf(out, size, "%s", text) < (int)size;
}

static bool read_line(json_t *line, struct silencing *it)
{
	const char *alert, *app, *comment;
	json_int_t id, uid, pid, from, until, until_boot;

	if (json_unpack(line, "{s:I, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I}", "id", &id, "alert",
			&alert, "app", &app, "comment", &comment, "uid", &uid, "pid", &pid,
			"from_real_ns", &from, "until_real_ns", &until, "until_boot_ns", &until_boot))
		return false;
	it->id = (uint64_t)id;
	it->uid = (uint64_t)uid;
	it->pid = (uint64_t)pid;
	it->from_real_ns = (uint64_t)from;
	it->until_real_ns = (uint64_t)until;
	it->until_boot_ns = (uint64_t)until_boot;
	return id > 0 && from >= 0 && until >= from && until_boot >= 0 &&
	       copy(it->alert, sizeof it->alert, alert) && copy(it->app, sizeof it->app, app) &&
	       copy(it->comment, sizeof it->comment, comment);
}

static bool keep(struct silence_list *kept, const struct silencing *it, const struct instant *now)
{
	struct silencing expired;

	if (kept->count == SILENCES_MAX)
		return false;
	kept->items[kept->count++] = *it;
	if (it->id > kept->last_id)
		kept->last_id = it->id;
	(void)silence_expire(kept, now, &expired);
	return true;
}

bool silence_restore(void *context, const struct memory_gap *gap, const char *text)
{
	struct silence_list *kept = ((const struct silence_memory *)context)->kept;
	json_t *line = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	const json_int_t last_id = json_integer_value(json_object_get(line, "last_id"));
	struct silencing it = { 0 };
	bool good = line && last_id >= 0;

	if (good && json_object_get(line, "last_id")) {
		kept->last_id = (uint64_t)last_id;
	} else if (good && read_line(line, &it)) {
		it.until_boot_ns = until_boot_ns(&it, gap);
		good = keep(kept, &it, &gap->now.at);
	} else {
		good = false;
	}
	json_decref(line);
	return good;
}
