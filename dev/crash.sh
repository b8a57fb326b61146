#!/usr/bin/env bash
# Kills the real server under load RUNS times and compares it with what every caller was told. Each round also kills
# about every third recovery, and every second kill comes while a snapshot is written. The exit code is 1 when something
# does not hold; the data and the command to repeat are then named.
#
#   dev/crash.sh RUNS [ARGUMENT…]    arguments go to `holdfast-bench crash`, like --seed 7 or -o json
#
# HOLDFAST_BINARIES names the folder with holdfast, holdfastctl and holdfast-bench (.build/release).
set -euo pipefail
cd "$(dirname "$0")/.."

binaries="${HOLDFAST_BINARIES:-.build/release}"
runs="${1:?crash: say how many rounds}"
shift

for program in holdfast holdfastctl holdfast-bench; do
    [ -x "$binaries/$program" ] || {
        echo "crash: $binaries/$program is missing: run make build" >&2
        exit 1
    }
done

# Small files, so that every round crosses many of them.
exec "$binaries/holdfast-bench" crash --server "$binaries/holdfast" --runs "$runs" --snapshots 50 \
    --set journal.segment_bytes=1048576 --set snapshot.journal_bytes=2097152 "$@"
