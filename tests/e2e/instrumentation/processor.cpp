/* SPDX-License-Identifier: MIT */
/* Two instances of the processor in one host: one plays, one bounces; then the first is released. */
#include "hold.inc"
#undef aw_close

#include "processor.hpp"

int main()
{
	Processor live, bouncing;
	float samples[64] = { 1 };
	float *const channels[1] = { samples };

	live.prepare(48000, 64, false);
	live.track_renamed("Lead");
	bouncing.prepare(44100, 512, true);
	for (int block = 0; block < 5; block++)
		live.process(channels, 64);
	for (int block = 0; block < 7; block++)
		bouncing.process(nullptr, 512);
	live.release();
	hold();
	return samples[0] == 1.0f / 32 ? 0 : 1;
}
