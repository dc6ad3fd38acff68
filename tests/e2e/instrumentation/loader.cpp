/* SPDX-License-Identifier: MIT */
/* The other side of the loader: a thread a call, all of which come back only when they are told to. Of six one fails. */
#include "hold.inc"
#undef aw_close

#include <cstring>
#include <future>
#include <vector>

#include "loader.hpp"

static std::promise<void> told;
static std::shared_future<void> go = told.get_future().share();
static std::vector<std::future<void>> calls;

extern "C" void foreign_load(const char *path, void (*done)(void *, int), void *context)
{
	const int status = std::strcmp(path, "missing") ? 0 : 2;

	calls.push_back(std::async(std::launch::async, [=] {
		go.wait();
		done(context, status);
	}));
}

int main()
{
	aw::session session = aw::session::open();
	aw_function *const function = session.function("load");

	for (const char *path : { "a", "b", "missing", "c", "d", "e" })
		load(function, path);
	(void)puts("begun");
	(void)fflush(stdout);
	if (getchar() != '\n')
		return 1;
	told.set_value();
	calls.clear(); /* waits */
	hold();
	return 0;
}
