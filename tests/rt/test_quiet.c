/* SPDX-License-Identifier: MIT */
/* G3: publishing faults no page and gives up no time slice, the very first call included, on a thread that has never
 * published, in a library that was loaded lazily. */
#include <dlfcn.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "tests/support/rt_fixture.h"

enum { ROUNDS = 250000 }; /* of four publishes */

/* A row is a function that is looked up: what a plugin's host has after dlopen(). */
struct api {
	int (*open)(const struct aw_options *, struct aw_session **);
	void (*close)(struct aw_session *);
	int (*engine_new)(struct aw_session *, const char *, struct aw_engine **);
	int (*channel_new)(struct aw_engine *, struct aw_channel *, const char *,
			   struct aw_channel **);
	int (*function_new)(struct aw_session *, const char *, struct aw_function **);
	void (*render_begin)(struct aw_engine *, uint32_t);
	void (*render_end)(struct aw_engine *);
	void (*channel_begin)(struct aw_channel *);
	void (*channel_end)(struct aw_channel *);
	void (*xrun)(struct aw_engine *, enum aw_xrun_source, uint64_t);
	struct aw_ffi_call (*ffi_begin)(struct aw_function *);
	void (*ffi_end)(struct aw_ffi_call, bool);
};

static const struct {
	const char *name;
	size_t offset;
} symbols[] = {
	{ "aw_open", offsetof(struct api, open) },
	{ "aw_close", offsetof(struct api, close) },
	{ "aw_engine_new", offsetof(struct api, engine_new) },
	{ "aw_channel_new", offsetof(struct api, channel_new) },
	{ "aw_function_new", offsetof(struct api, function_new) },
	{ "aw_render_begin", offsetof(struct api, render_begin) },
	{ "aw_render_end", offsetof(struct api, render_end) },
	{ "aw_channel_begin", offsetof(struct api, channel_begin) },
	{ "aw_channel_end", offsetof(struct api, channel_end) },
	{ "aw_xrun", offsetof(struct api, xrun) },
	{ "aw_ffi_begin", offsetof(struct api, ffi_begin) },
	{ "aw_ffi_end", offsetof(struct api, ffi_end) },
};

static void *load(struct api *api)
{
	const char *lib = getenv("AW_LIB");
	void *library, *symbol;
	char path[4096];

	snprintf(path, sizeof path, "%s/libaudiowatch.so", lib ? lib : "build/lib");
	library = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
	if (!library)
		fail_msg("%s", dlerror());
	for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
		symbol = dlsym(library, symbols[i].name);
		assert_non_null(symbol);
		memcpy((char *)api + symbols[i].offset, &symbol, sizeof symbol);
	}
	return library;
}

struct audio {
	const struct api *api;
	struct aw_engine *engine;
	struct aw_channel *channel;
	struct aw_function *function;
	struct rusage before, after;
};

static void publish(const struct audio *audio)
{
	const struct api *api = audio->api;

	api->render_begin(audio->engine, 64);
	api->channel_begin(audio->channel);
	api->channel_end(audio->channel);
	api->render_end(audio->engine);
	api->xrun(audio->engine, AW_XRUN_HOST, 0);
	api->ffi_end(api->ffi_begin(audio->function), true);
}

/* The stack below is the thread's own affair: it is touched before. */
static void touch_stack(void)
{
	volatile char room[65536];

	for (size_t i = 0; i < sizeof room; i += 64)
		room[i] = 1;
}

static void *run_audio(void *context)
{
	struct audio *audio = context;

	touch_stack();
	getrusage(RUSAGE_THREAD, &audio->after);
	getrusage(RUSAGE_THREAD, &audio->before);
	for (unsigned i = 0; i < ROUNDS; i++)
		publish(audio);
	getrusage(RUSAGE_THREAD, &audio->after);
	return NULL;
}

/* Sanitizers map shadow memory as they go: there the faults are theirs. */
static long faults(const struct audio *audio)
{
	const long major = audio->after.ru_majflt - audio->before.ru_majflt;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	return major;
#else
	return major + audio->after.ru_minflt - audio->before.ru_minflt;
#endif
}

/* Everything fresh: the library's mapping, the session, the thread. */
static void publish_a_million(struct audio *audio)
{
	struct aw_session *session;
	pthread_t thread;
	struct api api;
	void *library = load(&api);

	*audio = (struct audio){ .api = &api };
	assert_int_equal(api.open(NULL, &session), 0);
	assert_int_equal(api.engine_new(session, "main", &audio->engine), 0);
	assert_int_equal(api.channel_new(audio->engine, NULL, "bus", &audio->channel), 0);
	assert_int_equal(api.function_new(session, "load", &audio->function), 0);
	assert_int_equal(pthread_create(&thread, NULL, run_audio, audio), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(rt_sum(audio->engine->totals->render, AW_TIME_CELLS), ROUNDS);
	api.close(session);
	dlclose(library);
}

/* The kernel may move a page at any time, which is a fault of nobody's making: what is ours comes every time. */
static void the_first_publish_and_a_million_more_neither_fault_nor_wait(void **state)
{
	struct audio audio;
	unsigned tries = 3;

	(void)state;
	do {
		publish_a_million(&audio);
		assert_int_equal(audio.after.ru_nvcsw - audio.before.ru_nvcsw, 0);
	} while (faults(&audio) && --tries);
	assert_int_equal(faults(&audio), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_publish_and_a_million_more_neither_fault_nor_wait),
	};

	return rt_status(cmocka_run_group_tests(tests, rt_place_enter, rt_place_leave));
}
