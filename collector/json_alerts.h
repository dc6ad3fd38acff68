/* SPDX-License-Identifier: MIT */
/* An alert as JSON, in whatever list it stands; for json_*.c alone, which know jansson. Any thread, inside a read
 * section. */
#ifndef AUDIOWATCH_COLLECTOR_JSON_ALERTS_H
#define AUDIOWATCH_COLLECTOR_JSON_ALERTS_H

#include <jansson.h>

#include "collector/snapshot.h"

/* New references; NULL: no memory. */
json_t *json_alert(const struct snapshot_alert *alert);
/* RFC 3339; null for 0. */
json_t *json_moment(uint64_t realtime_ns);

#endif
