/* SPDX-License-Identifier: MIT */
/* The functions of the session, and a worker thread for each that is called at a rate. */
#include "tools/demo/engine/ffi.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>

struct aw_ffi_call function_begin(struct function *function)
{
	atomic_fetch_add_explicit(&function->begun, 1, memory_order_relaxed);
	return aw_ffi_begin(function->handle);
}

void function_end(struct function *function, struct aw_ffi_call call, bool ok)
{
	aw_ffi_end(call, ok);
	atomic_fetch_add_explicit(&function->errors, !ok, memory_order_relaxed);
	atomic_fetch_add_explicit(&function->ended, 1, memory_order_relaxed);
}

/* Of the first n calls floor(n * ratio) fail, evenly spread. */
static bool call_succeeds(const struct function *function, uint64_t number)
{
	const double ratio = function->options->ffi_errors;

	return (uint64_t)((double)(number + 1) * ratio) == (uint64_t)((double)number * ratio);
}

static void call_once(struct function *function, uint64_t number)
{
	const struct aw_ffi_call call = function_begin(function);

	if (!function->options->fast)
		(void)pace_sleep_until(function->pace,
				       pace_now(function->pace) + function->options->ffi_ns);
	function_end(function, call, call_succeeds(function, number));
}

/* With --fast: how many calls the whole run holds, by the time its periods stand for. */
static uint64_t calls_in_all(const struct options *options)
{
	const double parts = (double)options->part_count;
	const double by_blocks =
		(double)options->blocks / parts * options->frames / options->rate_hz;
	const double seconds =
		options->blocks ? by_blocks : (double)options->seconds_ns / (double)NS_A_SECOND;

	return options->blocks || options->seconds_ns ? (uint64_t)(seconds * options->ffi_per_second)
						      : UINT64_MAX;
}

static uint64_t call_due_ns(const struct function *function, uint64_t number)
{
	const struct options *options = function->options;
	const uint64_t every_ns = NS_A_SECOND / options->ffi_per_second;

	return options->fast
		       ? 0
		       : number * every_ns + (function->number - 1) * every_ns / options->functions;
}

static void *function_thread(void *argument)
{
	struct function *function = argument;
	const struct options *options = function->options;
	const uint64_t calls = options->fast ? calls_in_all(options) : UINT64_MAX;

	for (uint64_t i = 0; i < calls; i++) {
		const uint64_t due_ns = call_due_ns(function, i);

		if (due_ns >= options_end_ns(options) || !pace_sleep_until(function->pace, due_ns))
			break;
		call_once(function, i);
	}
	(void)eventfd_write(function->done_fd, 1);
	return NULL;
}

struct function *functions_find(struct function_table *table, const char *name)
{
	for (unsigned i = 0; i < table->count; i++)
		if (!strcmp(table->functions[i].name, name))
			return &table->functions[i];
	return NULL;
}

static int functions_add(struct function_table *table, struct function function)
{
	if (functions_find(table, function.name))
		return 0;
	if (table->count == MAX_FUNCTIONS)
		return -ENOSPC;
	table->functions[table->count++] = function;
	return 0;
}

int functions_name(struct function_table *table, const struct options *options,
		   const struct pace *pace)
{
	struct function function = { .options = options, .pace = pace };
	int rc = 0;

	for (function.number = 1; function.number <= options->functions && rc == 0;
	     function.number++) {
		(void)snprintf(function.name, sizeof function.name, "function%u", function.number);
		rc = functions_add(table, function);
	}
	function.number = 0;
	for (size_t i = 0; i < options->script.count && rc == 0; i++) {
		if (options->script.events[i].kind != EVENT_FFI)
			continue;
		memcpy(function.name, options->script.events[i].name, sizeof function.name);
		rc = functions_add(table, function);
	}
	return rc;
}

int functions_open(struct function_table *table, struct aw_session *session)
{
	int rc = 0;

	for (unsigned i = 0; i < table->count && rc == 0; i++)
		rc = aw_function_new(session, table->functions[i].name, &table->functions[i].handle);
	return rc;
}

int functions_start(struct function_table *table, unsigned *workers, int done_fd)
{
	int rc = 0;

	*workers = 0;
	for (unsigned i = 0; i < table->count && rc == 0; i++) {
		struct function *function = &table->functions[i];

		if (!function->number || !function->options->ffi_per_second)
			continue;
		function->done_fd = done_fd;
		rc = -pthread_create(&function->thread, NULL, function_thread, function);
		function->started = rc == 0;
		*workers += function->started;
	}
	return rc;
}

void functions_join(struct function_table *table)
{
	for (unsigned i = 0; i < table->count; i++) {
		if (table->functions[i].started)
			(void)pthread_join(table->functions[i].thread, NULL);
		table->functions[i].started = false;
	}
}
