/* SPDX-License-Identifier: MIT */
/* The JSON of an order to forget a dead session, and which one it means. Pure but for malloc; any thread.
 *
 *	{"app": "daw", "instance_id": "0"}
 *	{"app": "daw"}		the only one of that name that is dead */
#ifndef AUDIOWATCH_COLLECTOR_FORGET_H
#define AUDIOWATCH_COLLECTOR_FORGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/ledger.h"

enum { FORGET_ERROR_SIZE = 512 };

struct snapshot;

struct forget_order {
	char app[TEXT_LABEL_SIZE], instance_id[LEDGER_INSTANCE_SIZE];
	bool named; /* the instance; else forget_find() fills it in */
	uint64_t uid, pid; /* who orders */
};

/* False after one line: key, what is wrong, cure. */
bool forget_read(struct forget_order *order, const char *body, size_t length,
		 char error[FORGET_ERROR_SIZE]);

/* 0; after one line: -ENOENT, no such is dead; -EBUSY, it lives; -ENOTUNIQ, several are; -ENOMEM. */
int forget_find(struct forget_order *order, const struct snapshot *snapshot,
		char error[FORGET_ERROR_SIZE]);

/* {"app","instance_id","uid","pid"} and what json_kept() adds; NULL: no memory. */
char *forget_text(const struct forget_order *order, int fault, size_t *length);

#endif
