/* SPDX-License-Identifier: MIT */
/* Tests of collector/trace.c: what a line means, and the exact complaint about each that means nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "collector/trace.h"

static struct trace_event event;
static char error[TRACE_ERROR_SIZE];

/* The first event of a trace that begins with the header and these lines. */
static int first(const char *lines)
{
	static char text[4096];
	struct trace trace;

	snprintf(text, sizeof text, TRACE_HEADER "\n%s", lines);
	trace = trace_of("t", text, strlen(text));
	error[0] = '\0';
	return trace_next(&trace, &event, error);
}

static void an_event_says_what_its_line_says(void **state)
{
	(void)state;
	assert_int_equal(first("1.5 render app=a engine=e ns=3000000 late_ns=7 n=4"), 1);
	assert_int_equal(event.kind, TRACE_RENDER);
	assert_int_equal(event.at_ns, 1500000000);
	assert_string_equal(event.texts[TRACE_APP], "a");
	assert_string_equal(event.texts[TRACE_INSTANCE_ID], "0");
	assert_string_equal(event.texts[TRACE_ENGINE], "e");
	assert_int_equal(event.values[TRACE_NS], 3000000);
	assert_int_equal(event.values[TRACE_LATE_NS], 7);
	assert_int_equal(event.values[TRACE_N], 4);
	assert_true(trace_says(&event, TRACE_LATE_NS));
	assert_false(trace_says(&event, TRACE_FRAMES));
}

static void what_is_not_said_is_one_call_of_instance_0(void **state)
{
	(void)state;
	assert_int_equal(first("0 ffi function=f ok=0 ns=18446744073709551615 app=a"), 1);
	assert_int_equal(event.values[TRACE_N], 1);
	assert_int_equal(event.values[TRACE_NS], UINT64_MAX);
	assert_int_equal(event.values[TRACE_OK], 0);
	assert_int_equal(first("0 ffi app=a function=f ns=1 ok=1 instance_id=desk"), 1);
	assert_string_equal(event.texts[TRACE_INSTANCE_ID], "desk");
}

static void times_are_exact_to_the_nanosecond(void **state)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} times[] = {
		{ "0", 0 },
		{ "0.000000001", 1 },
		{ "0.1", 100000000 },
		{ "86400.123456789", UINT64_C(86400123456789) },
		{ "31622399.999999999", UINT64_C(31622399999999999) },
		{ "31622400", UINT64_C(31622400000000000) },
	};

	(void)state;
	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		char line[64], again[TRACE_TIME_SIZE];

		snprintf(line, sizeof line, "%s end", times[i].text);
		assert_int_equal(first(line), 1);
		assert_int_equal(event.at_ns, times[i].ns);
		trace_put_time(again, event.at_ns);
		assert_string_equal(again, times[i].text);
	}
}

static void comments_and_blanks_say_nothing(void **state)
{
	(void)state;
	assert_int_equal(first("# all\n\n  \t\r\n   # more\n 2 \t end # 3 engine\r\n"), 1);
	assert_int_equal(event.kind, TRACE_END);
	assert_int_equal(event.at_ns, UINT64_C(2000000000));
	assert_int_equal(first("1 engine app=a#b engine=e rate=1 frames=1"), 1);
	assert_string_equal(event.texts[TRACE_APP], "a#b");
	assert_int_equal(first("#1 nothing\n"), 0);
}

static void any_name_comes_through(void **state)
{
	static const char *const names[] = { "a b", "100%", "\xC3\xBC", "a=b\n", "\"\\", "%41" };

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char encoded[TRACE_ENCODED_SIZE], line[TRACE_ENCODED_SIZE + 64];

		trace_encode(encoded, names[i]);
		snprintf(line, sizeof line, "0 event app=%s what=stop", encoded);
		assert_int_equal(first(line), 1);
		assert_string_equal(event.texts[TRACE_APP], names[i]);
	}
	assert_int_equal(first("0 event app=%c3%BC what=stop"), 1);
	assert_string_equal(event.texts[TRACE_APP], "\xC3\xBC");
}

static void words_are_numbered_as_the_collector_numbers_them(void **state)
{
	(void)state;
	assert_int_equal(first("0 event app=a engine=e what=freewheel_off"), 1);
	assert_int_equal(event.values[TRACE_WHAT], TRACE_FREEWHEEL_OFF);
	assert_int_equal(first("0 event app=a what=closed"), 1);
	assert_int_equal(event.values[TRACE_WHAT], TRACE_CLOSED);
	assert_int_equal(first("0 collector start"), 1);
	assert_int_equal(event.kind, TRACE_COLLECTOR);
	assert_int_equal(event.values[TRACE_RUN], TRACE_RUN_START);
	assert_string_equal(trace_word(TRACE_REASON, 3), "unwatched");
	assert_null(trace_word(TRACE_NS, 3));
}

static void each_bad_line_has_its_complaint(void **state)
{
	static const struct {
		const char *line, *complaint;
	} bad[] = {
		{ "1", "\"\" is no event (see audiowatchd(1), TRACES)" },
		{ "x end", "\"x\" is no time: seconds with at most nine decimals (try 0)" },
		{ "-1 end", "\"-1\" is no time: seconds with at most nine decimals (try 0)" },
		{ "1. end", "\"1.\" is no time: seconds with at most nine decimals (try 0)" },
		{ ".5 end", "\".5\" is no time: seconds with at most nine decimals (try 0)" },
		{ "0.1234567890 end",
		  "\"0.1234567890\" is no time: seconds with at most nine decimals (try 0)" },
		{ "31622400.000000001 end",
		  "\"31622400.000000001\" is beyond 366 days, 31622400 s (try a shorter trace)" },
		{ "1000000000000000 end",
		  "\"1000000000000000\" is beyond 366 days, 31622400 s (try a shorter trace)" },
		{ "1 render app=a engine=e ns=281474976710656 n=16385",
		  "n: \"16385\" times ns is more than 4611686018427387904 (try n=16384)" },
		{ "1 ffi app=a function=f ns=18446744073709551615 ok=1 n=4294967295",
		  "n: \"4294967295\" times ns is more than 4611686018427387904 (try n=16384)" },
		{ "1 render app=a engine=e ns=1 late_ns=2000000000 n=4294967295",
		  "n: \"4294967295\" times late_ns is more than 4611686018427387904 (try "
		  "n=2305843009)" },
		{ "1 render app=a engine=e ns=1 missed=4294967295 n=4294967295",
		  "n: \"4294967295\" times missed is more than 4611686018427387904 (try "
		  "n=1073741824)" },
		{ "1 rendr app=a", "\"rendr\" is no event (did you mean render?)" },
		{ "1 render app=a engine=e ns=x", "ns: \"x\" is no count (try 3000000)" },
		{ "1 render app=a engine=e ns=", "ns: \"\" is no count (try 3000000)" },
		{ "1 render app=a engine=e ns=18446744073709551616",
		  "ns: \"18446744073709551616\" is no count (try 3000000)" },
		{ "1 render app=a engine=e ns=1 missed=4294967296",
		  "missed: \"4294967296\" is no count from 0 to 4294967295 (try 1)" },
		{ "1 component down=1", "component: needs name (try name=history)" },
		{ "1 component name=history down=2", "down: \"2\" is none of its words (try 1)" },
		{ "1 tick", "tick: needs n (try n=1)" },
		{ "1.9 tick n=2", "n: \"2\" is not due before 2 s (try a later time)" },
		{ "1 xrun app=a engine=e source=jack ago_ns=1",
		  "\"ago_ns\" is no field of this event (see audiowatchd(1), TRACES)" },
		{ "1 render app=a engine=e ns=1 n=0", "n: \"0\" is none at all (try n=1)" },
		{ "1 ffi_end id=1 ok=1 n=2",
		  "n: a call ends once (try n=1, or n=0: it counts nowhere)" },
		{ "1 render app=a engine=e", "render: needs ns (try ns=3000000)" },
		{ "1 render app=a engine=e ns=1 nss=1",
		  "\"nss\" is no field of this event (did you mean ns?)" },
		{ "1 render app=a engine=e ns=1 function=f",
		  "\"function\" is no field of this event (see audiowatchd(1), TRACES)" },
		{ "1 render app=a engine=e ns=1 ns=1", "ns: is said twice (leave one out)" },
		{ "1 render app=a engine=e ns=1 slow",
		  "\"slow\" is no field=value (try a # before a comment)" },
		{ "1 render app= engine=e ns=1", "app: \"\" is no name (try daw)" },
		{ "1 event app=a=b what=stop",
		  "app: \"a=b\" is no encoded text: bytes outside [A-Za-z0-9_.:/#-] are written "
		  "%XX, none of them %00 (try daw)" },
		{ "1 event app=a%0 what=stop",
		  "app: \"a%0\" is no encoded text: bytes outside [A-Za-z0-9_.:/#-] are written "
		  "%XX, none of them %00 (try daw)" },
		{ "1 event app=%00 what=stop",
		  "app: \"%00\" is no encoded text: bytes outside [A-Za-z0-9_.:/#-] are written "
		  "%XX, none of them %00 (try daw)" },
		{ "1 ffi app=a function=f ns=1 ok=2", "ok: \"2\" is none of its words (try 1)" },
		{ "1 xrun app=a engine=e source=jakc",
		  "source: \"jakc\" is none of its words (try jack)" },
		{ "1 event app=a what=active", "event: needs engine (try engine=main)" },
		{ "1 collector", "collector: needs collector (try stop)" },
		{ "1 collector halt", "collector: \"halt\" is none of its words (try start)" },
		{ "1 collector collector=stop",
		  "\"collector\" is no field of this event (see audiowatchd(1), TRACES)" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		char want[TRACE_ERROR_SIZE];

		snprintf(want, sizeof want, "t:2: %s", bad[i].complaint);
		assert_int_equal(first(bad[i].line), -EINVAL);
		assert_string_equal(error, want);
	}
}

static void a_name_that_no_engine_can_have_is_refused(void **state)
{
	char line[512] = "1 event what=stop app=";

	(void)state;
	memset(line + strlen(line), 'a', 193);
	assert_int_equal(first(line), -EINVAL);
	assert_non_null(strstr(error, "is longer than 192 bytes (try daw)"));
}

/* How the lines are taken, from the first to the one that is no good. */
static void assert_ends_with(const char *text, int status, const char *complaint)
{
	struct trace trace = trace_of("t", text, strlen(text));
	int got;

	error[0] = '\0';
	do
		got = trace_next(&trace, &event, error);
	while (got > 0);
	assert_int_equal(got, status);
	assert_string_equal(error, complaint);
}

static void a_trace_has_a_header_and_at_most_one_end(void **state)
{
	(void)state;
	assert_ends_with("# a remark\n" TRACE_HEADER "  \n1 end", 0, "");
	assert_ends_with(TRACE_HEADER, 0, "");
	assert_ends_with("", -EINVAL, "t:0: \"\" is no trace (try audiowatch-trace 1)");
	assert_ends_with("audiowatch-trace 2\n", -EINVAL,
			 "t:1: \"audiowatch-trace 2\" is no header of a trace (try "
			 "audiowatch-trace 1)");
	assert_ends_with(TRACE_HEADER "\n1 end\n# that is all\n1 end", -EINVAL,
			 "t:4: comes after end (leave one of them out)");
}

static void time_never_falls(void **state)
{
	(void)state;
	assert_ends_with(TRACE_HEADER "\n2.5 event app=a what=stop\n2.5 event app=a what=cont\n"
				      "2.499999999 end",
			 -EINVAL, "t:4: \"2.499999999\" is before 2.5, the time above (try 2.5)");
}

static void ticks_rise(void **state)
{
	(void)state;
	assert_ends_with(TRACE_HEADER "\n3 tick n=1\n3 tick n=3\n9 end", 0, "");
	assert_ends_with(TRACE_HEADER "\n3 tick n=3\n9 tick n=3", -EINVAL,
			 "t:3: n: \"3\" is no tick behind 3 (try n=4)");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_event_says_what_its_line_says),
		cmocka_unit_test(what_is_not_said_is_one_call_of_instance_0),
		cmocka_unit_test(times_are_exact_to_the_nanosecond),
		cmocka_unit_test(comments_and_blanks_say_nothing),
		cmocka_unit_test(any_name_comes_through),
		cmocka_unit_test(words_are_numbered_as_the_collector_numbers_them),
		cmocka_unit_test(each_bad_line_has_its_complaint),
		cmocka_unit_test(a_name_that_no_engine_can_have_is_refused),
		cmocka_unit_test(a_trace_has_a_header_and_at_most_one_end),
		cmocka_unit_test(time_never_falls),
		cmocka_unit_test(ticks_rise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
