# What the benchmark modes share: building, starting and ending servers, one load run, medians, tables.
# Sourced by dev/bench.sh, which sets `set -euo pipefail` and the working directory to the repository's root.

server_core="${BENCH_SERVER_CORE:-0}"
load_core=1
rounds="${BENCH_ROUNDS:-5}"
seconds="${BENCH_SECONDS:-5}"
warm_up="${BENCH_WARM_UP:-1}"
# Buyers are drawn from so many that hardly one comes twice.
buyers=1000000000

work=""
holdfast=""
bench=""
started_pids=()

fail() {
    echo "bench: $*" >&2
    exit 1
}

need() {
    command -v "$1" >/dev/null || fail "$1 is missing: apt-get install $2"
}

prepare() {
    need gcc gcc
    need taskset util-linux
    [ "$(nproc)" -ge 2 ] || fail "two cores are needed: one for the server, one for the load"
    work="$(mktemp -d)"
    trap clean_up EXIT
    trap 'exit 130' INT TERM
    if [ -n "${BENCH_BINARIES:-}" ]; then
        holdfast="$BENCH_BINARIES/holdfast"
        bench="$BENCH_BINARIES/holdfast-bench"
    else
        echo "building (release)" >&2
        dev/build-release.sh holdfast >&2
        dev/build-release.sh holdfast-bench >&2
        holdfast="$(swift build -c release --show-bin-path)/holdfast"
        bench="$(swift build -c release --show-bin-path)/holdfast-bench"
    fi
    # shellcheck disable=SC2046
    gcc -O2 -Wall -Wextra -ISources/CHoldfastProto/include -o "$work/floor" \
        Benchmarks/floor/floor.c Sources/CHoldfastProto/holdfast/v1/{common,stock}.pb-c.c \
        $(pkg-config --cflags --libs libprotobuf-c openssl)
    "$holdfast" init --directory "$work/server" >/dev/null
    write_sales 64
}

clean_up() {
    local pid
    for pid in "${started_pids[@]}"; do
        kill -KILL "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    rm -rf "$work" ${memory:+"$memory"}
}

# Sale files sale-1.json … sale-N.json: one product, more units than any run takes, no limit.
write_sales() {
    local now start end number
    now="$(date +%s)"
    start="$(((now - 60) * 1000))"
    end="$(((now + 86400) * 1000))"
    for number in $(seq "$1"); do
        cat >"$work/server/bench-sale-$number.json" <<JSON
{
  "sale_id": "sale-$number", "name": "Benchmark $number", "state": "OPEN",
  "starts_at_ms": $start, "ends_at_ms": $end,
  "currency": "EUR", "hold_ms": 600000, "limit_per_user": 0,
  "products": [
    {"product_id": "sku-1", "name": "Benchmark product", "total": 2000000000, "price_minor": 12900,
     "limit_per_user": 0, "state": "OPEN"}
  ],
  "purchases": []
}
JSON
    done
}

# A configuration with the first N sales, one reactor and free ports.
write_configuration() {
    local number
    {
        printf 'admission:\n  mode: "%s"\nstock:\n  port: 0\nadmin:\n  port: 0\nreactors: 1\nmemory:\n  prefault_bytes: %s\nlog:\n  level: %s\n' \
            "${admission_mode:-off}" "${prefault_bytes:-2147483648}" "${log_level:-warning}"
        printf 'data:\n  sales:\n'
        for number in $(seq "$1"); do printf '    - bench-sale-%s.json\n' "$number"; done
    } >"$work/server/bench.yaml"
}

# Waits until the file has a line, while the process lives.
await_line() {
    local file="$1" pid="$2" tries
    for tries in $(seq 600); do
        [ -s "$file" ] && grep -q . "$file" && return 0
        kill -0 "$pid" 2>/dev/null || fail "the server ended at its start; its words are above"
        sleep 0.05
    done
    fail "the server said nothing within 30 s"
}

# Starts Holdfast with the first N sales, alone on its core; sets server_pid, server_port and server_admin_port. What is
# in server_environment stands before the command. With data_in_memory=1 its data directory lies in /dev/shm: all that is done
# for the journal is done, but no disk is waited for.
server_environment=()
memory=""
start_holdfast() {
    write_configuration "$1"
    # Each server begins anew, unless a restart is what is measured.
    local data="$work/server/data"
    if [ "${data_in_memory:-0}" = 1 ]; then
        [ -n "$memory" ] || memory="$(mktemp -d /dev/shm/holdfast-bench.XXXXXX)"
        data="$memory/data"
    fi
    [ "${keep_data:-0}" = 1 ] || rm -rf "$data"
    : >"$work/holdfast.out"
    taskset -c "$server_core" env HOLDFAST_DATA_DIRECTORY="$data" "${server_environment[@]}" "$holdfast" serve \
        --config "$work/server/bench.yaml" >"$work/holdfast.out" 2> >(tee "$work/holdfast.err" >&2) &
    server_pid=$!
    started_pids+=("$server_pid")
    await_line "$work/holdfast.out" "$server_pid"
    server_port="$(head -n 1 "$work/holdfast.out" | sed -nE 's/.*"stock":"[^"]*:([0-9]+)".*/\1/p')"
    [ -n "$server_port" ] || fail "no stock port in: $(head -n 1 "$work/holdfast.out")"
    server_admin_port="$(head -n 1 "$work/holdfast.out" | sed -nE 's/.*"admin":"[^"]*:([0-9]+)".*/\1/p')"
}

start_floor() {
    : >"$work/floor.out"
    taskset -c "$server_core" "$work/floor" 0 "$work/server/certs/server.pem" \
        "$work/server/certs/server.key" >"$work/floor.out" &
    server_pid=$!
    started_pids+=("$server_pid")
    await_line "$work/floor.out" "$server_pid"
    server_port="$(sed -nE '1s/.*:([0-9]+)$/\1/p' "$work/floor.out")"
}

# Ends the server that was started last: SIGTERM, and SIGKILL after ten seconds.
stop_server() {
    local tries
    kill -TERM "$server_pid" 2>/dev/null || true
    for tries in $(seq 200); do
        kill -0 "$server_pid" 2>/dev/null || break
        sleep 0.05
    done
    kill -KILL "$server_pid" 2>/dev/null || true
    wait "$server_pid" 2>/dev/null || true
    started_pids=()
}

# run_load FILE ARGUMENT…: one load run against the server, its report as JSON in FILE. Every answer must be
# RESERVED (but for one in a thousand: a buyer drawn twice in a second), or the run measured something else.
run_load() {
    local file="$1"
    shift
    taskset -c "$load_core" "$bench" load --port "$server_port" --ca "$work/server/certs/ca.pem" \
        --certificate "$work/server/certs/gateway.pem" --key "$work/server/certs/gateway.key" \
        --buyers "$buyers" --warm-up "$warm_up" --duration "$seconds" \
        --server-pid "$server_pid" --quiet --output json "$@" >"$file"
    if ! awk -v a="$(field "$file" RESERVED)" -v b="$(field "$file" calls)" 'BEGIN { exit !(a >= 0.999 * b) }'; then
        cat "$file" >&2
        fail "not all calls were answered RESERVED"
    fi
}

# The number behind a key in a report.
field() {
    sed -nE "s/^ *\"$2\" : ([0-9.e+-]+),?\$/\1/p" "$1" | head -n 1
}

# median KEY FILE…: the median of a key over reports.
median() {
    local key="$1" file
    shift
    for file in "$@"; do field "$file" "$key"; done | sort -g \
        | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

thousands() { awk -v v="$1" 'BEGIN { printf "%.1f", v / 1000 }'; }
milliseconds() { awk -v v="$1" 'BEGIN { printf "%.2f", v / 1000 }'; }
decimals() { awk -v v="$1" -v n="$2" 'BEGIN { printf "%.*f", n, v }'; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { if (b > 0) printf "%.2f", a / b; else printf "-" }'; }

# What was measured on, for the head of a report.
machine() {
    local model
    model="$(sed -nE 's/^model name\s*: //p' /proc/cpuinfo | head -n 1)"
    echo "$(date -u +%F), ${model:-unknown processor}, $(nproc) cores, kernel $(uname -r)," \
        "$(openssl version | cut -d' ' -f1,2), $(gcc --version | head -n 1)"
    echo "server on core $server_core, one thread for the network; load on core $load_core"
}

repetition() {
    echo "medians of $rounds rounds of $seconds s after $warm_up s of warm-up, a new server for each"
}
