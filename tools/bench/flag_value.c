/* SPDX-License-Identifier: MIT */
/* Numbers of a command's flags. Main thread. */
#include "tools/bench/flag_value.h"

#include <errno.h>

#include "tools/cli/cli.h"

int flag_whole(const char *flag, const char *text, const struct range *range, uint64_t *value)
{
	struct complaint complaint;

	return number_whole(text, range, value, &complaint) < 0
		       ? cli_error("%s: %s", flag, complaint.text)
		       : 0;
}

int flag_whole_32(const char *flag, const char *text, const struct range *range, uint32_t *value)
{
	uint64_t read;

	if (flag_whole(flag, text, range, &read) < 0)
		return -EINVAL;
	*value = (uint32_t)read;
	return 0;
}
