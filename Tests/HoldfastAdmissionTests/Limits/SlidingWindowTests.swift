import HoldfastAdmission
import Testing

@Suite struct SlidingWindowTests {
    private func limiter(_ limit: Int, _ window: Int) throws -> TestLimiter {
        try TestLimiter { $0.user = .slidingWindow(limit: limit, windowMilliseconds: window) }
    }

    @Test func aCallCountsForTheWholeWindowAndNotAMillisecondLonger() throws {
        let limiter = try self.limiter(3, 1_000)
        let user = Kit.subject()
        for time in [0, 400, 999] as [Int64] { #expect(limiter.allows(user, at: time)) }
        #expect(limiter.decide(user, at: 999) == .refused(.user, retryAfterMilliseconds: 1))
        #expect(limiter.allows(user, at: 1_000))
        #expect(limiter.decide(user, at: 1_000) == .refused(.user, retryAfterMilliseconds: 400))
        #expect(limiter.decide(user, at: 1_399) == .refused(.user, retryAfterMilliseconds: 1))
        #expect(limiter.allows(user, at: 1_400))
        #expect(limiter.decide(user, at: 1_400) == .refused(.user, retryAfterMilliseconds: 599))
    }

    @Test(
        "at the border of two windows there is no double share",
        arguments: [(10, 1_000), (100, 60_000), (1, 1), (7, 3), (1_000, 10)])
    func border(limit: Int, window: Int) throws {
        let limiter = try self.limiter(limit, window)
        let user = Kit.subject()
        // All at the end of one fixed window, then as many as will go at the start of the next.
        let end = Int64(window) - 1
        #expect(limiter.saturate(user, from: end, to: end + 1) == limit)
        #expect(limiter.saturate(user, from: end + 1, to: end + Int64(window)) == 0)
        #expect(
            limiter.saturate(user, from: end + Int64(window), to: end + Int64(window) + 1) == limit)
    }

    @Test(arguments: [(1, 1_000), (10, 1_000), (7, 999), (500, 60_000), (3, 7)])
    func overAMinuteExactlyTheLimitAWindow(limit: Int, window: Int) throws {
        let limiter = try self.limiter(limit, window)
        let granted = limiter.saturate(Kit.subject(), from: 777, to: 60_777)
        #expect(granted == (60_000 + window - 1) / window * limit)
    }

    @Test func refusedCallsDoNotCount() throws {
        let limiter = try self.limiter(2, 1_000)
        let user = Kit.subject()
        #expect(limiter.allows(user, at: 0))
        #expect(limiter.allows(user, at: 0))
        for time in 0..<1_000 as Range<Int64> { #expect(!limiter.allows(user, at: time)) }
        #expect(limiter.allows(user, at: 1_000))
    }

    @Test func anyWindowHoldsAtMostTheLimitUnderRandomCalls() throws {
        var random = SplitMix64(seed: 4)
        let limiter = try self.limiter(25, 100)
        let user = Kit.subject()
        var granted: [Int64] = []
        var time: Int64 = 0
        for _ in 0..<5_000 {
            time += Int64(random.next() % 8)
            if limiter.allows(user, at: time) { granted.append(time) }
        }
        try #require(granted.count > 1_000)
        for index in 25..<granted.count {
            #expect(granted[index] - granted[index - 25] >= 100)
        }
    }

    @Test func aCrowdInOneMillisecondTakesNoMoreMemoryThanOneCall() throws {
        // 64 KiB hold about 700 chunks; the calls below would need 14,000 of them one by one.
        let limiter = try TestLimiter {
            $0.windowMemoryByteCount = 1 << 16
            $0.global = .slidingWindow(limit: 10_000_000, windowMilliseconds: 1_000)
        }
        for index in 0..<100_000 {
            #expect(limiter.allows(Kit.subject(), at: Int64(index / 1_000)))
        }
    }

    @Test func memoryOfWindowsThatPassedIsUsedAgain() throws {
        let limiter = try TestLimiter {
            $0.windowMemoryByteCount = 1 << 16
            $0.user = .slidingWindow(limit: 20, windowMilliseconds: 100)
        }
        // Each second fifty other users call in 20 different milliseconds each, three chunks a user: far more in all than there is.
        for second in 0..<200 as Range<Int64> {
            for step in 0..<20 as Range<Int64> {
                for user in 0..<50 {
                    let subject = Kit.subject("user-\(second)-\(user)")
                    #expect(limiter.allows(subject, at: second * 1_000 + step))
                }
            }
        }
        #expect(limiter.counters[.capacity] == 0)
    }

    @Test func whenNoMemoryIsLeftNothingIsForgotten() throws {
        let limiter = try TestLimiter {
            $0.windowMemoryByteCount = 1 << 16
            $0.user = .slidingWindow(limit: 1, windowMilliseconds: 60_000)
        }
        var inside: [AdmissionSubject] = []
        var refused: AdmissionSubject?
        for index in 0..<10_000 {
            let subject = Kit.subject("user-\(index)")
            let decision = limiter.decide(subject, at: 0)
            if decision == .allowed {
                inside.append(subject)
            } else {
                #expect(decision == .refused(.capacity, retryAfterMilliseconds: 1_000))
                refused = subject
                break
            }
        }
        let late = try #require(refused)
        #expect(inside.count > 300)
        // Every one of them is still limited, and to the millisecond.
        for subject in inside {
            #expect(
                limiter.decide(subject, at: 59_999) == .refused(.user, retryAfterMilliseconds: 1))
        }
        #expect(limiter.allows(late, at: 60_000))
        // All but one: the late one has a place, too.
        for subject in inside.dropLast() { #expect(limiter.allows(subject, at: 60_000)) }
    }
}
