/* SPDX-License-Identifier: MIT */
/* The judges of what audiowatch has on the machine. Pure. */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "tools/audiowatch/checks_judge.h"

enum { KEPT_DEAD = 4 }; /* aw_open() keeps as many for a collector to come */

enum verdict judge_directory(const struct facts *facts, struct finding *finding)
{
	if (facts->dir_error == -EOPNOTSUPP)
		finding_say(finding, "%s is not on tmpfs", facts->dir);
	else if (facts->dir_error)
		finding_say(finding, "%s: %s", facts->dir, strerrordesc_np(-facts->dir_error));
	else if (facts->dir[0] != '/')
		finding_say(finding, "%s is no absolute path", facts->dir);
	else
		finding_say(finding, "%s%s", facts->dir,
			    facts->dir_writable ? "" : " may not be written to");
	return !facts->dir_error && facts->dir[0] == '/' && facts->dir_writable ? VERDICT_OK
										: VERDICT_BAD;
}

enum verdict judge_environment(const struct facts *facts, struct finding *finding)
{
	if (!facts->prefix_valid) {
		finding_say(finding, "AUDIOWATCH_PREFIX: \"%s\" is no prefix", facts->prefix);
		finding_cure(finding, "unset AUDIOWATCH_PREFIX, or use letters, digits, '.', '_' "
				      "and '-', at most 100, no leading dot");
		return VERDICT_BAD;
	}
	switch (facts->config_valid) {
	case MACHINE_YES:
		finding_say(finding, "audiowatchd --check-config accepts it");
		return VERDICT_OK;
	case MACHINE_NO:
		finding_say(finding, "%s", facts->config_complaint);
		return VERDICT_BAD;
	default:
		finding_say(finding, "no audiowatchd beside this program that could be asked");
		return VERDICT_UNKNOWN;
	}
}

/* Words that ask for what is the case: it is not switched off. */
static bool is_refusal(const char *word)
{
	static const char *const words[] = { "0", "no", "off", "false" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcasecmp(word, words[i]) == 0)
			return true;
	return false;
}

enum verdict judge_disabled(const struct facts *facts, struct finding *finding)
{
	const char *word = facts->disable;
	const bool switches_off = strcmp(word, "1") == 0;

	if (!*word) {
		finding_say(finding, "not set");
		return VERDICT_OK;
	}
	finding_say(finding, "AUDIOWATCH_DISABLE=%s%s", word,
		    switches_off ? "" : ", which switches nothing off");
	if (is_refusal(word))
		return VERDICT_OK;
	if (!switches_off)
		finding_cure(finding, "set AUDIOWATCH_DISABLE=1 to switch off, or unset it");
	return VERDICT_WARN;
}

enum verdict judge_collector(const struct facts *facts, struct finding *finding)
{
	switch (facts->collector) {
	case COLLECTOR_REACHED:
		finding_say(finding, "one runs, %s/control.sock", facts->state_dir);
		return VERDICT_OK;
	case COLLECTOR_NONE:
		finding_say(finding, "none runs for this user and the prefix %s", facts->prefix);
		return VERDICT_WARN;
	case COLLECTOR_ELSEWHERE:
		finding_say(finding, "one runs, but not with %s", facts->state_dir);
		finding_cure(finding, "name its folder: --state-dir DIR, or AUDIOWATCH_STATE_DIR");
		return VERDICT_WARN;
	case COLLECTOR_SQUATTED:
		finding_say(finding, "%s/%s-%ju-collector is not this user's", facts->dir,
			    facts->prefix, (uintmax_t)facts->uid);
		finding_cure(finding, "remove that file as its owner or as root");
		return VERDICT_BAD;
	default:
		finding_say(finding, "there is nowhere to look");
		return VERDICT_UNKNOWN;
	}
}

enum verdict judge_segments(const struct facts *facts, struct finding *finding)
{
	char size[MACHINE_SIZE_TEXT];

	if (facts->scan_error) {
		finding_say(finding, "they cannot be read");
		return VERDICT_UNKNOWN;
	}
	machine_size_text(size, facts->dead_bytes);
	finding_say(finding, "%u live, %u dead (%s), %u refused", facts->live, facts->dead, size,
		    facts->refused);
	if (facts->dead > KEPT_DEAD)
		return VERDICT_WARN;
	finding_cure(finding, "see audiowatch segments for why, and remove what is nobody's");
	return facts->refused ? VERDICT_WARN : VERDICT_OK;
}
