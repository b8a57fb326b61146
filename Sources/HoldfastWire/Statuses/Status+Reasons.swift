internal import CProtobufC

/// Refusals that the wire layer, the session and the server make themselves.
extension Status {
    static func flagsUnknown(_ flags: UInt8) -> Status {
        Status(
            code: .invalidArgument, reason: "FLAGS_UNKNOWN",
            message: "flags 0x\(String(flags, radix: 16)) change the body in a way that this "
                + "server does not know; send the call without them",
            metadata: [("flags", "\(flags)")])
    }

    static func tooManyCalls(max: Int) -> Status {
        Status(
            code: .resourceExhausted, reason: "TOO_MANY_CALLS",
            message: "\(max) calls of this connection are in flight; wait for answers",
            metadata: [("calls_in_flight_max", "\(max)")], retryMilliseconds: 5)
    }

    /// A method number that the protocol does not have.
    package static func methodUnknown(_ number: UInt16) -> Status {
        Status(
            code: .unimplemented, reason: "METHOD_UNKNOWN",
            message: "there is no method \(number); HELLO lists the methods of this port",
            metadata: [("method", "\(number)")])
    }

    /// A method that this version does not answer, or not on this port.
    package static func methodNotAvailable(_ method: Method) -> Status {
        Status(
            code: .unimplemented, reason: "METHOD_NOT_AVAILABLE",
            message: "\(method.name) is not answered here; HELLO lists the methods of this port",
            metadata: [("method", method.name)])
    }

    package static var draining: Status {
        Status(
            code: .unavailable, reason: "DRAINING",
            message: "the server is leaving; send the call to another, or connect again",
            retryMilliseconds: 1_000)
    }

    /// The disk is far behind; nothing was done.
    package static var journalBacklog: Status {
        Status(
            code: .unavailable, reason: "JOURNAL_BACKLOG",
            message: "the server's disk is slower than its callers; nothing was done, send the "
                + "call again",
            retryMilliseconds: 50)
    }

    /// More calls come than the server can answer: this one has waited in line too long to be begun. Nothing was done.
    package static var overloaded: Status {
        Status(
            code: .unavailable, reason: "OVERLOADED",
            message: "too many calls; nothing was done",
            retryMilliseconds: 100)
    }

    /// The limiter's refusal (RULES 8): nothing was spent and nothing done. `dimension`: user, ip, device, sale, global or
    /// capacity.
    package static func rateLimited(
        dimension: String, retryAfterMilliseconds: UInt32
    ) -> Status {
        Status(
            code: .resourceExhausted, reason: "RATE_LIMITED",
            message: "too many calls by \(dimension); send the call again after "
                + "\(retryAfterMilliseconds) ms, not before",
            metadata: [
                ("dimension", dimension), ("retry_after_ms", "\(retryAfterMilliseconds)"),
            ],
            retryMilliseconds: retryAfterMilliseconds)
    }

    /// The time that the caller waits is over; nothing was done.
    package static func deadlineExceeded(timeoutMilliseconds: UInt32) -> Status {
        Status(
            code: .deadlineExceeded, reason: "DEADLINE_EXCEEDED",
            message: "the call waited longer than its \(timeoutMilliseconds) ms and was dropped "
                + "without effect; send it again with the same request id",
            metadata: [("timeout_ms", "\(timeoutMilliseconds)")])
    }

    /// A call wants to wait longer than its caller does.
    package static func waitTooLong(timeoutMilliseconds: UInt32) -> Status {
        let description = "must be at most the call's timeout, \(timeoutMilliseconds) ms"
        return Status(
            code: .invalidArgument, reason: "FIELD_INVALID", message: "wait_ms \(description)",
            metadata: [("timeout_ms", "\(timeoutMilliseconds)")],
            violations: [(field: "wait_ms", description: description)])
    }

    /// A CANCEL_CALL came before the call was executed.
    package static var cancelled: Status {
        Status(
            code: .cancelled, reason: "CALL_CANCELLED",
            message: "the call was taken back before it had any effect")
    }

    /// `role`: the role that the connection has, "none" without a certificate.
    package static func permissionDenied(role: String, method: Method) -> Status {
        Status(
            code: .permissionDenied, reason: "PERMISSION_DENIED",
            message: "role \(role) may not call \(method.name); connect with a certificate "
                + "of a role that may",
            metadata: [("role", role), ("method", method.name)])
    }

    /// A gateway sent no `client.ip` (RULES 2).
    package static var clientIPMissing: Status {
        Status(
            code: .invalidArgument, reason: "CLIENT_IP_MISSING",
            message: "a gateway must send the buyer's address in client.ip",
            violations: [(field: "client.ip", description: "must be given by a gateway")])
    }

    static var metadataMalformed: Status {
        Status(
            code: .invalidArgument, reason: "BODY_MALFORMED",
            message: "flag 0x01 is set, so the body must start with a u16 length and a Metadata "
                + "message of that length")
    }

    static func bodyTooBig(method: Method) -> Status {
        Status(
            code: .invalidArgument, reason: "BODY_MALFORMED",
            message: "the body of \(method.name) takes more memory than a call may; send less",
            metadata: [("method", method.name)])
    }

    static func bodyMalformed(
        _ fault: PreScanFault, method: Method, fieldsMax: Int
    ) -> Status {
        var field = ""
        if let descriptor = fault.field { field = String(cString: descriptor.pointee.name) }
        let problem =
            switch fault.problem {
            case .malformed: "not well-formed protobuf"
            case .tooManyFields: "more than \(fieldsMax) fields"
            case .tooDeep: "messages nested deeper than \(PreScan.depthMax)"
            case .varintTooWide: "a number too wide for `\(field)`"
            case .doubled: "`\(field)` given twice, or beside another member of its oneof"
            case .badUTF8: "text in `\(field)` that is not UTF-8, or holds NUL"
            case .wrongWireType: "`\(field)` with the wrong wire type"
            }
        var metadata = [("method", method.name), ("offset", "\(fault.byteOffset)")]
        if !field.isEmpty { metadata.append(("field", field)) }
        return Status(
            code: .invalidArgument, reason: "BODY_MALFORMED",
            message: "the body of \(method.name) cannot be read: \(problem), at byte "
                + "\(fault.byteOffset); check it against proto/holdfast/v1",
            metadata: metadata)
    }

    package static func fieldsInvalid(_ violations: [(field: String, description: String)])
        -> Status
    {
        let first = violations.first.map { "\($0.field) \($0.description)" } ?? ""
        let more = violations.count > 1 ? " (and \(violations.count - 1) more)" : ""
        return Status(
            code: .invalidArgument, reason: "FIELD_INVALID", message: "\(first)\(more)",
            metadata: [("violations", "\(violations.count)")], violations: violations)
    }
}
