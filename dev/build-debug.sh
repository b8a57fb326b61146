#!/usr/bin/env bash
# Builds everything for tests. A warning in our own code is an error; dependencies are not judged.
set -euo pipefail
cd "$(dirname "$0")/.."

log="$(mktemp)"
trap 'rm -f "$log"' EXIT
swift build --build-tests -Xswiftc -warnings-as-errors 2>&1 | tee "$log" | grep -vE '^\[[0-9]+/[0-9]+\]' || true
status="${PIPESTATUS[0]}"
[ "$status" = 0 ] || exit "$status"

# The flag above speaks to Swift only: C warnings of ours are found in the log.
if grep -E '(Sources|Tests)/[^:]+:[0-9]+:[0-9]+: warning:' "$log" | grep -v '/checkouts/'; then
    echo "build: the warnings above are in our own code" >&2
    exit 1
fi
