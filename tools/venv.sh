#!/bin/sh
# Creates .venv, also on a Debian whose Python came without ensurepip.
# Usage: tools/venv.sh PYTHON
set -eu

fail() {
    printf '\n%s\n\n' "$*" >&2
    exit 1
}

python=$1
command -v "$python" >/dev/null ||
    fail "Python is missing. Install it (Debian: apt-get install python3-venv) or name one: make run PYTHON=/path/to/python3"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "$("$python" --version) is too old: Mitwirken needs 3.11 or newer. Name another: make run PYTHON=python3.12"

# The half-made environment of an interrupted run would look finished.
if "$python" -c 'import ensurepip' 2>/dev/null; then
    "$python" -m venv --clear .venv
elif "$python" -m pip --version >/dev/null 2>&1; then
    "$python" -m venv --clear --without-pip .venv
else
    fail "This Python can neither make environments nor install packages. Debian: apt-get install python3-venv"
fi
