/* SPDX-License-Identifier: MIT */
/* Verdicts and transitions as JSON, figures exactly as decimals. Any thread. */
#include "collector/replay_line.h"

#include <inttypes.h>
#include <string.h>

#include "collector/json_put.h"

static void put_labels(FILE *out, const struct judge_labels *labels)
{
	const char *name = signal_label_names[labels->kind];
	const bool session = labels->kind >= LABEL_SESSION;

	fputs("\"labels\":{", out);
	if (session) {
		fputs("\"app\":", out);
		json_put_quoted(out, labels->app);
		fputs(",\"instance_id\":", out);
		json_put_quoted(out, labels->instance_id);
	}
	if (*name) {
		fprintf(out, "%s\"%s\":", session ? "," : "", name);
		json_put_quoted(out, labels->name);
	}
	fputc('}', out);
}

/* In seconds, or as a ratio, or as it is. */
static void put_figure(FILE *out, enum signal_unit unit, uint64_t figure)
{
	static const struct {
		uint64_t one;
		int digits;
	} units[] = {
		[UNIT_NANOSECONDS] = { 1000000000, 9 },
		[UNIT_MILLIONTHS] = { 1000000, 6 },
		[UNIT_COUNT] = { 1, 0 },
	};
	char text[48];
	int n = snprintf(text, sizeof text, "%" PRIu64 ".%0*" PRIu64, figure / units[unit].one,
			 units[unit].digits, figure % units[unit].one);

	while (text[n - 1] == '0')
		n--;
	fprintf(out, "%.*s", text[n - 1] == '.' ? n - 1 : n, text);
}

static void put_head(FILE *out, const struct replay_about *about)
{
	fprintf(out, "{\"tick\":%" PRIu64 ",\"alert\":", about->tick);
	json_put_quoted(out, about->rule->name);
	fputc(',', out);
	put_labels(out, about->labels);
}

void replay_put_verdict(FILE *out, const struct replay_about *about)
{
	put_head(out, about);
	fprintf(out, ",\"verdict\":\"%s\",\"n\":%" PRIu64 ",\"bad\":%" PRIu64 "}\n",
		verdict_names[about->judgement->verdict], about->judgement->n,
		about->judgement->bad);
}

void replay_put_transition(FILE *out, const struct replay_about *about,
			   const struct alert_change *change)
{
	const struct judgement *judgement = about->judgement;
	const enum signal_unit unit = signal_rows[about->rule->signal].unit;

	put_head(out, about);
	fprintf(out,
		",\"from\":\"%s\",\"to\":\"%s\",\"reason\":\"%s\",\"n\":%" PRIu64
		",\"bad\":%" PRIu64 ",\"value\":",
		alert_state_names[change->from], alert_state_names[change->to],
		alert_reason_names[change->reason], judgement->n, judgement->bad);
	if (judgement->n)
		put_figure(out, unit, judgement->value);
	else
		fputs("null", out);
	fputs(",\"threshold\":", out);
	put_figure(out, unit, judgement->threshold);
	fputs("}\n", out);
}
