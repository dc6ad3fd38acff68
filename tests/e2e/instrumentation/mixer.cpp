/* SPDX-License-Identifier: MIT */
/* The mixer on a pool of the plainest kind: a thread a task. */
#include "hold.inc"
#undef aw_close

#include <thread>
#include <vector>

#include "mixer.hpp"

struct Pool {
	std::vector<std::thread> threads;

	template <class Task> void fork(Task task)
	{
		threads.emplace_back(task);
	}

	void join()
	{
		for (std::thread &thread : threads)
			thread.join();
		threads.clear();
	}
};

int main()
{
	aw::session session = aw::session::open();
	Mixer mixer(session);
	Pool pool;

	aw_engine_format(mixer.engine, 48000, 256);
	for (int block = 0; block < 20; block++)
		mixer.render(pool, 256);
	hold();
	return 0; /* the session closes, and with it the last block's channels are counted, too */
}
