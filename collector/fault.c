/* SPDX-License-Identifier: MIT */
/* The table of faults. Pure; any thread. */
#include "collector/fault.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

/* text NULL: the system's. The last row is any other. */
static const struct {
	int fault;
	const char *text, *cure;
} rows[] = {
	{ ENOSPC, NULL, "free some space there" },
	{ EDQUOT, NULL, "free some space there, or raise the user's quota" },
	{ EROFS, NULL, "mount it for writing" },
	{ ENOENT, NULL, "make this directory again" },
	{ ENOTDIR, NULL, "make this directory again" },
	{ EACCES, NULL, "let audiowatchd's user write there" },
	{ EPERM, NULL, "let audiowatchd's user write there" },
	{ EISDIR, NULL, "take away the directory that is called state or state.new there" },
	{ EIO, NULL, "see what the kernel says of this disk (journalctl -k)" },
	{ ENOMEM, NULL, "free some memory" },
	{ EFBIG, NULL, "raise the limit on the size of files" },
	{ FAULT_NO_FOLDER, "there is no state directory",
	  "name one that audiowatchd may write to (--state-dir), and start it again" },
	{ FAULT_NO_SOCKET, "there is no control socket",
	  "name another directory (--state-dir), and start audiowatchd again" },
	{ FAULT_HANGS, "the disk does not answer",
	  "see what the kernel says of this disk (journalctl -k)" },
	{ FAULT_SLOW, "the disk is slow, and it is not written yet",
	  "see what the kernel says of this disk (journalctl -k)" },
	{ FAULT_ENDS, "the collector ends", "try again when it runs" },
	{ FAULT_TAKEN, "another collector has this directory by now",
	  "end one of the two; if there is none, remove control.sock there" },
	{ 0, NULL, "see whether audiowatchd's user can write there" },
};

enum { ANY_OTHER = sizeof rows / sizeof *rows - 1 };

static unsigned row_of(int fault)
{
	unsigned i = 0;

	while (i < ANY_OTHER && rows[i].fault != fault)
		i++;
	return i;
}

const char *fault_text(int fault)
{
	const char *text = rows[row_of(fault)].text;

	if (!text)
		text = strerrordesc_np(fault);
	return text ? text : "it fails";
}

const char *fault_cure(int fault)
{
	return rows[row_of(fault)].cure;
}
