/* SPDX-License-Identifier: MIT */
/* Tests of collector/snapshot.c, of routes.c and json.c that answer from it: a picture is whole
 * and does not change, threads may read while it is replaced, and what each path answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "collector/catalogue.h"
#include "collector/routes.h"
#include "collector/snapshot.h"
#include "http/page.h"
#include "http/route.h"

#include <errno.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define S NS_A_SECOND
#define NOW (1000 * S)

/* ---- a book with one of everything ---- */

static struct ledger *fill(struct ledger_book *book, uint64_t blocks)
{
	const struct ledger_identity who = { .app = "app", .version = "1.2", .id = "00ff", .pid = 42 };
	struct ledger *ledger = book->count ? book->ledgers[0] : ledger_open(book, &who, 16);
	struct series *engine =
		ledger_bind(ledger, &(struct series_key){ AW_KIND_ENGINE, 0, "", "main" }, NOW);
	struct series *channel =
		ledger_bind(ledger, &(struct series_key){ AW_KIND_CHANNEL, 0, "main", "left" }, NOW);
	struct series *function =
		ledger_bind(ledger, &(struct series_key){ AW_KIND_FUNCTION, 0, "", "f" }, NOW);

	ledger_feed(ledger, engine, &(struct engine_counts){ .blocks = blocks, .cycles = blocks });
	ledger_feed(ledger, channel, &(struct channel_counts){ .sum_ns = blocks });
	ledger_feed(ledger, function, &(struct function_counts){ .calls = blocks });
	ledger_account(ledger, &(struct session_counts){ blocks, blocks, { 0 } });
	(void)series_title(engine, "Drums");
	engine->engine_now.state = STATE_LIVE;
	return ledger;
}

static struct snapshot *picture_of(const struct ledger_book *book, uint64_t now_ns)
{
	static const struct selfwatch_counts none;
	const struct instant at = { .now_ns = now_ns };
	size_t size;

	return snapshot_new(&(struct snapshot_subject){ .book = book, .self = &none, .at = &at },
			    &size);
}

static void a_picture_holds_what_the_book_holds(void **state)
{
	struct ledger_book book = { 0 };
	struct snapshot *snapshot;
	const struct snapshot_session *session;

	(void)state;
	fill(&book, 7);
	snapshot = picture_of(&book, NOW);
	ledger_deinit(&book); /* it is a copy */
	assert_int_equal(snapshot->session_count, 1);
	session = snapshot->sessions;
	assert_string_equal(session->app, "app");
	assert_string_equal(session->instance_id, "0");
	assert_string_equal(session->id, "00ff");
	assert_string_equal(session->version, "1.2");
	assert_int_equal(session->pid, 42);
	assert_int_equal(session->counts.published, 7);
	assert_int_equal(session->engine_count, 1);
	assert_string_equal(session->engines[0].name, "main");
	assert_string_equal(session->engines[0].title, "Drums");
	assert_int_equal(session->engines[0].counts.blocks, 7);
	assert_int_equal(session->engines[0].state, STATE_LIVE);
	assert_string_equal(session->channels[0].engine, "main");
	assert_string_equal(session->channels[0].name, "left");
	assert_string_equal(session->functions[0].name, "f");
	assert_int_equal(session->functions[0].counts.calls, 7);
	snapshot_free(snapshot);
}

static void what_has_ended_shows_less_and_less(void **state)
{
	static const struct {
		uint64_t now_ns;
		bool counted, stated;
		unsigned channels;
	} rows[] = {
		{ NOW, true, true, 1 },
		{ NOW + 299 * S, true, true, 1 },
		{ NOW + 300 * S, false, true, 0 },
	};
	struct ledger_book book = { 0 };

	(void)state;
	ledger_end(fill(&book, 7), LEDGER_DEAD, NOW);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct snapshot *snapshot = picture_of(&book, rows[i].now_ns);
		const struct snapshot_session *session = snapshot->sessions;

		assert_false(session->present);
		assert_int_equal(session->counted, rows[i].counted);
		assert_int_equal(session->channel_count, rows[i].channels);
		assert_int_equal(session->function_count, rows[i].channels);
		assert_int_equal(session->engine_count, 1);
		assert_false(session->engines[0].present);
		assert_int_equal(session->engines[0].counted, rows[i].counted);
		assert_int_equal(session->engines[0].stated, rows[i].stated);
		assert_int_equal(session->engines[0].state, STATE_DEAD);
		snapshot_free(snapshot);
	}
	ledger_deinit(&book);
}

static void a_closed_session_is_gone_after_five_minutes(void **state)
{
	struct ledger_book book = { 0 };
	struct snapshot *snapshot;

	(void)state;
	ledger_end(fill(&book, 7), LEDGER_CLOSED, NOW);
	snapshot = picture_of(&book, NOW + 299 * S);
	assert_int_equal(snapshot->sessions[0].engines[0].state, STATE_CLOSED);
	assert_true(snapshot->sessions[0].engines[0].stated);
	snapshot_free(snapshot);
	snapshot = picture_of(&book, NOW + 300 * S);
	assert_int_equal(snapshot->sessions[0].engine_count, 0);
	snapshot_free(snapshot);
	ledger_deinit(&book);
}

/* ---- publishing ---- */

static void an_alert_has_one_time_stamp_whenever_its_picture_is_made(void **state)
{
	static const struct rule always = { .name = "On", .enabled = true, .signal = SIGNAL_ALWAYS };
	static const struct selfwatch_counts none;
	struct judge *judge =
		judge_new(&(struct judge_options){ .rules = &always, .rule_count = 1 });
	struct ledger_book book = { 0 };

	(void)state;
	assert_non_null(judge);
	for (uint64_t tick = 0; tick < 3; tick++) {
		const struct instant at = { .now_ns = NOW, .real_ns = (2000 + tick) * S + S / 2 };
		struct snapshot *picture;
		size_t size;

		judge_begin(judge, tick, (2000 + tick) * S);
		(void)judge_end(judge);
		picture = snapshot_new(
			&(struct snapshot_subject){ .book = &book,
						    .judge = judge,
						    .self = &none,
						    .at = &at,
						    .evaluated_real_ns = (2000 + tick) * S },
			&size);
		assert_non_null(picture);
		assert_int_equal(picture->alert_count, 1);
		assert_int_equal(picture->judged.active, 1);
		assert_int_equal(picture->alerts[0].active_real_ns, 2000 * S);
		assert_int_equal(picture->alerts[0].fired_real_ns, 2000 * S);
		snapshot_free(picture);
	}
	judge_free(judge);
}

static void generations_count_from_one(void **state)
{
	struct snapshot_board *board = snapshot_board_new();
	struct ledger_book book = { 0 };

	(void)state;
	assert_null(snapshot_read_lock(board));
	snapshot_read_unlock(board);
	for (unsigned i = 1; i <= 3; i++) {
		snapshot_publish(board, picture_of(&book, NOW));
		assert_int_equal(snapshot_read_lock(board)->generation, i);
		snapshot_read_unlock(board);
	}
	snapshot_board_free(board);
}

enum { READERS = 3, PICTURES = 3000 };

struct reading {
	const struct snapshot_board *board;
	uint64_t last, seen, torn;
};

/* All numbers of one picture are the same, and pictures come in order. */
static void *read_pictures(void *context)
{
	struct reading *reading = context;

	while (reading->last < PICTURES) {
		const struct snapshot *snapshot = snapshot_read_lock(reading->board);
		const struct snapshot_session *session = snapshot ? snapshot->sessions : NULL;

		if (session) {
			const uint64_t blocks = session->engines[0].counts.blocks;

			reading->torn += blocks != session->channels[0].counts.sum_ns ||
					 blocks != session->functions[0].counts.calls ||
					 blocks != session->counts.delivered ||
					 snapshot->generation < reading->last ||
					 strcmp(session->engines[0].title, "Drums") != 0;
			reading->last = snapshot->generation;
			reading->seen++;
		}
		snapshot_read_unlock(reading->board);
	}
	return NULL;
}

static void readers_see_whole_pictures_while_they_are_replaced(void **state)
{
	struct snapshot_board *board = snapshot_board_new();
	struct ledger_book book = { 0 };
	struct reading readings[READERS];
	pthread_t threads[READERS];

	(void)state;
	for (unsigned i = 0; i < READERS; i++) {
		readings[i] = (struct reading){ .board = board };
		assert_int_equal(pthread_create(&threads[i], NULL, read_pictures, &readings[i]), 0);
	}
	for (uint64_t i = 1; i <= PICTURES; i++) {
		fill(&book, i);
		snapshot_publish(board, picture_of(&book, NOW));
	}
	for (unsigned i = 0; i < READERS; i++) {
		pthread_join(threads[i], NULL);
		assert_true(readings[i].seen > 0);
		assert_int_equal(readings[i].torn, 0);
	}
	snapshot_board_free(board);
	ledger_deinit(&book);
}

/* ---- routes ---- */

struct stand {
	struct snapshot_board *board;
	struct selfwatch self;
	struct service service;
	struct ledger_book book;
};

static int make_stand(void **state)
{
	struct stand *stand = calloc(1, sizeof *stand);

	stand->board = snapshot_board_new();
	stand->self.started_ns = instant_clock_ns(CLOCK_MONOTONIC);
	stand->service = (struct service){ .board = stand->board,
					   .self = &stand->self,
					   .metrics = http_page_new(),
					   .profile = CATALOGUE_STANDARD };
	routes_init(&stand->service);
	fill(&stand->book, 7);
	*state = stand;
	return 0;
}

static int free_stand(void **state)
{
	struct stand *stand = *state;

	http_page_free(stand->service.metrics);
	snapshot_board_free(stand->board);
	ledger_deinit(&stand->book);
	free(stand);
	return 0;
}

static const char *asked_format;

static const char *query(const struct http_request *request, const char *key)
{
	(void)request;
	return strcmp(key, "format") == 0 ? asked_format : NULL;
}

/* What a path answers, as text that drop() frees. */
static struct http_answer ask(struct stand *stand, const char *path)
{
	const struct http_request request = { .method = "GET", .path = path, .query = query };
	struct http_answer answer = { 0 };
	const struct http_route *routes;
	size_t count;

	routes = routes_table(&count);
	routes = http_route_find(routes, count, path);
	assert_non_null(routes);
	routes->answer(&stand->service, &request, &answer);
	assert_non_null(answer.body);
	return answer;
}

static unsigned status_of(const struct http_answer *answer)
{
	return answer->status ? answer->status : 200;
}

static void drop(struct http_answer *answer)
{
	if (answer->body_free)
		answer->body_free(answer->body_owner);
	else
		free(answer->body);
}

static json_t *json_of(const struct http_answer *answer)
{
	json_t *value = json_loadb(answer->body, answer->length, 0, NULL);

	assert_non_null(value);
	assert_int_equal(answer->body[answer->length - 1], '\n');
	return value;
}

static const char *text_at(const json_t *value, const char *key)
{
	return json_string_value(json_object_get(value, key));
}

static void metrics_are_503_before_the_first_poll_and_rendered_once_a_generation(void **state)
{
	struct stand *stand = *state;
	struct http_answer answer = ask(stand, "/metrics"), again;

	assert_int_equal(status_of(&answer), 503);
	drop(&answer);
	snapshot_publish(stand->board, picture_of(&stand->book, NOW));
	answer = ask(stand, "/metrics");
	again = ask(stand, "/metrics");
	assert_int_equal(status_of(&answer), 200);
	assert_string_equal(answer.content_type, "text/plain; version=0.0.4; charset=utf-8");
	assert_non_null(strstr(
		answer.body,
		"audio_engine_blocks_total{app=\"app\",instance_id=\"0\",engine=\"main\"} 7\n"));
	assert_ptr_equal(answer.body, again.body);
	drop(&again);
	snapshot_publish(stand->board, picture_of(&stand->book, NOW));
	again = ask(stand, "/metrics");
	assert_ptr_not_equal(answer.body, again.body);
	drop(&again);
	drop(&answer);
}

static void a_format_that_is_not_served_is_a_400(void **state)
{
	struct stand *stand = *state;
	struct http_answer answer;

	snapshot_publish(stand->board, picture_of(&stand->book, NOW));
	asked_format = "text";
	answer = ask(stand, "/metrics");
	assert_int_equal(status_of(&answer), 200);
	drop(&answer);
	asked_format = "xml";
	answer = ask(stand, "/metrics");
	asked_format = NULL;
	assert_int_equal(status_of(&answer), 400);
	assert_string_equal(answer.content_type, "application/problem+json");
	drop(&answer);
}

static void health_has_the_agreed_shape(void **state)
{
	static const char *const paths[] = { "/health", "/api/v1/health" };
	struct stand *stand = *state;

	selfwatch_poll(&stand->self, 1, instant_clock_ns(CLOCK_MONOTONIC));
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		struct http_answer answer = ask(stand, paths[i]);
		json_t *value = json_of(&answer);

		assert_int_equal(status_of(&answer), 200);
		assert_string_equal(answer.content_type, "application/json");
		assert_string_equal(text_at(value, "status"), "healthy");
		assert_int_equal(strlen(text_at(value, "timestamp")), 24);
		assert_non_null(text_at(value, "version"));
		assert_true(json_is_number(json_object_get(value, "uptime_seconds")));
		assert_string_equal(
			text_at(json_object_get(json_object_get(value, "components"), "poll"),
				"status"),
			"healthy");
		json_decref(value);
		drop(&answer);
	}
}

static void without_a_poll_for_five_seconds_it_is_unhealthy_and_not_alive(void **state)
{
	struct stand *stand = *state;
	struct http_answer answer;
	json_t *value;

	selfwatch_poll(&stand->self, 1, instant_clock_ns(CLOCK_MONOTONIC) - 5 * S);
	answer = ask(stand, "/health");
	value = json_of(&answer);
	assert_int_equal(status_of(&answer), 503);
	assert_string_equal(text_at(value, "status"), "unhealthy");
	json_decref(value);
	drop(&answer);
	answer = ask(stand, "/health/liveness");
	assert_int_equal(status_of(&answer), 503);
	drop(&answer);
}

static void a_part_that_fails_makes_it_degraded_and_is_named(void **state)
{
	struct stand *stand = *state;
	const unsigned part = selfwatch_component(&stand->self, "history");

	selfwatch_place(&stand->self, part, "/where");

	selfwatch_poll(&stand->self, 1, instant_clock_ns(CLOCK_MONOTONIC));
	for (unsigned down = 0; down < 2; down++) {
		struct http_answer answer;
		json_t *value, *parts;

		selfwatch_down(&stand->self, part, down ? ENOSPC : 0);
		answer = ask(stand, "/health");
		value = json_of(&answer);
		parts = json_object_get(value, "components");
		assert_int_equal(status_of(&answer), 200);
		assert_string_equal(text_at(value, "status"), down ? "degraded" : "healthy");
		assert_string_equal(text_at(json_object_get(parts, "history"), "status"),
				    down ? "degraded" : "healthy");
		if (down) {
			assert_string_equal(text_at(json_object_get(parts, "history"), "error"),
					    "No space left on device");
			assert_string_equal(text_at(json_object_get(parts, "history"), "place"),
					    "/where");
		}
		assert_string_equal(text_at(json_object_get(parts, "poll"), "status"), "healthy");
		json_decref(value);
		drop(&answer);
	}
}

static void liveness_has_the_agreed_shape(void **state)
{
	struct stand *stand = *state;
	struct http_answer answer =
		ask(stand, "/health/liveness"); /* the first poll is still to come, and not late */
	json_t *value = json_of(&answer);

	assert_int_equal(status_of(&answer), 200);
	assert_int_equal(json_object_size(value), 2);
	assert_string_equal(text_at(value, "status"), "alive");
	assert_int_equal(strlen(text_at(value, "timestamp")), 24);
	json_decref(value);
	drop(&answer);
}

static void a_dead_engine_is_no_business_of_health(void **state)
{
	struct stand *stand = *state;
	struct http_answer answer;

	ledger_end(stand->book.ledgers[0], LEDGER_DEAD, NOW);
	snapshot_publish(stand->board, picture_of(&stand->book, NOW));
	selfwatch_poll(&stand->self, 1, instant_clock_ns(CLOCK_MONOTONIC));
	answer = ask(stand, "/health");
	assert_int_equal(status_of(&answer), 200);
	drop(&answer);
}

static void the_front_page_lists_every_path(void **state)
{
	struct stand *stand = *state;
	struct http_answer answer = ask(stand, "/");
	const struct http_route *routes;
	size_t count;

	routes = routes_table(&count);
	assert_true(count >= 5);
	for (size_t i = 0; i < count; i++) {
		char line[64];

		snprintf(line, sizeof line, "\n%s\n", routes[i].path);
		assert_non_null(memmem(answer.body, answer.length, line, strlen(line)));
	}
	drop(&answer);
}

static void every_answer_is_counted_under_its_handler(void **state)
{
	struct stand *stand = *state;
	const struct http_route *routes;
	struct selfwatch_counts counts;
	size_t count;

	routes = routes_table(&count);
	for (size_t i = 0; i < count; i++)
		routes_counted(&stand->service, &routes[i], 200);
	routes_counted(&stand->service, NULL, 404);
	counts = selfwatch_read(&stand->self, NOW);
	assert_int_equal(counts.requests[selfwatch_handler(&stand->self, "health")][0], 2);
	assert_int_equal(counts.requests[selfwatch_handler(&stand->self, "metrics")][0], 1);
	assert_int_equal(counts.requests[selfwatch_handler(&stand->self, "none")][5], 1);
	assert_int_equal(selfwatch_codes[5], 404);
}

#define ROUTE(name) cmocka_unit_test_setup_teardown(name, make_stand, free_stand)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_picture_holds_what_the_book_holds),
		cmocka_unit_test(what_has_ended_shows_less_and_less),
		cmocka_unit_test(a_closed_session_is_gone_after_five_minutes),
		cmocka_unit_test(an_alert_has_one_time_stamp_whenever_its_picture_is_made),
		cmocka_unit_test(generations_count_from_one),
		cmocka_unit_test(readers_see_whole_pictures_while_they_are_replaced),
		ROUTE(metrics_are_503_before_the_first_poll_and_rendered_once_a_generation),
		ROUTE(a_format_that_is_not_served_is_a_400),
		ROUTE(health_has_the_agreed_shape),
		ROUTE(without_a_poll_for_five_seconds_it_is_unhealthy_and_not_alive),
		ROUTE(a_part_that_fails_makes_it_degraded_and_is_named),
		ROUTE(liveness_has_the_agreed_shape),
		ROUTE(a_dead_engine_is_no_business_of_health),
		ROUTE(the_front_page_lists_every_path),
		ROUTE(every_answer_is_counted_under_its_handler),
	};

	return cmocka_run_group_tests_name("snapshot", tests, NULL, NULL);
}
