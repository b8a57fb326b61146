/// A refusal on its way into the body of a RESPONSE. The rare path: Strings are allowed.
package struct Status: Sendable {
    package var code: RPCCode
    /// UPPER_SNAKE, stable: for programs.
    package var reason: String
    /// For people: says what was wrong and what to do.
    package var message: String
    /// Every value that the message speaks of.
    package var metadata: [(String, String)]
    /// Fields that were wrong, 16 at most.
    package var violations: [(field: String, description: String)]
    /// When to try again; 0: not said.
    package var retryMilliseconds: UInt32

    package init(
        code: RPCCode, reason: String, message: String, metadata: [(String, String)] = [],
        violations: [(field: String, description: String)] = [], retryMilliseconds: UInt32 = 0
    ) {
        self.code = code
        self.reason = reason
        self.message = message
        self.metadata = metadata
        self.violations = violations
        self.retryMilliseconds = retryMilliseconds
    }
}

/// A client broke the protocol: the connection gets GOAWAY `PROTOCOL_ERROR` with this text, and is closed.
package struct Violation: Equatable, Sendable {
    /// UPPER_SNAKE, stable.
    package var reason: String
    package var message: String

    package init(reason: String, message: String) {
        self.reason = reason
        self.message = message
    }
}
