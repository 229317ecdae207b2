#!/bin/sh
# No tracked file may name a package registry's host or a path of one machine:
# where packages come from is the business of whoever installs them.
set -eu

# Put together from pieces, so that this file does not find itself.
hosts="py""pi\.org|python""hosted\.org|registry\.npm""js\.org|registry\.yarn""pkg\.com"
hosts="$hosts|ghcr\.""io|docker\.""io|crates\.""io|deb\.""debian\.org"
paths="(^|[^A-Za-z0-9_.>~:/-])/(wo""rk|ro""ot|home/[a-z]+|Users/[A-Za-z]+)/[A-Za-z.]"

# CI often checks out as one user and runs as another; git would refuse to list.
list() { git -c safe.directory='*' ls-files "$@"; }

if ! list >/dev/null 2>&1; then
    echo "Not a git checkout: words are not checked."
    exit 0
fi

# Files not yet added count too: they are about to be.
found=$(list -z --cached --others --exclude-standard |
    grep -zvE '^(static/vendor/|LICENSE$)' |
    xargs -0 -r grep -nHIE "$hosts|$paths" 2>/dev/null | cut -c1-160) || true

if [ -n "$found" ]; then
    echo "Hosts of registries or paths of a machine in tracked files:" >&2
    printf '%s\n' "$found" >&2
    exit 1
fi
