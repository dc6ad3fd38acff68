/* SPDX-License-Identifier: MIT */
/* Numbers as people write them, and the one line that says what is wrong with one. Pure. */
#ifndef AUDIOWATCH_CLI_NUMBER_H
#define AUDIOWATCH_CLI_NUMBER_H

#include <stdint.h>

#define NS_A_SECOND UINT64_C(1000000000)
#define NS_A_MILLISECOND UINT64_C(1000000)

/* One line without its newline: place, value, cure. */
struct complaint {
	char text[320];
};

/* Fills in the complaint and returns -EINVAL; bytes that would break the line become '?'. */
__attribute__((format(printf, 2, 3))) int complain(struct complaint *complaint, const char *format,
						   ...);
/* Puts "place: " before what the complaint says and returns -EINVAL. */
int complain_at(struct complaint *complaint, const char *place);

/* What is accepted, and what the complaint proposes instead. */
struct range {
	double low, high;
	const char *cure;
	uint64_t unit_ns; /* of a time: NS_A_SECOND or NS_A_MILLISECOND */
};

/* 0, or -EINVAL and a complaint. */
int number_read(const char *text, const struct range *range, double *value,
		struct complaint *complaint);
/* The same, whole numbers only. */
int number_whole(const char *text, const struct range *range, uint64_t *value,
		 struct complaint *complaint);
/* The same, in the range's unit of time. */
int number_time(const char *text, const struct range *range, uint64_t *ns,
		struct complaint *complaint);
/* The same, with a unit behind the number: s, m, h or d; none is s. The range is in seconds. */
int number_duration(const char *text, const struct range *range, uint64_t *ns,
		    struct complaint *complaint);

#endif
