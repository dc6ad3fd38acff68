/* SPDX-License-Identifier: MIT */
/* By which whoever ordered something learns whether it is on the disk. An http thread hands its order in, takes a ticket
 * and waits; the poll thread asks for the newest ticket before it looks at what was handed in, so what it saves then holds
 * all orders up to that one; whoever wrote it, or could not, settles them. A later save holds what an earlier one held, so
 * tickets are settled in order and one number is enough.
 *
 *	                 take, wait          newest, close     settle
 *	threads          H, any number       P                 P and M
 */
#ifndef AUDIOWATCH_COLLECTOR_RECEIPT_H
#define AUDIOWATCH_COLLECTOR_RECEIPT_H

#include <stdint.h>

struct receipts;

/* NULL: no memory. */
struct receipts *receipts_new(void);
/* Nobody waits any more. NULL is fine. */
void receipts_free(struct receipts *receipts);

/* Behind the handing in. */
uint64_t receipts_take(struct receipts *receipts);
/* 0: what was handed in before the ticket is on the disk. Else a fault: why it is in memory alone; FAULT_SLOW, it is not
 * written yet; FAULT_ENDS, nobody looks at it any more. One waits for a disk that is slow, and others behind it, which may
 * have the same thread, do not wait as long again. */
int receipts_wait(struct receipts *receipts, uint64_t ticket, uint64_t patience_ns);

/* The newest ticket given out; 0 = none. */
uint64_t receipts_newest(struct receipts *receipts);
/* All up to this ticket: 0 = they are on the disk. */
void receipts_settle(struct receipts *receipts, uint64_t ticket, int fault);
/* What lies behind this ticket is not looked at any more. */
void receipts_close(struct receipts *receipts, uint64_t last);

#endif
