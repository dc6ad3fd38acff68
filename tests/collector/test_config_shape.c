/* SPDX-License-Identifier: MIT */
/* Tests of collector/config_shape.c: what libyaml would take hours for is refused at its place, and nothing else is. */
#include "tests/support/config_fixture.h"

static char text[TEXT_SIZE];

static void repeat(const char *piece, unsigned times)
{
	for (unsigned i = 0; i < times; i++)
		strcat(text, piece);
}

static void lists_and_maps_are_not_within_each_other_without_end(void **state)
{
	(void)state;
	strcpy(text, "log:\n  ");
	repeat("[", 30);
	refuses(text, AT "2:18: lists and maps within each other, more than 16 (no configuration "
			 "has)");
	strcpy(text, "");
	repeat("{a: ", 30);
	refuses(text, AT "1:65: lists and maps within each other, more than 16 (no configuration "
			 "has)");
	strcpy(text, "log:\n  ");
	repeat("- ", 30);
	refuses(text, AT "2:33: lists and maps within each other, more than 16 (no configuration "
			 "has)");
}

static void depth_is_counted_down_again(void **state)
{
	(void)state;
	strcpy(text, "rules:\n  alerts:\n");
	repeat("    - {alert: EngineDown, match: {app: a}, annotations: {summary: s}}\n", 1);
	loads(text);
	strcpy(text, "listen: [");
	repeat("[], ", 30);
	strcat(text, "]");
	refuses(text, AT "1:10: listen: needs one value (try 127.0.0.1:19815)");
}

static void anchors_are_as_many_as_somebody_writes(void **state)
{
	char one[16];

	(void)state;
	for (unsigned most = 100; most <= 101; most++) {
		strcpy(text, "environment: test\nlisten: [");
		for (unsigned i = 0; i < most; i++) {
			snprintf(one, sizeof one, "&a%u [], ", 100 + i);
			strcat(text, one);
		}
		strcat(text, "]");
		refuses(text, most == 100 ? AT "2:10: listen: needs one value (try 127.0.0.1:19815)"
					  : AT
				      "2:1010: anchors, more than 100 (no configuration has)");
	}
}

static void what_is_no_yaml_is_still_said_to_be_none(void **state)
{
	(void)state;
	refuses("log: [", AT "2:1: this is no YAML: did not find expected node content");
	refuses("a: &x [\xff]", AT "1:8: this is no YAML: invalid leading UTF-8 octet");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_and_maps_are_not_within_each_other_without_end),
		cmocka_unit_test(depth_is_counted_down_again),
		cmocka_unit_test(anchors_are_as_many_as_somebody_writes),
		cmocka_unit_test(what_is_no_yaml_is_still_said_to_be_none),
	};

	return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
