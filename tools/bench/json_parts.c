/* SPDX-License-Identifier: MIT */
/* What the JSON documents of all commands have in common. Main thread. */
#include "tools/bench/json_parts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tools/cli/cli.h"
#include "tools/cli/words.h"

enum { CLEAN_SIZE = 256, TIME_SIZE = 32 };

json_t *json_number(uint64_t value)
{
	return json_integer((json_int_t)value);
}

json_t *json_number_or_null(uint64_t value)
{
	return value ? json_number(value) : json_null();
}

/* "" = unknown */
json_t *json_text_or_null(const char *text)
{
	char clean[CLEAN_SIZE];

	words_clean(clean, sizeof clean, text ? text : "");
	return *clean ? json_string(clean) : json_null();
}

static json_t *answer(enum machine_answer answer)
{
	return answer == MACHINE_UNKNOWN ? json_null() : json_boolean(answer == MACHINE_YES);
}

static json_t *limit(uint64_t value)
{
	return value == MACHINE_UNLIMITED ? json_string("unlimited") : json_number(value);
}

json_t *json_machine(const struct machine *machine)
{
	json_t *json = json_object();

	(void)json_object_set_new(json, "host", json_text_or_null(machine->host));
	(void)json_object_set_new(json, "model", json_text_or_null(machine->model));
	(void)json_object_set_new(json, "cpu", json_text_or_null(machine->cpu));
	(void)json_object_set_new(json, "cpus", json_number_or_null(machine->cpus));
	(void)json_object_set_new(json, "kernel", json_text_or_null(machine->kernel));
	(void)json_object_set_new(json, "preempt_rt", answer(machine->preempt_rt));
	(void)json_object_set_new(json, "clock_source", json_text_or_null(machine->clock));
	(void)json_object_set_new(json, "governors", json_text_or_null(machine->governors));
	(void)json_object_set_new(json, "sched_fifo_allowed", answer(machine->fifo));
	(void)json_object_set_new(json, "rtprio_limit", limit(machine->rtprio_max));
	(void)json_object_set_new(json, "memlock_limit_bytes", limit(machine->memlock_bytes));
	(void)json_object_set_new(json, "container", json_text_or_null(machine->container));
	return json;
}

json_t *json_started(time_t started)
{
	char text[TIME_SIZE] = "";
	struct tm utc;

	if (gmtime_r(&started, &utc))
		(void)strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
	return json_string(text);
}

int json_print(json_t *json)
{
	const int rc = json_dumpf(json, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));

	json_decref(json);
	if (rc == 0 && putchar('\n') != EOF && fflush(stdout) == 0)
		return 0;
	(void)cli_error("--json: standard output cannot be written: %s", strerror(errno));
	return -EIO;
}
