/* SPDX-License-Identifier: MIT */
/* How fast an error budget burns, as a sentence. Pure. */
#ifndef AUDIOWATCH_COLLECTOR_WHY_BURN_H
#define AUDIOWATCH_COLLECTOR_WHY_BURN_H

#include "collector/phrase.h"
#include "collector/why.h"

void why_burn(struct phrase *phrase, const struct why_facts *facts);

#endif
