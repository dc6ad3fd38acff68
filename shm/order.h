/* SPDX-License-Identifier: MIT */
/* The words of memory order used on both sides, each explained once; whatever is not one of these is spelled
 * with its own comment where it stands. */
#ifndef AUDIOWATCH_SHM_ORDER_H
#define AUDIOWATCH_SHM_ORDER_H

#include <stdatomic.h>
#include <stdint.h>

#define AW_INLINE static inline __attribute__((always_inline))

/* own_*: a word with one writer, and this is the writer. Nobody else can change it between the load and the
 * store, so a plain add is exact without a locked instruction; it is atomic only so that a reader in another
 * process never sees half a word. Relaxed: what must be visible together is ordered by the lane's head. */
AW_INLINE uint64_t own_load(const _Atomic uint64_t *word)
{
	return atomic_load_explicit(word, memory_order_relaxed);
}

AW_INLINE void own_store(_Atomic uint64_t *word, uint64_t value)
{
	atomic_store_explicit(word, value, memory_order_relaxed);
}

AW_INLINE void own_add(_Atomic uint64_t *word, uint64_t value)
{
	own_store(word, own_load(word) + value);
}

/* A counter that any thread may raise. Relaxed: each counter stands for itself. */
AW_INLINE void shared_add(_Atomic uint64_t *word, uint64_t value)
{
	(void)atomic_fetch_add_explicit(word, value, memory_order_relaxed);
}

#endif
