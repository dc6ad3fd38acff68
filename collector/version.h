/* SPDX-License-Identifier: MIT */
/* Which audiowatchd this is; the texts come from the Makefile. Any thread. */
#ifndef AUDIOWATCH_COLLECTOR_VERSION_H
#define AUDIOWATCH_COLLECTOR_VERSION_H

extern const char version_string[]; /* "0.1.0" */
extern const char version_revision[]; /* as git describes it, or "unknown" */

#endif
