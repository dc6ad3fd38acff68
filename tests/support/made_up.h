/* SPDX-License-Identifier: MIT */
/* A made-up machine: a folder of its own that stands for the root, with what a test puts into it. */
#ifndef AUDIOWATCH_TESTS_MADE_UP_H
#define AUDIOWATCH_TESTS_MADE_UP_H

/* Where it is; valid between set-up and tear-down. */
extern char made_up_root[];

/* cmocka's set-up and tear-down of a test. */
int made_up_setup(void **state);
int made_up_teardown(void **state);

/* Below the root; makes every folder on the way. A path that ends with a slash is a folder. */
void made_up_file(const char *path, const char *text);
void made_up_link(const char *path, const char *target);

#endif
