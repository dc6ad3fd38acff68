/* SPDX-License-Identifier: MIT */
/* RemoveIPC= as systemd-logind would read it (logind.conf(5)): the first main file there is, then the drop-ins of all
 * folders in the order of their names, where a name of an earlier folder hides that of a later one. Any thread. */
#include "tools/machine/logind.h"

#include <ctype.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tools/machine/tree.h"

enum { DROP_INS_MAX = 64, FILE_SIZE = 64 * 1024 };

/* The foremost first. */
static const char *const folders[] = { "/etc/systemd", "/run/systemd", "/usr/local/lib/systemd",
				       "/usr/lib/systemd" };

enum { FOLDERS = sizeof folders / sizeof *folders };

/* ---- one file ---- */

static enum machine_answer boolean_of(const char *word)
{
	static const char *const words[] = { "0", "no",	 "n", "false", "f", "off",
					     "1", "yes", "y", "true",  "t", "on" };
	const size_t count = sizeof words / sizeof *words;

	for (size_t i = 0; i < count; i++)
		if (strcasecmp(word, words[i]) == 0)
			return i < count / 2 ? MACHINE_NO : MACHINE_YES;
	return MACHINE_UNKNOWN;
}

static char *trimmed(char *text)
{
	char *end = text + strlen(text);

	while (end > text && isspace((unsigned char)end[-1]))
		*--end = '\0';
	return text + strspn(text, " \t");
}

/* "RemoveIPC = no"; unknown for any other line, and for a value that systemd would ignore. */
static enum machine_answer setting_of(char *line)
{
	char *equals = strchr(line, '=');

	if (!equals)
		return MACHINE_UNKNOWN;
	*equals = '\0';
	return strcmp(trimmed(line), "RemoveIPC") == 0 ? boolean_of(trimmed(equals + 1))
						       : MACHINE_UNKNOWN;
}

static void take_text(struct logind *logind, char *text, const char *path)
{
	bool login = false;
	char *line;

	while ((line = strsep(&text, "\n"))) {
		enum machine_answer answer;

		line = trimmed(line);
		if (*line == '[')
			login = strcmp(line, "[Login]") == 0;
		answer = login ? setting_of(line) : MACHINE_UNKNOWN;
		if (answer == MACHINE_UNKNOWN)
			continue;
		logind->remove_ipc = answer;
		(void)snprintf(logind->said_by, sizeof logind->said_by, "%s", path);
	}
}

static void take_file(struct logind *logind, const char *root, const char *path)
{
	char *text = malloc(FILE_SIZE);

	if (text && tree_text(root, path, text, FILE_SIZE))
		take_text(logind, text, path);
	free(text);
}

/* ---- which files ---- */

struct drop_ins {
	char paths[DROP_INS_MAX][TREE_PATH]; /* below the root */
	unsigned count;
};

static const char *name_of(const char *path)
{
	return strrchr(path, '/') + 1;
}

static void add_drop_in(struct drop_ins *drop_ins, const char *path)
{
	for (unsigned i = 0; i < drop_ins->count; i++)
		if (strcmp(name_of(drop_ins->paths[i]), name_of(path)) == 0)
			return;
	if (drop_ins->count < DROP_INS_MAX)
		(void)snprintf(drop_ins->paths[drop_ins->count++], TREE_PATH, "%s", path);
}

static void find_drop_ins(struct drop_ins *drop_ins, const char *root)
{
	char pattern[TREE_PATH];

	for (unsigned i = 0; i < FOLDERS; i++) {
		glob_t found;

		(void)snprintf(pattern, sizeof pattern, "%s%s/logind.conf.d/*.conf", root,
			       folders[i]);
		if (glob(pattern, 0, NULL, &found) == 0)
			for (size_t k = 0; k < found.gl_pathc; k++)
				add_drop_in(drop_ins, found.gl_pathv[k] + strlen(root));
		globfree(&found);
	}
}

static int by_name(const void *left, const void *right)
{
	return strcmp(name_of(left), name_of(right));
}

static void take_drop_ins(struct logind *logind, const char *root)
{
	struct drop_ins *drop_ins = calloc(1, sizeof *drop_ins);

	if (!drop_ins)
		return;
	find_drop_ins(drop_ins, root);
	qsort(drop_ins->paths, drop_ins->count, sizeof *drop_ins->paths, by_name);
	for (unsigned i = 0; i < drop_ins->count; i++)
		take_file(logind, root, drop_ins->paths[i]);
	free(drop_ins);
}

static void take_main(struct logind *logind, const char *root)
{
	char path[TREE_PATH];

	for (unsigned i = 0; i < FOLDERS; i++) {
		(void)snprintf(path, sizeof path, "%s/logind.conf", folders[i]);
		if (tree_has(root, path)) {
			take_file(logind, root, path);
			return;
		}
	}
}

static enum machine_answer is_there(const char *root, const char *path)
{
	return tree_has(root, path) ? MACHINE_YES : MACHINE_NO;
}

void logind_read(struct logind *logind, const char *root, const char *user)
{
	char path[TREE_PATH];

	(void)snprintf(path, sizeof path, "/var/lib/systemd/linger/%s", user);
	*logind = (struct logind){ .runs = is_there(root, "/run/systemd/seats"),
				   .remove_ipc = MACHINE_YES,
				   .linger = *user ? is_there(root, path) : MACHINE_UNKNOWN };
	take_main(logind, root);
	take_drop_ins(logind, root);
}
