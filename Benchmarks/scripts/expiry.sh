# A million holds with one deadline, made through sockets: how soon all stock is back, and who waits meanwhile.

run_expiry() {
    prepare
    machine
    echo
    start_holdfast 1
    local certificates="$work/server/certs" status=0
    taskset -c "$load_core" "$bench" expiry --port "$server_port" --admin-port "$server_admin_port" \
        --ca "$certificates/ca.pem" \
        --certificate "$certificates/gateway.pem" --key "$certificates/gateway.key" \
        --admin-certificate "$certificates/admin.pem" --admin-key "$certificates/admin.key" \
        --holds "${BENCH_HOLDS:-1000000}" || status=$?
    stop_server
    return "$status"
}
