/// Every setting of the server, declared once: defaults, `--help`, the commented file that `init` writes and the check
/// for unknown keys all come from here. `ServerConfiguration` turns the values into types.
package enum SettingsTable {
    package static let all: [Setting] =
        listeners + security + engine + limits + admission + observation + data + journal

    private static let listeners: [Setting] = [
        Setting(
            "stock.host", default: "127.0.0.1",
            "Address of StockService, numeric: 127.0.0.1, 0.0.0.0, ::1, ::"),
        Setting(
            "stock.port", default: "7443",
            "TCP port of StockService, 0 to 65535; 0 takes a free one"),
        Setting(
            "stock.client_certificate", default: "required",
            "required, or optional (unsafe: whoever reaches the port may connect)"),
        Setting(
            "stock.anonymous_role", default: "none",
            "Role of a caller without a certificate: none (Ping only) or gateway (unsafe)"),
        Setting(
            "admin.host", default: "127.0.0.1",
            "Address of AdminService, numeric; client certificates are always required"),
        Setting(
            "admin.port", default: "7444",
            "TCP port of AdminService, 0 to 65535; 0 takes a free one"),
    ]

    private static let security: [Setting] = [
        Setting(
            "tls.certificate", default: "certs/server.pem",
            "PEM file: the server's certificate, then the intermediate ones"),
        Setting(
            "tls.key", default: "certs/server.key",
            "PEM file: the key of the certificate, without a pass phrase"),
        Setting(
            "tls.client_ca", default: "certs/ca.pem",
            "PEM file: the CA certificates that sign callers"),
        Setting(
            "identities", .list,
            default: DevelopmentIdentities.entries.joined(separator: ", "),
            "Who may call: a list of \"<role> <URI SAN>\"; roles: gateway, service, operator, admin"
        ),
    ]

    private static let engine: [Setting] = [
        Setting(
            "reactors", default: "0",
            "Network threads, 1 to 256; 0 takes one for each usable core"),
        Setting(
            "shards", default: "64",
            "Independent parts of the stock, 1 to 4095; fixed once the data directory is made"),
        Setting(
            "accept_clock", default: "false",
            "true: start although the clock is more than 7 days ahead of the journal"),
        Setting(
            "accept_snapshot", default: "false",
            "true: start from a snapshot without a journal, as restored; what came behind it is lost"
        ),
        Setting(
            "sale.lapses_max", default: "5",
            "Holds that a buyer may let lapse in one sale, 0 to 65535; 0: any number"),
        Setting(
            "sale.retention_ms", default: "86400000",
            "A sale is sealed so long after its end, in milliseconds, 0 to 31536000000"),
        Setting(
            "memory.budget_bytes", default: "0",
            "Bytes that the engine's tables may take, at least 16777216; 0: half of the machine's"),
        Setting(
            "memory.prefault_bytes", default: "33554432",
            "Table memory touched before the start, 0 to 1099511627776; a hold takes about 190 bytes"
        ),
    ]

    private static let limits: [Setting] = [
        Setting(
            "limits.connections", default: "10000",
            "Connections of the whole server, 1 to 1000000"),
        Setting(
            "limits.connections_per_ip", default: "64",
            "Connections of one address without a client certificate, 1 to 1000000"),
        Setting(
            "limits.handshakes_per_ip_per_second", default: "200",
            "TLS handshakes that one address may start a second, 1 to 1000000"),
        Setting(
            "limits.handshakes_per_ip", default: "128",
            "Unfinished TLS handshakes of one address, 1 to 1000000"),
        Setting(
            "limits.handshakes", default: "256",
            "Unfinished TLS handshakes of one reactor, 1 to 65536"),
        Setting(
            "limits.handshake_ms", default: "5000",
            "Time for a TLS handshake in milliseconds, 100 to 600000"),
        Setting(
            "limits.frame_ms", default: "10000",
            "Time from a frame's first byte to its last in milliseconds, 100 to 600000"),
        Setting(
            "limits.idle_ms", default: "60000",
            "A connection without a frame for so many milliseconds is closed, 1000 to 86400000"),
        Setting(
            "limits.calls_in_flight", default: "1024",
            "Calls in flight on one connection, 1 to 65536"),
        Setting(
            "limits.control_frames_per_second", default: "10",
            "PING and other control frames of one connection a second, 1 to 100000"),
        Setting(
            "limits.key_updates_per_second", default: "10",
            "TLS KeyUpdates of one connection a second, 1 to 100000"),
        Setting(
            "limits.default_timeout_ms", default: "1000",
            "Timeout of a call that names none, in milliseconds, 1 to 600000"),
        Setting(
            "limits.stock_frame_bytes", default: "65536",
            "Largest frame on the stock port, 4096 to 16777215"),
        Setting(
            "limits.admin_frame_bytes", default: "1048576",
            "Largest frame on the admin port, 65536 to 16777215"),
        Setting(
            "limits.output_bytes", default: "262144",
            "Unsent answers of one connection, above which it is not read, 16384 to 1073741824"),
        Setting(
            "limits.output_stall_ms", default: "10000",
            "A connection that takes no answers for so many milliseconds is closed, 100 to 600000"),
        Setting(
            "limits.buffers_bytes", default: "536870912",
            "Buffers of all connections; slow readers are shed from 80 % on; at least 16777216"),
        Setting(
            "limits.queue_ms", default: "60",
            "Of what waits longer unread, for ten times as long, one in eight is refused as OVERLOADED, and all that waited ten times longer; 0 to 60000; 0: never"
        ),
        Setting(
            "limits.drain_ms", default: "1000",
            "Time for callers to leave after SIGTERM, in milliseconds, 0 to 4000"),
    ]

    private static let admission: [Setting] = [
        Setting(
            "admission.mode", default: "enforce",
            "enforce, observe (counts, and decides nothing) or off (unsafe: no limits, no risk rules)"
        ),
        Setting(
            "admission.challenge", default: "observe",
            "observe: whom the rules would challenge buys; enforce: CHALLENGE_REQUIRED"),
        Setting(
            "admission.user_limit", default: "1/s burst 1",
            "Reserves of one user: 10/s burst 20, 5/10s sliding, or unlimited"),
        Setting(
            "admission.ip_limit", default: "100/s burst 1000",
            "Reserves from one IPv4 address or IPv6 /64, like admission.user_limit"),
        Setting(
            "admission.device_limit", default: "5/s burst 20",
            "Reserves from one device, like admission.user_limit"),
        Setting(
            "admission.sale_limit", default: "1000000/s burst 1000000",
            "Reserves in one sale, like admission.user_limit"),
        Setting(
            "admission.global_limit", default: "2000000/s burst 2000000",
            "Reserves in all, like admission.user_limit"),
        Setting(
            "admission.sale_limits", .list, default: "",
            "A sale's own limits: a list of \"user 2/s burst 4 for SALE-ID\"; user, ip, device or sale"
        ),
        Setting(
            "admission.network_limits", .list, default: "",
            "Limits of known networks: a list of \"203.0.113.0/24 1000/s\"; together: the range as one"
        ),
        Setting(
            "admission.limiter_bytes", default: "67108864",
            "Memory of the limiter's buckets, and as much for windows, 65536 to 1099511627776"),
        Setting(
            "admission.rules", default: "",
            "YAML file of risk rules, taken again when it changes; empty: those in docs/ADMISSION.md"
        ),
        Setting(
            "admission.risk_users", default: "1048576",
            "Users whose recent purchases the risk rules keep, 1024 to 67108864"),
    ]

    private static let observation: [Setting] = [
        Setting(
            "log.level", default: "info",
            "trace, debug, info, notice, warning, error or critical"),
        Setting(
            "log.format", default: "text",
            "text or json; logs go to standard error"),
        Setting(
            "log.lines_per_second", default: "5",
            "Lines about misbehaviour, for each reason and reactor, 1 to 100000; others are counted"
        ),
    ]

    private static let data: [Setting] = [
        Setting(
            "data.directory", default: "data",
            "Folder of journal and snapshots, made if it is not there; one server at a time"),
        Setting(
            "data.sales", .list, default: "",
            "JSON files of sales, loaded at the start if the server does not know the sale"),
    ]

    private static let journal: [Setting] = [
        Setting(
            "journal.sync", default: "group",
            "group: an answer means it is on disk; none (unsafe): a power cut loses answered calls"),
        Setting(
            "journal.segment_bytes", default: "67108864",
            "Size of a journal file, 65536 to 1073741824, in pages of 4096"),
        Setting(
            "journal.segments_ahead", default: "2",
            "Journal files kept ready ahead of use, 1 to 64; more are made for what is held"),
        Setting(
            "snapshot.journal_bytes", default: "1073741824",
            "A snapshot is made after so much journal, 0 to 1099511627776; 0: not by size"),
        Setting(
            "snapshot.interval_ms", default: "3600000",
            "A snapshot is made after so long, if there was anything new, 0 to 31536000000; 0: never"
        ),
    ]

    package static func named(_ name: String) -> Setting? { all.first { $0.name == name } }

    package static func flagged(_ flag: String) -> Setting? { all.first { $0.flag == flag } }
}
