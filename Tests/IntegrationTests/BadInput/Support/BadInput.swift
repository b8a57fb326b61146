/// One row of the catalogue: what is sent, and what must come back.
struct BadInput: Sendable {
    enum Port: Sendable, Hashable { case stock, admin }

    enum Sent: Sendable {
        /// One REQUEST, on a connection that goes on.
        case call(method: UInt16, flags: UInt8, body: [UInt8])
        /// These bytes, on a connection of their own.
        case bytes([UInt8])
    }

    enum Answer: Sendable, Equatable {
        /// A RESPONSE with this code and reason; `mentions` stands in its text, its metadata or its violations.
        case status(code: UInt16, reason: String, mentions: String)
        /// GOAWAY `PROTOCOL_ERROR` with this reason in its text, then the end of the connection.
        case goaway(reason: String)
        /// PreloadResponse REJECTED, whose first reject is for this field.
        case rejected(field: String)
        /// Odd, but allowed: no complaint, and the connection goes on.
        case tolerated
    }

    let name: String
    let port: Port
    let role: String
    let sent: Sent
    let answer: Answer

    var isRefused: Bool { self.answer != .tolerated }

    /// The reason in the server's log; nil: nothing is logged.
    var loggedReason: String? {
        switch self.answer {
        case .status(_, let reason, _), .goaway(let reason): reason
        case .rejected: "PRELOAD_REJECTED"
        case .tolerated: nil
        }
    }
}

/// Short spellings for the tables.
enum StatusCode {
    static let invalid: UInt16 = 3
    static let denied: UInt16 = 7
    static let precondition: UInt16 = 9
    static let unimplemented: UInt16 = 12
}

enum MethodNumber {
    static let reserve: UInt16 = 1
    static let confirm: UInt16 = 2
    static let cancel: UInt16 = 3
    static let extend: UInt16 = 4
    static let refund: UInt16 = 5
    static let getReservation: UInt16 = 6
    static let getStock: UInt16 = 7
    static let checkRisk: UInt16 = 8
    static let ping: UInt16 = 13
    static let preload: UInt16 = 64
    static let adjustStock: UInt16 = 65
    static let setSaleState: UInt16 = 66
    static let setProductState: UInt16 = 67
    static let listSales: UInt16 = 70
    static let blacklistAdd: UInt16 = 74
    static let blacklistRemove: UInt16 = 75
    static let blacklistList: UInt16 = 76
    static let getServerInfo: UInt16 = 82
    static let snapshot: UInt16 = 83
    static let readRiskLog: UInt16 = 85
}

extension BadInput {
    /// A call that a field's rule refuses: FIELD_INVALID, the field is named.
    static func field(
        _ name: String, _ method: UInt16, _ body: [UInt8], _ field: String
    ) -> BadInput {
        self.refused(name, method, body, "FIELD_INVALID", field)
    }

    /// A call whose body cannot be read: BODY_MALFORMED, with the problem in words.
    static func body(
        _ name: String, _ method: UInt16, _ body: [UInt8], _ problem: String, flags: UInt8 = 0
    ) -> BadInput {
        self.refused(name, method, body, "BODY_MALFORMED", problem, flags: flags)
    }

    static func refused(
        _ name: String, _ method: UInt16, _ body: [UInt8], _ reason: String,
        _ mentions: String = "", code: UInt16 = StatusCode.invalid, flags: UInt8 = 0,
        role: String? = nil, port: Port? = nil
    ) -> BadInput {
        let isAdmin = port.map { $0 == .admin } ?? (method >= 64)
        return BadInput(
            name: name, port: isAdmin ? .admin : .stock,
            role: role ?? (isAdmin ? "admin" : "gateway"),
            sent: .call(method: method, flags: flags, body: body),
            answer: .status(code: code, reason: reason, mentions: mentions))
    }

    static func tolerated(
        _ name: String, _ method: UInt16, _ body: [UInt8], flags: UInt8 = 0
    ) -> BadInput {
        BadInput(
            name: name, port: method >= 64 ? .admin : .stock,
            role: method >= 64 ? "admin" : "gateway",
            sent: .call(method: method, flags: flags, body: body), answer: .tolerated)
    }

    /// Bytes that end a connection of the stock port.
    static func closes(
        _ name: String, _ bytes: [UInt8], _ reason: String, port: Port = .stock
    ) -> BadInput {
        BadInput(
            name: name, port: port, role: port == .admin ? "admin" : "gateway",
            sent: .bytes(bytes), answer: .goaway(reason: reason))
    }
}
