/* SPDX-License-Identifier: MIT */
/* Adopts what the finder attached, walks the sources, and lets go of those that ended. The poll
 * thread. */
#include "collector/roster.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "collector/ledger_judge.h"
#include "collector/record_self.h"
#include "collector/source.h"

enum { SERIES_SPARE = 16, LOG_TOKENS = 20 };

struct member {
	struct source *source;
	unsigned dir;
	uint64_t inode;
};

/* Attached, and not adopted yet: those of one batch are adopted in the order in which they
 * opened. */
struct candidate {
	struct aw_reader *reader;
	unsigned dir;
};

struct roster {
	struct finder *finder;
	struct ledger_book book;
	struct selfwatch *self;
	struct log *log;
	struct record *record; /* NULL: no trace is written */
	struct record_self recorded;
	const char *prefix;
	struct member members[ROSTER_SOURCES_MAX];
	unsigned member_count;
	struct candidate candidates[ROSTER_SOURCES_MAX];
	unsigned candidate_count;
	struct instant at; /* of the step that runs */
	bool changed; /* something to tell at once */
	uint64_t judged_ns; /* the newest tick of rules; 0: none yet */
	unsigned log_tokens, log_suppressed;
};

/* ---- telling ---- */

/* At most LOG_TOKENS lines at once and one a second: a flood of objects must not become a flood
 * of lines. */
static bool may_log(struct roster *roster)
{
	if (!roster->log_tokens) {
		roster->log_suppressed++;
		return false;
	}
	roster->log_tokens--;
	return true;
}

static void refill_log(struct roster *roster)
{
	if (roster->log_tokens < LOG_TOKENS)
		roster->log_tokens++;
	if (!roster->log_suppressed || roster->log_tokens < LOG_TOKENS / 2)
		return;
	log_event(roster->log, LOG_WARN, "roster", "lines were left out",
		  (const struct log_field[]){ { "lines", NULL, roster->log_suppressed },
					      { NULL, NULL, 0 } });
	roster->log_suppressed = 0;
}

static void tell_of(struct roster *roster, enum log_level level, const char *message,
		    const struct ledger *ledger, const char *why)
{
	const struct log_field fields[] = {
		{ "app", ledger->who.app, 0 },	   { "instance_id", ledger->instance_id, 0 },
		{ "session", ledger->who.id, 0 },  { "pid", NULL, ledger->who.pid },
		{ why ? "reason" : NULL, why, 0 }, { NULL, NULL, 0 },
	};

	if (may_log(roster))
		log_event(roster->log, level, "roster", message, fields);
}

/* ---- the end of a source ---- */

static const struct {
	enum log_level level;
	const char *message;
} ends[] = {
	[SOURCE_CLOSED] = { LOG_INFO, "session closed" },
	[SOURCE_DEAD] = { LOG_WARN, "session died without closing" },
	[SOURCE_DROPPED] = { LOG_WARN, "session dropped: its segment can no longer be read" },
};

static uint64_t now_s(const struct roster *roster)
{
	return roster->at.real_ns / NS_A_SECOND;
}

/* The object is removed when it is a dead one's and ours; one that closed is its producer's,
 * unless that died too. */
static void reap(struct roster *roster, const struct member *member)
{
	struct aw_reader *reader = source_reader(member->source);
	const bool gone = aw_reader_reap(reader, (int64_t)now_s(roster)) == 0;

	if (!gone)
		finder_mark(roster->finder, member->dir, reader);
}

static void count_members(struct roster *roster)
{
	struct selfwatch_counts *counts = &roster->self->counts;

	counts->sources = roster->member_count;
	if (counts->sources > counts->sources_most)
		counts->sources_most = counts->sources;
}

static void end_member(struct roster *roster, unsigned i, enum source_step how, const char *why)
{
	const struct member member = roster->members[i];

	source_end(member.source, how, &roster->at);
	source_record_end(member.source, how, roster->at.now_ns);
	tell_of(roster, ends[how].level, ends[how].message, source_ledger(member.source), why);
	roster->self->counts.audio_ns += source_take_audio_ns(member.source);
	selfwatch_session(roster->self, roster->at.now_ns - source_opened_ns(member.source));
	if (how == SOURCE_DROPPED) {
		selfwatch_dropped(roster->self, why);
		finder_mark(roster->finder, member.dir, source_reader(member.source));
	} else {
		reap(roster, &member);
	}
	source_free(member.source);
	roster->members[i] = roster->members[--roster->member_count];
	count_members(roster);
	roster->changed = true;
}

/* A fault of this program or a segment that lies; what is shown stays as it was. */
static void tell_refusals(struct roster *roster, struct source *source)
{
	const struct source_refusals refusals = source_take_refusals(source);

	if (!refusals.count)
		return;
	roster->self->counts.states_refused += refusals.count;
	if (may_log(roster))
		log_event(roster->log, LOG_WARN, "roster", "an engine cannot change its state so",
			  (const struct log_field[]){ { "engine", refusals.engine, 0 },
						      { "from", state_names[refusals.from], 0 },
						      { "to", state_names[refusals.to], 0 },
						      { NULL, NULL, 0 } });
}

/* Whether the member is still there after the step. */
static bool settle(struct roster *roster, unsigned i, enum source_step step)
{
	if (step == SOURCE_CHANGED)
		roster->changed = true;
	tell_refusals(roster, roster->members[i].source);
	if (step == SOURCE_GOES_ON || step == SOURCE_CHANGED)
		return true;
	end_member(roster, i, step,
		   step == SOURCE_DROPPED ? source_fault(roster->members[i].source) : NULL);
	return false;
}

/* ---- adoption ---- */

static struct ledger_identity identity_of(const struct roster *roster,
					  const struct aw_reader *reader)
{
	uint8_t id[AW_ID_SIZE];
	const struct aw_segment_header *header = aw_reader_header(reader);
	struct ledger_identity who = { .pid = header->pid,
				       .abi_major = header->abi_major,
				       .abi_minor = header->abi_minor,
				       .locked = header->flags & AW_FLAG_LOCKED,
				       .fast_clock = header->flags & AW_FLAG_FAST_CLOCK };
	const char *name = aw_reader_name(reader);

	/* prefix-uid-id: the reader saw to it that the id is the header's, and the uid the
	 * owner's */
	(void)aw_segment_name_parse(name, roster->prefix, &who.uid, id);
	text_clean(who.app, sizeof who.app, header->app, sizeof header->app);
	text_clean(who.instance, sizeof who.instance, header->instance, sizeof header->instance);
	text_clean(who.version, sizeof who.version, header->version, sizeof header->version);
	snprintf(who.id, sizeof who.id, "%s", name + strlen(name) - 2 * AW_ID_SIZE);
	return who;
}

/* A predecessor that is gone by now must be known to be: its labels pass to the newcomer. */
static void ask_namesakes(struct roster *roster, const struct ledger_identity *who)
{
	for (unsigned i = roster->member_count; i-- > 0;) {
		struct source *source = roster->members[i].source;

		if (source_is_session(source, who->uid, who->app) &&
		    settle(roster, i, source_beat(source, &roster->at)))
			(void)settle(roster, i, source_ask(source, &roster->at));
	}
}

static unsigned series_limit(const struct aw_reader *reader)
{
	const struct aw_counts *n = &aw_reader_layout(reader)->counts;

	return 2 * (n->engines + n->channels + n->functions) + SERIES_SPARE;
}

static uint64_t inode_of(const struct aw_reader *reader)
{
	struct stat st = { 0 };

	(void)fstat(aw_reader_fd(reader), &st);
	return st.st_ino;
}

/* NULL: no room. Then the reader is closed, and a later scan tries again. */
static struct source *make_source(struct roster *roster, const struct candidate *candidate,
				  const struct ledger_identity *who)
{
	struct ledger *ledger = ledger_open(&roster->book, who, series_limit(candidate->reader));
	struct source *source = ledger ? source_new(candidate->reader, ledger, &roster->at) : NULL;

	if (ledger && !source)
		ledger_end(ledger, LEDGER_DROPPED, roster->at.now_ns);
	if (!source)
		aw_reader_close(candidate->reader);
	else if (roster->record && !source_record_to(source, roster->record, roster->at.now_ns))
		log_event(roster->log, LOG_WARN, "record", "no memory: a session is not recorded",
			  NULL);
	return source;
}

static void adopt(struct roster *roster, const struct candidate *candidate)
{
	const struct ledger_identity who = identity_of(roster, candidate->reader);
	struct source *source;
	unsigned i;

	ask_namesakes(roster, &who);
	source = make_source(roster, candidate, &who);
	if (!source) {
		roster->self->counts.refused_full++;
		return;
	}
	i = roster->member_count++;
	roster->members[i] = (struct member){ source, candidate->dir, inode_of(candidate->reader) };
	count_members(roster);
	roster->self->counts.sessions_started++;
	roster->changed = true;
	tell_of(roster, LOG_INFO, "session opened", source_ledger(source), NULL);
	if (settle(roster, i, source_beat(source, &roster->at)) &&
	    settle(roster, i, source_totals(source, &roster->at, true)))
		(void)settle(roster, i, source_ask(source, &roster->at));
}

static int opened_earlier(const void *a, const void *b)
{
	const uint64_t first = aw_reader_header(((const struct candidate *)a)->reader)->opened_ns;
	const uint64_t second = aw_reader_header(((const struct candidate *)b)->reader)->opened_ns;

	return (first > second) - (first < second);
}

/* Oldest first, so that numbers are the same after every start. */
static void adopt_all(struct roster *roster)
{
	qsort(roster->candidates, roster->candidate_count, sizeof *roster->candidates,
	      opened_earlier);
	for (unsigned i = 0; i < roster->candidate_count; i++)
		adopt(roster, &roster->candidates[i]);
	roster->candidate_count = 0;
}

/* ---- what the finder tells ---- */

static void on_attached(void *context, unsigned dir, struct aw_reader *reader)
{
	struct roster *roster = context;

	if (roster->member_count + roster->candidate_count < ROSTER_SOURCES_MAX) {
		roster->candidates[roster->candidate_count++] = (struct candidate){ reader, dir };
		return;
	}
	roster->self->counts.refused_full++;
	aw_reader_close(reader);
}

/* Its place among the members; member_count when it is none. */
static unsigned find_member(const struct roster *roster, unsigned dir, const char *name)
{
	unsigned i = 0;

	while (i < roster->member_count &&
	       (roster->members[i].dir != dir ||
		strcmp(aw_reader_name(source_reader(roster->members[i].source)), name) != 0))
		i++;
	return i;
}

static void on_released(void *context, unsigned dir, const char *name)
{
	struct roster *roster = context;
	const unsigned i = find_member(roster, dir, name);

	if (i < roster->member_count)
		(void)settle(roster, i, source_ask(roster->members[i].source, &roster->at));
}

static bool is_candidate(const struct roster *roster, unsigned dir, const char *name)
{
	for (unsigned i = 0; i < roster->candidate_count; i++)
		if (roster->candidates[i].dir == dir &&
		    strcmp(aw_reader_name(roster->candidates[i].reader), name) == 0)
			return true;
	return false;
}

static bool on_known(void *context, unsigned dir, const char *name, uint64_t inode)
{
	struct roster *roster = context;
	const unsigned i = find_member(roster, dir, name);

	if (i == roster->member_count)
		return is_candidate(roster, dir, name);
	if (roster->members[i].inode == inode)
		return true;
	end_member(roster, i, SOURCE_DROPPED, "replaced");
	return false;
}

static void on_refused(void *context, enum aw_attach why, const char *name, const char *error)
{
	struct roster *roster = context;
	const bool strangers = why == AW_REFUSED_OWNER || why == AW_REFUSED_NAME;
	const struct log_field fields[] = {
		{ "name", name, 0 },
		{ "reason", aw_attach_name(why), 0 },
		{ *error ? "detail" : NULL, error, 0 },
		{ NULL, NULL, 0 },
	};

	roster->self->counts.refused[why]++;
	if (may_log(roster))
		log_event(roster->log, strangers ? LOG_INFO : LOG_WARN, "roster", "segment refused",
			  fields);
}

/* ---- the steps ---- */

static void begin_step(struct roster *roster, const struct instant *at)
{
	roster->at = *at;
	roster->changed = false;
}

bool roster_hear(struct roster *roster, const struct instant *at)
{
	begin_step(roster, at);
	finder_newborns(roster->finder, at); /* they may be older than what is heard now */
	finder_hear(roster->finder, at);
	adopt_all(roster);
	return roster->changed;
}

bool roster_beat(struct roster *roster, const struct instant *at)
{
	begin_step(roster, at);
	finder_newborns(roster->finder, at);
	adopt_all(roster);
	for (unsigned i = roster->member_count; i-- > 0;)
		(void)settle(roster, i, source_beat(roster->members[i].source, at));
	return roster->changed;
}

bool roster_scan(struct roster *roster, const struct instant *at)
{
	begin_step(roster, at);
	finder_scan(roster->finder, at);
	adopt_all(roster);
	for (unsigned i = roster->member_count; i-- > 0;)
		(void)settle(roster, i, source_ask(roster->members[i].source, at));
	ledger_expire(&roster->book, at->now_ns);
	refill_log(roster);
	return roster->changed;
}

void roster_totals(struct roster *roster, const struct instant *at, bool step)
{
	begin_step(roster, at);
	for (unsigned i = roster->member_count; i-- > 0;) {
		struct source *source = roster->members[i].source;

		if (settle(roster, i, source_totals(source, at, step)))
			roster->self->counts.audio_ns += source_take_audio_ns(source);
	}
}

void roster_judge(struct roster *roster, struct judge *judge, const struct instant *at)
{
	for (unsigned i = 0; i < roster->member_count; i++)
		source_judge(roster->members[i].source, judge, at->now_ns);
	for (unsigned i = 0; i < roster->book.count; i++)
		ledger_judge(roster->book.ledgers[i], judge, roster->judged_ns);
	roster->judged_ns = at->now_ns;
}

void roster_record_to(struct roster *roster, struct record *record)
{
	roster->record = record;
}

void roster_record(struct roster *roster, const struct instant *at, uint64_t tick,
		   const struct selfwatch_counts *self)
{
	if (!roster->record)
		return;
	if (!tick)
		record_begin(roster->record, at->now_ns);
	record_self(roster->record, &roster->recorded, self, at->now_ns);
	for (unsigned i = 0; i < roster->member_count; i++)
		source_record_slot(roster->members[i].source, at, !tick);
	record_slot(roster->record, tick);
}

bool roster_forget(struct roster *roster, const char *app, const char *instance_id)
{
	return ledger_forget(&roster->book, app, instance_id);
}

const struct ledger_book *roster_book(const struct roster *roster)
{
	return &roster->book;
}

unsigned roster_fds(const struct roster *roster, struct pollfd *fds)
{
	return finder_fds(roster->finder, fds);
}

/* ---- life ---- */

int roster_open(struct roster **roster, const struct finder_options *options,
		struct selfwatch *self, char error[FINDER_ERROR_SIZE])
{
	struct roster *opened = calloc(1, sizeof *opened);
	struct finder_options wanted = *options;
	int status;

	*roster = NULL;
	if (!opened) {
		snprintf(error, FINDER_ERROR_SIZE, "no memory");
		return -ENOMEM;
	}
	opened->self = self;
	opened->log = options->log;
	opened->prefix = options->prefix;
	opened->log_tokens = LOG_TOKENS;
	wanted.sink = (struct finder_sink){ opened, on_attached, on_released, on_known, on_refused };
	status = finder_open(&opened->finder, &wanted, error);
	if (status)
		free(opened);
	else
		*roster = opened;
	return status;
}

void roster_close(struct roster *roster)
{
	if (!roster)
		return;
	for (unsigned i = 0; i < roster->member_count; i++)
		source_free(roster->members[i].source);
	finder_close(roster->finder);
	ledger_deinit(&roster->book);
	free(roster);
}
