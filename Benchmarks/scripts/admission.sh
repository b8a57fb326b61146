# What admission costs a Reserve, what becomes of three times the calls that a limit allows or a core can answer, and what one
# source's flood does to the others.

run_admission() {
    prepare
    machine
    repetition
    local part
    for part in ${BENCH_PARTS:-cost overload flood}; do "$part"; done
}

# Every check on, at its defaults: the load's buyers are ever new ones, so nobody is refused and every call is judged in full.
cost() {
    local round mode
    for round in $(seq "$rounds"); do
        echo "cost: round $round of $rounds" >&2
        for mode in "off" enforce; do
            admission_mode="$mode"
            start_holdfast 1
            run_load "$work/cost.$mode.$round.json" --connections 50 --in-flight 16
            stop_server
        done
        start_floor
        run_load "$work/cost.floor.$round.json" --connections 50 --in-flight 16
        stop_server
    done
    echo
    echo "| 50 connections × 16 calls | k/s | of the floor | p50 / p99 ms | CPU µs a call |"
    echo "|---|---|---|---|---|"
    for mode in "off" enforce floor; do
        local reports=("$work/cost.$mode".*.json) title="admission.mode = $mode"
        [ "$mode" = floor ] && title=floor
        echo "| $title | $(thousands "$(median rate "${reports[@]}")")" \
            "| $(ratio "$(median rate "${reports[@]}")" "$(median rate "$work"/cost.floor.*.json)")" \
            "| $(milliseconds "$(median p50 "${reports[@]}")") / $(milliseconds "$(median p99 "${reports[@]}")")" \
            "| $(decimals "$(median cpu_microseconds_per_call "${reports[@]}")" 2) |"
    done
    awk -v on="$(median cpu_microseconds_per_call "$work"/cost.enforce.*.json)" \
        -v off="$(median cpu_microseconds_per_call "$work"/cost.off.*.json)" \
        'BEGIN { printf "\nall checks: %.2f µs of CPU a Reserve\n", on - off }'
}

# A limit for all callers that is a third of what is offered: the rest is told when to come again. Then a core that seven
# others want as well, so that one core of load can offer three times what is left of it.
overload() {
    local limit="${BENCH_LIMIT:-100000}" round
    admission_mode=enforce
    echo
    echo "| three times | offered k/s | RESERVED k/s | refused with a retry time k/s | of what is allowed, or of the peak | p50 / p99 ms of all answers |"
    echo "|---|---|---|---|---|---|"
    for round in $(seq "$rounds"); do
        server_environment=(HOLDFAST_ADMISSION_GLOBAL_LIMIT="$limit/s burst 1000")
        start_holdfast 1
        run_any_load "$work/limit.$round.json" --connections 50 --in-flight 1024 --rate "$((3 * limit))"
        stop_server
        server_environment=()
    done
    over_row "a limit of $limit/s" "$limit" "$((3 * limit))" "$work"/limit.*.json

    # An eighth of a core: what one core of load can offer is then far above it. Memory is touched before the others come.
    local hogs=() peak deep
    prefault_bytes=268435456
    for round in $(seq 7); do
        taskset -c "$server_core" sh -c 'while :; do :; done' &
        hogs+=("$!")
        started_pids+=("$!")
    done
    for round in $(seq "$rounds"); do
        start_holdfast 1
        run_any_load "$work/peak.$round.json" --connections 50 --in-flight 16
        stop_server_only
        server_environment=(HOLDFAST_LIMITS_QUEUE_MS=0)
        start_holdfast 1
        run_any_load "$work/deep.$round.json" --connections 50 --in-flight 1024
        stop_server_only
        server_environment=()
    done
    peak="$(median rate "$work"/peak.*.json)"
    deep="$(median rate "$work"/deep.*.json)"
    for round in $(seq "$rounds"); do
        start_holdfast 1
        run_any_load "$work/core.$round.json" --connections 50 --in-flight 1024 --timeout-ms 1000 \
            --rate "$(awk -v p="$peak" 'BEGIN { printf "%d", 3 * p }')"
        stop_server_only
    done
    kill -KILL "${hogs[@]}"
    wait "${hogs[@]}" 2>/dev/null || true
    over_row "an eighth of a core, 50 × 16" "$peak" "$(awk -v p="$peak" 'BEGIN { print 3 * p }')" "$work"/core.*.json
    echo
    echo "An eighth of a core answers $(thousands "$peak") k/s of 50 × 16 and $(thousands "$deep") k/s of 50 × 1,024, which waits $(milliseconds "$(median p50 "$work"/deep.*.json)") ms."
}

# over_row TITLE ALLOWED OFFERED FILE…
over_row() {
    local title="$1" allowed="$2" offered="$3" good refused
    shift 3
    # Answers inside the window, by what the answers of the run were.
    good="$(awk -v n="$(median RESERVED "$@")" -v x="$(median RESOURCE_EXHAUSTED "$@")" -v u="$(median UNAVAILABLE "$@")" -v r="$(median rate "$@")" 'BEGIN { print (n > 0 ? r * n / (n + x + u) : 0) }')"
    refused="$(awk -v r="$(median rate "$@")" -v g="$good" 'BEGIN { print r - g }')"
    echo "| $title | $(thousands "$offered") | $(thousands "$good") | $(thousands "$refused") | $(ratio "$good" "$allowed")" \
        "| $(milliseconds "$(median p50 "$@")") / $(milliseconds "$(median p99 "$@")") |"
}

# Honest buyers at a fixed rate, alone, and while one buyer calls as fast as a core of his own lets him.
flood() {
    local round flooder
    admission_mode=enforce
    for round in $(seq "$rounds"); do
        start_holdfast 1
        run_load "$work/quiet.$round.json" --connections 16 --rate 20000
        taskset -c "$load_core" chrt --idle 0 "$bench" load --port "$server_port" \
            --ca "$work/server/certs/ca.pem" --certificate "$work/server/certs/gateway.pem" \
            --key "$work/server/certs/gateway.key" --buyers 1 --connections 4 --in-flight 64 \
            --warm-up 0 --duration "$((seconds + warm_up + 2))" --quiet --output json >"$work/flooder.$round.json" &
        flooder="$!"
        sleep 0.5
        run_load "$work/flooded.$round.json" --connections 16 --rate 20000
        wait "$flooder"
        stop_server
    done
    echo
    echo "| 20,000 Reserves a second of others | p50 / p99 / p99.9 ms | answered k/s to the flooder | of them RESERVED |"
    echo "|---|---|---|---|"
    echo "| alone | $(three "$work"/quiet.*.json) | - | - |"
    echo "| one buyer floods | $(three "$work"/flooded.*.json) | $(thousands "$(median rate "$work"/flooder.*.json)") | $(median RESERVED "$work"/flooder.*.json) |"
}

three() {
    echo "$(milliseconds "$(median p50 "$@")") / $(milliseconds "$(median p99 "$@")") / $(milliseconds "$(median p999 "$@")")"
}

# As run_load, however it is answered.
run_any_load() {
    local file="$1"
    shift
    taskset -c "$load_core" "$bench" load --port "$server_port" --ca "$work/server/certs/ca.pem" \
        --certificate "$work/server/certs/gateway.pem" --key "$work/server/certs/gateway.key" \
        --buyers "$buyers" --warm-up "$warm_up" --duration "$seconds" \
        --server-pid "$server_pid" --quiet --output json "$@" >"$file"
}

# The server, and not the hogs beside it.
stop_server_only() {
    kill -TERM "$server_pid" 2>/dev/null || true
    wait "$server_pid" 2>/dev/null || true
}
