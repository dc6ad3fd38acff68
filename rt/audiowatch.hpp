/* SPDX-License-Identifier: MIT */
/*
 * audiowatch.h as C++17 guards: what a constructor begins, the destructor ends. Nothing throws, allocates or locks but
 * aw::session, and a handle that is NULL makes its guard do nothing.
 *
 *	aw::session session = aw::session::open();          // not real-time: at start
 *	aw_engine *engine = session.engine("main");
 *	...
 *	aw::render r{engine, frames};                       // real-time: in the callback, around all of it
 *
 * Threads, units and what may go wrong: audiowatch.h. With AW_DISABLE all of it compiles to nothing, too.
 */
#ifndef AUDIOWATCH_HPP
#define AUDIOWATCH_HPP

#include <cstdint>

#include "audiowatch.h"

/* Hidden, as the library's own functions are in the archive: else two plugins in one host would share these, too. */
#ifdef __ELF__
#define AW_OWN __attribute__((visibility("hidden")))
#else
#define AW_OWN
#endif
/* Switched off is another type, so that a program may mix both. */
#ifdef AW_DISABLE
#define AW_MODE off
#else
#define AW_MODE on
#endif

namespace aw
{
inline namespace AW_MODE
{

/* Owns a session, or none: then what it makes is NULL. Not real-time. Closing ends all that it made. */
class session
{
      public:
	AW_OWN session() noexcept = default;
	/* error, where it is wanted: what aw_open() returned. */
	AW_OWN static session open(const aw_options *options = nullptr, int *error = nullptr) noexcept
	{
		session opened;
		const int result = aw_open(options, &opened.handle_);

		if (error)
			*error = result;
		return opened;
	}
	AW_OWN session(session &&other) noexcept : handle_(other.release())
	{
	}
	AW_OWN session &operator=(session &&other) noexcept
	{
		if (this != &other) {
			close();
			handle_ = other.release();
		}
		return *this;
	}
	AW_OWN ~session()
	{
		close();
	}
	AW_OWN void close() noexcept
	{
		aw_close(release());
	}
	AW_OWN aw_engine *engine(const char *name) noexcept
	{
		aw_engine *made = nullptr;
		(void)aw_engine_new(handle_, name, &made);
		return made;
	}
	AW_OWN aw_function *function(const char *name) noexcept
	{
		aw_function *made = nullptr;
		(void)aw_function_new(handle_, name, &made);
		return made;
	}
	AW_OWN aw_session *get() const noexcept
	{
		return handle_;
	}
	AW_OWN explicit operator bool() const noexcept
	{
		return handle_ != nullptr;
	}

      private:
	AW_OWN aw_session *release() noexcept
	{
		aw_session *const handle = handle_;
		handle_ = nullptr;
		return handle;
	}
	aw_session *handle_ = nullptr;
};

/* A channel of an engine, or within another channel; NULL when there is none. Not real-time. */
AW_OWN inline aw_channel *channel(aw_engine *engine, const char *name,
				  aw_channel *parent = nullptr) noexcept
{
	aw_channel *made = nullptr;
	(void)aw_channel_new(engine, parent, name, &made);
	return made;
}

/* One render call. */
class [[nodiscard]] render
{
      public:
	[[nodiscard]] AW_OWN render(aw_engine *engine, std::uint32_t frames) noexcept
	    : engine_(engine)
	{
		aw_render_begin(engine_, frames);
	}
	/* The same where the host tells how late it was woken, in ns. */
	[[nodiscard]] AW_OWN render(aw_engine *engine, std::uint32_t frames,
				    std::uint64_t wakeup_delay_ns) noexcept
	    : engine_(engine)
	{
		aw_render_begin_late(engine_, frames, wakeup_delay_ns);
	}
	AW_OWN ~render()
	{
		aw_render_end(engine_);
	}
	render(const render &) = delete;
	render &operator=(const render &) = delete;

      private:
	aw_engine *const engine_;
};

/* One span of a channel. */
class [[nodiscard]] channel_scope
{
      public:
	[[nodiscard]] AW_OWN explicit channel_scope(aw_channel *channel) noexcept
	    : channel_(channel)
	{
		aw_channel_begin(channel_);
	}
	AW_OWN ~channel_scope()
	{
		aw_channel_end(channel_);
	}
	channel_scope(const channel_scope &) = delete;
	channel_scope &operator=(const channel_scope &) = delete;

      private:
	aw_channel *const channel_;
};

/* One call across the FFI boundary; it may be moved to another thread and end there, once. */
class [[nodiscard]] ffi
{
      public:
	[[nodiscard]] AW_OWN explicit ffi(aw_function *function) noexcept
	    : call_(aw_ffi_begin(function))
	{
	}
	/* Goes on with a call that another guard released, or that C began. */
	[[nodiscard]] AW_OWN explicit ffi(aw_ffi_call call) noexcept : call_(call)
	{
	}
	AW_OWN ffi(ffi &&other) noexcept : call_(other.release()), ok_(other.ok_)
	{
	}
	AW_OWN ~ffi()
	{
		end();
	}
	ffi(const ffi &) = delete;
	ffi &operator=(const ffi &) = delete;
	ffi &operator=(ffi &&) = delete;
	/* It will have ended without success. */
	AW_OWN void fail() noexcept
	{
		ok_ = false;
	}
	/* Ends now; the guard then holds nothing. */
	AW_OWN void end() noexcept
	{
		aw_ffi_end(release(), ok_);
	}
	AW_OWN void end_traced(const std::uint8_t trace_id[16]) noexcept
	{
		aw_ffi_end_traced(release(), ok_, trace_id);
	}
	/* Gives the call away, through C for instance; who has it must end it. The guard then holds nothing. */
	[[nodiscard]] AW_OWN aw_ffi_call release() noexcept
	{
		const aw_ffi_call call = call_;
		call_ = aw_ffi_call{};
		return call;
	}

      private:
	aw_ffi_call call_;
	bool ok_ = true;
};

} /* namespace AW_MODE */
} /* namespace aw */

#undef AW_OWN
#undef AW_MODE

#endif
