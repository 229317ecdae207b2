#!/bin/sh
# Builds the environments of `make oracle`, one for each foreign library: their
# solvers do not bear each other in one process. They stay out of .venv, and no part
# of Mitwirken imports them.
# Usage: tools/oracle_env.sh PYTHON [NAME...]
#
# The locks in tools/oracle/ leave out what reckoning by rules never calls: gurobipy
# (proprietary), the bundled solvers of abcvoting, and what red-dwarf loads data from
# the net with (requests, requests-cache, requests-ratelimiter, fake-useragent). So
# they are complete, and nothing beside them may be installed: --no-deps. The package
# red-dwarf states no licence: it is only asked, never shipped. Made anew by:
#   echo 'pabutools==1.2.3' | uv pip compile --python-version 3.11 \
#     --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
#     --no-annotate --override LEFT_OUT - -o tools/oracle/pabutools.txt
# where LEFT_OUT has lines like: gurobipy; python_version < "3"
set -eu

python=$1
shift
cd "$(dirname "$0")/.."
target=${ORACLE_ENVS:-var/oracle}

[ $# -gt 0 ] || set -- pref_voting pabutools abcvoting red_dwarf
for name in "$@"; do
    lock=tools/oracle/$name.txt
    ready=$target/$name/.installed
    # A changed lock is another environment; a half-made one has no mark.
    if [ -f "$ready" ] && cmp -s "$lock" "$ready"; then
        continue
    fi
    echo "Installing $name into $target/$name (once, a few minutes) …"
    mkdir -p "$target"
    if "$python" -c 'import ensurepip' 2>/dev/null; then
        "$python" -m venv --clear "$target/$name"
        pip="$target/$name/bin/python -m pip"
    else
        "$python" -m venv --clear --without-pip "$target/$name"
        pip="$python -m pip --python $target/$name/bin/python"
    fi
    $pip --disable-pip-version-check install --quiet --no-input --no-deps \
        --require-hashes -r "$lock"
    cp "$lock" "$ready"
done
