/// Why a call was not decided, or may not have been. Expected business results (sold out, limit exceeded, …) are no
/// errors: they are the `outcome` of an answer.
///
/// `outcome` says what a caller must know: whether the call can have taken effect. Every call of this client may be
/// sent again with the same request id, which never takes effect twice.
public struct HoldfastError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is known of the call's effect.
    public enum Outcome: Sendable, Hashable {
        /// It never left this process: no effect.
        case notSent
        /// The server refused it: no effect.
        case rejected
        /// It was sent and no answer says what became of it. Ask with the same request id, or read the reservation.
        case unknown
    }

    /// The step at which a connection failed.
    public enum ConnectPhase: String, Sendable, Hashable {
        /// Certificates or settings on this side.
        case configuration
        /// The host's name.
        case dns
        /// The TCP connection.
        case tcp
        /// The TLS handshake and both certificates.
        case tls
        /// The agreement on `holdfast/1`.
        case alpn
        /// The server's first frame.
        case hello
    }

    /// One field that was wrong.
    public struct FieldViolation: Sendable, Hashable {
        /// Path of the field, like `lines[2].quantity`.
        public var field: String
        /// What it must be.
        public var description: String

        /// Makes one.
        public init(field: String, description: String) {
            self.field = field
            self.description = description
        }
    }

    /// The kind of failure, for a program.
    public var code: HoldfastErrorCode
    /// The exact reason, UPPER_SNAKE and stable: the server's (`REQUEST_ID_REUSED`, `DRAINING`, …) or this client's
    /// (`CONNECT_FAILED`, `CONNECTION_LOST`, `TIMEOUT`, `CANCELLED`, `CLOSED`, `INVALID_FIELD`, `FRAME_TOO_LARGE`,
    /// `MALFORMED_ANSWER`, `CONFIGURATION`).
    public var reason: String
    /// For a person; the text may change.
    public var message: String
    /// The values that the message speaks of.
    public var metadata: [String: String]
    /// Which fields were wrong.
    public var fieldViolations: [FieldViolation]
    /// When trying again makes sense, in milliseconds; nil if the server did not say.
    public var retryAfterMilliseconds: Int?
    /// Whether the call can have taken effect.
    public var outcome: Outcome
    /// The id to send again with, if the call has one.
    public var requestID: RequestID?
    /// Where connecting failed; nil if it did not.
    public var phase: ConnectPhase?
    /// What to do about it, like "the server's certificate expired 2 days ago"; nil if this client has no idea.
    public var hint: String?
    /// How often the call was sent or tried.
    public var attemptCount: Int

    /// Makes one.
    public init(
        code: HoldfastErrorCode, reason: String, message: String, metadata: [String: String] = [:],
        fieldViolations: [FieldViolation] = [], retryAfterMilliseconds: Int? = nil,
        outcome: Outcome, requestID: RequestID? = nil, phase: ConnectPhase? = nil,
        hint: String? = nil, attemptCount: Int = 0
    ) {
        self.code = code
        self.reason = reason
        self.message = message
        self.metadata = metadata
        self.fieldViolations = fieldViolations
        self.retryAfterMilliseconds = retryAfterMilliseconds
        self.outcome = outcome
        self.requestID = requestID
        self.phase = phase
        self.hint = hint
        self.attemptCount = attemptCount
    }

    /// One line with everything.
    public var description: String {
        var text = "\(self.code) \(self.reason): \(self.message)"
        if let hint = self.hint { text += " (\(hint))" }
        if let phase = self.phase { text += "; phase \(phase.rawValue)" }
        for violation in self.fieldViolations
        where !self.message.contains(violation.description) {
            text += "; \(violation.field): \(violation.description)"
        }
        switch self.outcome {
        case .notSent: text += "; not sent"
        case .rejected: break
        case .unknown: text += "; outcome unknown"
        }
        if let requestID = self.requestID { text += "; request id \(requestID)" }
        return text
    }
}
