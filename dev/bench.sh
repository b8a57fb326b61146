#!/usr/bin/env bash
# Measures Holdfast on this machine. docs/BENCHMARKS.md says what is compared and how.
#
#   dev/bench.sh [figures]     Holdfast beside the floor program: closed and open loop, 1 and 64 sales
#   dev/bench.sh allocations   heap allocations a request, ours and OpenSSL's apart
#   dev/bench.sh redis         Holdfast beside Redis 7 with the usual Lua script, over mutual TLS
#   dev/bench.sh admission     what all checks cost, three times too many calls, a flood; BENCH_PARTS (cost overload flood)
#   dev/bench.sh floor         the floor program alone
#   dev/bench.sh snapshot      latency while a snapshot is made; BENCH_HOLDS (1000000)
#   dev/bench.sh restart       kill -9 and start again: journal alone, snapshot, both; BENCH_HOLDS (1000000)
#   dev/bench.sh expiry        a million holds that lapse in the same instant, under Reserves of others; BENCH_LEAD (10) s to make them,
#                              BENCH_PARTS (memory disk kernel): where the journal goes
#
# BENCH_ROUNDS (5), BENCH_SECONDS (5) and BENCH_WARM_UP (1) set how long; BENCH_BINARIES names a folder
# with holdfast and holdfast-bench, which are then not built. BENCH_SERVER_CORE (0) may be 0,1 for restart. BENCH_HOLDS (1000000) is for expiry and restart.
set -euo pipefail
cd "$(dirname "$0")/.."

source Benchmarks/scripts/common.sh
case "${1:-figures}" in
    figures) source Benchmarks/scripts/figures.sh && run_figures ;;
    floor) source Benchmarks/scripts/figures.sh && run_floor ;;
    snapshot) source Benchmarks/scripts/snapshot.sh && run_snapshot ;;
    restart) log_level=info prefault_bytes="${BENCH_PREFAULT_BYTES:-33554432}" && source Benchmarks/scripts/restart.sh && run_restart ;;
    allocations) source Benchmarks/scripts/allocations.sh && run_allocations ;;
    redis) source Benchmarks/scripts/redis.sh && run_redis ;;
    expiry) source Benchmarks/scripts/expiry.sh && run_expiry ;;
    admission) source Benchmarks/scripts/admission.sh && run_admission ;;
    *)
        echo "usage: dev/bench.sh [figures|allocations|redis|admission|floor|expiry|restart|snapshot]" >&2
        exit 64
        ;;
esac
