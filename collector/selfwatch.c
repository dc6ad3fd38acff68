/* SPDX-License-Identifier: MIT */
/* The watchdog's own numbers. The poll thread, and http threads where the header says so. */
#include "collector/selfwatch.h"

#include <string.h>

const char *const selfwatch_poll_le[SELFWATCH_POLL_BOUNDS] = {
	"0.0001", "0.00025", "0.0005", "0.001", "0.0025", "0.005", "0.01", "0.02", "0.1",
};
static const uint64_t poll_ns[SELFWATCH_POLL_BOUNDS] = {
	100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000, 20000000, 100000000,
};

const char *const selfwatch_session_le[SELFWATCH_SESSION_BOUNDS] = {
	"1.0", "10.0", "60.0", "300.0", "1800.0", "3600.0", "14400.0", "43200.0", "86400.0",
};
static const uint64_t session_s[SELFWATCH_SESSION_BOUNDS] = { 1,    10,	   60,	  300,	1800,
							      3600, 14400, 43200, 86400 };

const unsigned selfwatch_codes[SELFWATCH_CODES] = {
	200, 304, 400, 401, 403, 404, 405, 408, 413, 415, 421, 429, 431, 500, 503, 0,
};

const char *const selfwatch_faults[SELFWATCH_FAULTS] = { "invalid", "truncated", "replaced" };

static unsigned bucket(const uint64_t *bounds, unsigned n, uint64_t value)
{
	unsigned i = 0;

	while (i < n && value > bounds[i])
		i++;
	return i;
}

void selfwatch_poll(struct selfwatch *self, uint64_t began_ns, uint64_t ended_ns)
{
	const uint64_t took_ns = ended_ns > began_ns ? ended_ns - began_ns : 0;

	self->counts.polls[bucket(poll_ns, SELFWATCH_POLL_BOUNDS, took_ns)]++;
	self->counts.poll_sum_ns += took_ns;
	peak_put(&self->slowest, ended_ns, took_ns);
	/* release: pairs with selfwatch_last_poll_ns(); nothing else is read through it */
	atomic_store_explicit(&self->last_poll_ns, ended_ns, memory_order_release);
}

void selfwatch_session(struct selfwatch *self, uint64_t lasted_ns)
{
	/* up to a whole second longer is longer */
	const uint64_t seconds = lasted_ns / 1000000000u + (lasted_ns % 1000000000u != 0);

	self->counts.session_seconds[bucket(session_s, SELFWATCH_SESSION_BOUNDS, seconds)]++;
	self->counts.session_sum_ns += lasted_ns;
}

void selfwatch_dropped(struct selfwatch *self, const char *fault)
{
	for (unsigned i = 0; i < SELFWATCH_FAULTS; i++)
		self->counts.dropped[i] += strcmp(selfwatch_faults[i], fault) == 0;
}

struct selfwatch_counts selfwatch_read(struct selfwatch *self, uint64_t now_ns)
{
	self->counts.poll_max_ns = peak_worst(&self->slowest, now_ns);
	for (unsigned h = 0; h < SELFWATCH_HANDLERS; h++)
		for (unsigned c = 0; c < SELFWATCH_CODES; c++)
			self->counts.requests[h][c] =
				atomic_load_explicit(&self->requests[h][c], memory_order_relaxed);
	self->counts.series = atomic_load_explicit(&self->series, memory_order_relaxed);
	selfwatch_components(self, self->counts.components);
	return self->counts;
}

unsigned selfwatch_handler(struct selfwatch *self, const char *label)
{
	unsigned h = 0;

	while (h < SELFWATCH_HANDLERS - 1 && self->counts.handlers[h] &&
	       strcmp(self->counts.handlers[h], label) != 0)
		h++;
	if (!self->counts.handlers[h])
		self->counts.handlers[h] = label;
	return h;
}

unsigned selfwatch_component(struct selfwatch *self, const char *name)
{
	unsigned i = 0;

	while (i < SELFWATCH_COMPONENTS - 1 && self->names[i])
		i++;
	self->names[i] = name;
	return i;
}

void selfwatch_place(struct selfwatch *self, unsigned component, const char *place)
{
	self->places[component] = place;
}

void selfwatch_components(const struct selfwatch *self,
			  struct selfwatch_component components[SELFWATCH_COMPONENTS])
{
	for (unsigned i = 0; i < SELFWATCH_COMPONENTS; i++)
		components[i] =
			(struct selfwatch_component){ self->names[i], self->places[i],
						      atomic_load_explicit(&self->down[i],
									   memory_order_relaxed) };
}

void selfwatch_down(struct selfwatch *self, unsigned component, int fault)
{
	atomic_store_explicit(&self->down[component], (uint64_t)fault, memory_order_relaxed);
}

void selfwatch_series(struct selfwatch *self, uint64_t series)
{
	atomic_store_explicit(&self->series, series, memory_order_relaxed);
}

void selfwatch_request(struct selfwatch *self, unsigned handler, unsigned status)
{
	unsigned code = 0;

	while (code < SELFWATCH_CODES - 1 && selfwatch_codes[code] != status)
		code++;
	if (handler < SELFWATCH_HANDLERS)
		atomic_fetch_add_explicit(&self->requests[handler][code], 1, memory_order_relaxed);
}

uint64_t selfwatch_last_poll_ns(const struct selfwatch *self)
{
	return atomic_load_explicit(&self->last_poll_ns,
				    memory_order_acquire); /* pairs with selfwatch_poll() */
}
