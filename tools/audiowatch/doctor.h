/* SPDX-License-Identifier: MIT */
/* `audiowatch doctor`: what on this machine will hurt audio, or audiowatch, and how to cure it. */
#ifndef AUDIOWATCH_CLI_DOCTOR_H
#define AUDIOWATCH_CLI_DOCTOR_H

/* 0 nothing bad (there may be warnings), 1 something bad, 2 usage. */
int doctor_run(int argc, char **argv);

#endif
