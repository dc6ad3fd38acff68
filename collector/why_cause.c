/* SPDX-License-Identifier: MIT */
/* What most likely causes an alert: who took the time, by share; or what does not end; and what to do next. Pure. */
#include "collector/why.h"

#include <inttypes.h>

#include "collector/fault.h"
#include "collector/phrase.h"

enum { PERCENT = 10000 };

#define NAMED(name) phrase_quote(name), (name), phrase_quote(name)

/* ---- who took the time ---- */

/* ", then Drums 11 %, Bass 5 %"; what is below a hundredth explains nothing. */
static void add_rest(struct phrase *phrase, const struct why_facts *facts, unsigned from,
		     const char *lead)
{
	char share[FIGURE_SIZE];
	bool first = true;

	for (unsigned i = from; i < facts->part_count; i++) {
		const struct why_part *part = &facts->parts[i];

		if (part->share < PERCENT || part->name == facts->own.name)
			continue;
		phrase_add(phrase, "%s%s%s%s %s", first ? lead : ", ", NAMED(part->name),
			   figure_share(share, part->share));
		first = false;
	}
}

/* Channels of one block may run side by side, so that together they took more than all of it. */
static void add_outside(struct phrase *phrase, const struct why_facts *facts)
{
	const uint64_t outside = facts->parts_share < 1000000 ? 1000000 - facts->parts_share : 0;
	char share[FIGURE_SIZE];

	if (outside >= 10 * PERCENT)
		phrase_add(phrase, " %s of it lies outside the channels.",
			   figure_share(share, outside));
}

static void blame_channels(struct phrase *phrase, const struct why_facts *facts)
{
	const struct why_part *worst = &facts->parts[0];
	char share[FIGURE_SIZE], span[FIGURE_SIZE];

	if (!facts->part_count)
		return;
	phrase_add(phrase, "In the last %s channel %s%s%s took %s of the render time",
		   figure_time(span, facts->span_s * UINT64_C(1000000000)), NAMED(worst->name),
		   figure_share(share, worst->share));
	add_rest(phrase, facts, 1, ", then ");
	phrase_add(phrase, ".");
	add_outside(phrase, facts);
}

static void blame_hang(struct phrase *phrase, const struct why_facts *facts)
{
	const unsigned named =
		facts->unfinished_count < WHY_UNFINISHED ? facts->unfinished_count : WHY_UNFINISHED;
	const char *lead = facts->unfinished_count > 1
				   ? "Not ended in the block that hangs: channels "
				   : "Not ended in the block that hangs: channel ";
	char age[FIGURE_SIZE];

	for (unsigned i = 0; i < named; i++)
		phrase_add(phrase, "%s%s%s%s", i ? ", " : lead, NAMED(facts->unfinished[i]));
	if (facts->unfinished_count > named)
		phrase_add(phrase, " and %u more", facts->unfinished_count - named);
	if (named)
		phrase_add(phrase, ".");
	if (facts->call_name)
		phrase_add(phrase, "%sThe call %s%s%s began %s ago and has not ended.",
			   named ? " " : "", NAMED(facts->call_name),
			   figure_time(age, facts->call_ns));
}

static void blame_render(struct phrase *phrase, const struct why_facts *facts)
{
	(facts->hang_ns ? blame_hang : blame_channels)(phrase, facts);
}

static void blame_functions(struct phrase *phrase, const struct why_facts *facts)
{
	char share[FIGURE_SIZE], span[FIGURE_SIZE];

	if (!facts->own.name)
		return;
	phrase_add(phrase, "In the last %s %s%s%s took %s of the time spent in calls",
		   figure_time(span, facts->span_s * UINT64_C(1000000000)), NAMED(facts->own.name),
		   figure_share(share, facts->own.share));
	add_rest(phrase, facts, 0, "; ");
	phrase_add(phrase, ".");
}

/* ---- what to do ---- */

static void advise_channels(struct phrase *phrase, const struct why_facts *facts)
{
	if (facts->hang_ns && facts->unfinished_count == 1)
		phrase_add(phrase, "Look at the plugins of %s%s%s first.",
			   NAMED(facts->unfinished[0]));
	else if (facts->hang_ns)
		phrase_add(phrase, "Look at the plugin that was touched last.");
	else if (!facts->part_count && facts->has_channels)
		phrase_add(phrase, "No channel is known to have taken the time: freeze or bypass "
				   "one track after another.");
	else if (!facts->part_count)
		phrase_add(phrase, "The engine tells of no channels, so who took the time is not "
				   "known: freeze or bypass one track after another.");
	else if (facts->parts_share < 50 * PERCENT)
		phrase_add(phrase, "Most of the time is spent outside the channels: look at the "
				   "master bus, or choose a bigger buffer.");
	else
		phrase_add(phrase, "Freeze or bypass %s%s%s first, or choose a bigger buffer.",
			   NAMED(facts->parts[0].name));
}

static void advise_function(struct phrase *phrase, const struct why_facts *facts)
{
	phrase_add(phrase,
		   "Look at what %s%s%s waits for: a disk, a network, a lock, a plugin that loads.",
		   NAMED(facts->labels.name));
}

static void advise_part(struct phrase *phrase, const struct why_facts *facts)
{
	if (facts->fault)
		phrase_add(phrase, "What helps: %s.", fault_cure(facts->fault));
}

/* Adding a signal is a row; `next` is what there is to say whatever the facts. */
static const struct {
	void (*blame)(struct phrase *phrase, const struct why_facts *facts);
	void (*advise)(struct phrase *phrase, const struct why_facts *facts);
	const char *next;
} causes[SIGNALS] = {
	[SIGNAL_RENDER_TIME] = { blame_render, advise_channels, NULL },
	[SIGNAL_RENDER_LOAD] = { blame_render, advise_channels, NULL },
	[SIGNAL_XRUN_SECONDS] = { blame_render, advise_channels, NULL },
	[SIGNAL_STALLED] = { blame_hang, advise_channels, NULL },
	[SIGNAL_WAKEUP_DELAY] = { NULL, NULL,
				  "The audio thread is called late, most often since something "
				  "else has the processor: see what `audiowatch doctor` says of "
				  "this machine." },
	[SIGNAL_FFI_DURATION] = { blame_functions, advise_function, NULL },
	[SIGNAL_FFI_IN_FLIGHT] = { NULL, advise_function, NULL },
	[SIGNAL_FFI_ERROR_RATIO] = { NULL, NULL,
				     "Why is not known here: look into the program's own log." },
	[SIGNAL_STARVED] = { NULL, NULL,
			     "Who should call it is the audio server or the program, driven by the "
			     "audio device: look at the cable and the power, then whether the "
			     "server runs." },
	[SIGNAL_SOURCE_DOWN] = { NULL, NULL,
				 "It crashed, was killed, or ended without a word: `coredumpctl "
				 "list` "
				 "and `journalctl -k` (out of memory) say which." },
	[SIGNAL_RECORDS_LOST] = { NULL, NULL,
				  "audiowatch_records_lost_total on /metrics has the reason: "
				  "lapped "
				  "and contended are those that audiowatchd came too late for (see "
				  "that it gets the processor), invalid those that make no sense. "
				  "Counters are complete all the same." },
	[SIGNAL_COMPONENT_DOWN] = { NULL, advise_part, "The collector's log says why." },
	[SIGNAL_MEMORY_RATIO] = { NULL, NULL,
				  "Engines, channels and functions take it, those that ended "
				  "within "
				  "a day too: `audiowatch segments` counts those there are." },
	[SIGNAL_SERIES_RATIO] = { NULL, NULL,
				  "Each engine, channel and function has some of its own: "
				  "`audiowatch segments` counts them." },
	[SIGNAL_AUTH_FAILURES] = { NULL, NULL,
				   "Orders are taken over the control socket alone, from the "
				   "collector's own user or root: a program asks elsewhere." },
	[SIGNAL_SLO_BURN] = { NULL, NULL, "The other alerts say what spends it." },
};

void why_cause(char text[WHY_TEXT_SIZE], const struct why_facts *facts)
{
	const enum signal_id signal = facts->rule->signal;
	struct phrase phrase = phrase_begin(text, WHY_TEXT_SIZE);

	if (causes[signal].blame)
		causes[signal].blame(&phrase, facts);
	if (phrase.used && causes[signal].advise)
		phrase_add(&phrase, " ");
	if (causes[signal].advise)
		causes[signal].advise(&phrase, facts);
	if (causes[signal].next)
		phrase_add(&phrase, "%s%s", phrase.used ? " " : "", causes[signal].next);
}
