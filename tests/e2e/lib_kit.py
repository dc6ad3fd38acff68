# SPDX-License-Identifier: MIT
"""What the tests of the embedder's kit share: compilers that must say nothing, symbols, and what a program left published."""

import ctypes
import functools
import os
import re
import shutil
import subprocess

import lib

HEADERS = os.path.join(lib.TOP, "rt")
ARCHIVE = os.path.join(lib.LIB, "libaudiowatch.a")
STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
INERT = ["-DAW_DISABLE", "-U__linux__", "-U__LP64__"]
C = [["gcc", "-std=c11"], ["clang", "-std=c11"]]
CXX = [["g++", "-std=c++17", "-x", "c++"], ["clang++", "-std=c++17", "-x", "c++"]]
MINGW_C = ["x86_64-w64-mingw32-gcc", "-std=c11"]
MINGW_CXX = ["x86_64-w64-mingw32-g++", "-std=c++17", "-x", "c++"]
PACKAGES = {"clang": "clang", "clang++": "clang", "g++": "g++", "cmake": "cmake", "nm": "binutils",
            MINGW_C[0]: "gcc-mingw-w64-x86-64-win32", MINGW_CXX[0]: "g++-mingw-w64-x86-64-win32"}


EVERY = bool(os.environ.get("AW_EVERY"))  # make check-stress


def pairs(compilers, choices):
    """Each compiler with the first choice, the first compiler with each; with AW_EVERY=1 each with each."""
    return [(compiler, choice) for compiler in compilers for choice in choices
            if EVERY or compiler is compilers[0] or choice is choices[0]]


def run(*words, cwd=None, env=None, seconds=120):
    """Runs a tool to its end and returns its output; fails with it when it fails or says anything on stderr."""
    words = [str(word) for word in words]
    if not shutil.which(words[0]):
        lib.skip(f"{words[0]} is not installed (package {PACKAGES.get(words[0], words[0])})")
    done = subprocess.run(words, cwd=cwd, env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, errors="replace", timeout=seconds)
    assert done.returncode == 0 and not done.stderr, f"{' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def make(*targets):
    run("make", "-s", "-C", lib.TOP, *targets, seconds=240)


@functools.lru_cache(maxsize=None)
def amalgamation():
    """The folder with the two files, made afresh."""
    make("amalgamation")
    return os.path.join(lib.TOP, "build", "amalgamation")


def write(bench, name, text):
    """A file in the bench's folder; its path."""
    path = os.path.join(bench.folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def symbols(path, *flags):
    """The names nm lists."""
    return [line.split()[-1] for line in run("nm", *flags, path).splitlines() if line.strip()]


def released(bench):
    """The bench's objects are gone."""
    left = bench.objects()
    assert not left, f"left in shared memory: {left}"


class Held:
    """A program that publishes, prints `ready`, and closes its sessions and ends once its input does."""

    def __init__(self, bench, *words, env=None):
        self.bench = bench
        self.program = bench.start(*words, env=env)
        self.program.line(r"^ready$")

    def rows(self):
        """Its sessions."""
        return self.bench.segments()

    def end(self):
        self.program.process.stdin.close()
        assert self.program.wait() == 0, self.program.log()
        released(self.bench)


def declared():
    """The functions of the public header."""
    with open(os.path.join(HEADERS, "audiowatch.h"), encoding="utf-8") as file:
        return set(re.findall(r"^AW_API .*?\b(aw_\w+)\(", file.read(), re.M))


def floats(*values):
    """Audio, as C has it."""
    return (ctypes.c_float * len(values))(*values)
