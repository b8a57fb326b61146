# What callers notice of a snapshot: an open loop of 50,000 Reserves a second over 16 connections, quiet, and again while
# a snapshot of BENCH_HOLDS (1000000) live holds is made on the same core.

source Benchmarks/scripts/restart.sh

run_snapshot() {
    prepare
    local holds="${BENCH_HOLDS:-1000000}" ctl="${holdfast%/*}/holdfastctl"
    [ -x "$ctl" ] || dev/build-release.sh holdfastctl >&2
    warm_up=0
    machine
    echo
    start_holdfast 1
    make_holds "$holds" "$ctl"
    seconds="${BENCH_SECONDS:-3}"
    run_load "$work/quiet.json" --connections 16 --rate 50000
    (sleep 0.3 && control "$ctl" snapshot >"$work/snapshot.txt" 2>&1) &
    local asking=$!
    run_load "$work/meanwhile.json" --connections 16 --rate 50000
    wait "$asking" || { cat "$work/snapshot.txt" >&2; fail "the snapshot failed"; }
    latencies quiet
    latencies meanwhile
    grep -h took "$work/snapshot.txt"
    stop_server
}

latencies() {
    echo "$1: p50 $(field "$work/$1.json" p50), p90 $(field "$work/$1.json" p90), p99 $(field "$work/$1.json" p99), p99.9 $(field "$work/$1.json" p999), max $(field "$work/$1.json" max) µs"
}
