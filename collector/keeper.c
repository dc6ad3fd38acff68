/* SPDX-License-Identifier: MIT */
/* What outlives the collector: back at start, and saved while it runs. Main at start, then the poll thread. */
#include "collector/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/fault.h"

#define MINUTE_NS (60 * NS_A_SECOND)
#define RETRY_NS (5 * NS_A_SECOND)

void keeper_add(struct keeper *keeper, const struct memory_section *section)
{
	if (keeper->section_count < KEEPER_SECTIONS)
		keeper->sections[keeper->section_count++] = *section;
}

/* ---- at start ---- */

/* "" where the kernel does not say: like no other. */
static void read_boot(char boot[MEMORY_BOOT_SIZE])
{
	const int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	const ssize_t got = fd < 0 ? -1 : read(fd, boot, MEMORY_BOOT_SIZE - 1);

	boot[got > 0 ? got : 0] = '\0';
	boot[strspn(boot, "0123456789abcdef-")] = '\0';
	if (fd >= 0)
		close(fd);
}

static void tell_restored(const struct keeper *keeper, const struct memory_read *read)
{
	log_event(keeper->log, LOG_INFO, "memory", "state restored",
		  (const struct log_field[]){
			  { "alerts", NULL, keeper->alerts.restored },
			  { "silences", NULL, keeper->kept.count },
			  { "firings", NULL, casebook_firings(keeper->firings.cases) },
			  { "seconds", NULL, memory_gap_s(&read->gap) },
			  { "ended", read->gap.saved.clean ? "clean" : "killed", 0 },
			  { NULL, NULL, 0 } });
	if (read->refused)
		log_event(keeper->log, LOG_WARN, "memory", "lines of the state were left out",
			  (const struct log_field[]){ { "lines", NULL, read->refused },
						      { "of", NULL, read->lines },
						      { NULL, NULL, 0 } });
}

/* It stays for whoever wants to know, and we begin without. */
static void refuse(const struct keeper *keeper, const char *dir, const char *why)
{
	const int status = memory_file_refuse(keeper->file);

	log_event(keeper->log, LOG_WARN, "memory",
		  status ? "the state is not used, and will be written over"
			 : "the state is not used; it is kept as state.refused",
		  (const struct log_field[]){
			  { "dir", dir, 0 }, { "why", why, 0 }, { NULL, NULL, 0 } });
}

static void restore(struct keeper *keeper, const char *dir)
{
	const struct memory_sections sections = { keeper->sections, keeper->section_count };
	struct memory_read read = { .gap.now.at = instant_next(&(struct instant){ 0 }) };
	char error[MEMORY_ERROR_SIZE];
	size_t length;
	int status;
	char *text = memory_file_read(keeper->file, &length, &status);

	memcpy(read.gap.now.boot, keeper->boot, sizeof keeper->boot);
	if (status)
		refuse(keeper, dir, fault_text(-status));
	else if (text && memory_restore(&sections, text, length, &read, error))
		refuse(keeper, dir, error);
	else if (text)
		tell_restored(keeper, &read);
	free(text);
}

static void save_slo(void *context, FILE *out)
{
	slo_save(context, out);
}

static bool restore_slo(void *context, const struct memory_gap *gap, const char *line)
{
	(void)gap; /* the minutes know their own time */
	return slo_restore(context, line);
}

static void go_without(const struct keeper *keeper, int fault)
{
	selfwatch_down(keeper->self, keeper->part, fault);
	log_event(keeper->log, LOG_WARN, "memory", "nothing will outlive this collector",
		  (const struct log_field[]){ { "error", fault_text(fault), 0 },
					      { "cure", fault_cure(fault), 0 },
					      { NULL, NULL, 0 } });
}

void keeper_open(struct keeper *keeper, const char *dir)
{
	keeper->silences = (struct silence_memory){ silence_desk_seen(keeper->desk), &keeper->kept };
	keeper_add(keeper,
		   &(struct memory_section){ "alerts", &keeper->alerts, judge_save, judge_restore });
	keeper_add(keeper, &(struct memory_section){ "silences", &keeper->silences, silence_save,
						     silence_restore });
	keeper_add(keeper, &(struct memory_section){ "told", &keeper->firings, casebook_save_told,
						     casebook_restore_told });
	keeper_add(keeper,
		   &(struct memory_section){ "firings", &keeper->firings, casebook_save_firings,
					     casebook_restore_firing });
	keeper_add(keeper,
		   &(struct memory_section){ "objectives", keeper->slo, save_slo, restore_slo });
	read_boot(keeper->boot);
	if (dir)
		keeper->file = memory_file_open(&(struct memory_file_owner){
			dir, keeper->log, keeper->self, keeper->part, keeper->receipts });
	if (keeper->file)
		restore(keeper, dir);
	else
		go_without(keeper, dir ? ENOMEM : FAULT_NO_FOLDER);
	silence_desk_open(keeper->desk, &keeper->kept);
}

void keeper_close(struct keeper *keeper)
{
	memory_file_close(keeper->file);
	keeper->file = NULL;
	casebook_memory_free(&keeper->firings);
}

/* ---- while it runs ---- */

/* What fails is tried again, and no more often for a timer that runs: each try costs a disk that is in trouble. */
static uint64_t period_ns(const struct keeper *keeper)
{
	if (keeper->file && memory_file_fault(keeper->file))
		return RETRY_NS;
	return keeper->alerts.timed ? NS_A_SECOND : MINUTE_NS;
}

/* How the file fares. */
static void look(const struct keeper *keeper, const struct instant *at)
{
	const struct memory_file_counts counts = memory_file_counts(keeper->file);

	(void)memory_file_hangs(keeper->file, at->now_ns);
	keeper->self->counts.state_writes = counts.written;
	keeper->self->counts.state_failures = counts.failed;
}

bool keeper_is_due(const struct keeper *keeper, const struct instant *at)
{
	if (keeper->file)
		look(keeper, at);
	return !keeper->saved_ns || at->now_ns - keeper->saved_ns >= period_ns(keeper);
}

bool keeper_hear(struct keeper *keeper)
{
	const uint64_t before = keeper->ticket;

	keeper->ticket = receipts_newest(keeper->receipts);
	return keeper->ticket != before;
}

/* What is known without the disk: nobody waits for one that hangs. */
static void settle(const struct keeper *keeper, int fault)
{
	if (fault)
		receipts_settle(keeper->receipts, keeper->ticket, fault);
}

/* Where there is no memory the file of before stands. */
void keeper_save(struct keeper *keeper, const struct instant *at, bool clean)
{
	const struct memory_sections sections = { keeper->sections, keeper->section_count };
	struct memory_stamp stamp = { .at = *at, .clean = clean };
	size_t length;
	char *text;

	if (!keeper->file) {
		settle(keeper, FAULT_NO_FOLDER);
		return;
	}
	memcpy(stamp.boot, keeper->boot, sizeof stamp.boot);
	text = memory_text(&sections, &stamp, &length);
	if (text)
		memory_file_put(keeper->file, text, length, keeper->ticket);
	else
		selfwatch_down(keeper->self, keeper->part, ENOMEM);
	settle(keeper, !text						? ENOMEM
		       : memory_file_fault(keeper->file) == FAULT_HANGS ? FAULT_HANGS
									: 0);
	keeper->saved_ns = at->now_ns;
}

void keeper_rest(struct keeper *keeper)
{
	receipts_close(keeper->receipts, keeper->ticket);
}
