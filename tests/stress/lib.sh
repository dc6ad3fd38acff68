# SPDX-License-Identifier: MIT
# What the stress scripts share. docs/guarantees.md lists their bounds.

bound() { # $1 the variable, $2 what it is when nobody said, $3 of what it is a number
	[[ ${!1-$2} =~ ^[1-9][0-9]*$ ]] || { echo "$1: \"${!1}\" is no number of $3 (try $2)" >&2; exit 2; }
	echo "${!1-$2}"
}
