/* SPDX-License-Identifier: MIT */
/* Reads small files below a root folder: "" is this machine, another one of a test's making. Any thread; blocks. */
#ifndef AUDIOWATCH_MACHINE_TREE_H
#define AUDIOWATCH_MACHINE_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TREE_PATH = 4096 };

bool tree_has(const char *root, const char *path);
/* As much of the file as fits, with a NUL behind it; false, and "", when it cannot be read or is empty. */
bool tree_text(const char *root, const char *path, char *text, size_t size);
/* Its first line alone, without the newline; else as above. */
bool tree_line(const char *root, const char *path, char *line, size_t size);
/* The decimal number it begins with; `otherwise` when there is none. */
int64_t tree_number(const char *root, const char *path, int64_t otherwise);

#endif
