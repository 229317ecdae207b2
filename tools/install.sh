#!/bin/sh
# Installs one lock file into .venv, by the pip of .venv or else the system's.
# Usage: tools/install.sh PYTHON LOCKFILE
set -eu

if .venv/bin/python -m pip --version >/dev/null 2>&1; then
    pip="$PWD/.venv/bin/python -m pip"
else
    pip="$1 -m pip --python $PWD/.venv/bin/python"
fi
echo "Installing $2 into .venv (once, a minute or two) …"
# Without a keyboard, pip must fail rather than ask.
exec $pip --disable-pip-version-check install --quiet --no-input \
    --require-hashes -r "$2"
