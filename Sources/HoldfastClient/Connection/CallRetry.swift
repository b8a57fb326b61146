/// What to do after a failed attempt, and what the whole call's error says. A value without clock or I/O.
package struct CallRetry: Sendable {
    package enum Decision {
        case giveUp(HoldfastError)
        case again(afterNanoseconds: UInt64)
    }

    package let deadlineNanoseconds: UInt64
    /// Attempts that have failed.
    package private(set) var attemptCount: UInt32 = 0
    /// An earlier attempt may have taken effect.
    package private(set) var hasUnknownAttempt = false

    private let policy: RetryPolicy
    private let requestID: RequestID?
    private var backoff: Backoff

    /// No wait is shorter, so that a server which fails at once is not asked in a tight loop.
    private static let waitNanosecondsMin: UInt64 = 1_000_000

    package init(policy: RetryPolicy, deadlineNanoseconds: UInt64, requestID: RequestID?) {
        self.policy = policy
        self.deadlineNanoseconds = deadlineNanoseconds
        self.requestID = requestID
        self.backoff = Backoff(initial: policy.backoffInitial, max: policy.backoffMax)
    }

    /// Notes a failed attempt.
    package mutating func judge(_ failure: HoldfastError, now: UInt64) -> Decision {
        self.attemptCount += 1
        var error = failure
        error.requestID = failure.requestID ?? self.requestID
        error.attemptCount = Int(self.attemptCount)
        if failure.outcome == .unknown { self.hasUnknownAttempt = true }
        // A refusal speaks of its own attempt alone, unless the request itself can never be accepted.
        if self.hasUnknownAttempt && !Self.holdsForEveryAttempt(failure.code) {
            error.outcome = .unknown
        }
        guard self.mayTryAgain(after: failure) else { return .giveUp(error) }
        let wanted = UInt64(failure.retryAfterMilliseconds ?? 0) * 1_000_000
        let wait = max(wanted, self.backoff.nextWaitNanoseconds(), Self.waitNanosecondsMin)
        let (end, overflow) = now.addingReportingOverflow(wait)
        guard !overflow && end < self.deadlineNanoseconds else { return .giveUp(error) }
        return .again(afterNanoseconds: wait)
    }

    private func mayTryAgain(after failure: HoldfastError) -> Bool {
        if failure.reason == "CANCELLED" || failure.reason == "CLOSED" { return false }
        switch failure.outcome {
        case .unknown:
            return self.policy.resolvesLostAnswers
        case .rejected:
            // A search for a lost answer that meets the limiter goes on when the server lets it.
            if self.hasUnknownAttempt && failure.reason == "RATE_LIMITED" {
                return self.policy.resolvesLostAnswers
            }
            return failure.code == .unavailable && self.attemptCount < self.policy.attemptsMax
        case .notSent:
            // A failed connect was already tried for as long as the caller allows.
            return failure.reason == "CONNECTION_LOST"
                && (self.hasUnknownAttempt || self.attemptCount < self.policy.attemptsMax)
        }
    }

    private static func holdsForEveryAttempt(_ code: HoldfastErrorCode) -> Bool {
        code == .invalidArgument || code == .unimplemented
    }
}
