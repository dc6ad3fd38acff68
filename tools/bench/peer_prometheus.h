/* SPDX-License-Identifier: MIT */
/* prometheus-cpp as C sees it: one jump to a call of the library. */
#ifndef AUDIOWATCH_BENCH_PEER_PROMETHEUS_H
#define AUDIOWATCH_BENCH_PEER_PROMETHEUS_H

#ifdef __cplusplus
extern "C" {
#endif

struct peer_prometheus; /* a registry with one histogram and one gauge */

struct peer_prometheus *peer_prometheus_new(void); /* NULL = no memory */
void peer_prometheus_free(struct peer_prometheus *peer);
void peer_prometheus_observe(struct peer_prometheus *peer, double seconds);
void peer_prometheus_set(struct peer_prometheus *peer, double seconds);

#ifdef __cplusplus
}
#endif

#endif
