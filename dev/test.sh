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
# What is printed of each target, so that the end can say once more what failed.
logs="$(mktemp -d)"
trap 'rm -rf "$logs"' EXIT
# One target after the other: tests that compute on every core would starve those that wait for a server.
run() {
    local name="$1"
    shift
    echo "test: $name"
    swift test --skip-build -Xswiftc -warnings-as-errors "$@" < /dev/null 2>&1 |
        tee "$logs/$name" || failed+=("$name")
}
# Suites that flood a server with blocking sockets, for the same reason apart from those that mind the time.
floods='(UnderFire|BadInput|BadPeer)'
for folder in Tests/*/; do
    # What several targets share has no tests of its own.
    grep -rq '@Test' "$folder" || continue
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
    .build/venv/bin/python -m pytest clients/python < /dev/null 2>&1 |
    tee "$logs/Python" || failed+=(Python)

if [ "${#failed[@]}" -gt 0 ]; then
    for name in "${failed[@]}"; do
        echo "test: what failed in $name:" >&2
        # An expectation with the lines that explain it; a runner that died says so at its end.
        grep -A 3 -E '(✘|^FAILED|^ERROR|error:)' "$logs/$name" | head -100 >&2
        tail -n 3 "$logs/$name" >&2
    done
    printf 'test: FAILED: %s\n' "${failed[@]}" >&2
    exit 1
fi
echo "test: good (Swift and Python)"
