/* SPDX-License-Identifier: MIT */
/* A command that asks the collector how all is and prints the answer; what such commands share. Runs in main. */
#ifndef AUDIOWATCH_CLI_ASK_H
#define AUDIOWATCH_CLI_ASK_H

#include <jansson.h>
#include <stdbool.h>

struct ask {
	const char *command, *about; /* about: the usage's second line */
	void (*print)(const json_t *answer);
	void (*print_json)(const char *body, const json_t *answer);
};

/* The exit status: 0 healthy, 1 an alert of priority P0 to P2 fires, 2 usage, 3 no collector reachable. */
int ask_run(const struct ask *ask, int argc, char **argv);

/* A text of the answer made fit for a terminal; `otherwise` where there is none. */
enum { ASK_TEXT_SIZE = 4096 };
void ask_text(char text[ASK_TEXT_SIZE], const json_t *object, const char *key,
	      const char *otherwise);
/* A cell and two blanks, in a column of that width; "-" for what is not there. Width 0 ends the line. */
void ask_put(const json_t *object, const char *key, int width);
/* " app=daw instance_id=0 engine="Lead Vox"": quoted where it is not one word. */
void ask_put_labels(const json_t *alert);
/* While everything is silenced, a line that says so, before what nobody is told of. */
void ask_put_silence(const json_t *answer);
/* Each active alert, the most urgent first, and those of one priority as the collector has them. */
typedef void ask_alert_fn(const json_t *alert, const json_t *answer, bool first);
void ask_each_alert(const json_t *answer, ask_alert_fn *put);
bool ask_is(const json_t *object, const char *key, const char *what);

#endif
