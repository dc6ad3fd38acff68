#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# An outsider installs, builds against it by pkg-config (C and C++, shared and static, with AW_DISABLE), runs, and
# uninstalls; the .so shows aw_ symbols alone, a plugin that embeds the archive shows none of them.
# timeout: 300
set -euo pipefail

top=$PWD
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
export AUDIOWATCH_PREFIX=aw-install-$$
fail() { echo "install.sh: $*" >&2; exit 1; }

make -s install PREFIX=/opt/aw DESTDIR="$room/root"
[[ -x $room/root/opt/aw/bin/audiowatchd && -x $room/root/opt/aw/bin/audiowatch &&
	-x $room/root/opt/aw/bin/audiowatch-bench ]] || fail "no programs were installed"
for program in "$room"/root/opt/aw/bin/*; do
	name=${program##*/}
	[[ -s $room/root/opt/aw/share/man/man1/$name.1 ]] || fail "$name has no man page"
	[[ -s $room/root/opt/aw/share/bash-completion/completions/$name ]] || fail "$name has no completion"
done

# pkg-config with a moved prefix, as a packager's sysroot would have it
export PKG_CONFIG_PATH=$room/root/opt/aw/lib/pkgconfig
flags() { pkg-config --define-variable=prefix="$room/root/opt/aw" "$@" audiowatch; }
[[ $(pkg-config --modversion audiowatch) == "$(sed -n 's/^VERSION = //p' Makefile)" ]] || fail "the .pc has another version"

cat >"$room/outsider.c" <<'C'
#include <audiowatch.h>

int main(void)
{
	struct aw_session *session;
	struct aw_engine *engine;

	if (aw_open(0, &session) || aw_engine_new(session, "main", &engine))
		return 1;
	aw_render_begin(engine, 256);
	aw_render_end(engine);
	aw_close(session);
	return 0;
}
C
cd "$room"
strict="-Wall -Wextra -Wpedantic -Werror"
cc -std=c11 $strict outsider.c $(flags --cflags --libs) -o shared
LD_LIBRARY_PATH=$room/root/opt/aw/lib ./shared || fail "the program with the .so fails"
cc -std=c11 $strict outsider.c $(flags --cflags) root/opt/aw/lib/libaudiowatch.a -o static
./static || fail "the program with the archive fails"
c++ -std=c++17 $strict -x c++ outsider.c -x none $(flags --cflags) root/opt/aw/lib/libaudiowatch.a -o plus
./plus || fail "the C++ program fails"
cc -std=c11 $strict -DAW_DISABLE outsider.c $(flags --cflags) -o disabled # no library at all
./disabled && fail "AW_DISABLE opened a session"
AUDIOWATCH_DISABLE=1 ./static && fail "AUDIOWATCH_DISABLE=1 opened a session"

# what the README shows is compiled as it stands there, against the archive and by pkg-config
sed -n '/^```c$/,/^```$/p' "$top/README.md" | grep -v '^```' >engine.c
[[ $(grep -c aw_ engine.c) -gt 5 ]] || fail "README.md shows no program"
cc -std=c11 $strict engine.c -I root/opt/aw/include root/opt/aw/lib/libaudiowatch.a -o engine
./engine || fail "the README's program fails"
cc engine.c $(flags --cflags --libs) -o engine.shared
LD_LIBRARY_PATH=$room/root/opt/aw/lib ./engine.shared || fail "the README's program with the .so fails"

# a name that starts with aw_, or the file fails; both lists must have something to look at
nm -D --defined-only root/opt/aw/lib/libaudiowatch.so | awk '{print $3}' >exported
grep -qx aw_render_end exported || fail "the .so exports no aw_render_end"
if grep -v '^aw_' exported; then fail "the .so exports these names of others"; fi
grep -oE '\baw_[a-z_]+\(' root/opt/aw/include/audiowatch.h | tr -d '(' | sort -u >declared
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
cc -std=c11 $strict -shared -fPIC plugin.c $(flags --cflags) root/opt/aw/lib/libaudiowatch.a -o plugin.so
nm -D --defined-only plugin.so | awk '{print $3}' >plugin
grep -qx plugin_entry plugin || fail "the plugin exports no plugin_entry"
if grep '^aw_' plugin; then fail "a plugin that embeds the archive exports these"; fi

cd - >/dev/null
make -s uninstall PREFIX=/opt/aw DESTDIR="$room/root"
[[ -z $(find "$room/root" -mindepth 1) ]] || fail "uninstall left $(find "$room/root" -mindepth 1)"
if compgen -G "/dev/shm/$AUDIOWATCH_PREFIX-*" >/dev/null; then fail "a segment was left"; fi
