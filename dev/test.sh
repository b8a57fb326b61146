#!/usr/bin/env bash
# Runs every test, Swift and Python (with the server that was just built), to the end, then says what failed.
set -uo pipefail
cd "$(dirname "$0")/.."

dev/build-debug.sh < /dev/null || {
    echo "test: FAILED: the build" >&2
    exit 1
}
server="$(swift build --show-bin-path)/holdfast"

failed=()
# One target after the other: tests that compute on every core would starve those that wait for a server.
run() {
    local name="$1"
    shift
    echo "test: $name"
    swift test --skip-build -Xswiftc -warnings-as-errors "$@" < /dev/null || failed+=("$name")
}
# Suites that flood a server with blocking sockets, for the same reason apart from those that mind the time.
floods='(UnderFire|BadInput|BadPeer)'
for folder in Tests/*/; do
    target="$(basename "$folder")"
    if [ "$target" = IntegrationTests ]; then
        run "$target" --filter "^$target\\." --skip "^$target\\.$floods"
        run "$target, floods" --filter "^$target\\.$floods"
    else
        run "$target" --filter "^$target\\."
    fi
done

# Without the server the integration tests would be skipped: here that is a failure.
echo "test: Python"
HOLDFAST_BIN="$server" HOLDFAST_REQUIRE_SERVER=1 \
    .build/venv/bin/python -m pytest clients/python < /dev/null || failed+=(Python)

if [ "${#failed[@]}" -gt 0 ]; then
    printf 'test: FAILED: %s\n' "${failed[@]}" >&2
    exit 1
fi
echo "test: good (Swift and Python)"
