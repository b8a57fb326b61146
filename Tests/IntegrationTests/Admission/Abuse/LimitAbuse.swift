import HoldfastClient

/// What callers try against the limiter, and days that only look like it. The server's limits: a buyer 2, a device 4, an
/// address 6 in an hour; in the sale "own" a buyer 1; 172.16.0.0/16 20 an address, 172.16.9.0/24 within it 1, and
/// 172.17.0.0/24 together 10.
enum LimitAbuse {
    static let settings = [
        "USER_LIMIT": "2/h", "DEVICE_LIMIT": "4/h", "IP_LIMIT": "6/h",
        "SALE_LIMITS": "user 1/h for own",
        "NETWORK_LIMITS": "172.16.0.0/16 20/h,172.16.9.0/24 1/h,172.17.0.0/24 10/h together",
    ]

    private static let limited = "RATE_LIMITED"

    private static func split(_ count: Int, _ limit: Int) -> [String: Int] {
        ["RESERVED": min(count, limit), Self.limited: max(0, count - limit)]
    }

    /// Each limit just below, at and above.
    private static let borders: [AbuseRow] = [[AbuseRow]]([
        (1...4).map { (count: Int) -> AbuseRow in
            AbuseRow("a buyer calls \(count) times", Self.split(count, 2), Attempts(count: count))
        },
        (3...6).map { (count: Int) -> AbuseRow in
            AbuseRow(
                "\(count) buyers on one device", Self.split(count, 4),
                Attempts(count: count, users: count, address: .each))
        },
        (5...8).map { (count: Int) -> AbuseRow in
            AbuseRow(
                "\(count) buyers on one address", Self.split(count, 6),
                Attempts(count: count, users: count, devices: 0))
        },
        (5...8).map { (count: Int) -> AbuseRow in
            AbuseRow(
                "\(count) buyers on hosts of one /64", Self.split(count, 6),
                Attempts(count: count, users: count, address: .hostsOfOne64, devices: 0))
        },
        (5...8).map { (count: Int) -> AbuseRow in
            AbuseRow(
                "\(count) buyers on an address and its IPv4-mapped form", Self.split(count, 6),
                Attempts(count: count, users: count, address: .mapped, devices: 0))
        },
        (5...8).map { (count: Int) -> AbuseRow in
            AbuseRow(
                "\(count) buyers on an address in four spellings", Self.split(count, 6),
                Attempts(count: count, users: count, address: .spellings, devices: 0))
        },
        (1...3).map { (count: Int) -> AbuseRow in
            AbuseRow(
                "a buyer calls \(count) times in a sale with its own limit", Self.split(count, 1),
                Attempts(count: count, sale: "own"))
        },
        [19, 20, 21].map { (count: Int) -> AbuseRow in
            AbuseRow(
                "\(count) buyers in a known network", Self.split(count, 20),
                Attempts(
                    count: count, users: count, address: .text("172.16.1.\(count)"), devices: 0))
        },
        [9, 10, 11].enumerated().map { (offset: Int, count: Int) -> AbuseRow in
            // The range's limit is one for all rows: this many have been let in before.
            AbuseRow(
                "\(count) buyers in a range that counts together, after others",
                Self.split(count, offset == 0 ? 10 : offset == 1 ? 1 : 0),
                Attempts(
                    count: count, users: count, address: .numbered("172.17.0."), devices: 0))
        },
    ]).flatMap { $0 }

    /// Ways around.
    private static let ways: [AbuseRow] = [
        AbuseRow(
            "a buyer changes addresses", Self.split(10, 2), Attempts(count: 10, address: .each)),
        AbuseRow(
            "a buyer changes /64 networks", Self.split(10, 2),
            Attempts(count: 10, address: .each64)),
        AbuseRow("a buyer changes devices", Self.split(10, 2), Attempts(count: 10, devices: 10)),
        AbuseRow(
            "a buyer leaves out the device", Self.split(10, 2), Attempts(count: 10, devices: 0)),
        AbuseRow(
            "a buyer changes sales", Self.split(4, 2), .reserve(Attempts(count: 2)),
            .reserve(Attempts(count: 2, sale: "second"))),
        AbuseRow(
            "a sale's own limit is counted apart", ["RESERVED": 3, Self.limited: 2],
            .reserve(Attempts(count: 2, sale: "own")), .reserve(Attempts(count: 3))),
        AbuseRow(
            "a buyer sends one request id again and again",
            ["RESERVED": 1, "RESERVED AGAIN": 1, Self.limited: 8],
            Attempts(count: 10, requestIDs: .one)),
        AbuseRow(
            "a buyer changes between two request ids", ["RESERVED": 2, Self.limited: 8],
            Attempts(count: 10, requestIDs: .twoInTurn)),
        AbuseRow(
            "cancelling gives no call back",
            ["RESERVED": 2, "CANCELLED": 1, Self.limited: 3], .reserve(Attempts()), .cancel(1),
            .reserve(Attempts(count: 4))),
        AbuseRow(
            "asking for sales that are not there is a call",
            ["SALE_NOT_FOUND": 2, Self.limited: 3],
            Attempts(count: 5, sale: "nowhere")),
        AbuseRow(
            "asking for products that are not there is a call",
            ["PRODUCT_NOT_FOUND": 2, Self.limited: 3], Attempts(count: 5, product: "nothing")),
        AbuseRow(
            "a sold out product costs a call", ["SOLD_OUT": 2, Self.limited: 3],
            Attempts(count: 5, product: "gone")),
        AbuseRow(
            "large orders are one call each", Self.split(3, 2), Attempts(count: 3, quantity: 50)),
        AbuseRow(
            "many lines are one call", Self.split(3, 2),
            Attempts(
                count: 3,
                lines: (0..<16).map { StockLine(productID: "line-\($0)", quantity: 1) })),
        AbuseRow(
            "a buyer at once, 40 calls", Self.split(40, 2),
            Attempts(count: 40, isParallel: true)),
        AbuseRow(
            "an address at once, 40 buyers", Self.split(40, 6),
            Attempts(count: 40, users: 40, devices: 0, isParallel: true)),
        AbuseRow(
            "a device at once, 40 buyers", Self.split(40, 4),
            Attempts(count: 40, users: 40, address: .each, isParallel: true)),
        AbuseRow(
            "one request id at once, 40 calls",
            ["RESERVED": 1, "RESERVED AGAIN": 1, Self.limited: 38],
            Attempts(count: 40, requestIDs: .one, isParallel: true)),
        AbuseRow(
            "a device that refuses costs the buyer nothing",
            ["RESERVED": 6, Self.limited: 3],
            .reserve(Attempts(count: 4, users: 4, address: .each)),
            .reserve(Attempts(count: 3, userNames: ["late"], address: .each)),
            .reserve(Attempts(count: 2, userNames: ["late"], address: .each, devices: 0))),
        AbuseRow(
            "a buyer who is refused costs the address nothing",
            ["RESERVED": 6, Self.limited: 19], .reserve(Attempts(count: 20, devices: 0)),
            .reserve(
                Attempts(count: 5, users: 5, userNames: ["a", "b", "c", "d", "e"], devices: 0))),
        AbuseRow(
            "a range within a range: the more specific counts", Self.split(3, 1),
            Attempts(count: 3, users: 3, address: .text("172.16.9.1"), devices: 0)),
        AbuseRow(
            "a known network in its IPv4-mapped form", Self.split(22, 20),
            Attempts(count: 22, users: 22, address: .text("::ffff:172.16.1.99"), devices: 0)),
        AbuseRow(
            "an admin's tool that names an address is limited by it", Self.split(8, 6),
            Attempts(count: 8, users: 8, devices: 0, role: "admin")),
        AbuseRow(
            "a tool without addresses is limited by the buyer", Self.split(5, 2),
            Attempts(count: 5, role: "admin", hasNoClient: true)),
        AbuseRow(
            "asking CheckRisk spends nothing", ["CHECK ALLOW": 30, "RESERVED": 2],
            .reserve(Attempts(count: 30, isCheck: true)), .reserve(Attempts(count: 2))),
        AbuseRow(
            "CheckRisk says that the limiter would refuse",
            ["RESERVED": 2, "CHECK RATE_LIMITED": 3], .reserve(Attempts(count: 2)),
            .reserve(Attempts(count: 3, isCheck: true))),
    ]

    /// Calls that are no calls: refused before they count.
    private static let bad: [AbuseRow] =
        [
            AbuseRow(
                "quantities of 0 and less spend nothing", ["FIELD_INVALID": 20, "RESERVED": 2],
                .reserve(Attempts(count: 10, quantity: 0)),
                .reserve(Attempts(count: 10, quantity: -500)), .reserve(Attempts(count: 2))),
            AbuseRow(
                "a gateway's calls without an address spend nothing",
                ["CLIENT_IP_MISSING": 10, "RESERVED": 2],
                .reserve(Attempts(count: 10, address: .none)), .reserve(Attempts(count: 2))),
            AbuseRow(
                "a gateway's calls without a client spend nothing",
                ["CLIENT_IP_MISSING": 10, "RESERVED": 2],
                .reserve(Attempts(count: 10, hasNoClient: true)), .reserve(Attempts(count: 2))),
            AbuseRow(
                "a buyer's id of 65 bytes and more", ["FIELD_INVALID": 5],
                Attempts(count: 5, userNames: [String(repeating: "x", count: 65)])),
        ]
        + [
            "010.0.0.1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.4/24", "fe80::1%eth0", "[::1]",
            "::1::", "1.2.3.4 ",
        ].map { (address: String) -> AbuseRow in
            AbuseRow(
                "an address that is none: '\(address)'", ["FIELD_INVALID": 3, "RESERVED": 2],
                .reserve(Attempts(count: 3, address: .text(address))), .reserve(Attempts(count: 2)))
        }

    /// Buyers who look alike and are not: each has a limit of their own, and none has another's.
    private static let lookAlikes: [AbuseRow] = [
        ("latin and cyrillic", "alice", "\u{0430}lice"), ("cases", "Eve", "eve"),
        ("composed and decomposed", "caf\u{e9}", "cafe\u{301}"), ("a space behind", "eve", "eve "),
        ("a zero width joiner", "eve", "e\u{200d}ve"), ("full width", "eve", "\u{ff45}ve"),
        ("a prefix", "user-1", "user-10"), ("digits of another script", "7", "\u{0667}"),
    ].map { (name: String, first: String, second: String) -> AbuseRow in
        AbuseRow(
            "look-alikes are two buyers: \(name)", ["RESERVED": 4, Self.limited: 2],
            Attempts(count: 6, userNames: [first, second], devices: 0))
    }

    /// What must not be refused.
    private static let honest: [AbuseRow] = [
        AbuseRow(
            "a service orders for 50 buyers without addresses", ["RESERVED": 50],
            Attempts(count: 50, users: 50, role: "admin", hasNoClient: true)),
        AbuseRow(
            "an office of 20 in a known network", ["RESERVED": 20],
            Attempts(count: 20, users: 20, address: .text("172.16.200.1"), devices: 0)),
        AbuseRow(
            "a buyer each at home", ["RESERVED": 50],
            Attempts(count: 50, users: 50, address: .each, devices: 50)),
        AbuseRow(
            "a buyer each in a /64 of their own", ["RESERVED": 50],
            Attempts(count: 50, users: 50, address: .each64, devices: 50)),
        AbuseRow(
            "buyers whose devices nobody knows", ["RESERVED": 30],
            Attempts(count: 30, users: 30, address: .each, devices: 0)),
        AbuseRow(
            "who is limited may pay and read",
            ["RESERVED": 2, Self.limited: 5, "CONFIRMED": 5, "READ": 20],
            .reserve(Attempts(count: 7)), .confirm(5), .read(20)),
        AbuseRow(
            "who is limited may give back", ["RESERVED": 2, Self.limited: 5, "CANCELLED": 5],
            .reserve(Attempts(count: 7)), .cancel(5)),
    ]

    static let rows = borders + ways + bad + lookAlikes + honest
}
