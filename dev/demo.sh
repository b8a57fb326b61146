#!/usr/bin/env bash
# A flash sale in one go: starts a server on free ports in a temporary directory, sends it 100,000 buyers for 1,000
# units, cheats among them, prints the report and ends the server. The exit code is 1 when the report could not prove
# that the sale went right.
#
#   dev/demo.sh [ARGUMENT…]    arguments go to `holdfast-bench sale`, like --buyers 20000 or -o json
#
# DEMO_BINARIES names the folder with holdfast and holdfast-bench (.build/release).
set -euo pipefail
cd "$(dirname "$0")/.."

binaries="${DEMO_BINARIES:-.build/release}"
work="$(mktemp -d)"
server_pid=""

fail() {
    echo "demo: $*" >&2
    exit 1
}

clean_up() {
    if [ -n "$server_pid" ]; then
        kill -TERM "$server_pid" 2>/dev/null || true
        for _ in $(seq 200); do
            kill -0 "$server_pid" 2>/dev/null || break
            sleep 0.05
        done
        kill -KILL "$server_pid" 2>/dev/null || true
        wait "$server_pid" 2>/dev/null || true
    fi
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

for program in holdfast holdfast-bench; do
    [ -x "$binaries/$program" ] || fail "$binaries/$program is missing: run make build"
done

"$binaries/holdfast" init --directory "$work/server" > /dev/null
# Admission is off: 100,000 buyers at one address are what it is there to refuse, and the demo is about stock.
HOLDFAST_STOCK_PORT=0 HOLDFAST_ADMIN_PORT=0 HOLDFAST_DATA_SALES="" HOLDFAST_LOG_LEVEL=warning \
    HOLDFAST_ADMISSION_MODE=off \
    "$binaries/holdfast" serve --config "$work/server/holdfast.yaml" > "$work/first-line" &
server_pid=$!
for _ in $(seq 400); do
    grep -q . "$work/first-line" && break
    kill -0 "$server_pid" 2>/dev/null || fail "the server ended at its start; its words are above"
    sleep 0.05
done

port_of() {
    sed -nE "1s/.*\"$1\":\"[^\"]*:([0-9]+)\".*/\1/p" "$work/first-line"
}
stock_port="$(port_of stock)"
admin_port="$(port_of admin)"
[ -n "$stock_port" ] && [ -n "$admin_port" ] || fail "no ports in the server's first line"

certificates="$work/server/certs"
"$binaries/holdfast-bench" sale --port "$stock_port" --admin-port "$admin_port" \
    --ca "$certificates/ca.pem" --certificate "$certificates/gateway.pem" --key "$certificates/gateway.key" \
    --admin-certificate "$certificates/admin.pem" --admin-key "$certificates/admin.key" "$@"
