import HoldfastWire

/// Calls that are refused before their body is looked at: flags, metadata, methods, ports and roles.
enum CallTable {
    static let rows: [BadInput] = flags + metadata + methods + tolerated

    private static let badFlags: [UInt8] = [0x02, 0x04, 0x08, 0x06, 0x0E, 0x03, 0x0F, 0xF2]
    private static let hintFlags: [UInt8] = [0x10, 0x20, 0x40, 0x80, 0xF0]

    private static let flags: [BadInput] = badFlags.map {
        .refused(
            "flags 0x\(String($0, radix: 16))", MethodNumber.ping, [], "FLAGS_UNKNOWN",
            "0x\(String($0 & 0x0E, radix: 16)) ", flags: $0)
    }

    private static func metadata(_ name: String, _ body: [UInt8]) -> BadInput {
        .body("metadata: \(name)", MethodNumber.ping, body, "flag 0x01", flags: 0x01)
    }

    private static func sized(_ metadata: [UInt8]) -> [UInt8] {
        Big.bytes(UInt16(metadata.count)) + metadata
    }

    private static let metadata: [BadInput] = [
        Self.metadata("no body", []),
        Self.metadata("half a length", [0]),
        Self.metadata("one byte longer than the body", [0, 1]),
        Self.metadata("length 65535", [0xFF, 0xFF] + Raw.text(2, "en")),
        Self.metadata("length little-endian", [4, 0] + Raw.text(2, "en")),
        Self.metadata("cut off in a text", [0, 3, 0x12, 5, 0x65]),
        Self.metadata("cut off in a varint", [0, 2, 0x18, 0x80]),
        Self.metadata("traceparent not UTF-8", Self.sized(Raw.bytes(1, [0xFF]))),
        Self.metadata("locale with NUL", Self.sized(Raw.bytes(2, [0x65, 0]))),
        Self.metadata("locale twice", Self.sized(Raw.text(2, "en") + Raw.text(2, "de"))),
        Self.metadata("attempt past 32 bits", Self.sized(Raw.number(3, 1 << 32))),
        Self.metadata("attempt as a text", Self.sized(Raw.text(3, "1"))),
        Self.metadata("traceparent as a varint", Self.sized(Raw.number(1, 1))),
        Self.metadata("a group", Self.sized([0x0B, 0x0C])),
        Self.metadata("257 fields", Self.sized((0..<257).flatMap { _ in Raw.number(9, 1) })),
    ]

    private static let unknownMethods: [UInt16] = [
        0, 15, 16, 63, 86, 128, 255, 256, 257, 0x0D00, .max,
    ]

    private static let methods: [BadInput] = unknown + early + elsewhere + pauseOnly

    private static let unknown: [BadInput] =
        unknownMethods.map {
            .refused(
                "method \($0)", $0, [], "METHOD_UNKNOWN", "method \($0);",
                code: StatusCode.unimplemented, port: .stock)
        }
        + [
            .refused(
                "method 86 on the admin port", 86, [], "METHOD_UNKNOWN",
                code: StatusCode.unimplemented)
        ]

    private static let early: [BadInput] = Method.allCases.filter { !$0.isAvailable }.map {
        .refused(
            "\($0.name) before its time", $0.rawValue, [], "METHOD_NOT_AVAILABLE", $0.name,
            code: StatusCode.unimplemented, role: "admin")
    }

    private static let elsewhere: [BadInput] = Method.allCases.map {
        .refused(
            "\($0.name) on the other port", $0.rawValue, [], "WRONG_PORT", $0.name,
            code: StatusCode.denied, role: "admin", port: $0.isAdmin ? .stock : .admin)
    }

    private static func byOperator(_ name: String, _ method: UInt16, _ body: [UInt8]) -> BadInput {
        .refused(
            "an operator \(name)", method, body, "PERMISSION_DENIED", "only to pause",
            code: StatusCode.denied, role: "operator")
    }

    private static let pauseOnly: [BadInput] = [
        byOperator(
            "opens a sale", MethodNumber.setSaleState, StateTable.saleState(1, BadInputFixture.sale)
        ),
        byOperator(
            "closes a sale", MethodNumber.setSaleState,
            StateTable.saleState(3, BadInputFixture.sale)),
        byOperator(
            "opens a product", MethodNumber.setProductState,
            StateTable.productState(1, BadInputFixture.sale)),
    ]

    private static let tolerated: [BadInput] =
        hintFlags.map {
            .tolerated("hint flags 0x\(String($0, radix: 16))", MethodNumber.ping, [], flags: $0)
        }
        + [
            .tolerated("metadata of no bytes", MethodNumber.ping, [0, 0], flags: 1),
            .tolerated(
                "unknown metadata", MethodNumber.ping, Self.sized(Raw.text(15, "new")), flags: 1),
        ]

    // MARK: Roles

    /// RULES 2, written down once more: the methods of a role. Admin may call everything.
    private static let allowed: [String: Set<UInt16>] = [
        "gateway": [1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 14],
        "service": [2, 3, 4, 5, 6, 7, 10, 11, 12, 13, 14],
        "operator": [6, 7, 13, 14, 66, 67, 68, 70, 71, 76, 77, 81, 82],
    ]

    /// Every method that a role may not call, on the method's own port. Counted apart from the other reasons.
    static let roles: [BadInput] = ["gateway", "service", "operator"].flatMap { role in
        Method.allCases.filter { Self.allowed[role]?.contains($0.rawValue) == false }.map {
            .refused(
                "\(role) calls \($0.name)", $0.rawValue, [], "PERMISSION_DENIED", $0.name,
                code: StatusCode.denied, role: role)
        }
    }
}
