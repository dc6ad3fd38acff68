/* SPDX-License-Identifier: MIT */
/* Tests of collector/json_put.c: what is put is what a reader of JSON reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "collector/json_put.h"

struct sheet {
	FILE *out;
	char *text;
	size_t length;
	struct json_put put;
};

static void begin(struct sheet *sheet)
{
	sheet->out = open_memstream(&sheet->text, &sheet->length);
	assert_non_null(sheet->out);
	sheet->put = json_put_begin(sheet->out);
}

static void end(struct sheet *sheet)
{
	json_put_end(&sheet->put);
	assert_int_equal(fclose(sheet->out), 0);
}

static void members_stand_in_their_order_and_their_objects(void **state)
{
	struct sheet sheet;

	(void)state;
	begin(&sheet);
	json_put_text(&sheet.put, "a", "b");
	json_put_text(&sheet.put, "none", NULL);
	json_put_object(&sheet.put, "ages");
	json_put_number(&sheet.put, "c", 0);
	json_put_bool(&sheet.put, "d", true);
	json_put_end(&sheet.put);
	json_put_object(&sheet.put, "empty");
	json_put_end(&sheet.put);
	json_put_bool(&sheet.put, "e", false);
	end(&sheet);
	assert_string_equal(sheet.text, "{\"a\":\"b\",\"none\":\"\",\"ages\":{\"c\":0,\"d\":true},"
					"\"empty\":{},\"e\":false}");
	free(sheet.text);
	begin(&sheet);
	end(&sheet);
	assert_string_equal(sheet.text, "{}");
	free(sheet.text);
}

static void every_byte_of_a_text_is_read_as_it_was(void **state)
{
	char all[0x80 + sizeof "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x8E\xB5"];
	struct sheet sheet;
	json_t *read;

	(void)state;
	for (unsigned i = 0; i + 1 < 0x80; i++)
		all[i] = (char)(i + 1);
	strcpy(all + 0x7F, "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x8E\xB5");
	begin(&sheet);
	json_put_text(&sheet.put, "all", all);
	end(&sheet);
	for (size_t i = 0; i < sheet.length; i++)
		assert_true((unsigned char)sheet.text[i] >= ' ' && sheet.text[i] != 0x7F);
	read = json_loads(sheet.text, 0, NULL);
	assert_string_equal(json_string_value(json_object_get(read, "all")), all);
	json_decref(read);
	free(sheet.text);
}

static void numbers_are_read_as_they_were_whatever_their_sign(void **state)
{
	static const uint64_t numbers[] = {
		0, 9, 10, INT64_MAX, UINT64_MAX, UINT64_C(1) << 63, UINT64_MAX - 9
	};

	(void)state;
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		struct sheet sheet;
		json_t *read;

		begin(&sheet);
		json_put_number(&sheet.put, "n", numbers[i]);
		end(&sheet);
		read = json_loads(sheet.text, 0, NULL);
		assert_true(json_is_integer(json_object_get(read, "n")));
		assert_true((uint64_t)json_integer_value(json_object_get(read, "n")) == numbers[i]);
		json_decref(read);
		free(sheet.text);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_stand_in_their_order_and_their_objects),
		cmocka_unit_test(every_byte_of_a_text_is_read_as_it_was),
		cmocka_unit_test(numbers_are_read_as_they_were_whatever_their_sign),
	};

	return cmocka_run_group_tests_name("json_put", tests, NULL, NULL);
}
