/* SPDX-License-Identifier: MIT */
/* Looks for the JACK server among the processes and at its socket. Link thread. */
#include "tools/jack/server.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { WORDS_SIZE = 16384, WORDS_MAX = 128 };

/* jackd's own, so that -RS, --sync and --na=x are read as it does. What follows -d is the driver's. */
static const char jackd_options[] = "-d:X:I:P:uvshrRL:STFl:t:mn:p:C:a:c:";

static const struct option jackd_long_options[] = {
	{ "clock-source", required_argument, NULL, 'c' },
	{ "internal-session-file", required_argument, NULL, 'C' },
	{ "loopback-driver", required_argument, NULL, 'L' },
	{ "audio-driver", required_argument, NULL, 'd' },
	{ "midi-driver", required_argument, NULL, 'X' },
	{ "internal-client", required_argument, NULL, 'I' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ "port-max", required_argument, NULL, 'p' },
	{ "no-mlock", no_argument, NULL, 'm' },
	{ "name", required_argument, NULL, 'n' },
	{ "unlock", no_argument, NULL, 'u' },
	{ "realtime", no_argument, NULL, 'R' },
	{ "no-realtime", no_argument, NULL, 'r' },
	{ "replace-registry", no_argument, NULL, 0 },
	{ "loopback", no_argument, NULL, 'L' },
	{ "realtime-priority", required_argument, NULL, 'P' },
	{ "timeout", required_argument, NULL, 't' },
	{ "temporary", no_argument, NULL, 'T' },
	{ "version", no_argument, NULL, 'V' },
	{ "silent", no_argument, NULL, 's' },
	{ "sync", no_argument, NULL, 'S' },
	{ "autoconnect", required_argument, NULL, 'a' },
	{ NULL, 0, NULL, 0 },
};

static int split(char *words, size_t size, char **argv)
{
	int argc = 0;

	for (size_t at = 0; at < size && argc < WORDS_MAX; at += strlen(words + at) + 1)
		argv[argc++] = words + at;
	argv[argc] = NULL;
	return argc;
}

static bool is_jackd(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	return strcmp(name, "jackd") == 0 || strcmp(name, "jackdmp") == 0;
}

bool server_parse(struct server_line *line, char *words, size_t size)
{
	char *argv[WORDS_MAX + 1];
	int argc, option;

	*line = (struct server_line){ .name = "" };
	if (!size || words[size - 1])
		return false;
	argc = split(words, size, argv);
	if (!is_jackd(argv[0]))
		return false;
	opterr = 0;
	optind = 0; /* glibc: begin anew */
	while ((option = getopt_long(argc, argv, jackd_options, jackd_long_options, NULL)) != -1 &&
	       option != 'd') {
		line->synchronous |= option == 'S';
		if (option == 'n')
			(void)snprintf(line->name, sizeof line->name, "%s", optarg);
	}
	return true;
}

const char *server_variable(const char *words, size_t size, const char *variable)
{
	const size_t length = strlen(variable);

	for (size_t at = 0; at < size; at += strnlen(words + at, size - at) + 1)
		if (size - at > length && !strncmp(words + at, variable, length) &&
		    words[at + length] == '=')
			return words + at + length + 1;
	return NULL;
}

/* How many bytes of /proc/PID/WHAT there are; always ends in a NUL. */
static size_t proc_read(char words[WORDS_SIZE], const char *pid, const char *what)
{
	char path[300];
	ssize_t got;
	int fd;

	(void)snprintf(path, sizeof path, "/proc/%s/%s", pid, what);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	got = read(fd, words, WORDS_SIZE - 1);
	(void)close(fd);
	if (got <= 0)
		return 0;
	words[got] = '\0';
	return (size_t)got + (words[got - 1] != '\0');
}

static bool is_ours(const char *pid)
{
	char path[300];
	struct stat stat_of;

	(void)snprintf(path, sizeof path, "/proc/%s", pid);
	return stat(path, &stat_of) == 0 && stat_of.st_uid == getuid();
}

static bool is_named(const struct server_line *line, const char *pid, const char *name)
{
	char words[WORDS_SIZE];
	const char *own = line->name;

	if (!*own) {
		const size_t size = proc_read(words, pid, "environ");

		own = server_variable(words, size, "JACK_DEFAULT_SERVER");
	}
	return strcmp(own && *own ? own : "default", name) == 0;
}

static enum server_mode mode_of(const char *pid, const char *name)
{
	char words[WORDS_SIZE];
	struct server_line line;
	size_t size;

	if (!isdigit((unsigned char)*pid) || !is_ours(pid))
		return SERVER_UNKNOWN;
	size = proc_read(words, pid, "cmdline");
	if (!server_parse(&line, words, size) || !is_named(&line, pid, name))
		return SERVER_UNKNOWN;
	return line.synchronous ? SERVER_SYNCHRONOUS : SERVER_ASYNCHRONOUS;
}

enum server_mode server_mode(const char *name)
{
	enum server_mode mode = SERVER_UNKNOWN;
	DIR *proc = opendir("/proc");
	struct dirent *entry;

	while (proc && mode == SERVER_UNKNOWN && (entry = readdir(proc)))
		mode = mode_of(entry->d_name, name);
	if (proc)
		(void)closedir(proc);
	return mode;
}

static bool is_answered(const struct sockaddr_un *address)
{
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool answered;

	if (fd < 0)
		return true; /* not for us to say */
	answered = connect(fd, (const struct sockaddr *)address, sizeof *address) == 0 ||
		   errno == EAGAIN; /* too many are waiting */
	(void)close(fd);
	return answered;
}

/* Whether such a socket answers; true, for it is not for us to say, where the name does not fit: libjack cuts it in its
 * own way. */
static bool is_answered_as(const char *name, const char *owner)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const int length = snprintf(address.sun_path, sizeof address.sun_path,
				    "/dev/shm/jack_%s%s_0", name, owner);

	return length >= (int)sizeof address.sun_path || is_answered(&address);
}

/* JACK2 puts a slash in a name as '_'; a server for all users has no uid in its socket's name. */
bool server_listens(const char *name)
{
	char flat[SERVER_NAME_SIZE], owner[16];

	(void)snprintf(flat, sizeof flat, "%s", name);
	for (char *c = flat; *c; c++)
		*c = *c == '/' || *c == '\\' ? '_' : *c;
	(void)snprintf(owner, sizeof owner, "_%u", (unsigned)getuid());
	return is_answered_as(flat, owner) || is_answered_as(flat, "");
}
