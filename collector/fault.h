/* SPDX-License-Identifier: MIT */
/* Why a part of the collector does not work, in words, and what helps. Pure; any thread. */
#ifndef AUDIOWATCH_COLLECTOR_FAULT_H
#define AUDIOWATCH_COLLECTOR_FAULT_H

/* A fault is a number of errno, or one of these; 0 is none. */
enum {
	FAULT_NO_FOLDER = 0x10000, /* there is no state folder */
	FAULT_NO_SOCKET,
	FAULT_HANGS, /* the disk does not answer */
	FAULT_SLOW, /* it has not answered yet */
	FAULT_ENDS, /* the collector does */
	FAULT_TAKEN, /* the state folder is another collector's by now */
};

/* Both without an end: "No space left on device", "free some space there". */
const char *fault_text(int fault);
const char *fault_cure(int fault);

#endif
