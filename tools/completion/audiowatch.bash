# SPDX-License-Identifier: MIT
# Bash completion of audiowatch's programs: commands, options and values, all read from their own --help, so that this
# file knows none of them. In a help text "  -t, --threads [N] what it does" is an option, "  --log-format auto|json"
# one with these words, "DIR", "FILE" and "TRACE" are paths, and "  segments  what it does" is a command.
# shellcheck shell=bash

# What the program says for these words; nothing where it is not there.
_audiowatch_help() {
	"$@" --help </dev/null 2>/dev/null
}

_audiowatch_commands() { # of a help text
	sed -n 's/^  \([a-z][a-z-]*\)  .*/\1/p' <<<"$1"
}

_audiowatch_options() { # of a help text: -t and --threads, a line each
	sed -n 's/^ \{2,\}\(-.\), \(--[a-z-]*\).*/\1\n\2/p; s/^ \{2,\}\(--[a-z-]*\).*/\1/p' <<<"$1"
}

_audiowatch_value() { # $1 a help text, $2 an option: what its value is called
	local line form='^ +((-.), )?(--[a-z-]+) ([^ ]+) '

	while IFS= read -r line; do
		if [[ $line =~ $form && $2 == @("${BASH_REMATCH[2]}"|"${BASH_REMATCH[3]}") ]]; then
			echo "${BASH_REMATCH[4]}"
			return
		fi
	done <<<"$1"
}

# $1 what the value is called, $2 what of it is typed
_audiowatch_complete_value() {
	case $1 in
	DIR) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$2") ;;
	FILE | TRACE) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$2") ;;
	*[A-Z]*) ;;
	*) mapfile -t COMPREPLY < <(compgen -W "${1//|/$'\n'}" -- "$2") ;;
	esac
}

_audiowatch() {
	local IFS=$' \t\n' words=("${COMP_WORDS[@]:0:COMP_CWORD+1}") help commands value option typed
	COMPREPLY=()
	typed=${words[COMP_CWORD]}
	option=${words[COMP_CWORD - 1]}
	# bash makes three words of --dir=/dev
	[[ $typed == = ]] && typed=
	[[ $option == = ]] && option=${words[COMP_CWORD - 2]}
	# the words come as they are typed, and a quoted tilde would name no program
	[[ ${words[0]} == \~/* ]] && words[0]=$HOME/${words[0]:2}

	help=$(_audiowatch_help "${words[0]}")
	commands=$(_audiowatch_commands "$help")
	if [[ $commands ]] && ((COMP_CWORD == 1)); then
		mapfile -t COMPREPLY < <(compgen -W "$commands --help --version" -- "$typed")
		return
	fi
	[[ $commands ]] && help=$(_audiowatch_help "${words[0]}" "${words[1]}")
	value=
	[[ $option == -* ]] && value=$(_audiowatch_value "$help" "$option")
	if [[ $value && $value != \[* ]]; then
		IFS=$'\n'
		_audiowatch_complete_value "$value" "$typed"
	else
		mapfile -t COMPREPLY < <(compgen -W "$(_audiowatch_options "$help")" -- "$typed")
	fi
}

complete -F _audiowatch audiowatchd audiowatch audiowatch-jack audiowatch-bench
