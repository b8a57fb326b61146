# Holdfast beside the floor: each case in turn A B A B, so that a busy machine is busy for both.

# measure NAME SALES ARGUMENT…: all rounds of one case.
measure() {
    local name="$1" sales="$2" round
    shift 2
    for round in $(seq "$rounds"); do
        echo "$name: round $round of $rounds" >&2
        start_holdfast "$sales"
        run_load "$work/$name.holdfast.$round.json" --sales "$sales" "$@"
        stop_server
        start_floor
        run_load "$work/$name.floor.$round.json" --sales "$sales" "$@"
        stop_server
    done
}

closed_row() {
    local title="$1" ours=("$work/$2".holdfast.*.json) floor=("$work/$2".floor.*.json) a b c d
    a="$(median rate "${ours[@]}")"
    b="$(median rate "${floor[@]}")"
    c="$(median cpu_microseconds_per_call "${ours[@]}")"
    d="$(median cpu_microseconds_per_call "${floor[@]}")"
    echo "| $title | $(thousands "$a") | $(thousands "$b") | **$(ratio "$a" "$b")**" \
        "| $(milliseconds "$(median p50 "${ours[@]}")") / $(milliseconds "$(median p99 "${ours[@]}")")" \
        "| $(milliseconds "$(median p50 "${floor[@]}")") / $(milliseconds "$(median p99 "${floor[@]}")")" \
        "| $(decimals "$c" 2) | $(decimals "$d" 2) | $(ratio "$d" "$c") |"
}

latencies() {
    local key text=""
    for key in p50 p90 p99 p999 max; do
        text+="$(milliseconds "$(median "$key" "$@")") / "
    done
    echo "${text% / }"
}

open_row() {
    local title="$1" ours=("$work/$2".holdfast.*.json) floor=("$work/$2".floor.*.json)
    echo "| $title | $(latencies "${ours[@]}") | $(latencies "${floor[@]}")" \
        "| $(ratio "$(median p99 "${ours[@]}")" "$(median p99 "${floor[@]}")")" \
        "| $(decimals "$(median cores_used "${ours[@]}")" 2)" \
        "| $(decimals "$(median cores_used "${floor[@]}")" 2) |"
}

run_figures() {
    prepare
    measure c16 1 --connections 50 --in-flight 16
    measure c1 1 --connections 50 --in-flight 1
    measure s64 64 --connections 50 --in-flight 16
    data_in_memory=1 measure m16 1 --connections 50 --in-flight 16
    data_in_memory=1 measure m1 1 --connections 50 --in-flight 1
    measure o50 1 --connections 16 --rate 50000
    measure o100 1 --connections 16 --rate 100000

    machine
    repetition
    echo
    echo "| closed loop | Holdfast k/s | floor k/s | ratio | Holdfast p50 / p99 ms | floor p50 / p99 ms" \
        "| Holdfast CPU µs a call | floor CPU µs a call | ratio |"
    echo "|---|---|---|---|---|---|---|---|---|"
    closed_row "50 connections × 16 calls, 1 sale" c16
    closed_row "50 connections × 1 call, 1 sale" c1
    closed_row "50 connections × 16 calls, 64 sales" s64
    closed_row "50 connections × 16 calls, data in memory" m16
    closed_row "50 connections × 1 call, data in memory" m1
    echo
    echo "| open loop, 16 connections | Holdfast p50 / p90 / p99 / p99.9 / max ms" \
        "| floor p50 / p90 / p99 / p99.9 / max ms | ratio of p99 | Holdfast cores | floor cores |"
    echo "|---|---|---|---|---|---|"
    open_row "50,000/s" o50
    open_row "100,000/s" o100
}

# The floor alone: what this machine can do at all.
run_floor() {
    prepare
    start_floor
    for arguments in "--connections 50 --in-flight 16" "--connections 50 --in-flight 1" \
        "--connections 16 --rate 50000" "--connections 16 --rate 100000"; do
        # shellcheck disable=SC2086
        run_load "$work/floor.json" $arguments
        echo "floor $arguments: $(thousands "$(field "$work/floor.json" rate)") k/s, p99" \
            "$(milliseconds "$(field "$work/floor.json" p99)") ms," \
            "$(decimals "$(field "$work/floor.json" cpu_microseconds_per_call)" 2) µs CPU a call"
    done
    stop_server
}
