import HoldfastAdmission

/// Keys of a fixed start, and settings with room for a test.
enum Kit {
    static let hasher = AdmissionHasher(key0: 0x1234_5678, key1: 0x9abc_def0)
    /// A plausible Unix time in milliseconds.
    static let epoch: Int64 = 1_790_000_000_000

    static func subject(
        _ user: String = "user", address: String? = nil, device: String = "", sale: String = "sale"
    ) -> AdmissionSubject {
        var subject = AdmissionSubject(
            user: self.hasher.key(.user, user), device: self.hasher.key(.device, device),
            sale: self.hasher.key(.sale, sale))
        if let address {
            guard let parsed = NetworkAddress(address) else {
                preconditionFailure("\(address) is no address")
            }
            subject.address = parsed
            subject.network = self.hasher.key(parsed)
        }
        return subject
    }

    /// Nothing is limited but what a test sets.
    static func settings(_ change: (inout LimiterSettings) -> Void = { _ in }) -> LimiterSettings {
        var settings = LimiterSettings()
        settings.user = .unlimited
        settings.address = .unlimited
        settings.device = .unlimited
        settings.sale = .unlimited
        settings.global = .unlimited
        settings.bucketMemoryByteCount = 1 << 18
        settings.windowMemoryByteCount = 1 << 20
        settings.populate = false
        change(&settings)
        return settings
    }
}

/// A limiter on the heap, since a test's expressions cannot hold a `~Copyable` one.
final class TestLimiter {
    private var limiter: Limiter
    /// Milliseconds since `Kit.epoch`.
    var now: Int64 = 0

    init(_ settings: LimiterSettings) throws {
        self.limiter = try Limiter(settings: settings, hasher: Kit.hasher)
    }

    convenience init(_ change: (inout LimiterSettings) -> Void) throws {
        try self.init(Kit.settings(change))
    }

    var counters: LimitCounters { self.limiter.counters }
    var memoryMilliseconds: Int { self.limiter.memoryMilliseconds }
    var used: (buckets: Int, windows: Int) { self.limiter.usedPerThousand() }
    var entryCounts: (buckets: Int, windows: Int) { self.limiter.entryCounts }

    func decide(_ subject: AdmissionSubject, at time: Int64? = nil) -> LimitDecision {
        self.limiter.decide(subject, nowMilliseconds: Kit.epoch + (time ?? self.now))
    }

    func allows(_ subject: AdmissionSubject, at time: Int64? = nil) -> Bool {
        self.decide(subject, at: time) == .allowed
    }

    func peek(_ subject: AdmissionSubject, at time: Int64? = nil) -> LimitDecision {
        self.limiter.peek(subject, nowMilliseconds: Kit.epoch + (time ?? self.now))
    }

    func restore(_ subject: AdmissionSubject, at time: Int64) {
        self.limiter.restore(subject, atMilliseconds: Kit.epoch + time)
    }

    func apply(_ settings: LimiterSettings) throws { try self.limiter.apply(settings) }

    func decide(_ subjects: [AdmissionSubject], at time: Int64? = nil) -> [LimitDecision] {
        var calls = subjects.map { LimitCall($0) }
        calls.withUnsafeMutableBufferPointer {
            self.limiter.decide($0, nowMilliseconds: Kit.epoch + (time ?? self.now))
        }
        return calls.map(\.decision)
    }

    /// How many calls of `subject` are allowed if it tries in every millisecond from `from` to before `to`, until refused.
    func saturate(_ subject: AdmissionSubject, from: Int64, to: Int64) -> Int {
        var count = 0
        for time in from..<to {
            while self.allows(subject, at: time) { count += 1 }
        }
        return count
    }
}
