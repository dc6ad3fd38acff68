/* SPDX-License-Identifier: MIT */
/* audiowatch-demo-engine: an audio engine that follows a script and publishes what it does. The control thread. */
#include <stdio.h>

#include "tools/demo/engine/report.h"
#include "tools/demo/engine/run.h"

static struct run run; /* too large for the stack */

static int fail(const struct complaint *complaint, int status)
{
	(void)fprintf(stderr, DEMO_PROGRAM ": %s\n", complaint->text);
	return status;
}

static int run_all(const struct options *options)
{
	struct complaint complaint = { "" };
	int rc = run_open(&run, options, &complaint);

	if (rc == 0) {
		report_ready(&run);
		rc = run_render(&run);
		if (rc < 0)
			(void)complain(&complaint,
				       "no thread: try fewer --engines and --functions");
	}
	if (rc == 0 && options->json)
		report_json(&run);
	if (rc == 0 && options->hold && !options->script.closes)
		run_hold(&run);
	run_close(&run);
	return rc < 0 ? fail(&complaint, 1) : 0;
}

int main(int argc, char **argv)
{
	struct complaint complaint = { "" };
	struct options options;
	int status = 0;

	if (options_read(&options, argc, argv, &complaint) < 0)
		status = fail(&complaint, 2);
	else if (options.help)
		options_help();
	else if (options.version)
		(void)puts(DEMO_PROGRAM " " AW_VERSION_STRING);
	else
		status = run_all(&options);
	options_deinit(&options);
	return status;
}
