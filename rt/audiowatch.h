/* SPDX-License-Identifier: MIT */
/*
 * audiowatch: an audio engine tells what it does, at little more than the cost of reading the clock.
 *
 *	struct aw_session *session;
 *	struct aw_engine *engine;
 *
 *	aw_open(NULL, &session);                       // not real-time: at start
 *	aw_engine_new(session, "main", &engine);
 *	aw_engine_format(engine, 48000, 256);
 *	...
 *	aw_render_begin(engine, frames);               // real-time: in the callback
 *	render(frames);
 *	aw_render_end(engine);
 *	...
 *	aw_close(session);
 *
 * Fail-open: a failing set-up function stores NULL, and every other function accepts NULL and does nothing, so a
 * host may ignore all errors and plays on. In a forked child every handle is inert.
 *
 * Memory: one session takes 212 KiB of shared memory with the defaults (1 engine, 16 channels, 8 functions,
 * 1024 records) and 632 KiB with 1 engine, 64 channels and 64 functions.
 *
 * -DAW_DISABLE, and every platform but 64-bit Linux, turns all of it into static inline nothing. At run time
 * AUDIOWATCH_DISABLE=1 makes aw_open() return -ECANCELED. AUDIOWATCH_PREFIX and AUDIOWATCH_DIR choose another
 * name and another tmpfs directory (an absolute path) than "audiowatch" and /dev/shm.
 *
 * Threads. Set-up functions (aw_open, aw_close, *_new, *_free, aw_engine_title): any thread that is not real-time;
 * they are serialised inside and may block. All others are real-time safe: wait-free, no system call, lock,
 * allocation, floating point or thread-local storage (with the TSC or CNTVCT as clock; elsewhere they read
 * CLOCK_MONOTONIC through the vDSO). After aw_close() no handle and no open call of that session may be used, and
 * after *_free() not that handle. A vfork() child may call nothing.
 */
#ifndef AUDIOWATCH_H
#define AUDIOWATCH_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if (!defined(__linux__) || !defined(__LP64__)) && !defined(AW_DISABLE)
#define AW_DISABLE 1
#endif

#ifdef AW_BUILD_SHARED
#define AW_API __attribute__((visibility("default")))
#else
#define AW_API
#endif

struct aw_session;
struct aw_engine;
struct aw_channel;
struct aw_function;

/* options.flags: mlock() the segment even under a limited RLIMIT_MEMLOCK */
enum { AW_LOCK_MEMORY = 1 };

struct aw_options {
	uint32_t size; /* sizeof(struct aw_options); AW_OPTIONS_INIT sets it */
	uint32_t flags; /* AW_LOCK_MEMORY */
	const char *name; /* the label app; default: the program's name. Cut at 63 bytes (UTF-8 boundary) */
	const char *version; /* of the app, for information; cut at 31 bytes */
	const char *instance; /* the label instance_id; default: the lowest free number. Cut at 63 bytes */
	const char *group; /* a group that may read the segment (mode 0640); default: none (0600) */
	uint32_t max_engines; /* 1..64, 0 = 1 */
	uint32_t max_channels; /* 1..1024, 0 = 16 */
	uint32_t max_functions; /* 1..256, 0 = 8 */
	uint32_t ring_records; /* a power of two, 64..65536, 0 = 1024 */
};

/* clang-format off */
#ifdef __cplusplus
#define AW_OPTIONS_INIT { sizeof(struct aw_options), 0, 0, 0, 0, 0, 0, 0, 0, 0 }
#else
#define AW_OPTIONS_INIT { .size = (uint32_t)sizeof(struct aw_options) }
#endif
/* clang-format on */

/* What reported an xrun. */
enum aw_xrun_source { AW_XRUN_JACK, AW_XRUN_ALSA, AW_XRUN_HOST };

/* An open call; opaque. May be passed to another thread and ended there. All zero is an inert call. */
struct aw_ffi_call {
	struct aw_function *function;
	uint64_t begin_ticks;
	uint32_t slot, reserved0;
	uint64_t reserved1;
};

#ifndef AW_DISABLE

/*
 * Opens a session: creates its segment and calibrates the clock (about 2 ms).
 * options: NULL = defaults. *session: the session, NULL on failure.
 * Thread: any that is not real-time. Real-time safe: no (creates a file, maps memory, sleeps 2 ms).
 * Errors: 0; -EINVAL a count, the prefix or options.size is out of range, the group unknown, or AUDIOWATCH_DIR not
 *   absolute; -ENOSPC the directory (/dev/shm) is full; -EOPNOTSUPP it is not tmpfs; -EAGAIN or -ENOMEM memory could
 *   not be mapped or (AW_LOCK_MEMORY) locked; -ECANCELED switched off by AUDIOWATCH_DISABLE; else what the system said.
 * Lifetime: until aw_close().
 */
AW_API int aw_open(const struct aw_options *options, struct aw_session **session);

/*
 * Closes a session and all that belongs to it; a reader keeps what was published.
 * Thread: any that is not real-time, with no other call of this session running. Real-time safe: no (unmaps).
 */
AW_API void aw_close(struct aw_session *session);

/*
 * A new engine: one chain of render calls, the label `engine`. A live name becomes name#2, name#3...; 111 bytes.
 * Thread: any that is not real-time. Real-time safe: no (takes a lock).
 * Errors: 0; -ENOSPC max_engines are in use; -EINVAL no name; -EBADF session is NULL or inherited by fork.
 * Lifetime: until aw_engine_free() or aw_close().
 */
AW_API int aw_engine_new(struct aw_session *session, const char *name, struct aw_engine **engine);

/* Frees an engine and its channels; no render may run. Its totals go on when the same name comes again.
 * Thread: any that is not real-time. Real-time safe: no (takes a lock). */
AW_API void aw_engine_free(struct aw_engine *engine);

/* The title people know it by (the track's name); may change, empty removes it; cut at 119 bytes.
 * Thread: any that is not real-time. Real-time safe: no (takes a lock). Errors: 0; -EINVAL NULL; -EBADF as above. */
AW_API int aw_engine_title(struct aw_engine *engine, const char *title);

/*
 * A new channel of an engine: a part of its render that is timed by itself. parent: NULL, or a channel of the same
 * engine within whose time it runs. Names as in aw_engine_new(), unique within the engine.
 * Thread: any that is not real-time. Real-time safe: no (takes a lock).
 * Errors: 0; -ENOSPC max_channels are in use; -EINVAL no name, or a parent of another engine; -EBADF as above.
 * Lifetime: until aw_channel_free(), aw_engine_free() or aw_close().
 */
AW_API int aw_channel_new(struct aw_engine *engine, struct aw_channel *parent, const char *name,
			  struct aw_channel **channel);

/* Frees a channel; none of its spans may be open. Channels within it have no parent from then on.
 * Thread: any that is not real-time. Real-time safe: no (takes a lock). */
AW_API void aw_channel_free(struct aw_channel *channel);

/*
 * A function at the FFI boundary, the label `function`. A name that exists gives the same function again.
 * Thread: any that is not real-time. Real-time safe: no (takes a lock).
 * Errors: 0; -ENOSPC max_functions are in use; -EINVAL no name; -EBADF as above. Lifetime: until aw_close().
 */
AW_API int aw_function_new(struct aw_session *session, const char *name,
			   struct aw_function **function);

/* Real-time safe from here on: wait-free, no errors to check, NULL does nothing. */

/*
 * The host's format: rate 1..1048576 Hz, frames of one period 1..1048576 and at most 100 s; 0 or beyond = unknown:
 * then no load is shown and no deadline miss derived. A change told while a render runs holds from the next begin.
 * Thread: any. Real-time safe: yes, wait-free.
 */
AW_API void aw_engine_format(struct aw_engine *engine, uint32_t rate_hz, uint32_t frames);

/* The host renders faster or slower than real time: its blocks are counted and enter no timing.
 * Thread: any. Real-time safe: yes, wait-free. */
AW_API void aw_engine_freewheel(struct aw_engine *engine, bool on);

/* Whether render calls are to be expected: without them an active engine is starved, an inactive one idle.
 * Thread: any. Real-time safe: yes, wait-free. */
AW_API void aw_engine_active(struct aw_engine *engine, bool on);

/* The host's own load figure, in millionths (250000 = 25 %); shown as it is, in no rule.
 * Thread: any. Real-time safe: yes, wait-free. */
AW_API void aw_engine_host_load(struct aw_engine *engine, uint32_t per_million);

/*
 * A render call begins, of `frames` frames (a host may split a period into several calls). A begin within a begin
 * drops the open span and is counted as misuse.
 * Thread: audio; one render at a time per engine, the thread may change. Real-time safe: yes, wait-free.
 */
AW_API void aw_render_begin(struct aw_engine *engine, uint32_t frames);

/* The same, where the host tells how late it was woken: entry minus expected wake-up in ns, on the host's own clock;
 * UINT64_MAX = unknown, and so is
 * what is over three days (an unsigned underflow). Thread: audio. Real-time safe: yes, wait-free. */
AW_API void aw_render_begin_late(struct aw_engine *engine, uint32_t frames,
				 uint64_t wakeup_delay_ns);

/* The render call ends. Without a begin it is ignored and counted as misuse.
 * Thread: audio. Real-time safe: yes, wait-free. */
AW_API void aw_render_end(struct aw_engine *engine);

/* A render call measured elsewhere, ended now: frames, delay (UINT64_MAX = unknown), duration in ns, and how many
 * cycles were missed outright before it. Thread: audio, instead of begin and end. Real-time safe: yes, wait-free. */
AW_API void aw_render_record(struct aw_engine *engine, uint32_t frames, uint64_t wakeup_delay_ns,
			     uint64_t duration_ns, uint32_t missed);

/* For watchers from outside: a render is in flight since age_ns; 0 = none is. Any one thread, also beside
 * aw_render_record(). Real-time safe: yes, wait-free. */
AW_API void aw_render_pending(struct aw_engine *engine, uint64_t age_ns);

/*
 * A channel's span begins and ends, within a render; several spans of one render add up. The end must happen before
 * the render's end, or its time belongs to the next block. Misuse is counted as in aw_render_begin().
 * Thread: any, one at a time per channel. Real-time safe: yes, wait-free.
 */
AW_API void aw_channel_begin(struct aw_channel *channel);
AW_API void aw_channel_end(struct aw_channel *channel);

/* An xrun as somebody reports it; delay in ns, 0 = unknown, above 60 s it is refused and counted.
 * Thread: any. Real-time safe: yes, wait-free. */
AW_API void aw_xrun(struct aw_engine *engine, enum aw_xrun_source source, uint64_t delay_ns);

/* A call crosses the FFI boundary. Thread: any. Real-time safe: yes, wait-free. */
AW_API struct aw_ffi_call aw_ffi_begin(struct aw_function *function);

/* The call came back, with or without success; once per begin. Thread: any. Real-time safe: yes, wait-free. */
AW_API void aw_ffi_end(struct aw_ffi_call call, bool ok);

/* The same with a W3C trace id of 16 bytes. Thread: any. Real-time safe: yes, wait-free. */
AW_API void aw_ffi_end_traced(struct aw_ffi_call call, bool ok, const uint8_t trace_id[16]);

#else /* AW_DISABLE: nothing at all, from one source; needs no library */
/* clang-format off */

#define AW_OFF_ECANCELED 125 /* Linux's ECANCELED, whatever the platform calls it */
#define AW_OFF static inline
AW_OFF int aw_open(const struct aw_options *o, struct aw_session **s) { (void)o; if (s) *s = 0; return -AW_OFF_ECANCELED; }
AW_OFF void aw_close(struct aw_session *s) { (void)s; }
AW_OFF int aw_engine_new(struct aw_session *s, const char *n, struct aw_engine **e) { (void)s; (void)n; if (e) *e = 0; return -AW_OFF_ECANCELED; }
AW_OFF void aw_engine_free(struct aw_engine *e) { (void)e; }
AW_OFF int aw_engine_title(struct aw_engine *e, const char *t) { (void)e; (void)t; return -AW_OFF_ECANCELED; }
AW_OFF int aw_channel_new(struct aw_engine *e, struct aw_channel *p, const char *n, struct aw_channel **c) { (void)e; (void)p; (void)n; if (c) *c = 0; return -AW_OFF_ECANCELED; }
AW_OFF void aw_channel_free(struct aw_channel *c) { (void)c; }
AW_OFF int aw_function_new(struct aw_session *s, const char *n, struct aw_function **f) { (void)s; (void)n; if (f) *f = 0; return -AW_OFF_ECANCELED; }
AW_OFF void aw_engine_format(struct aw_engine *e, uint32_t r, uint32_t f) { (void)e; (void)r; (void)f; }
AW_OFF void aw_engine_freewheel(struct aw_engine *e, bool on) { (void)e; (void)on; }
AW_OFF void aw_engine_active(struct aw_engine *e, bool on) { (void)e; (void)on; }
AW_OFF void aw_engine_host_load(struct aw_engine *e, uint32_t m) { (void)e; (void)m; }
AW_OFF void aw_render_begin(struct aw_engine *e, uint32_t f) { (void)e; (void)f; }
AW_OFF void aw_render_begin_late(struct aw_engine *e, uint32_t f, uint64_t d) { (void)e; (void)f; (void)d; }
AW_OFF void aw_render_end(struct aw_engine *e) { (void)e; }
AW_OFF void aw_render_record(struct aw_engine *e, uint32_t f, uint64_t w, uint64_t d, uint32_t m) { (void)e; (void)f; (void)w; (void)d; (void)m; }
AW_OFF void aw_render_pending(struct aw_engine *e, uint64_t a) { (void)e; (void)a; }
AW_OFF void aw_channel_begin(struct aw_channel *c) { (void)c; }
AW_OFF void aw_channel_end(struct aw_channel *c) { (void)c; }
AW_OFF void aw_xrun(struct aw_engine *e, enum aw_xrun_source s, uint64_t d) { (void)e; (void)s; (void)d; }
AW_OFF struct aw_ffi_call aw_ffi_begin(struct aw_function *f) { struct aw_ffi_call c = { 0, 0, 0, 0, 0 }; (void)f; return c; }
AW_OFF void aw_ffi_end(struct aw_ffi_call c, bool ok) { (void)c; (void)ok; }
AW_OFF void aw_ffi_end_traced(struct aw_ffi_call c, bool ok, const uint8_t t[16]) { (void)c; (void)ok; (void)t; }
#undef AW_OFF
/* clang-format on */
#endif

#ifdef __cplusplus
}
#endif

#endif
