# Heap allocations of the server for one request, once warm: our own code's, and OpenSSL's apart.

run_allocations() {
    prepare
    gcc -O2 -Wall -Wextra -fPIC -shared -fno-builtin-malloc -o "$work/alloc_count.so" \
        Benchmarks/alloc/alloc_count.c
    server_environment=(
        "ALLOC_COUNT_FILE=$work/allocations.txt" "LD_PRELOAD=$work/alloc_count.so")
    # Warm: buffers have grown, and the first tables are there.
    warm_up="${BENCH_WARM_UP:-3}"
    start_holdfast 1
    run_load "$work/allocations.json" --connections 50 --in-flight 16 --signal-window
    await_report 2
    stop_server

    # The second report is the window's.
    awk '/^end$/ { report += 1; next } report == 1' "$work/allocations.txt" >"$work/window.txt"
    local calls
    calls="$(field "$work/allocations.json" answers_in_window)"
    machine
    echo
    echo "heap allocations while $calls Reserve calls were answered (50 connections × 16 calls):"
    awk -v calls="$calls" '
        $1 == "library" {
            openssl = $4 ~ /libssl|libcrypto/
            count[openssl] += $2
            if (!openssl) ours = ours sprintf("    %d  %s\n", $2, $4)
        }
        $1 == "place" && $4 !~ /libssl|libcrypto/ { places = places sprintf("    %d  %s %s\n", $2, $4, $5) }
        END {
            printf "  not by OpenSSL: %d, %.6f a call\n", count[0], count[0] / calls
            printf "  by OpenSSL:     %d, %.3f a call\n", count[1], count[1] / calls
            if (ours != "") printf "  not by OpenSSL, by library (libc: three are the count'"'"'s own report):\n%s", ours
            if (places != "") printf "  and by calling place:\n%s", places
        }' "$work/window.txt"
}

# Waits until the server has written so many reports.
await_report() {
    local tries
    for tries in $(seq 100); do
        [ "$(grep -c '^end$' "$work/allocations.txt" 2>/dev/null)" -ge "$1" ] && return 0
        sleep 0.05
    done
    fail "the server wrote no count of its allocations"
}
