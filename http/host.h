/* SPDX-License-Identifier: MIT */
/* Whether a Host header names this machine: a page of a stranger that points its own name at
 * 127.0.0.1 (DNS rebinding) sends its own name. Pure. */
#ifndef AUDIOWATCH_HTTP_HOST_H
#define AUDIOWATCH_HTTP_HOST_H

#include <stdbool.h>

/* An IP literal ("192.0.2.1", "[::1]"), "localhost" or own_name, each with an optional port;
 * case does not count. */
bool host_is_ours(const char *host, const char *own_name);

#endif
