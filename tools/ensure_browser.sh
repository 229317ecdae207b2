#!/bin/sh
# Finds Chromium for the browser tests; installs it where that needs no question.
# The order of names is that of tests/servers.py, find_chromium().
set -eu

find_chromium() {
    for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
        [ -z "$name" ] || ! command -v "$name" >/dev/null || return 0
    done
    return 1
}

if find_chromium; then
    exit 0
fi

why="this user is not root, so it cannot be installed from here"
if [ "$(id -u)" = 0 ]; then
    why="there is no apt-get to install it with"
    if command -v apt-get >/dev/null; then
        echo "Installing Chromium for the browser tests …"
        export DEBIAN_FRONTEND=noninteractive
        if apt-get update -qq </dev/null &&
            apt-get install -y -qq --no-install-recommends chromium </dev/null >/dev/null &&
            find_chromium; then
            exit 0
        fi
        why="apt-get could not install it (see above)"
    fi
fi

cat >&2 <<TEXT

No Chromium found, and $why.
The browser tests will be skipped. To run them, install chromium or set
CHROMIUM=/path/to/chrome.

TEXT
[ "${CI:-}" != true ]
