# Redis 7 with the usual Lua script, over mutual TLS, beside Holdfast: same connections, same calls in flight.

redis_limit=1000000
redis_first_calls=48000

redis_call() {
    redis-cli -h 127.0.0.1 -p "$server_port" --tls --cacert "$work/server/certs/ca.pem" \
        --cert "$work/server/certs/gateway.pem" --key "$work/server/certs/gateway.key" "$@"
}

# A Redis of our own on a loopback port, alone on its core: memory only, one thread.
start_redis() {
    server_port=0
    local tries candidate
    # Redis takes no free port by itself: try a few.
    for tries in $(seq 20); do
        candidate=$((20000 + RANDOM % 20000))
        taskset -c "$server_core" redis-server --bind 127.0.0.1 --port 0 --tls-port "$candidate" \
            --tls-cert-file "$work/server/certs/server.pem" \
            --tls-key-file "$work/server/certs/server.key" \
            --tls-ca-cert-file "$work/server/certs/ca.pem" --tls-auth-clients yes \
            --tls-protocols TLSv1.3 --tls-ciphersuites TLS_AES_128_GCM_SHA256 \
            --save "" --appendonly no --io-threads 1 --dir "$work" --daemonize no \
            >"$work/redis.out" 2>&1 &
        server_pid=$!
        started_pids+=("$server_pid")
        server_port="$candidate"
        local waited
        for waited in $(seq 40); do
            if redis_call ping 2>/dev/null | grep -q PONG; then
                redis_call set stock:sale-1:sku-1 2000000000 >/dev/null
                script_sha="$(redis_call script load "$(cat Benchmarks/redis/reserve.lua)")"
                return 0
            fi
            kill -0 "$server_pid" 2>/dev/null || break
            sleep 0.05
        done
        stop_server
    done
    cat "$work/redis.out" >&2
    fail "redis-server does not start"
}

processor_ticks() { sed 's/.*) //' "/proc/$1/stat" | awk '{ print $12 + $13 }'; }

# run_redis_load FILE CALLS CONNECTIONS PIPELINE: redis-benchmark with as many calls; a report like the load's.
run_redis_load() {
    local file="$1" calls="$2" before after
    before="$(processor_ticks "$server_pid")"
    taskset -c "$load_core" redis-benchmark -h 127.0.0.1 -p "$server_port" --tls \
        --cacert "$work/server/certs/ca.pem" --cert "$work/server/certs/gateway.pem" \
        --key "$work/server/certs/gateway.key" -n "$calls" -c "$3" -P "$4" -r "$buyers" --csv \
        evalsha "$script_sha" 2 stock:sale-1:sku-1 bought:sale-1:sku-1:user-__rand_int__ \
        1 "$redis_limit" >"$work/redis.csv"
    after="$(processor_ticks "$server_pid")"
    # The last fields of its line: rate, then avg, min, p50, p95, p99 and max in milliseconds.
    tail -n 1 "$work/redis.csv" | tr -d '"' | awk -F, -v calls="$calls" \
        -v ticks="$((after - before))" -v hz="$(getconf CLK_TCK)" '{
            printf "{\n  \"rate\" : %s,\n", $(NF - 6)
            printf "  \"p50\" : %s,\n  \"p99\" : %s,\n", $(NF - 3) * 1000, $(NF - 1) * 1000
            printf "  \"cpu_microseconds_per_call\" : %s\n}\n", ticks / hz * 1e6 / calls
        }' >"$file"
}

redis_rounds() {
    local name="$1" connections="$2" in_flight="$3" round calls
    for round in $(seq "$rounds"); do
        echo "$name: round $round of $rounds" >&2
        start_holdfast 1
        run_load "$work/$name.holdfast.$round.json" --connections "$connections" \
            --in-flight "$in_flight"
        stop_server
        start_redis
        # redis-benchmark counts calls, not seconds: a first run says how many make up the time. It
        # sends whole pipelines, so the numbers are multiples of them.
        run_redis_load "$work/redis.json" "$redis_first_calls" "$connections" "$in_flight"
        calls="$(awk -v r="$(field "$work/redis.json" rate)" -v s="$seconds" \
            'BEGIN { printf "%d", int(r * s / 800) * 800 + 800 }')"
        run_redis_load "$work/$name.redis.$round.json" "$calls" "$connections" "$in_flight"
        redis_check "$calls"
        stop_server
    done
}

# The stock must have gone down by one for each call, or the script did something else.
redis_check() {
    local left
    left="$(redis_call get stock:sale-1:sku-1)"
    [ "$left" = "$((2000000000 - redis_first_calls - $1))" ] \
        || fail "Redis has $left units left after $((redis_first_calls + $1)) calls of one unit"
}

redis_row() {
    local title="$1" ours=("$work/$2".holdfast.*.json) redis=("$work/$2".redis.*.json) a b
    a="$(median rate "${ours[@]}")"
    b="$(median rate "${redis[@]}")"
    echo "| $title | $(thousands "$a") | $(thousands "$b") | **$(ratio "$a" "$b")**" \
        "| $(milliseconds "$(median p50 "${ours[@]}")") / $(milliseconds "$(median p99 "${ours[@]}")")" \
        "| $(milliseconds "$(median p50 "${redis[@]}")") / $(milliseconds "$(median p99 "${redis[@]}")")" \
        "| $(decimals "$(median cpu_microseconds_per_call "${ours[@]}")" 2)" \
        "| $(decimals "$(median cpu_microseconds_per_call "${redis[@]}")" 2) |"
}

run_redis() {
    need redis-server redis-server
    need redis-benchmark redis-tools
    prepare
    redis_rounds r16 50 16
    redis_rounds r1 50 1
    machine
    repetition
    redis-server --version | cut -d' ' -f1-3
    echo
    echo "| closed loop | Holdfast k/s | Redis + Lua k/s | ratio | Holdfast p50 / p99 ms" \
        "| Redis p50 / p99 ms | Holdfast CPU µs a call | Redis CPU µs a call |"
    echo "|---|---|---|---|---|---|---|---|"
    redis_row "50 connections × 16 calls" r16
    redis_row "50 connections × 1 call" r1
}
