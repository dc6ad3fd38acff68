/* SPDX-License-Identifier: MIT */
/* What `audiowatch segments` tells of an object, one column a row of a table: for people and as JSON. */
#ifndef AUDIOWATCH_CLI_COLUMNS_H
#define AUDIOWATCH_CLI_COLUMNS_H

#include <stddef.h>

#include "tools/audiowatch/object.h"

void columns_print(const struct object *objects, size_t count);
/* 0 or -errno. */
int columns_print_json(const struct object *objects, size_t count);

#endif
