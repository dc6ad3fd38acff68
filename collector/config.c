/* SPDX-License-Identifier: MIT */
/* Where the sources of the configuration meet: defaults, then file, environment and flags over them. Main thread. */
#include "collector/config.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "collector/config_load.h"
#include "shm/segment.h"

static void set_defaults(struct config *config)
{
	struct options *options = &config->options;

	memset(config, 0, sizeof *config);
	*options = (struct options){ .log_level = LOG_INFO,
				     .listen = { "127.0.0.1:19815" },
				     .listen_count = 1,
				     .listen_said_by = "--listen",
				     .dirs = { AW_DEFAULT_DIR },
				     .dir_count = 1,
				     .dirs_said_by = "--dir",
				     .prefix = AW_DEFAULT_PREFIX,
				     .uids = { geteuid() },
				     .uid_count = 1 };
	strcpy(config->environment, "production");
	config->profile = PROFILE_STANDARD;
	config->max_series = 50000;
	config->max_channels = 4096;
	config->max_functions = 512;
	config->rules_interval_s = 1;
	config->rule_defaults = true;
	memcpy(config->slos, slo_defaults, slo_default_count * sizeof *config->slos);
	config->slo_count = slo_default_count;
}

/* ---- flags ---- */

static void merge_list(const char **list, size_t *count, const char *const *flags, size_t flag_count)
{
	if (flag_count)
		memcpy(list, flags, flag_count * sizeof *list);
	*count = flag_count ? flag_count : *count;
}

static void merge_lists(struct options *options, const struct options *flags)
{
	merge_list(options->listen, &options->listen_count, flags->listen, flags->listen_count);
	if (flags->listen_count)
		options->listen_said_by = "--listen";
	merge_list(options->dirs, &options->dir_count, flags->dirs, flags->dir_count);
	if (flags->dir_count)
		options->dirs_said_by = "--dir";
	if (flags->uid_count > 1) { /* the first is the own one */
		memcpy(options->uids, flags->uids, sizeof options->uids);
		options->uid_count = flags->uid_count;
	}
}

static void merge_flags(struct options *options, const struct options *flags)
{
	options->action = flags->action;
	options->config = flags->config;
	options->record = flags->record;
	merge_lists(options, flags);
	if (flags->prefix)
		options->prefix = flags->prefix;
	if (flags->state_dir) {
		options->state_dir = flags->state_dir;
		options->state_dir_said_by = "--state-dir";
	}
	if (flags->log_format_said)
		options->log_format = flags->log_format;
	if (flags->log_level_said)
		options->log_level = flags->log_level;
}

/* ---- the state's folder ---- */

/* In this order; a service manager may name several, with colons between them. */
static const struct {
	const char *variable, *below; /* below it, NULL = itself */
} state_dirs[] = {
	{ "STATE_DIRECTORY", NULL },
	{ "XDG_STATE_HOME", "" },
	{ "HOME", ".local/state/" },
};

static int default_state_dir(const struct config_source *source)
{
	struct options *options = &source->config->options;
	const struct config_place place = { .error = source->error, .name = "state_dir" };
	char path[CONFIG_PATH_SIZE];

	if (options->state_dir)
		return 0;
	snprintf(path, sizeof path, "/var/lib/%s", options->prefix);
	for (unsigned i = sizeof state_dirs / sizeof *state_dirs; i--;) {
		const char *is = config_variable(source->environment, state_dirs[i].variable);
		const char *below = state_dirs[i].below;

		if (is && *is == '/')
			snprintf(path, sizeof path, "%.*s%s%s%s",
				 (int)(below ? strlen(is) : strcspn(is, ":")), is, below ? "/" : "",
				 below ? below : "", below ? options->prefix : "");
	}
	if (config_text_fits(&place, path, sizeof path / 2))
		return -EINVAL;
	options->state_dir = config_keep(source->config, path);
	return options->state_dir ? 0 : config_refuse(&place, path, "is one text too many");
}

/* Keys that are read, checked and printed, and change nothing in this version. */
static void note_idle(struct config *config)
{
	const struct {
		bool set;
		const char *key;
	} idle[] = {
		{ config->external_label_count, "external_labels" },
		{ strcmp(config->environment, "production") != 0, "environment" },
		{ config->metrics_every_s, "log.metrics_every" },
		{ config->native, "metrics.native" },
		{ config->max_channels != 4096, "metrics.max_channels" },
		{ config->max_functions != 512, "metrics.max_functions" },
		{ config->rules_interval_s != 1, "rules.interval" },
	};

	for (size_t i = 0; i < sizeof idle / sizeof *idle; i++)
		if (idle[i].set && config->unused_count < CONFIG_UNUSED_MAX)
			config->unused[config->unused_count++] = idle[i].key;
}

int config_load(struct config *config, const struct options *flags, char *const *environment,
		char error[CONFIG_ERROR_SIZE])
{
	struct config_source source = { config, environment, error, false };
	int status = 0;

	set_defaults(config);
	if (flags->config)
		status = config_yaml(&source, flags->config);
	if (!status)
		status = config_rules_begin(&source);
	if (!status)
		status = config_environment(&source, NULL);
	if (!status)
		status = config_environment_rules(&source);
	if (status)
		return status;
	merge_flags(&config->options, flags);
	note_idle(config);
	return default_state_dir(&source);
}
