#!/usr/bin/env bash
# Builds everything for tests. A warning in our own code is an error; dependencies are not judged.
set -euo pipefail
cd "$(dirname "$0")/.."

scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT
{
    status=0
    swift build --build-tests -Xswiftc -warnings-as-errors 2>&1 || status=$?
    echo "$status" > "$scratch/status"
} | tee "$scratch/log" | { grep --line-buffered -vE '^\[[0-9]+/[0-9]+\]' || true; }
status="$(cat "$scratch/status")"
[ "$status" = 0 ] || exit "$status"

# The flag above speaks to Swift only: C warnings of ours are found in the log.
if grep -E '(Sources|Tests)/[^:]+:[0-9]+:[0-9]+: warning:' "$scratch/log" | grep -v '/checkouts/'; then
    echo "build: the warnings above are in our own code" >&2
    exit 1
fi
