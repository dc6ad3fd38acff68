#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Bash completion: sourced, asked as bash would ask it, and compared with what --help says."""

import os
import subprocess

import lib
import lib_help

SCRIPT = os.path.join(lib.TOP, "tools", "completion", "audiowatch.bash")
ASK = """
load() { . "$0"; }  # in a function, as bash-completion does
load
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE}
complete=$(complete -p -- "$1") || exit 9
COMP_WORDS[0]=${TYPED:-$BIN/$1}
cd "$FOLDER" && _audiowatch "$1" "${@: -1}" "${@: -2:1}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


def completed(bench, *words, **env):
    """What is offered for the last of these words, as bash splits them."""
    called = subprocess.run(["bash", "--norc", "-c", ASK, SCRIPT, *words], capture_output=True, text=True,
                            env={**os.environ, **bench.env, "BIN": lib.BIN, "FOLDER": bench.folder, **env}, timeout=lib.PATIENCE)
    assert called.returncode == 0 and called.stderr == "", (words, called)
    return sorted(called.stdout.split("\n")[:-1]) if called.stdout.strip() else []


def each_installed_program_is_completed(bench):
    for program in lib_help.installed():
        done = subprocess.run(["bash", "--norc", "-c", '. "$0"; complete -p -- "$1"', SCRIPT, program],
                              stdout=subprocess.DEVNULL, timeout=lib.PATIENCE)
        assert done.returncode == 0, program


def each_option_of_help_is_offered(bench):
    for program, words in lib_help.rooms(bench):
        assert completed(bench, program, *words, "-") == sorted(lib_help.options(bench, program, *words)), (program, words)


def commands_are_offered_first(bench):
    for program in lib_help.built():
        commands = lib_help.commands(bench, program)
        if commands:
            assert completed(bench, program, "") == sorted([*commands, "--help", "--version"]), program
    assert completed(bench, "audiowatch", "s") == ["segments", "silence", "status"]
    assert completed(bench, "audiowatch", "help", "-") == []
    assert completed(bench, "audiowatch", "nonsense", "-") == []


def words_are_offered_where_they_are_few(bench):
    assert completed(bench, "audiowatchd", "--log-format", "") == ["auto", "json", "text"]
    assert completed(bench, "audiowatchd", "--log-level", "=", "d") == ["debug"]
    assert completed(bench, "audiowatchd", "--log-level", "=") == ["debug", "error", "info", "warn"]
    assert completed(bench, "audiowatchd", "--check-config", "--log-f") == ["--log-format"]
    assert completed(bench, "audiowatchd", "--uid", "") == []
    assert completed(bench, "audiowatch", "segments", "--json", "--pre") == ["--prefix"]


def paths_are_offered_for_files_and_folders(bench):
    os.mkdir(os.path.join(bench.folder, "a folder"))
    with open(os.path.join(bench.folder, "a file.yml"), "w"):
        pass
    with open(os.path.join(bench.folder, "*"), "w"):
        pass
    assert completed(bench, "audiowatchd", "--config", "a") == ["a file.yml", "a folder"]
    assert completed(bench, "audiowatchd", "--config", "*") == ["*"]
    assert completed(bench, "audiowatchd", "--dir", "a") == ["a folder"]
    assert completed(bench, "audiowatch", "doctor", "--state-dir", "=", "a") == ["a folder"]


def a_program_may_be_typed_with_a_tilde(bench):
    home = os.path.join(bench.folder, "a home & more")
    os.mkdir(home)
    os.symlink(lib.BIN, os.path.join(home, "bin"))
    assert completed(bench, "audiowatchd", "--conf", TYPED="~/bin/audiowatchd", HOME=home) == ["--config"]
    assert completed(bench, "audiowatch", "s", TYPED="~/bin/audiowatch", HOME=home) == ["segments", "silence", "status"]
    assert completed(bench, "audiowatch", "segments", "--pre", TYPED="~/bin/audiowatch", HOME=home) == ["--prefix"]


def a_program_that_is_not_there_offers_nothing(bench):
    called = subprocess.run(["bash", "--norc", "-c", '. "$0"; COMP_WORDS=(/nowhere -) COMP_CWORD=1; _audiowatch; '
                             'echo "${#COMPREPLY[@]}"', SCRIPT], capture_output=True, text=True, timeout=lib.PATIENCE)
    assert (called.stdout, called.stderr) == ("0\n", ""), called


lib.run(globals())
