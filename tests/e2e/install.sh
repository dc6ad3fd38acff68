#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# An outsider installs, builds against it by pkg-config, by CMake and from the amalgamation (C and C++, shared and
# static, with AW_DISABLE), runs, reads what was published with the installed program, and uninstalls; the .so shows
# aw_ symbols alone, a plugin that embeds the archive none of them.
# timeout: 300
set -euo pipefail

top=$PWD
room=$(mktemp -d)
trap 'rm -rf "$room"; rm -f /dev/shm/"$AUDIOWATCH_PREFIX"-*' EXIT
export AUDIOWATCH_PREFIX=aw-install-$$
unset AUDIOWATCH_DIR
fail() { echo "install.sh: $*" >&2; exit 1; }

root=$room/root/opt/aw reader=$room/root/opt/aw/bin/audiowatch
make -s install PREFIX=/opt/aw DESTDIR="$room/root"
for name in audiowatchd audiowatch audiowatch-jack audiowatch-bench; do
	[[ -x $root/bin/$name ]] || fail "$name was not installed"
	[[ -s $root/share/man/man1/$name.1 ]] || fail "$name has no man page"
	[[ -s $root/share/bash-completion/completions/$name ]] || fail "$name has no completion"
done
version=$(sed -n 's/^VERSION = //p' Makefile)

# pkg-config with a moved prefix, as a packager's sysroot would have it
export PKG_CONFIG_PATH=$root/lib/pkgconfig
flags() { pkg-config --define-variable=prefix="$root" "$@" audiowatch; }
[[ $(pkg-config --modversion audiowatch) == "$version" ]] || fail "the .pc has another version"

# It leaves without closing, so that what it published can be read when it has ended.
cat >"$room/outsider.c" <<'C'
#include <audiowatch.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct aw_options options = AW_OPTIONS_INIT;
	struct aw_session *session;
	struct aw_engine *engine;

	options.name = argc > 1 ? argv[1] : 0;
	if (aw_open(&options, &session) || aw_engine_new(session, "main", &engine))
		return 1;
	for (int block = 0; block < 3; block++) {
		aw_render_begin(engine, 256);
		aw_render_end(engine);
	}
	_exit(0);
}
C
cat >"$room/guards.cpp" <<'CXX'
#include <audiowatch.hpp>
#include <unistd.h>

int main(int argc, char **argv)
{
	aw_options options = AW_OPTIONS_INIT;
	options.name = argc > 1 ? argv[1] : nullptr;
	aw::session session = aw::session::open(&options);
	aw_engine *engine = session.engine("main");
	for (int block = 0; block < 3; block++)
		aw::render r{engine, 256};
	_exit(session ? 0 : 1);
}
CXX

published() { # $1 app, the rest the program: its segment, read by the installed program, holds three blocks; removed
	local told objects=("/dev/shm/$AUDIOWATCH_PREFIX"-*)
	[[ ! -e ${objects[0]} ]] || fail "before $1 there was ${objects[*]}"
	"${@:2}" "$1" || fail "the program $1 fails"
	told=$("$reader" segments --json)
	grep -q "\"app\": *\"$1\"" <<<"$told" && grep -q '"blocks": *3\b' <<<"$told" || fail "$1 published: $told"
	rm "/dev/shm/$AUDIOWATCH_PREFIX"-*
}

cd "$room"
strict="-Wall -Wextra -Wpedantic -Werror"
archive=$root/lib/libaudiowatch.a
cc -std=c11 $strict outsider.c $(flags --cflags --libs) -o shared
published pkg-config-shared env LD_LIBRARY_PATH="$root/lib" ./shared
cc -std=c11 $strict outsider.c $(flags --cflags) "$archive" -o static
published pkg-config-static ./static
c++ -std=c++17 $strict guards.cpp $(flags --cflags) "$archive" -o guards
published pkg-config-guards ./guards
cc -std=c11 $strict -DAW_DISABLE outsider.c $(flags --cflags) -o disabled # no library at all
./disabled && fail "AW_DISABLE opened a session"
AUDIOWATCH_DISABLE=1 ./static && fail "AUDIOWATCH_DISABLE=1 opened a session"

# by CMake: found where the tree was moved to, the targets say all there is to say
cat >CMakeLists.txt <<'CMAKE'
cmake_minimum_required(VERSION 3.13)
project(outsider C CXX)
find_package(audiowatch ${WANTED} CONFIG REQUIRED)
find_package(audiowatch CONFIG REQUIRED) # twice in a project is usual
add_executable(cmake-shared outsider.c)
target_link_libraries(cmake-shared PRIVATE audiowatch::audiowatch)
add_executable(cmake-static outsider.c)
target_link_libraries(cmake-static PRIVATE audiowatch::static)
add_executable(cmake-guards guards.cpp)
get_target_property(needs audiowatch::static INTERFACE_LINK_LIBRARIES)
if(NOT needs STREQUAL "Threads::Threads") # where libc has them, a link would not show it
	message(FATAL_ERROR "audiowatch::static needs ${needs}")
endif()
set_property(TARGET cmake-guards PROPERTY CXX_STANDARD 17)
target_link_libraries(cmake-guards PRIVATE audiowatch::static)
CMAKE
by_cmake() { # $1 build folder, $2 where it is installed, $3 the version wanted
	cmake -S . -B "$1" -DCMAKE_PREFIX_PATH="$2" -DWANTED="$3" >"$1.log" 2>&1
}
mkdir moved && cp -a "$root" moved/here
by_cmake cmake "$room/moved/here" "${version%.*}" || fail "CMake: $(tail -n 20 cmake.log)"
cmake --build cmake >>cmake.log 2>&1 || fail "CMake: $(tail -n 20 cmake.log)"
for target in shared static guards; do published "cmake-$target" "cmake/cmake-$target"; done
grep -q "$room/moved/here/lib/libaudiowatch.so" <<<"$(ldd cmake/cmake-shared)" || fail "cmake-shared runs another library"
if ldd cmake/cmake-static | grep libaudiowatch; then fail "cmake-static needs the shared library"; fi
for wanted in "$version" "0...1" "0.1.0...<0.2"; do
	by_cmake fits "$room/moved/here" "$wanted" || fail "CMake refuses $wanted: $(tail -n 20 fits.log)"
	rm -r fits
done
for wanted in 0.0.9 0.2 1.0 "$version.1" "0.2...0.9"; do
	if by_cmake refused "$room/moved/here" "$wanted"; then fail "CMake takes $version for $wanted"; fi
	grep -q "version: *$version" refused.log || fail "CMake does not say which version there is: $(tail -n 20 refused.log)"
	rm -r refused
done
rm moved/here/lib/libaudiowatch.a
if by_cmake refused "$room/moved/here" ""; then fail "CMake finds a package without its archive"; fi
grep -q 'libaudiowatch.a is missing' refused.log || fail "CMake does not say what is missing: $(tail -n 20 refused.log)"

# from the amalgamation: two files in a folder of one's own
make -s -C "$top" amalgamation
mkdir taken && cp "$top"/build/amalgamation/audiowatch.[ch] outsider.c taken/
cc -I taken taken/*.c -o amalgamated
published amalgamation ./amalgamated
c++ -std=c++17 -I taken -x c++ taken/*.c -o amalgamated++
published amalgamation++ ./amalgamated++

# what the README shows is compiled as it stands there, against the archive and by pkg-config
sed -n '/^```c$/,/^```$/p' "$top/README.md" | grep -v '^```' >engine.c
[[ $(grep -c aw_ engine.c) -gt 5 ]] || fail "README.md shows no program"
cc -std=c11 $strict engine.c -I "$root/include" "$archive" -o engine
./engine || fail "the README's program fails"
cc engine.c $(flags --cflags --libs) -o engine.shared
LD_LIBRARY_PATH=$root/lib ./engine.shared || fail "the README's program with the .so fails"

# a name that starts with aw_, or the file fails; both lists must have something to look at
nm -D --defined-only "$root/lib/libaudiowatch.so" | awk '{print $3}' >exported
grep -qx aw_render_end exported || fail "the .so exports no aw_render_end"
if grep -v '^aw_' exported; then fail "the .so exports these names of others"; fi
grep -oE '\baw_[a-z_]+\(' "$root/include/audiowatch.h" | tr -d '(' | sort -u >declared
sort exported | comm -23 declared - >missing
if [[ -s missing ]]; then fail "declared, not exported: $(tr '\n' ' ' <missing)"; fi
sort exported | comm -13 declared - >extra
if [[ -s extra ]]; then fail "exported, not declared: $(tr '\n' ' ' <extra)"; fi

cat >plugin.c <<'C'
#include <audiowatch.h>

int plugin_entry(void);
int plugin_entry(void)
{
	struct aw_session *session;

	return aw_open(0, &session);
}
C
cc -std=c11 $strict -shared -fPIC plugin.c $(flags --cflags) "$archive" -o plugin.so
nm -D --defined-only plugin.so | awk '{print $3}' >plugin
grep -qx plugin_entry plugin || fail "the plugin exports no plugin_entry"
if grep '^aw_' plugin; then fail "a plugin that embeds the archive exports these"; fi

cd "$top"
make -s uninstall PREFIX=/opt/aw DESTDIR="$room/root"
[[ -z $(find "$room/root" -mindepth 1) ]] || fail "uninstall left $(find "$room/root" -mindepth 1)"

# a distribution's layout, and no DESTDIR: the folders of the system stay, ours go
where=(PREFIX="$room/usr" LIBDIR="$room/usr/lib/x86_64-linux-gnu" INCLUDEDIR="$room/usr/include/audio")
make -s install "${where[@]}"
reader=$room/usr/bin/audiowatch
cd "$room"
by_cmake multiarch "$room/usr" "" || fail "CMake: $(tail -n 20 multiarch.log)"
cmake --build multiarch --target cmake-static >>multiarch.log 2>&1 || fail "CMake: $(tail -n 20 multiarch.log)"
published multiarch multiarch/cmake-static
cd "$top"
make -s uninstall "${where[@]}"
[[ -z $(find "$room/usr" ! -type d) ]] || fail "uninstall left $(find "$room/usr" ! -type d)"
[[ -d $room/usr/lib/x86_64-linux-gnu/cmake && ! -e $room/usr/lib/x86_64-linux-gnu/cmake/audiowatch ]] ||
	fail "uninstall left our folder, or took the system's: $(find "$room/usr")"
if compgen -G "/dev/shm/$AUDIOWATCH_PREFIX-*" >/dev/null; then fail "a segment was left"; fi

# a place whose name would be taken apart is refused before anything is touched
for odd in "$room/two words" "$room/a&b"; do
	for target in install uninstall; do
		! make -s $target PREFIX="$odd" >"$room/odd.log" 2>&1 || fail "$target took the prefix $odd"
		[[ $(wc -l <"$room/odd.log") == 1 && $(<"$room/odd.log") == *PREFIX* ]] || fail "$target PREFIX=\"$odd\" says: $(<"$room/odd.log")"
	done
done
[[ ! -e $room/two && ! -e "$room/two words" ]] || fail "something was made for a refused prefix"
