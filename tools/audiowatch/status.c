/* SPDX-License-Identifier: MIT */
/* `audiowatch status`: the engines with their states, and the active alerts, asked of the collector. */
#include "tools/audiowatch/status.h"

#include <stdio.h>

#include "tools/audiowatch/ask.h"

static size_t print_engines(const json_t *source)
{
	const json_t *engines = json_object_get(source, "engines");

	for (size_t i = 0; i < json_array_size(engines); i++) {
		const json_t *engine = json_array_get(engines, i);

		ask_put(source, "app", 20);
		ask_put(source, "instance_id", 10);
		(void)printf("%7" JSON_INTEGER_FORMAT "  ",
			     json_integer_value(json_object_get(source, "pid")));
		ask_put(engine, "name", 20);
		ask_put(engine, "state", 0);
	}
	return json_array_size(engines);
}

static void print_table(const json_t *sources)
{
	size_t engines = 0;

	(void)printf("%-20s  %-10s  %7s  %-20s  %s\n", "APP", "INSTANCE", "PID", "ENGINE", "STATE");
	for (size_t i = 0; i < json_array_size(sources); i++)
		engines += print_engines(json_array_get(sources, i));
	if (!engines)
		(void)puts("no engines");
}

/* "P1  firing   Alert: ... app=... engine=..." */
static void print_alert(const json_t *alert, const json_t *answer, bool first)
{
	char message[ASK_TEXT_SIZE];

	(void)answer;
	(void)first;
	ask_put(alert, "priority", 2);
	ask_put(alert, "state", 7);
	if (json_is_true(json_object_get(alert, "silenced")))
		(void)fputs("(silenced)  ", stdout);
	ask_text(message, alert, "message", "-");
	(void)fputs(message, stdout);
	ask_put_labels(alert);
	(void)putchar('\n');
}

static void print(const json_t *answer)
{
	const json_t *alerts = json_object_get(answer, "active_alerts");

	ask_put_silence(answer);
	print_table(json_object_get(answer, "sources"));
	(void)putchar('\n');
	ask_each_alert(answer, print_alert);
	(void)puts(json_array_size(alerts) ? "`audiowatch alerts` tells why." : "no active alerts");
}

static void print_json(const char *body, const json_t *answer)
{
	(void)answer;
	(void)fputs(body, stdout);
}

int status_run(int argc, char **argv)
{
	static const struct ask ask = { "status",
					"Tells the state of each engine, and each active alert.",
					print, print_json };

	return ask_run(&ask, argc, argv);
}
