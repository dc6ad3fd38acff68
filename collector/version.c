/* SPDX-License-Identifier: MIT */
/* The one object that knows version and revision, so that a commit rebuilds no other. Any
 * thread. */
#include "collector/version.h"

#ifndef AW_VERSION_STRING
#define AW_VERSION_STRING "0.0.0"
#endif
#ifndef AW_REVISION_STRING
#define AW_REVISION_STRING "unknown"
#endif

const char version_string[] = AW_VERSION_STRING;
const char version_revision[] = AW_REVISION_STRING;
