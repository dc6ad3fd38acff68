/* SPDX-License-Identifier: MIT */
/* The distributions as a picture, by gnuplot. Main thread. */
#include "tools/bench/latency_plot.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/bench/latency_schedule.h"
#include "tools/cli/cli.h"

extern char **environ;

/* ---- the process ---- */

static int gnuplot_spawn(pid_t *pid, int script_fd, int picture_fd)
{
	char *const words[] = { (char[]){ "gnuplot" }, NULL };
	posix_spawn_file_actions_t actions;
	int rc = posix_spawn_file_actions_init(&actions);

	if (rc)
		return rc;
	rc = posix_spawn_file_actions_adddup2(&actions, script_fd, STDIN_FILENO);
	rc = rc ? rc : posix_spawn_file_actions_adddup2(&actions, picture_fd, STDOUT_FILENO);
	rc = rc ? rc : posix_spawnp(pid, "gnuplot", &actions, NULL, words, environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	return rc;
}

static int plot_start(struct latency_plot *plot)
{
	int pipe_fds[2], rc;

	plot->picture_fd = memfd_create("picture", MFD_CLOEXEC);
	if (plot->picture_fd < 0 || pipe2(pipe_fds, O_CLOEXEC) < 0)
		return -errno;
	rc = gnuplot_spawn(&plot->pid, pipe_fds[0], plot->picture_fd);
	(void)close(pipe_fds[0]);
	plot->script = rc ? NULL : fdopen(pipe_fds[1], "w");
	if (!plot->script)
		(void)close(pipe_fds[1]);
	return rc ? -rc : plot->script ? 0 : -ENOMEM;
}

int latency_plot_open(struct latency_plot *plot)
{
	const int rc = plot_start(plot);

	if (rc == -ENOENT)
		(void)cli_error("--plot: gnuplot is not installed (try apt-get install "
				"gnuplot-nox, or leave --plot out)");
	else if (rc < 0)
		(void)cli_error("--plot: gnuplot does not start: %s", strerror(-rc));
	return rc;
}

/* 0, or -EIO and one line. */
static int gnuplot_end(struct latency_plot *plot)
{
	int status = 0, rc;

	if (!plot->script)
		return 0;
	rc = fclose(plot->script);
	plot->script = NULL;
	while (waitpid(plot->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (rc == 0 && status == 0)
		return 0;
	(void)cli_error("--plot: gnuplot could not draw it (see what it says above)");
	return -EIO;
}

void latency_plot_close(struct latency_plot *plot)
{
	(void)gnuplot_end(plot);
	if (plot->picture_fd >= 0)
		(void)close(plot->picture_fd);
	plot->picture_fd = -1;
}

/* ---- the picture ---- */

/* Which lines a thread has. */
static const struct {
	const char *name;
	size_t offset;
} curves[] = {
	{ "wake-up delay", offsetof(struct latency_meter, wakeup) },
	{ "render time", offsetof(struct latency_meter, render) },
};

enum { CURVES = sizeof curves / sizeof *curves };

static void curve_read(const struct latency_meter *meter, size_t curve, struct latency_view *view)
{
	latency_series_read((const void *)((const char *)meter + curves[curve].offset), view);
}

/* A logarithm knows no 0, so an empty cell lies below the axis; one beyond each end closes the curve. */
static void curve_data(FILE *script, const struct latency_view *view, const char *name)
{
	const unsigned first = aw_time_cell(view->min_ns), last = aw_time_cell(view->max_ns);

	(void)fprintf(script, "$%s << END\n", name);
	for (unsigned i = first ? first - 1 : 0; i <= last + 1 && i < AW_TIME_BOUNDS; i++)
		(void)fprintf(script, "%.3f %.1f\n", (double)aw_time_bounds[i] / 1000,
			      view->cells[i] ? (double)view->cells[i] : 0.1);
	(void)fputs("END\n", script);
}

static void picture_head(FILE *script, const struct latency_result *result)
{
	(void)fprintf(script,
		      "set terminal svg size 900,500 dynamic noenhanced background '#ffffff'\n"
		      "set title '" LATENCY_APP " latency: %u frames at %u Hz (%.0f us), load "
		      "%.4g'\n",
		      result->frames, result->rate_hz,
		      (double)latency_period_ns(result->frames, result->rate_hz) / 1000,
		      result->options->load);
	(void)fputs("set xlabel 'us'\nset ylabel 'cycles'\nset logscale xy\nset grid\n"
		    "set yrange [0.5:*]\nset key outside\n",
		    script);
}

static void picture_script(const struct latency_plot *plot, const struct latency_result *result)
{
	struct latency_view view;
	char name[32];

	picture_head(plot->script, result);
	for (unsigned i = 0; i < result->count * CURVES; i++) {
		(void)snprintf(name, sizeof name, "curve%u", i);
		curve_read(&result->meters[i / CURVES], i % CURVES, &view);
		curve_data(plot->script, &view, name);
	}
	for (unsigned i = 0; i < result->count * CURVES; i++)
		(void)fprintf(plot->script, "%s$curve%u using 1:2 with steps title '%s %s'",
			      i ? ", " : "plot ", i, result->meters[i / CURVES].name,
			      curves[i % CURVES].name);
	(void)fputs("\n", plot->script);
}

static int picture_write(const struct latency_plot *plot, struct latency_output *picture)
{
	FILE *file = latency_output_begin(picture);
	char bytes[4096];
	ssize_t length;

	(void)lseek(plot->picture_fd, 0, SEEK_SET);
	while (file && (length = read(plot->picture_fd, bytes, sizeof bytes)) > 0)
		(void)fwrite(bytes, 1, (size_t)length, file);
	return latency_output_end(picture, file);
}

static bool is_measured(const struct latency_result *result)
{
	for (unsigned i = 0; i < result->count; i++)
		if (own_load(&result->meters[i].cycles))
			return true;
	return false;
}

int latency_plot_draw(struct latency_plot *plot, const struct latency_result *result,
		      struct latency_output *picture)
{
	int rc;

	if (!is_measured(result)) {
		cli_say("--plot: no cycle was measured, so nothing is drawn");
		return 0;
	}
	picture_script(plot, result);
	rc = gnuplot_end(plot);
	return rc < 0 ? rc : picture_write(plot, picture);
}
