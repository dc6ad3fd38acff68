/* SPDX-License-Identifier: MIT */
/* The words of memory order used on both sides, each explained once; whatever is not one of these is spelled
 * with its own comment where it stands. */
#ifndef AUDIOWATCH_SHM_ORDER_H
#define AUDIOWATCH_SHM_ORDER_H

#ifndef __cplusplus
#include <stdatomic.h>
#endif
#include <stdint.h>

/* The amalgamation is compiled as C++17, too, which has no _Atomic. There the words are plain, and these five, the
 * compiler's own operations that <stdatomic.h> is made of, are all that touches one. */
#ifdef __cplusplus
#define _Atomic
#define atomic_load_explicit(word, order) __atomic_load_n(word, order)
#define atomic_store_explicit(word, value, order) __atomic_store_n(word, value, order)
#define atomic_exchange_explicit(word, value, order) __atomic_exchange_n(word, value, order)
#define atomic_fetch_add_explicit(word, value, order) __atomic_fetch_add(word, value, order)
#define atomic_thread_fence(order) __atomic_thread_fence(order)
#define memory_order_relaxed __ATOMIC_RELAXED
#define memory_order_acquire __ATOMIC_ACQUIRE
#define memory_order_release __ATOMIC_RELEASE
#endif

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
