/* SPDX-License-Identifier: MIT */
/* Traces that something went over: each is either judged to its end or refused in one line that names its place, and a
 * judged one is judged the same again. AW_MUTATIONS says how many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/replay.h"
#include "tests/support/random.h"

#define S UINT64_C(1000000000)

enum { MUTATIONS = 400, SIZE = 8192, LONGEST_S = 400 };

static const char whole[] =
	TRACE_HEADER "\n"
		     "0 engine app=a engine=e rate=48000 frames=256 ago_ns=5\n"
		     "0.005 render app=a engine=e ns=3000000 n=7 late_ns=1000 missed=1 frames=128\n"
		     "0.006 ffi app=a function=f ns=120000000 ok=0 n=9\n"
		     "0.5 component name=history down=1\n"
		     "1 tick n=1\n"
		     "2.0 ffi_begin app=a function=f id=7 ago_ns=100\n"
		     "2.5 render_begin app=a engine=e instance_id=3 ago_ns=2000000000\n"
		     "3.0 xrun app=a engine=e source=jack delay_ns=0\n"
		     "3.5 lost app=a reason=lapped n=12 # many\n"
		     "4.0 event app=a engine=e what=active\n"
		     "4.5 tick n=4\n"
		     "5 event app=a what=stop\n"
		     "6 event app=a what=cont\n"
		     "7 render_end app=a engine=e instance_id=3\n"
		     "8 ffi_end id=7 ok=1\n"
		     "9 collector stop\n"
		     "12 collector start\n"
		     "20.25 tick n=20\n"
		     "30 event app=a engine=e what=freewheel_on\n"
		     "40 event app=a what=dead\n"
		     "300 render app=a%20b engine=e%C3%BC ns=30000000\n"
		     "301 tick n=301\n"
		     "301 end\n";

struct mutant {
	char text[SIZE];
	size_t length;
};

static void put(struct mutant *mutant, size_t at, const char *bytes, size_t n)
{
	if (mutant->length + n > SIZE)
		return;
	memmove(mutant->text + at + n, mutant->text + at, mutant->length - at);
	memcpy(mutant->text + at, bytes, n);
	mutant->length += n;
}

static void cut(struct mutant *mutant, size_t at, size_t n)
{
	if (n > mutant->length - at)
		n = mutant->length - at;
	memmove(mutant->text + at, mutant->text + at + n, mutant->length - at - n);
	mutant->length -= n;
}

/* What numbers and words break on. */
static const char *const bad[] = { "18446744073709551615",
				   "4294967295",
				   "9223372036854775807",
				   "-1",
				   "0",
				   "=",
				   "%",
				   "%00",
				   "#",
				   "\n",
				   " ",
				   "\n5 end\n",
				   "n=0",
				   "ago_ns=",
				   "1000000000000000",
				   "4611686018427387903",
				   ".999999999" };

static void mutate(struct mutant *mutant, struct random *random)
{
	const size_t at = random_below(random, mutant->length + 1);
	const char *word = bad[random_below(random, sizeof bad / sizeof *bad)];
	char line[256];
	size_t n = 0;

	switch (random_below(random, 12)) {
	case 0:
		if (at < mutant->length)
			mutant->text[at] ^= (char)(1 << random_below(random, 8));
		break;
	case 1:
		put(mutant, at, word, strlen(word));
		break;
	case 2:
		cut(mutant, at, random_below(random, 12));
		break;
	case 3: /* a line again, elsewhere */
		while (at + n < mutant->length && n < sizeof line && mutant->text[at + n] != '\n')
			n++;
		memcpy(line, mutant->text + at, n < sizeof line ? n : 0);
		put(mutant, random_below(random, mutant->length + 1), line, n < sizeof line ? n : 0);
		break;
	default: /* a digit */
		for (n = at; n < mutant->length; n++)
			if (mutant->text[n] >= '0' && mutant->text[n] <= '9') {
				mutant->text[n] = (char)('0' + random_below(random, 10));
				break;
			}
	}
}

/* What is longer is judged just so, and only for longer. */
static bool is_short(const struct mutant *mutant)
{
	struct trace trace = trace_of("t", mutant->text, mutant->length);
	struct trace_event event = { 0 };
	char error[TRACE_ERROR_SIZE];

	while (trace_next(&trace, &event, error) > 0)
		;
	return trace.at_ns < LONGEST_S * S;
}

static int replay(const struct mutant *mutant, char **told, char error[TRACE_ERROR_SIZE])
{
	size_t size;
	FILE *out = open_memstream(told, &size);
	int status;

	assert_non_null(out);
	status = replay_text(&(struct replay_options){ .rules = rule_defaults,
						       .rule_count = rule_default_count,
						       .verdicts = true,
						       .out = out,
						       .slos = slo_defaults,
						       .slo_count = slo_default_count },
			     trace_of("t", mutant->text, mutant->length), error);
	fclose(out);
	return status;
}

/* True: it was judged. */
static bool check(const struct mutant *mutant)
{
	char error[TRACE_ERROR_SIZE] = "", *told = NULL, *again = NULL;
	const int status = replay(mutant, &told, error);

	assert_true(status == 0 || status == -EINVAL);
	if (status) {
		assert_string_equal(told, "");
		assert_memory_equal(error, "t:", 2);
		assert_null(strchr(error, '\n'));
	} else {
		assert_int_equal(replay(mutant, &again, error), 0);
		assert_string_equal(told, again);
	}
	free(told);
	free(again);
	return !status;
}

static void what_went_over_a_trace_is_judged_or_refused(void **state)
{
	const char *many = getenv("AW_MUTATIONS");
	const unsigned long runs = many ? strtoul(many, NULL, 10) : MUTATIONS;
	struct random random = random_seeded("mutated traces");
	unsigned long judged = 0, refused = 0;

	(void)state;
	for (unsigned long i = 0; i < runs; i++) {
		struct mutant mutant = { .length = sizeof whole - 1 };

		memcpy(mutant.text, whole, mutant.length);
		for (uint64_t n = 1 + random_below(&random, 2); n; n--)
			mutate(&mutant, &random);
		if (!is_short(&mutant))
			continue;
		if (check(&mutant))
			judged++;
		else
			refused++;
	}
	assert_true(judged > runs / 10);
	assert_true(refused > runs / 10);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_went_over_a_trace_is_judged_or_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
