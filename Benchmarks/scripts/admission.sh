# What admission costs a Reserve, what overload does to those who are served, and what one source's flood does to the others.

run_admission() {
    prepare
    machine
    repetition
    cost
    overload
    flood
}

# Every check on, at its defaults: the load's buyers are different ones, so nobody is refused and every call is judged in full.
cost() {
    local round
    for round in $(seq "$rounds"); do
        echo "cost: round $round of $rounds" >&2
        for admission_mode in "off" enforce; do
            start_holdfast 1
            run_load "$work/cost.$admission_mode.$round.json" --connections 50 --in-flight 16
            stop_server
        done
        start_floor
        run_load "$work/cost.floor.$round.json" --connections 50 --in-flight 16
        stop_server
    done
    local mode
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

# A core that two others want as well: what is left of it is a capacity that one core of load can offer three times.
overload() {
    local round hogs=() number peak
    for number in 1 2 3; do
        taskset -c "$server_core" sh -c 'while :; do :; done' &
        hogs+=("$!")
        started_pids+=("$!")
    done
    admission_mode=enforce
    start_holdfast 1
    run_any_load "$work/peak.json" --connections 50 --in-flight 16
    peak="$(field "$work/peak.json" RESERVED)"
    run_any_load "$work/overload.json" --connections 50 --in-flight 4096 --timeout-ms 1000 \
        --rate "$(awk -v p="$peak" -v s="$seconds" 'BEGIN { printf "%d", 3 * p / s }')"
    stop_server
    kill -KILL "${hogs[@]}"
    echo
    echo "| overload | offered k/s | RESERVED k/s | of the peak | p50 / p99 ms |"
    echo "|---|---|---|---|---|"
    cat "$work/peak.json" "$work/overload.json" | head -n 80
}

# As run_load, without a word on how it is answered.
run_any_load() {
    local file="$1"
    shift
    taskset -c "$load_core" "$bench" load --port "$server_port" --ca "$work/server/certs/ca.pem" \
        --certificate "$work/server/certs/gateway.pem" --key "$work/server/certs/gateway.key" \
        --buyers "$buyers" --warm-up "$warm_up" --duration "$seconds" \
        --server-pid "$server_pid" --quiet --output json "$@" >"$file"
}

flood() { :; }
