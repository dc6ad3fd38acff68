/* SPDX-License-Identifier: MIT */
/* The two tracepoints that LTTng-UST is measured with, which say what a render span says; LTTng's headers read this
 * file several times over. */
#if __has_include(<lttng/tracepoint.h>)

#undef LTTNG_UST_TRACEPOINT_PROVIDER
#define LTTNG_UST_TRACEPOINT_PROVIDER audiowatch_bench

#undef LTTNG_UST_TRACEPOINT_INCLUDE
#define LTTNG_UST_TRACEPOINT_INCLUDE "tools/bench/peer_lttng.h"

#if !defined(AUDIOWATCH_BENCH_PEER_LTTNG_H) || defined(LTTNG_UST_TRACEPOINT_HEADER_MULTI_READ)
#define AUDIOWATCH_BENCH_PEER_LTTNG_H

#include <lttng/tracepoint.h>
#include <stdint.h>

/* clang-format off */
LTTNG_UST_TRACEPOINT_EVENT(audiowatch_bench, render_begin,
	LTTNG_UST_TP_ARGS(uint32_t, frames),
	LTTNG_UST_TP_FIELDS(lttng_ust_field_integer(uint32_t, frames, frames)))

LTTNG_UST_TRACEPOINT_EVENT(audiowatch_bench, render_end,
	LTTNG_UST_TP_ARGS(uint32_t, frames),
	LTTNG_UST_TP_FIELDS(lttng_ust_field_integer(uint32_t, frames, frames)))
/* clang-format on */

#endif

#include <lttng/tracepoint-event.h>

#endif
