/* SPDX-License-Identifier: MIT */
/* Two blocks at the card's pace, a bounce of nine, and a late block that made the card leave out three. */
#include "hold.inc"

#include "bounce.c"

int main(void)
{
	struct aw_session *session;
	struct aw_engine *engine;

	aw_open(NULL, &session);
	aw_engine_new(session, "card", &engine);
	aw_engine_format(engine, 48000, 512);
	card_reported(engine, 4000000, 0);
	card_reported(engine, 4000000, 0);
	bounce(engine, 9);
	card_reported(engine, 12000000, 3);
	aw_close(session);
	return 0;
}
