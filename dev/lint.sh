#!/usr/bin/env bash
# Every check that is not a test. Runs all of them, then says which failed.
set -uo pipefail
cd "$(dirname "$0")/.."

failed=()
check() {
    local name="$1"
    shift
    echo "lint: $name"
    "$@" < /dev/null || failed+=("$name")
}
check format swift format lint --strict --parallel --recursive Package.swift Sources Tests
check layers dev/check-layers.sh
check tidy dev/check-tidy.sh
check proto dev/check-proto.sh
check warnings dev/build-debug.sh

if [ "${#failed[@]}" -gt 0 ]; then
    echo "lint: FAILED: ${failed[*]}" >&2
    exit 1
fi
echo "lint: good"
