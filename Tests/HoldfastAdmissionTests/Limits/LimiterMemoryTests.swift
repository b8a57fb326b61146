import HoldfastAdmission
import Testing

/// Bounded memory that never forgets a bucket that still limits.
@Suite struct LimiterMemoryTests {
    private static func key(_ number: UInt64) -> AdmissionKey {
        var random = SplitMix64(seed: number &* 0x1_0001)
        return AdmissionKey(high: random.next(), low: random.next())
    }

    /// Six seconds of it here; `LimiterDrill` does the whole minute, in a build that is fast enough.
    @Test func tenMillionUsersAMinuteStayUnderTheCap() throws {
        try Self.distinctUsers(milliseconds: 6_000)
    }

    static func distinctUsers(milliseconds: Int64) throws {
        // 8 MiB for 10,000,000 keys: 167 of them come each millisecond, and each counts for a second. All of them at once
        // would need 200 MiB.
        let settings = Kit.settings {
            $0.user = LimiterSettings().user
            $0.bucketMemoryByteCount = 8 << 20
        }
        let limiter = try SharedLimiter(settings: settings, hasher: Kit.hasher)
        let sale = Kit.subject().sale
        let perMillisecond = 167
        var calls = [LimitCall](
            repeating: LimitCall(AdmissionSubject(user: .none, sale: sale)), count: perMillisecond)
        var random = SplitMix64(seed: 1)
        var wrongCount = 0
        for time in 0..<milliseconds {
            calls.withUnsafeMutableBufferPointer { calls in
                for index in 0..<perMillisecond {
                    calls[index].subject.user = AdmissionKey(
                        high: random.next(), low: random.next())
                }
                limiter.decide(calls, nowMilliseconds: Kit.epoch + time)
                if time % 100 == 0 {
                    for index in 0..<perMillisecond {
                        let again = limiter.peek(
                            calls[index].subject, nowMilliseconds: Kit.epoch + time)
                        if again != .refused(.user, retryAfterMilliseconds: 1_000) {
                            wrongCount += 1
                        }
                    }
                }
            }
        }
        #expect(wrongCount == 0)
        #expect(limiter.counters.allowed == UInt64(milliseconds) * UInt64(perMillisecond))
        // A second's worth of keys in 393,216 entries.
        #expect((400...450).contains(limiter.usedPerThousand.buckets), "\(limiter.usedPerThousand)")
    }

    @Test func aFullTableRefusesTheNewAndForgetsNoneOfTheOld() throws {
        let limiter = try TestLimiter {
            $0.bucketMemoryByteCount = 1 << 16
            $0.user = .tokenBucket(count: 1, periodMilliseconds: 60_000, burst: 1)
            $0.global = .tokenBucket(count: 1_000, periodMilliseconds: 1_000, burst: 1_000_000)
        }
        var inside: [AdmissionSubject] = []
        var refused: [AdmissionSubject] = []
        for number in 0..<20_000 as Range<UInt64> {
            let subject = AdmissionSubject(user: Self.key(number), sale: Kit.subject().sale)
            switch limiter.decide(subject, at: 0) {
            case .allowed: inside.append(subject)
            case .refused(let dimension, let wait):
                #expect(dimension == .capacity && wait == 1_000)
                refused.append(subject)
            }
        }
        // The tables are used to the last entries, and the first refusal comes late.
        #expect(inside.count <= limiter.entryCounts.buckets)
        #expect(inside.count > limiter.entryCounts.buckets * 95 / 100)
        #expect(limiter.used.buckets > 950)
        #expect(Int(limiter.counters[.capacity]) == refused.count)
        for subject in inside {
            #expect(
                limiter.decide(subject, at: 59_999) == .refused(.user, retryAfterMilliseconds: 1))
        }
        // Who was refused spent nothing anywhere.
        #expect(Int(limiter.counters.allowed) == inside.count)
        // When the old ones have refilled, there is room.
        for subject in refused.prefix(1_000) { #expect(limiter.allows(subject, at: 60_001)) }
    }

    @Test func theFirstRefusalForWantOfRoomComesLate() throws {
        let limiter = try TestLimiter {
            $0.bucketMemoryByteCount = 4 << 20
            $0.user = .tokenBucket(count: 1, periodMilliseconds: 60_000, burst: 1)
        }
        var number: UInt64 = 0
        while limiter.allows(AdmissionSubject(user: Self.key(number), sale: .none), at: 0) {
            number += 1
        }
        #expect(Int(number) > limiter.entryCounts.buckets * 80 / 100, "\(number)")
    }

    /// With so little memory that many calls find no room, every other answer is still the reference's.
    @Test(arguments: [true, false], [11, 12] as [UInt64])
    func inTooLittleMemoryEveryAnswerIsStillRight(isWindow: Bool, seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let policies: [LimitPolicy] =
            isWindow
            ? [
                .slidingWindow(limit: 1, windowMilliseconds: 5_000), .unlimited,
                .slidingWindow(limit: 1, windowMilliseconds: 2_000), .unlimited,
                .tokenBucket(count: 1, periodMilliseconds: 1, burst: 3),
            ]
            : [
                .tokenBucket(count: 1, periodMilliseconds: 3_333, burst: 2), .unlimited,
                .tokenBucket(count: 3, periodMilliseconds: 10_000, burst: 2), .unlimited,
                .tokenBucket(count: 1, periodMilliseconds: 1, burst: 3),
            ]
        let limiter = try TestLimiter {
            $0.bucketMemoryByteCount = 1 << 16
            $0.windowMemoryByteCount = 1 << 17
            $0.user = policies[0]
            $0.device = policies[2]
            $0.global = policies[4]
        }
        var reference = ReferenceLimiter(policies: policies)
        var time: Int64 = 0
        var counts = (allowed: 0, refused: 0, capacity: 0)
        for step in 0..<60_000 {
            // Crowds and pauses by turns.
            time += step % 20_000 < 12_000 ? 1 : Int64(random.next() % 8)
            let user = Int(random.next() % 5_000)
            let device = Int(random.next() % 3_000)
            let subject = AdmissionSubject(
                user: Self.key(UInt64(user)), device: Self.key(UInt64(1_000_000 + device)),
                sale: .none)
            let ids = [user, nil, device, nil, 0]
            let expected = reference.look(ids, now: time)
            let decision = limiter.decide(subject, at: time)
            if case .refused(.capacity, _) = decision {
                counts.capacity += 1
                guard expected == .allowed else {
                    Issue.record("step \(step): no room named where \(expected) was due")
                    return
                }
                continue
            }
            guard decision == expected else {
                Issue.record("step \(step): \(decision) instead of \(expected)")
                return
            }
            if decision == .allowed {
                counts.allowed += 1
                reference.spend(ids)
            } else {
                counts.refused += 1
            }
        }
        #expect(min(counts.allowed, counts.refused, counts.capacity) > 500, "\(counts)")
    }
}
