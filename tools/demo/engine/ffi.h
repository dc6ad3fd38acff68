/* SPDX-License-Identifier: MIT */
/* The functions of the session: those that a worker calls at a rate (--ffi), and those that the script calls. */
#ifndef AUDIOWATCH_DEMO_FFI_H
#define AUDIOWATCH_DEMO_FFI_H

#include <pthread.h>

#include "rt/audiowatch.h"
#include "tools/demo/engine/options.h"
#include "tools/demo/engine/pace.h"

struct function {
	const struct options *options;
	const struct pace *pace;
	struct aw_function *handle;
	unsigned number; /* 1..., 0 = the script's alone: no worker */
	char name[EVENT_NAME_SIZE];
	_Atomic uint64_t begun, ended, errors; /* W: the worker and the control thread, by adding */
	pthread_t thread;
	bool started;
	int done_fd; /* an eventfd that counts the workers that came to their end */
};

struct function_table {
	struct function functions[MAX_FUNCTIONS];
	unsigned count;
};

/* Names them all: --functions, then the script's. 0, or -ENOSPC when they are more than MAX_FUNCTIONS. */
int functions_name(struct function_table *table, const struct options *options,
		   const struct pace *pace);
struct function *functions_find(struct function_table *table, const char *name);
/* 0 or what aw_function_new() said. */
int functions_open(struct function_table *table, struct aw_session *session);
/* Starts the workers, *workers of them; 0 or -errno. */
int functions_start(struct function_table *table, unsigned *workers, int done_fd);
void functions_join(struct function_table *table);

struct aw_ffi_call function_begin(struct function *function);
void function_end(struct function *function, struct aw_ffi_call call, bool ok);

#endif
