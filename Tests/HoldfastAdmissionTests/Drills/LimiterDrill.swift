import Glibc
import HoldfastAdmission
import Testing

/// Measures what `docs/ADMISSION.md` says of the limiter. In release, by hand: HOLDFAST_DRILLS=1.
@Suite(
    "Drill: limiter", .serialized,
    .enabled(if: getenv("HOLDFAST_DRILLS") != nil, "set HOLDFAST_DRILLS=1"))
struct LimiterDrill {
    private static let batchCount = 64
    private static let callCount = 4_000_000

    @Test(
        "a decision over five dimensions, in batches of 64",
        arguments: [1_000, 1_000_000], [true, false])
    func decide(users: Int, isRefused: Bool) throws {
        var settings = LimiterSettings()
        settings.bucketMemoryByteCount = 256 << 20
        // Either nearly all calls are refused by the user's bucket, or none is by anything.
        if !isRefused {
            settings.user = .tokenBucket(count: 1_000, periodMilliseconds: 1, burst: 1_000)
            settings.address = settings.user
            settings.device = settings.user
        } else {
            settings.user = .tokenBucket(count: 1, periodMilliseconds: 3_600_000, burst: 1)
        }
        var limiter = try Limiter(settings: settings, hasher: Kit.hasher)
        var random = SplitMix64(seed: 1)
        let sale = Kit.subject().sale
        let subjects = (0..<users).map { _ in
            AdmissionSubject(
                user: AdmissionKey(high: random.next(), low: random.next()),
                device: AdmissionKey(high: random.next(), low: random.next()), sale: sale,
                network: AdmissionKey(high: random.next(), low: random.next()),
                address: NetworkAddress(ipv4: UInt32(truncatingIfNeeded: random.next())))
        }
        var calls = [LimitCall](repeating: LimitCall(subjects[0]), count: Self.batchCount)
        var nanoseconds: UInt64 = 0
        for batch in 0..<(Self.callCount / Self.batchCount) {
            for index in 0..<Self.batchCount {
                calls[index].subject = subjects[Int(random.next() % UInt64(users))]
            }
            let now = Kit.epoch + Int64(batch / 8)
            calls.withUnsafeMutableBufferPointer {
                let start = Self.processorNanoseconds()
                limiter.decide($0, nowMilliseconds: now)
                nanoseconds += Self.processorNanoseconds() - start
            }
        }
        let total = limiter.counters.allowed + limiter.counters.refused
        let shares = "\(limiter.counters.allowed * 100 / total) % allowed"
        print(
            "drill: limiter, five dimensions, \(users) users (\(users > 100_000 ? "cold" : "warm")), \(shares): "
                + "\(nanoseconds / total) ns a decision")
        #expect(limiter.counters[.capacity] == 0)
        #expect(nanoseconds / total < 600)
    }

    @Test("the keys of a call: user, device, sale and address")
    func keys() {
        let user = Array("user-0123456789abcdef0123456789ab".utf8)
        var sum: UInt64 = 0
        let start = Self.processorNanoseconds()
        for index in 0..<1_000_000 as Range<UInt32> {
            user.withUnsafeBytes { bytes in
                sum &+= Kit.hasher.key(.user, bytes).low
                sum &+= Kit.hasher.key(.device, bytes).low
                sum &+= Kit.hasher.key(.sale, UnsafeRawBufferPointer(rebasing: bytes[..<12])).low
            }
            sum &+= Kit.hasher.key(NetworkAddress(ipv4: index)).low
        }
        let nanoseconds = Self.processorNanoseconds() - start
        print(
            "drill: limiter, four keys (ids of 32, 32 and 12 bytes): \(nanoseconds / 1_000_000) ns a call (\(sum & 1))"
        )
    }

    @Test("10,000,000 distinct users in a minute of server time stay under 8 MiB")
    func tenMillionUsers() throws {
        let start = Self.processorNanoseconds()
        try LimiterMemoryTests.distinctUsers(milliseconds: 60_000)
        let milliseconds = (Self.processorNanoseconds() - start) / 1_000_000
        print(
            "drill: limiter, 10,020,000 distinct users in a minute under 8 MiB: \(milliseconds) ms of the processor"
        )
    }

    private static func processorNanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
