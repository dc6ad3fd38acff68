/* SPDX-License-Identifier: MIT */
/* Reads the flags of a command by its table. */
#include "tools/cli/flags.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "tools/cli/cli.h"

enum { FLAGS_MAX = 40, LEFT_MIN = 15, LETTER_COLUMNS = 4 };

/* "--flag" of "-f, --flag"; "" of a heading. */
static const char *flag_long(const struct flag *flag)
{
	const char *name = flag->name ? strstr(flag->name, "--") : NULL;

	return name ? name : "";
}

/* 'f' of "-f, --flag", else 0. */
static char flag_letter(const struct flag *flag)
{
	return flag->name && flag->name[0] == '-' && flag->name[1] != '-' ? flag->name[1] : '\0';
}

static bool flag_optional(const struct flag *flag)
{
	return flag->takes && flag->takes[0] == '[';
}

/* The row of words that are no flags, or NULL. */
static const struct flag *flag_of_words(const struct flags *flags)
{
	for (size_t i = 0; i < flags->count; i++)
		if (flags->table[i].name && flags->table[i].name[0] != '-')
			return &flags->table[i];
	return NULL;
}

/* A letter is near to nothing. */
static int unknown_flag(const struct flags *flags, const char *word)
{
	const char *names[FLAGS_MAX];
	size_t count = 0;

	if (word[0] == '-' && word[1] && !word[2])
		return cli_error("%s: \"%s\" is no option (try --help)", flags->command, word);
	for (size_t i = 0; i < flags->count && count < FLAGS_MAX; i++)
		if (*flag_long(&flags->table[i]))
			names[count++] = flag_long(&flags->table[i]);
	return cli_unknown(flags->command, word, names, count);
}

static const struct flag *flag_find(const struct flags *flags, const char *word, size_t length)
{
	for (size_t i = 0; i < flags->count; i++) {
		const char *name = flag_long(&flags->table[i]);

		if (length && strlen(name) == length && !strncmp(name, word, length))
			return &flags->table[i];
	}
	return NULL;
}

static const struct flag *flag_of_letter(const struct flags *flags, char letter)
{
	for (size_t i = 0; i < flags->count; i++)
		if (letter && flag_letter(&flags->table[i]) == letter)
			return &flags->table[i];
	return NULL;
}

/* Gives a flag that takes a value the attached one, or the next word. Where the next flag is; NULL after a complaint. */
static char **flag_value(const struct flag *flag, void *context, const char *attached, char **at)
{
	const char *value = attached;

	if (!value && *at && (!flag_optional(flag) || isdigit((unsigned char)**at)))
		value = *at++;
	if (!value && !flag_optional(flag)) {
		(void)cli_error("%s: its value is missing (try %s %s)", flag_long(flag),
				flag_long(flag), flag->example);
		return NULL;
	}
	return flag->take(context, value) < 0 ? NULL : at;
}

/* --flag, --flag=VALUE; *at is the next word. */
static char **flag_word(const struct flags *flags, void *context, char **at)
{
	const char *word = at[-1];
	const size_t length = strcspn(word, "=");
	const struct flag *flag = flag_find(flags, word, length);
	const char *value = word[length] ? word + length + 1 : NULL;
	int rc = 0;

	if (!flag)
		rc = unknown_flag(flags, word);
	else if (!flag->takes && value)
		rc = cli_error("%s: takes no value (try %s alone)", flag_long(flag),
			       flag_long(flag));
	if (rc < 0)
		return NULL;
	if (flag->takes)
		return flag_value(flag, context, value, at);
	return flag->take(context, NULL) < 0 ? NULL : at;
}

/* -f, -fVALUE, -fg; *at is the next word. */
static char **flag_letters(const struct flags *flags, void *context, char **at)
{
	const char *word = at[-1];

	for (const char *letter = word + 1; *letter; letter++) {
		const struct flag *flag = flag_of_letter(flags, *letter);

		if (!flag)
			return unknown_flag(flags, word), NULL;
		if (flag->takes)
			return flag_value(flag, context, letter[1] ? letter + 1 : NULL, at);
		if (flag->take(context, NULL) < 0)
			return NULL;
	}
	return at;
}

int flags_read(const struct flags *flags, void *context, int argc, char **argv)
{
	char **at = argv + 1;

	while (at && at < argv + argc) {
		const char *word = *at++;
		const bool letters = word[0] == '-' && word[1] && word[1] != '-';
		const struct flag *free_word = *word == '-' ? NULL : flag_of_words(flags);

		if (free_word)
			at = free_word->take(context, word) < 0 ? NULL : at;
		else
			at = letters ? flag_letters(flags, context, at)
				     : flag_word(flags, context, at);
	}
	return at ? 0 : -EINVAL;
}

/* "-f, --flag VALUE"; those without a letter stand below the others' names where any has one. */
static void flag_left(char *left, size_t size, const struct flag *flag, bool letters)
{
	(void)snprintf(left, size, "%*s%s %s", letters && !flag_letter(flag) ? LETTER_COLUMNS : 0,
		       "", flag->name, flag->takes ? flag->takes : "");
}

void flags_help(const struct flags *flags)
{
	bool letters = false;
	int width = LEFT_MIN;
	char left[48];

	for (size_t i = 0; i < flags->count; i++)
		letters |= flag_letter(&flags->table[i]) != '\0';
	for (size_t i = 0; i < flags->count; i++) {
		if (flags->table[i].name)
			flag_left(left, sizeof left, &flags->table[i], letters);
		if (flags->table[i].name && (int)strlen(left) > width)
			width = (int)strlen(left);
	}
	for (size_t i = 0; i < flags->count; i++) {
		if (flags->table[i].name)
			flag_left(left, sizeof left, &flags->table[i], letters);
		if (flags->table[i].name)
			(void)printf("  %-*s %s\n", width, left, flags->table[i].help);
		else
			(void)printf("%s%s\n", i ? "\n" : "", flags->table[i].help);
	}
}
