/* SPDX-License-Identifier: MIT */
/* Who else sees /dev/shm. A process is not told; marks of the usual container managers, the namespace of pid 1 and
 * the numbers of the mounts say it well enough. Any thread; blocks. */
#include "tools/machine/mounts.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/machine/tree.h"

enum { MOUNTINFO_SIZE = 256 * 1024 };

/* ---- namespaces ---- */

/* The first ones of a boot have fixed numbers (include/linux/proc_ns.h). */
static bool is_first(const char *root, const char *kind, unsigned number)
{
	char path[TREE_PATH], target[64] = "", first[64];
	ssize_t length;

	(void)snprintf(path, sizeof path, "%s/proc/self/ns/%s", root, kind);
	(void)snprintf(first, sizeof first, "%s:[%u]", kind, number);
	length = readlink(path, target, sizeof target - 1);
	return length > 0 && strcmp(target, first) == 0;
}

static bool ipc_is_first(const char *root)
{
	return is_first(root, "ipc", 0xefffffffu);
}

/* A virtual machine made of a container's image has its marks, and none of its walls. */
static bool has_no_walls(const char *root)
{
	return ipc_is_first(root) && is_first(root, "uts", 0xeffffffeu) &&
	       is_first(root, "pid", 0xeffffffcu);
}

/* ---- containers ---- */

/* A file that such a container has, or a word in pid 1's cgroups. In systemd's file stands the kind itself. */
static const struct mark {
	const char *path, *word, *kind;
} marks[] = {
	{ "/.flatpak-info", NULL, "flatpak" },
	{ "/run/.containerenv", NULL, "podman" },
	{ "/.dockerenv", NULL, "docker" },
	{ "/run/systemd/container", "", NULL },
	{ "/proc/1/cgroup", "kubepods", "kubernetes" },
	{ "/proc/1/cgroup", "docker", "docker" },
	{ "/proc/1/cgroup", "libpod", "podman" },
	{ "/proc/1/cgroup", "/lxc", "lxc" },
};

static bool mark_fits(const struct mark *mark, const char *root, char *text, size_t size)
{
	if (!mark->word)
		return tree_has(root, mark->path);
	return tree_text(root, mark->path, text, size) && strstr(text, mark->word);
}

void mounts_container(const char *root, char *kind, size_t size)
{
	char text[4096];

	kind[0] = '\0';
	if (has_no_walls(root))
		return;
	for (size_t i = 0; i < sizeof marks / sizeof *marks && !*kind; i++) {
		const struct mark *mark = &marks[i];
		const char *name = mark->kind ? mark->kind : text;

		if (mark_fits(mark, root, text, sizeof text))
			(void)snprintf(kind, size, "%.*s", (int)strcspn(name, "\n"), name);
	}
}

/* ---- the mount of /dev/shm ---- */

struct mount {
	bool there;
	char device[24], source[64];
};

/* One line of mountinfo, proc(5): id parent major:minor root mount-point options ... - type source options */
static void mount_take(struct mount *mount, char *line)
{
	char *fields[5] = { NULL }, *rest = line, *tail = strstr(line, " - ");
	char source[sizeof mount->source] = "";

	for (unsigned i = 0; i < 5; i++)
		fields[i] = strsep(&rest, " ");
	if (!tail || !fields[4] || strcmp(fields[4], "/dev/shm") != 0)
		return;
	(void)sscanf(tail + 3, "%*s %63s", source);
	mount->there = true; /* a later line lies over an earlier one */
	(void)snprintf(mount->device, sizeof mount->device, "%s", fields[2]);
	(void)snprintf(mount->source, sizeof mount->source, "%s", source);
}

/* False when the file cannot be read; a mount that is not there is an answer. */
static bool mount_of(const char *root, const char *path, struct mount *mount)
{
	char *text = malloc(MOUNTINFO_SIZE), *rest = text, *line;
	bool rc;

	*mount = (struct mount){ .there = false };
	if (!text)
		return false;
	rc = tree_text(root, path, text, MOUNTINFO_SIZE);
	while (rc && (line = strsep(&rest, "\n")))
		mount_take(mount, line);
	free(text);
	return rc;
}

enum machine_answer mounts_shm_private(const char *root, const char *container)
{
	struct mount own, first;

	if (!mount_of(root, "/proc/self/mountinfo", &own))
		return MACHINE_UNKNOWN;
	if (mount_of(root, "/proc/1/mountinfo", &first) && first.there && own.there &&
	    strcmp(first.device, own.device) != 0)
		return MACHINE_YES;
	if (!*container)
		return MACHINE_NO;
	/* Docker's and Podman's own one comes from "shm"; a sandbox that brings its own /dev mounts none */
	if (!own.there || strcmp(own.source, "shm") == 0)
		return MACHINE_YES;
	return ipc_is_first(root) ? MACHINE_NO : MACHINE_YES;
}
