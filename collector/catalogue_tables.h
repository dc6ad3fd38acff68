/* SPDX-License-Identifier: MIT */
/* What the rooms of the catalogue share; nobody else includes it. */
#ifndef AUDIOWATCH_COLLECTOR_CATALOGUE_TABLES_H
#define AUDIOWATCH_COLLECTOR_CATALOGUE_TABLES_H

#include <stddef.h>
#include <string.h>

#include "collector/catalogue.h"

extern const struct family_table catalogue_engine; /* engines and channels */
extern const struct family_table catalogue_session; /* FFI functions, sources */
extern const struct family_table catalogue_rules;
extern const struct family_table catalogue_slo;
extern const struct family_table catalogue_process; /* the watchdog itself */

#endif
