# How long a server is away: N live holds, kill -9, start again, first Reserve answered. Once from the journal alone, once
# from a snapshot and the journal behind it. BENCH_HOLDS (1000000) says how many.

run_restart() {
    prepare
    local holds="${BENCH_HOLDS:-1000000}" ctl="${holdfast%/*}/holdfastctl"
    [ -x "$ctl" ] || dev/build-release.sh holdfastctl >&2
    warm_up=0
    machine
    echo
    start_holdfast 1
    make_holds "$holds" "$ctl"
    echo "live holds: $(live_holds "$ctl"), journal: $(du -ch "$work"/server/data/journal/*.seg | tail -n 1 | cut -f 1)"
    kill_and_start "$ctl" "from the journal"
    control "$ctl" snapshot
    kill_and_start "$ctl" "from a snapshot"
    make_holds "$((holds + 100000))" "$ctl"
    kill_and_start "$ctl" "from a snapshot and what came behind it"
    stop_server
}

control() {
    local ctl="$1"
    shift
    "$ctl" "$@" --stock-endpoint "127.0.0.1:$server_port" --admin-endpoint "127.0.0.1:$admin_port" \
        --ca "$work/server/certs/ca.pem" --certificate "$work/server/certs/admin.pem" \
        --key "$work/server/certs/admin.key" --timeout-ms 30000
}

live_holds() {
    control "$1" info -o json | sed -nE 's/.*"liveHolds": *([0-9]+).*/\1/p' | head -n 1
}

# Reserves in one-second runs until so many holds live.
make_holds() {
    local wanted="$1" ctl="$2"
    seconds=1
    admin_port="$server_admin_port"
    while [ "$(live_holds "$ctl")" -lt "$wanted" ]; do
        run_load "$work/load.json" --connections 50 --in-flight 16
    done
}

kill_and_start() {
    local ctl="$1" what="$2" began listening answered
    kill -KILL "$server_pid"
    began="$(date +%s%N)"
    wait "$server_pid" 2>/dev/null || true
    keep_data=1
    start_holdfast 1
    keep_data=0
    listening="$(date +%s%N)"
    admin_port="$server_admin_port"
    # One call at a time: the run is over with its first answers.
    taskset -c "$load_core" "$bench" load --port "$server_port" --ca "$work/server/certs/ca.pem" \
        --certificate "$work/server/certs/gateway.pem" --key "$work/server/certs/gateway.key" \
        --connections 1 --in-flight 1 --warm-up 0 --duration 0.1 --quiet --output json >"$work/first.json"
    answered="$(date +%s%N)"
    [ "$(field "$work/first.json" RESERVED)" -gt 0 ] || { cat "$work/first.json" >&2; fail "no Reserve was answered after the restart"; }
    echo "$what: listening after $(((listening - began) / 1000000)) ms, first Reserves answered after $(((answered - began) / 1000000)) ms; $(live_holds "$ctl") live holds"
    grep -h "journal replayed" "$work/holdfast.err" | sed -E 's/^[^ ]* info holdfast: /    /' || true
}
