import CHoldfastProto
import CProtobufC

extension HoldfastError {
    /// What a RESPONSE with a code other than 0 says. A body that is no Status still gives the code.
    package init(
        code: HoldfastErrorCode, statusBody: [UInt8], retryAfterMilliseconds: Int,
        methodName: String
    ) {
        let status = ProtobufReader.unpacked(
            statusBody, holdfast__v1__status__unpack, holdfast__v1__status__free_unpacked,
            StatusBody.init)
        let said = status?.localized.isEmpty == false ? status?.localized : status?.message
        self.init(
            code: code, reason: status.map(\.reason) ?? "MALFORMED_ANSWER",
            message: said?.isEmpty == false ? said! : "\(methodName) was refused",
            metadata: status?.metadata ?? [:], fieldViolations: status?.violations ?? [],
            retryAfterMilliseconds: retryAfterMilliseconds == 0 ? nil : retryAfterMilliseconds,
            outcome: code.leavesOutcomeOpen ? .unknown : .rejected)
    }

    /// A connection that could not be made. The call was not sent.
    static func connect(
        _ phase: ConnectPhase, _ message: String, hint: String? = nil,
        code: HoldfastErrorCode = .unavailable
    ) -> HoldfastError {
        HoldfastError(
            code: code, reason: phase == .configuration ? "CONFIGURATION" : "CONNECT_FAILED",
            message: message, outcome: .notSent, phase: phase, hint: hint)
    }

    /// A connection that ended before the answer came.
    static func lost(_ why: String) -> HoldfastError {
        HoldfastError(
            code: .unavailable, reason: "CONNECTION_LOST",
            message: "the connection ended before the answer came: \(why)", outcome: .unknown)
    }

    static func cancelled(wasSent: Bool) -> HoldfastError {
        HoldfastError(
            code: .cancelled, reason: "CANCELLED", message: "the calling task was cancelled",
            outcome: wasSent ? .unknown : .notSent)
    }

    static let closed = HoldfastError(
        code: .unavailable, reason: "CLOSED", message: "this client was closed", outcome: .notSent)

    static func malformedAnswer(_ methodName: String) -> HoldfastError {
        HoldfastError(
            code: .internal, reason: "MALFORMED_ANSWER",
            message: "the answer to \(methodName) is no message that this client can read",
            outcome: .unknown)
    }
}

/// A Status as Swift values.
private struct StatusBody {
    let message: String
    let reason: String
    let localized: String
    let metadata: [String: String]
    let violations: [HoldfastError.FieldViolation]

    init(_ raw: Holdfast__V1__Status) {
        self.message = ProtobufReader.string(raw.message)
        self.reason = ProtobufReader.string(raw.reason)
        self.localized = ProtobufReader.string(raw.localized)
        self.metadata = Dictionary(
            ProtobufReader.messages(raw.metadata, raw.n_metadata).map {
                (ProtobufReader.string($0.key), ProtobufReader.string($0.value))
            }, uniquingKeysWith: { first, _ in first })
        self.violations = ProtobufReader.messages(raw.field_violations, raw.n_field_violations)
            .map {
                .init(
                    field: ProtobufReader.string($0.field),
                    description: ProtobufReader.string($0.description))
            }
    }
}
