import HoldfastClient
import Testing

@Suite struct CallRetryTests {
    private let second: UInt64 = 1_000_000_000

    private func error(
        _ outcome: HoldfastError.Outcome, _ code: HoldfastErrorCode, reason: String = "R",
        retryAfter: Int? = nil
    ) -> HoldfastError {
        HoldfastError(
            code: code, reason: reason, message: "m", retryAfterMilliseconds: retryAfter,
            outcome: outcome)
    }

    private func retry(_ policy: RetryPolicy = RetryPolicy()) -> CallRetry {
        CallRetry(policy: policy, deadlineNanoseconds: 10 * self.second, requestID: nil)
    }

    /// The wait in nanoseconds, or nil when the call is given up.
    private func wait(_ decision: CallRetry.Decision) -> UInt64? {
        if case .again(let nanoseconds) = decision { return nanoseconds }
        return nil
    }

    @Test func onlyLostAnswersAndUnavailableAreTriedAgain() {
        let table: [(HoldfastError.Outcome, HoldfastErrorCode, String, Bool)] = [
            (.unknown, .unavailable, "CONNECTION_LOST", true),
            (.unknown, .internal, "BUG", true),
            (.unknown, .deadlineExceeded, "TIMEOUT", true),
            (.rejected, .unavailable, "DRAINING", true),
            (.notSent, .unavailable, "CONNECTION_LOST", true),
            (.notSent, .unavailable, "CONNECT_FAILED", false),
            (.rejected, .resourceExhausted, "RATE_LIMITED", false),
            (.rejected, .aborted, "R", false),
            (.rejected, .failedPrecondition, "REQUEST_ID_REUSED", false),
            (.rejected, .deadlineExceeded, "EXPIRED", false),
            (.rejected, .invalidArgument, "R", false),
            (.unknown, .cancelled, "CANCELLED", false),
            (.notSent, .unavailable, "CLOSED", false),
        ]
        for (outcome, code, reason, isAgain) in table {
            var retry = self.retry()
            let decision = retry.judge(self.error(outcome, code, reason: reason), now: 0)
            #expect((self.wait(decision) != nil) == isAgain, "\(outcome) \(code) \(reason)")
        }
    }

    @Test func refusalsAreBoundedByCountAndLostAnswersByTheDeadlineAlone() {
        var retry = self.retry(RetryPolicy(attemptsMax: 3))
        let draining = self.error(.rejected, .unavailable)
        #expect(self.wait(retry.judge(draining, now: 0)) != nil)
        #expect(self.wait(retry.judge(draining, now: 0)) != nil)
        #expect(self.wait(retry.judge(draining, now: 0)) == nil)

        var lost = self.retry(RetryPolicy(attemptsMax: 1))
        for _ in 0..<100 {
            #expect(self.wait(lost.judge(self.error(.unknown, .unavailable), now: 0)) != nil)
        }
        #expect(
            self.wait(lost.judge(self.error(.unknown, .unavailable), now: 10 * self.second)) == nil)
    }

    @Test func aSearchForALostAnswerOutlivesTheLimiter() {
        let limited = self.error(
            .rejected, .resourceExhausted, reason: "RATE_LIMITED", retryAfter: 900)
        var retry = self.retry()
        #expect(self.wait(retry.judge(self.error(.unknown, .unavailable), now: 0)) != nil)
        let wait = self.wait(retry.judge(limited, now: 0))
        #expect(wait ?? 0 >= 900_000_000)
        // At the end it is still not known what became of the first attempt.
        guard case .giveUp(let error) = retry.judge(limited, now: 10 * self.second) else {
            Issue.record("tried again behind the deadline")
            return
        }
        #expect(error.outcome == .unknown)
        var none = self.retry(.none)
        _ = none.judge(self.error(.unknown, .unavailable), now: 0)
        #expect(self.wait(none.judge(limited, now: 0)) == nil)
    }

    @Test func serversWishToWaitIsKeptAndEndsTheCallWhenItIsTooLong() {
        var retry = self.retry()
        let soon = self.error(.rejected, .unavailable, retryAfter: 3_000)
        #expect(self.wait(retry.judge(soon, now: 0))! >= 3 * self.second)
        #expect(self.wait(retry.judge(soon, now: 8 * self.second)) == nil)
    }

    @Test func unknownStaysUnknownUnlessTheRequestCanNeverBeAccepted() {
        let table: [(HoldfastErrorCode, HoldfastError.Outcome, HoldfastError.Outcome)] = [
            (.permissionDenied, .rejected, .unknown),
            (.failedPrecondition, .rejected, .unknown),
            (.unavailable, .notSent, .unknown),
            (.invalidArgument, .rejected, .rejected),
            (.unimplemented, .rejected, .rejected),
        ]
        for (code, outcome, expected) in table {
            var retry = self.retry()
            _ = retry.judge(self.error(.unknown, .unavailable), now: 0)
            guard
                case .giveUp(let error) = retry.judge(
                    self.error(outcome, code, reason: "X"), now: 0)
            else {
                Issue.record("\(code) was tried again")
                continue
            }
            #expect(error.outcome == expected, "\(code)")
            #expect(error.attemptCount == 2)
        }
    }

    @Test func policyNoneNeverTriesAgain() {
        for outcome in [HoldfastError.Outcome.unknown, .rejected, .notSent] {
            var retry = self.retry(.none)
            let error = self.error(outcome, .unavailable, reason: "CONNECTION_LOST")
            #expect(self.wait(retry.judge(error, now: 0)) == nil)
        }
    }

    @Test func backoffDoublesToItsBoundAndJitterIsFull() {
        var backoff = Backoff(initial: .milliseconds(20), max: .seconds(1))
        var bounds: [UInt64] = []
        for _ in 0..<10 {
            _ = backoff.nextWaitNanoseconds { range in
                #expect(range.lowerBound == 0)
                bounds.append(range.upperBound / 1_000_000)
                return range.upperBound
            }
        }
        #expect(bounds == [20, 40, 80, 160, 320, 640, 1_000, 1_000, 1_000, 1_000])
        backoff.reset()
        #expect(backoff.boundNanoseconds == 20_000_000)
        var many = Backoff(initial: .seconds(1_000_000), max: .seconds(5))
        for _ in 0..<200 { #expect(many.nextWaitNanoseconds() <= 5 * self.second) }
    }

    @Test func timersComeEarliestFirstAndDeadOnesCanBeThrownOut() {
        var heap = DeadlineHeap()
        var generator = SystemRandomNumberGenerator()
        let times = (0..<1_000).map { _ in UInt64.random(in: 0..<500, using: &generator) }
        for (index, time) in times.enumerated() { heap.insert(time, token: UInt64(index)) }
        heap.compact { $0 % 2 == 0 }
        #expect(heap.count == 500)
        var popped: [UInt64] = []
        #expect(heap.popDue(0)?.nanoseconds ?? 0 == 0)
        while let entry = heap.popDue(.max) {
            #expect(times[Int(entry.token)] == entry.nanoseconds)
            #expect(entry.token % 2 == 0)
            popped.append(entry.nanoseconds)
        }
        #expect(popped == popped.sorted())
        #expect(heap.earliestNanoseconds == nil)
    }
}
