/// The blacklist's calls.
enum BlacklistTable {
    static let rows: [BadInput] = adds + removes + lists

    private static let head = Raw.bytes(1, ReserveTable.unusedRequest)
    private static let eve = Raw.text(2, "eve")

    private static func add(_ entries: [[UInt8]]) -> [UInt8] {
        Self.head + entries.flatMap { Raw.bytes(2, $0) }
    }

    private static func add(
        _ name: String, _ entry: [UInt8], _ field: String
    ) -> BadInput {
        .field("BlacklistAdd: \(name)", MethodNumber.blacklistAdd, Self.add([entry]), field)
    }

    private static let badNetworks = [
        "10.0.0.0/33", "10.0.0.1/8", "10.0.0", "::/129", "fe80::1%eth0", "010.0.0.1", "example.org",
        "10.0.0.0/", "/8", "10.0.0.0/8/8", "10.0.0.0/+8",
    ]

    private static let adds: [BadInput] =
        badNetworks.map { network in
            Self.add("network \(network)", Raw.text(4, network), "entries[0].network")
        }
        + [
            .field(
                "BlacklistAdd: no request id", MethodNumber.blacklistAdd, Raw.bytes(2, Self.eve),
                "request_id"),
            .field("BlacklistAdd: no entry", MethodNumber.blacklistAdd, Self.add([]), "entries"),
            .field(
                "BlacklistAdd: 101 entries", MethodNumber.blacklistAdd,
                Self.add((0...100).map { Raw.text(2, "u\($0)") }), "entries"),
            Self.add("an entry of nobody", Raw.text(6, "why"), "entries[0]"),
            Self.add("an empty buyer", Raw.text(2, ""), "entries[0].user_id"),
            Self.add(
                "a buyer of 65 bytes", Raw.text(2, String(repeating: "x", count: 65)),
                "entries[0].user_id"),
            Self.add("a device with a line end", Raw.text(3, "a\nb"), "entries[0].device_id"),
            Self.add(
                "an end before 1970", Self.eve + Raw.number(5, -1), "entries[0].expires_at_ms"),
            Self.add(
                "an end behind all time", Self.eve + Raw.number(5, .max),
                "entries[0].expires_at_ms"),
            Self.add(
                "a reason of 257 bytes",
                Self.eve + Raw.text(6, String(repeating: "r", count: 257)), "entries[0].reason"),
            Self.add(
                "a source of 65 bytes",
                Self.eve + Raw.text(7, String(repeating: "s", count: 65)), "entries[0].source"),
            Self.add("an id", Self.eve + Raw.number(1, 7), "entries[0].id"),
            Self.add("an operator", Self.eve + Raw.text(8, "root"), "entries[0].operator_name"),
            Self.add("a birthday", Self.eve + Raw.number(9, 1), "entries[0].created_at_ms"),
            .field(
                "BlacklistAdd: one bad entry of two", MethodNumber.blacklistAdd,
                Self.add([Self.eve, Raw.text(4, "10.0.0.1/8")]), "entries[1].network"),
            .body(
                "BlacklistAdd: buyer and device in one entry", MethodNumber.blacklistAdd,
                Self.add([Self.eve + Raw.text(3, "d")]), "twice"),
            .body("BlacklistAdd: noise", MethodNumber.blacklistAdd, [0xFF, 0xFF], "well-formed"),
        ]

    private static func remove(_ targets: [[UInt8]]) -> [UInt8] { Self.add(targets) }

    private static let removes: [BadInput] = [
        .field(
            "BlacklistRemove: no target", MethodNumber.blacklistRemove, Self.remove([]), "targets"),
        .field(
            "BlacklistRemove: 101 targets", MethodNumber.blacklistRemove,
            Self.remove((1...101).map { Raw.number(1, $0) }), "targets"),
        .field(
            "BlacklistRemove: id 0", MethodNumber.blacklistRemove,
            Self.remove([Raw.number(1, 0)]), "targets[0].id"),
        .field(
            "BlacklistRemove: a target of nothing", MethodNumber.blacklistRemove,
            Self.remove([[]]), "targets[0]"),
        .field(
            "BlacklistRemove: a range with bits behind its prefix", MethodNumber.blacklistRemove,
            Self.remove([Raw.text(4, "10.0.0.1/8")]), "targets[0].network"),
        .field(
            "BlacklistRemove: a zero request id", MethodNumber.blacklistRemove,
            Raw.bytes(1, [UInt8](repeating: 0, count: 16)) + Raw.bytes(2, Raw.number(1, 7)),
            "request_id"),
        .body("BlacklistRemove: noise", MethodNumber.blacklistRemove, [0xFF, 0xFF], "well-formed"),
    ]

    private static let lists: [BadInput] = [
        .field(
            "BlacklistList: a token that is no number", MethodNumber.blacklistList,
            Raw.text(2, "next"), "page_token"),
        .field(
            "BlacklistList: a token of 21 digits", MethodNumber.blacklistList,
            Raw.text(2, String(repeating: "1", count: 21)), "page_token"),
        .field("BlacklistList: kind 4", MethodNumber.blacklistList, Raw.number(3, 4), "kind"),
        .field(
            "BlacklistList: kind and buyer", MethodNumber.blacklistList,
            Raw.number(3, 1) + Raw.text(4, "eve"), "kind"),
        .field(
            "BlacklistList: token and device", MethodNumber.blacklistList,
            Raw.text(2, "1") + Raw.text(5, "d"), "page_token"),
        .field(
            "BlacklistList: an address that is a range", MethodNumber.blacklistList,
            Raw.text(6, "10.0.0.0/8"), "address"),
        .field(
            "BlacklistList: no range", MethodNumber.blacklistList, Raw.text(7, "all"), "network"),
        .body("BlacklistList: noise", MethodNumber.blacklistList, [0xFF, 0xFF], "well-formed"),
    ]
}
