import HoldfastClient

/// What callers try against the default risk rules, and days that only look like it. The server has no limits, and enforces
/// challenges. In "three" a buyer may have 3 of "sku", in "one" 1; "dear" costs 500,000 apiece and has no limit.
enum RiskAbuse {
    static let settings = [
        "USER_LIMIT": "unlimited", "DEVICE_LIMIT": "unlimited", "IP_LIMIT": "unlimited",
        "CHALLENGE": "enforce",
    ]

    private static let rejected = "RISK_REJECTED"
    private static let challenge = "CHALLENGE_REQUIRED"
    private static let day = 86_400_000

    private static func split(_ count: Int, _ limit: Int) -> [String: Int] {
        ["RESERVED": min(count, limit), Self.rejected: max(0, count - limit)]
    }

    /// Each rule of a minute just below, at and above its threshold, in each spelling of an address.
    private static let borders: [AbuseRow] = [[AbuseRow]]([
        (9...13).map { (count: Int) -> AbuseRow in
            AbuseRow(
                "\(count) purchases in a minute", Self.split(count, 10), Attempts(count: count))
        },
        (4...8).map { (count: Int) -> AbuseRow in
            AbuseRow(
                "\(count) accounts on an address in a minute", Self.split(count, 5),
                Attempts(count: count, users: count, devices: count))
        },
        (4...8).map { (count: Int) -> AbuseRow in
            AbuseRow(
                "\(count) accounts on hosts of one /64", Self.split(count, 5),
                Attempts(count: count, users: count, address: .hostsOfOne64, devices: count))
        },
        (4...8).map { (count: Int) -> AbuseRow in
            AbuseRow(
                "\(count) accounts on an address and its IPv4-mapped form", Self.split(count, 5),
                Attempts(count: count, users: count, address: .mapped, devices: count))
        },
        (4...8).map { (count: Int) -> AbuseRow in
            AbuseRow(
                "\(count) accounts on an address in four spellings", Self.split(count, 5),
                Attempts(count: count, users: count, address: .spellings, devices: count))
        },
        (4...8).map { (count: Int) -> AbuseRow in
            // 300 for the age that nobody knows, 400 from the sixth device on: together 700.
            AbuseRow(
                "\(count) devices of a buyer of unknown age",
                ["RESERVED": min(count, 5), Self.challenge: max(0, count - 5)],
                Attempts(count: count, devices: count, age: .unknown))
        },
        (5...8).map { (count: Int) -> AbuseRow in
            AbuseRow(
                "\(count) devices of a buyer of old: not enough to ask", ["RESERVED": count],
                Attempts(count: count, devices: count))
        },
    ]).flatMap { $0 }

    /// An age that is said, a large order: what becomes of it.
    private static let ages: [AbuseRow] = [
        ("0", Attempts.Age.raw(0), false), ("1", .raw(1), false),
        ("seconds for milliseconds", .raw(1_795_000_000), false),
        ("the last millisecond of 1999", .raw(946_684_799_999), false),
        ("the first of 2000", .raw(946_684_800_000), false),
        ("a minute", .milliseconds(60_000), true),
        ("a minute less than a day", .milliseconds(Self.day - 60_000), true),
        ("a day", .milliseconds(Self.day), false),
        ("tomorrow", .milliseconds(-Self.day), true),
    ].map { (name: String, age: Attempts.Age, isChallenged: Bool) -> AbuseRow in
        AbuseRow(
            "all that one may have, account's age: \(name)",
            isChallenged ? [Self.challenge: 1] : ["RESERVED": 1],
            Attempts(age: age, quantity: 3, sale: "three"))
    }

    /// Birthdays that are none.
    private static let nonsense: [AbuseRow] = [-1, Int.min, Int.max].map {
        (created: Int) -> AbuseRow in
        AbuseRow(
            "an account's birthday that is none: \(created)", ["FIELD_INVALID": 1],
            Attempts(age: .raw(created)))
    }

    /// Orders of an account that is an hour old.
    private static let orders: [AbuseRow] = [
        ("2 of 3", "three", [StockLine(productID: "sku", quantity: 2)], false),
        ("3 of 3", "three", [StockLine(productID: "sku", quantity: 3)], true),
        (
            "3 of 3 in two lines of one product", "three",
            [StockLine(productID: "sku", quantity: 1), StockLine(productID: "sku", quantity: 2)],
            true
        ),
        (
            "3 of 3 in three lines of one product", "three",
            (0..<3).map { _ in StockLine(productID: "sku", quantity: 1) }, true
        ),
        ("1 of 1", "one", [StockLine(productID: "sku", quantity: 1)], false),
        (
            "all of one product beside a little of another", "three",
            [StockLine(productID: "other", quantity: 1), StockLine(productID: "sku", quantity: 3)],
            true
        ),
        ("1 dear", "dear", [StockLine(productID: "sku", quantity: 1)], false),
        (
            "2 dear: 1,000,000 together, and two without a limit", "dear",
            [StockLine(productID: "sku", quantity: 2)], true
        ),
        (
            "1 dear and 1 a little less", "dear",
            [
                StockLine(productID: "sku", quantity: 1),
                StockLine(productID: "almost", quantity: 1),
            ],
            false
        ),
        (
            "1 dear and another", "dear",
            [StockLine(productID: "sku", quantity: 1), StockLine(productID: "also", quantity: 1)],
            true
        ),
    ].map { (name: String, sale: String, lines: [StockLine], isChallenged: Bool) -> AbuseRow in
        AbuseRow(
            "an account of an hour asks for \(name)",
            isChallenged ? [Self.challenge: 1] : ["RESERVED": 1],
            Attempts(age: .milliseconds(3_600_000), lines: lines, sale: sale))
    }

    /// Ways around.
    private static let ways: [AbuseRow] = [
        AbuseRow(
            "a buyer changes addresses", Self.split(20, 10), Attempts(count: 20, address: .each)),
        AbuseRow("a buyer changes devices", Self.split(20, 10), Attempts(count: 20, devices: 20)),
        AbuseRow(
            "a buyer leaves out the device", Self.split(12, 10), Attempts(count: 12, devices: 0)),
        AbuseRow(
            "a buyer changes sales", Self.split(12, 10), .reserve(Attempts(count: 6)),
            .reserve(Attempts(count: 6, sale: "second"))),
        AbuseRow(
            "one request id again and again is one purchase",
            ["RESERVED": 1, "RESERVED AGAIN": 29], Attempts(count: 30, requestIDs: .one)),
        AbuseRow(
            "two request ids in turn are two purchases", ["RESERVED": 2, "RESERVED AGAIN": 28],
            Attempts(count: 30, requestIDs: .twoInTurn)),
        AbuseRow(
            "one request id in two sales is two purchases",
            ["RESERVED": 10, Self.rejected: 1], .reserve(Attempts(count: 9)),
            .reserve(Attempts(requestIDs: .one)),
            .reserve(Attempts(requestIDs: .one, sale: "second"))),
        AbuseRow(
            "purchases that were sold out count", ["SOLD_OUT": 10, Self.rejected: 1],
            .reserve(Attempts(count: 10, product: "gone")), .reserve(Attempts())),
        AbuseRow(
            "purchases beyond the limit count",
            ["RESERVED": 1, "LIMIT_EXCEEDED": 9, Self.rejected: 1],
            .reserve(Attempts(count: 10, sale: "one")), .reserve(Attempts())),
        AbuseRow(
            "purchases in sales that are not there count",
            ["SALE_NOT_FOUND": 10, Self.rejected: 1],
            .reserve(Attempts(count: 10, sale: "nowhere")), .reserve(Attempts())),
        AbuseRow(
            "purchases that were cancelled count",
            ["RESERVED": 10, "CANCELLED": 1, Self.rejected: 1],
            .reserve(Attempts(count: 10)), .cancel(1), .reserve(Attempts())),
        AbuseRow(
            "calls that say nothing sensible do not count", ["FIELD_INVALID": 20, "RESERVED": 10],
            .reserve(Attempts(count: 20, quantity: 0)), .reserve(Attempts(count: 10))),
        AbuseRow(
            "who is refused goes on being refused", Self.split(40, 10), Attempts(count: 40)),
        AbuseRow(
            "a buyer at once", Self.split(40, 10), Attempts(count: 40, isParallel: true)),
        AbuseRow(
            "a farm at once", Self.split(40, 5),
            Attempts(count: 40, users: 40, devices: 40, isParallel: true)),
        AbuseRow(
            "a farm without devices", Self.split(8, 5),
            Attempts(count: 8, users: 8, devices: 0)),
        AbuseRow(
            "asking CheckRisk counts nothing", ["CHECK ALLOW": 50, "RESERVED": 10],
            .reserve(Attempts(count: 50, isCheck: true)), .reserve(Attempts(count: 10))),
        AbuseRow(
            "CheckRisk says what a Reserve would meet",
            ["RESERVED": 10, "CHECK REJECT": 5, Self.rejected: 1],
            .reserve(Attempts(count: 10)), .reserve(Attempts(count: 5, isCheck: true)),
            .reserve(Attempts())),
        AbuseRow(
            "CheckRisk as an oracle of the address tells of no other buyer",
            ["RESERVED": 5, "CHECK REJECT": 5, Self.rejected: 1],
            .reserve(Attempts(count: 5, users: 5)),
            .reserve(Attempts(count: 5, userNames: ["new"], isCheck: true)),
            .reserve(Attempts(userNames: ["new"]))),
        AbuseRow(
            "through a tool without addresses the buyer counts all the same", Self.split(12, 10),
            Attempts(count: 12, role: "admin", hasNoClient: true)),
        AbuseRow(
            "through two roles it is one buyer", Self.split(12, 10), .reserve(Attempts(count: 6)),
            .reserve(Attempts(count: 6, role: "admin", hasNoClient: true))),
    ]

    private static let lookAlikes: [AbuseRow] = [
        ("latin and cyrillic", "alice", "\u{0430}lice"), ("cases", "Eve", "eve"),
        ("composed and decomposed", "caf\u{e9}", "cafe\u{301}"), ("a space behind", "eve", "eve "),
    ].map { (name: String, first: String, second: String) -> AbuseRow in
        AbuseRow(
            "look-alikes are two buyers: \(name)", ["RESERVED": 20, Self.rejected: 2],
            Attempts(count: 22, userNames: [first, second]))
    }

    /// What must not be refused.
    private static let honest: [AbuseRow] = [
        AbuseRow(
            "a service orders for 60 buyers without addresses", ["RESERVED": 60],
            Attempts(count: 60, users: 60, age: .unknown, role: "admin", hasNoClient: true)),
        AbuseRow(
            "buyers with a limit of 1 and an unknown age", ["RESERVED": 40],
            Attempts(
                count: 40, users: 40, address: .each, devices: 40, age: .unknown, sale: "one")),
        AbuseRow(
            "buyers with a limit of 1 whose account is new", ["RESERVED": 40],
            Attempts(
                count: 40, users: 40, address: .each, devices: 40, age: .milliseconds(60_000),
                sale: "one")),
        AbuseRow(
            "a family of five behind one address", ["RESERVED": 10],
            Attempts(count: 10, users: 5, devices: 5)),
        AbuseRow(
            "a buyer who taps ten times", ["RESERVED": 1, "RESERVED AGAIN": 9],
            Attempts(count: 10, requestIDs: .one)),
        AbuseRow(
            "buyers each in a /64 of their own", ["RESERVED": 40],
            Attempts(count: 40, users: 40, address: .each64, devices: 40)),
        AbuseRow(
            "who is refused may pay for what was held",
            ["RESERVED": 10, Self.rejected: 3, "CONFIRMED": 4],
            .reserve(Attempts(count: 13)), .confirm(4)),
        AbuseRow(
            "who is refused may give back and read",
            ["RESERVED": 10, Self.rejected: 3, "CANCELLED": 4, "READ": 20],
            .reserve(Attempts(count: 13)), .cancel(4), .read(20)),
    ]

    static let rows = borders + ages + nonsense + orders + ways + lookAlikes + honest
}
