/// The ways in which a client can break the protocol, each with its stable reason.
extension Violation {
    static func frameTooShort(_ length: UInt32) -> Violation {
        Violation(
            reason: "FRAME_TOO_SHORT",
            message: "a frame's length is at least 12 (the header behind it), not \(length)")
    }

    static func frameTooLarge(_ length: UInt32, max: Int) -> Violation {
        Violation(
            reason: "FRAME_TOO_LARGE",
            message: "a frame's length is at most \(max) on this port, not \(length); "
                + "split the request, or check that both sides speak holdfast/1")
    }

    static func callID(_ callID: UInt32, last: UInt32) -> Violation {
        guard callID != 0 else {
            return Violation(reason: "CALL_ID_ZERO", message: "a call id is never 0; start at 1")
        }
        return Violation(
            reason: "CALL_ID_NOT_INCREASING",
            message: "call ids grow strictly on a connection: \(callID) came after \(last); "
                + "reconnect when they are used up")
    }

    static func kindForbidden(_ kind: UInt8) -> Violation {
        Violation(
            reason: "KIND_FORBIDDEN",
            message: "only a server sends frames of kind \(kind); a client sends "
                + "HELLO, REQUEST, CANCEL_CALL, PING, PONG and CREDIT")
    }

    static func kindUnknown(_ kind: UInt8) -> Violation {
        Violation(
            reason: "KIND_UNKNOWN",
            message: "kind \(kind) is none of holdfast/1 and may not be skipped; "
                + "the client may be newer than this server")
    }

    static func controlFlood(max: Int) -> Violation {
        Violation(
            reason: "CONTROL_FLOOD",
            message: "more than \(max) control frames in one second; send fewer PINGs")
    }

    static var pingMalformed: Violation {
        Violation(
            reason: "PING_MALFORMED",
            message: "the body of PING is a PingFrame with a payload of at most "
                + "\(ProtocolSession.pingPayloadBytesMax) bytes")
    }
}
