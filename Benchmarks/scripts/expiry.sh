# A million holds with one deadline, made through sockets: how soon all stock is back, and who waits meanwhile. A new
# server each round: with the data directory in memory, so that no pause of a disk is in the figures; with answers that wait for the
# disk; and with answers that wait for the kernel to take the bytes.

run_expiry() {
    prepare
    machine
    echo "$rounds rounds; milliseconds. Reserves of others at 20,000 a second, the slowest of: the 2 s before, the lapse, 1 s after;"
    echo "by its own doing: an estimate of the longest that a lapse can have kept one, of what the server measures of itself"
    local place
    for place in ${BENCH_PARTS:-memory disk kernel}; do
        [ -n "${places[$place]:-}" ] || fail "BENCH_PARTS: memory, disk, kernel; not $place"
        echo
        echo "| ${places[$place]} | all back | p50 meanwhile | p99 meanwhile | slowest meanwhile | slowest before | slowest after | by its own doing |"
        echo "|---|---|---|---|---|---|---|---|"
        local number
        for number in $(seq "$rounds"); do
            lapse_once "$place" >"$work/lapse.txt" || [ $? -eq 1 ] || fail "the drill broke off"
            lapse_row <"$work/lapse.txt" | tee -a "$work/$place.txt" | sed "s/^/| $number | /"
        done
        echo "| median |$(lapse_medians "$work/$place.txt")"
    done
    # By medians: what a machine with other guests does to a round (the same seconds without a lapse show it) is not the server's, and
    # even a thread's processor time goes on while its core is taken away. The work of a lapse is the same in every round. Where
    # the quiet seconds around were slower than the bound themselves, they are the bound.
    for place in memory disk kernel; do
        [ -e "$work/$place.txt" ] || continue
        awk '{ exit !($1 <= 1000 && ($4 <= 5 || $4 <= $5 || $4 <= $6) && $7 <= 5) }' \
            <<<"$(lapse_medians "$work/$place.txt" | tr -d '|')" ||
            fail "a bound is broken ($place): all back within 1000 ms, no Reserve above 5 ms or above the quiet seconds, none above 5 ms by the server's own doing (medians)"
    done
}

declare -A places=(
    [memory]="data in memory" [disk]="journal synced" [kernel]="journal.sync = none"
)

# The tool's own exit status is 1 when this one round broke a bound.
lapse_once() {
    local certificates="$work/server/certs" status=0
    case "$1" in
        memory) data_in_memory=1 start_holdfast 1 ;;
        disk) start_holdfast 1 ;;
        kernel) HOLDFAST_JOURNAL_SYNC=none start_holdfast 1 ;;
    esac
    taskset -c "$load_core" "$bench" expiry --port "$server_port" --admin-port "$server_admin_port" \
        --ca "$certificates/ca.pem" \
        --certificate "$certificates/gateway.pem" --key "$certificates/gateway.key" \
        --admin-certificate "$certificates/admin.pem" --admin-key "$certificates/admin.key" \
        --holds "${BENCH_HOLDS:-1000000}" --lead "${BENCH_LEAD:-10}" || status=$?
    stop_server
    return "$status"
}

# Of both kinds of Reserve the worse one.
lapse_row() {
    awk '
        function worse(old, new) { return new > old + 0 ? new : old }
        /^all stock back/ { back = $4 }
        /^Reserve/ { isReserve = 1 }
        /^GetStock/ { isReserve = 0 }
        isReserve && $1 == "before" { before = worse(before, $10) }
        isReserve && $1 == "meanwhile" { half = worse(half, $2); most = worse(most, $6); slowest = worse(slowest, $10) }
        isReserve && $1 == "after" { after = worse(after, $10) }
        /own doing, ms:/ { own = $0; sub(/.*ms: /, "", own); sub(/,.*/, "", own) }
        END { printf "%s | %s | %s | %s | %s | %s | %s |\n", back, half, most, slowest, before, after, own }'
}

lapse_medians() {
    local column
    for column in 1 3 5 7 9 11 13; do
        awk -v c="$column" '{ print $c }' "$1" | sort -g |
            awk '{ v[NR] = $1 } END { printf " %s |", NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
    done
    echo
}
