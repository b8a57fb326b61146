/// Frames that break the protocol: lengths, kinds, call ids, control frames, and other protocols inside TLS.
enum FrameTable {
    static let rows: [BadInput] =
        lengths + foreignProtocols + kinds + callIDs + pings + floods + tolerated

    /// A Ping whose length field lies.
    private static func claiming(_ length: UInt32) -> [UInt8] {
        RawFrame.call(1, method: MethodNumber.ping, []).bytes(length: length)
    }

    private static let short: [UInt32] = [0, 1, 4, 8, 11]

    private static let long: [(name: String, length: UInt32)] = [
        ("one past the largest", 65_537), ("twice the largest", 131_072),
        ("the admin port's largest", 1_048_576), ("2^24 - 1", 0xFF_FFFF), ("2^24", 0x100_0000),
        ("2^31 - 1", 0x7FFF_FFFF), ("2^31", 0x8000_0000), ("2^32 - 12", 0xFFFF_FFF4),
        ("2^32 - 4", 0xFFFF_FFFC), ("2^32 - 1", 0xFFFF_FFFF), ("12, little-endian", 0x0C00_0000),
    ]

    private static let lengths: [BadInput] =
        short.map { .closes("length \($0)", Self.claiming($0), "FRAME_TOO_SHORT") }
        + long.map { .closes("length \($0.name)", Self.claiming($0.length), "FRAME_TOO_LARGE") }
        + oddLengths

    private static let oddLengths: [BadInput] = [
        .closes(
            "length one past the largest of the admin port", claiming(1_048_577),
            "FRAME_TOO_LARGE", port: .admin),
        .closes("length 0 on the admin port", claiming(0), "FRAME_TOO_SHORT", port: .admin),
        .closes("length 0 behind a good frame", ping(1) + claiming(0), "FRAME_TOO_SHORT"),
        .closes("a length of one byte", [12, 2, 0, 0], "FRAME_TOO_LARGE"),
    ]

    private static let foreignProtocols: [BadInput] = [
        .closes("HTTP/1.1 inside TLS", Array("GET / HTTP/1.1\r\n\r\n".utf8), "FRAME_TOO_LARGE"),
        .closes("HTTP/2 inside TLS", Array("PRI * HTTP/2.0\r\n\r\n".utf8), "FRAME_TOO_LARGE"),
        .closes("RESP inside TLS", Array("*1\r\n$4\r\nPING\r\n".utf8), "FRAME_TOO_LARGE"),
        .closes("JSON inside TLS", Array(#"{"method":"Reserve"}"#.utf8), "FRAME_TOO_LARGE"),
        .closes(
            "a gRPC message inside TLS", [0, 0, 0, 0, 2, 8, 1], "FRAME_TOO_SHORT"),
        .closes("TLS inside TLS", [0x16, 3, 1, 0, 5, 1, 0, 0, 1, 3], "FRAME_TOO_LARGE"),
        .closes("a bare protobuf message", Raw.text(1, "sale") + [0, 0], "FRAME_TOO_LARGE"),
    ]

    private static func frame(_ kind: UInt8, _ body: [UInt8] = [], callID: UInt32 = 0) -> [UInt8] {
        RawFrame(kind: kind, callID: callID, body: body).bytes()
    }

    private static func ping(_ callID: UInt32) -> [UInt8] {
        RawFrame.call(callID, method: MethodNumber.ping, []).bytes()
    }

    private static let serverKinds: [(name: String, kind: UInt8)] = [
        ("RESPONSE", 3), ("ITEM", 4), ("GOAWAY", 8),
    ]
    private static let unknownKinds: [UInt8] = [0, 128, 129, 200, 254, 255]

    private static let kinds: [BadInput] =
        serverKinds.map {
            .closes("a client sends \($0.name)", Self.frame($0.kind, callID: 1), "KIND_FORBIDDEN")
        }
        + unknownKinds.map { .closes("kind \($0)", Self.frame($0), "KIND_UNKNOWN") }
        + [
            .closes(
                "RESPONSE to a call of its own", ping(1) + frame(3, callID: 1), "KIND_FORBIDDEN"),
            .closes("GOAWAY with a body", frame(8, Raw.text(1, "DRAINING")), "KIND_FORBIDDEN"),
        ]

    private static let callIDs: [BadInput] = [
        .closes("call id 0 first", Self.ping(0), "CALL_ID_ZERO"),
        .closes("call id 0 later", Self.ping(1) + Self.ping(0), "CALL_ID_ZERO"),
        .closes("call id again", Self.ping(7) + Self.ping(7), "CALL_ID_NOT_INCREASING"),
        .closes("call id one smaller", Self.ping(7) + Self.ping(6), "CALL_ID_NOT_INCREASING"),
        .closes("call id back at 1", Self.ping(900) + Self.ping(1), "CALL_ID_NOT_INCREASING"),
        .closes(
            "call id 1 after the last one", Self.ping(.max) + Self.ping(1),
            "CALL_ID_NOT_INCREASING"),
        .closes(
            "the last call id twice", Self.ping(.max) + Self.ping(.max), "CALL_ID_NOT_INCREASING"),
        .closes("call id 0 after the last one", Self.ping(.max) + Self.ping(0), "CALL_ID_ZERO"),
        .closes(
            "call id of a call with unknown flags again",
            RawFrame.call(5, method: MethodNumber.ping, flags: 2, []).bytes() + Self.ping(5),
            "CALL_ID_NOT_INCREASING"),
        .closes(
            "call id of an unknown method again",
            RawFrame.call(5, method: 999, []).bytes() + Self.ping(5), "CALL_ID_NOT_INCREASING"),
        .closes(
            "call id of an unreadable body again",
            RawFrame.call(5, method: MethodNumber.reserve, [7]).bytes() + Self.ping(5),
            "CALL_ID_NOT_INCREASING"),
    ]

    private static let badPings: [(name: String, body: [UInt8])] = [
        ("a payload of 65 bytes", Raw.bytes(1, [UInt8](repeating: 1, count: 65))),
        ("a payload cut off", [0x0A, 5, 1, 2]),
        ("a payload as a varint", Raw.number(1, 7)),
        ("two payloads", Raw.bytes(1, [1]) + Raw.bytes(1, [2])),
        ("a group", [0x0B, 0x0C]),
        ("field 0", [0x02, 0]),
        ("no protobuf", [0xFF, 0xFF]),
        ("a length without its end", [0x0A, 0x80]),
    ]

    private static let pings: [BadInput] = badPings.map {
        .closes("PING with \($0.name)", Self.frame(RawFrame.ping, $0.body), "PING_MALFORMED")
    }

    private static func eleven(_ frame: [UInt8]) -> [UInt8] {
        (0..<11).flatMap { _ in frame }
    }

    /// Ten control frames a second are allowed.
    private static let controlKinds: [(name: String, kind: UInt8)] = [
        ("PING", RawFrame.ping), ("PONG", RawFrame.pong), ("CREDIT", 9), ("HELLO", RawFrame.hello),
        ("kind 10", 10), ("kind 127", 127), ("CANCEL_CALL without a call", 5),
    ]

    private static let floods: [BadInput] = controlKinds.map {
        .closes("11 \($0.name) at once", Self.eleven(Self.frame($0.kind)), "CONTROL_FLOOD")
    }

    private static func tolerates(_ name: String, _ bytes: [UInt8]) -> BadInput {
        BadInput(
            name: name, port: .stock, role: "gateway", sent: .bytes(bytes), answer: .tolerated)
    }

    private static let skippedKinds: [UInt8] = [10, 11, 63, 126, 127]

    private static let tolerated: [BadInput] =
        skippedKinds.map {
            Self.tolerates("kind \($0) is skipped", Self.frame($0, [1, 2, 3]) + Self.ping(1))
        }
        + [
            Self.tolerates(
                "HELLO twice", Self.frame(1) + Self.ping(1) + Self.frame(1) + Self.ping(2)),
            Self.tolerates(
                "PONG that nobody asked for", (0..<9).flatMap { _ in Self.frame(7) } + Self.ping(1)),
            Self.tolerates("CANCEL_CALL of the future", Self.frame(5, callID: 99) + Self.ping(1)),
            Self.tolerates("CANCEL_CALL of call 0", Self.frame(5) + Self.ping(1)),
            Self.tolerates("CREDIT without a stream", Self.frame(9, callID: 1) + Self.ping(2)),
            Self.tolerates("HELLO full of noise", Self.frame(1, [0xFF, 0, 0x0B]) + Self.ping(1)),
            Self.tolerates("a gap between call ids", Self.ping(1) + Self.ping(.max)),
        ]
}
