internal import Synchronization

/// A limiter for many threads: one lock, taken once a batch. What one thread is told of the time holds for all, so
/// threads whose clocks were read a little apart cannot refill a bucket twice.
package final class SharedLimiter: Sendable {
    /// The pointer stays on the thread that brought it: the closure runs there, before the call returns.
    private struct Batch: @unchecked Sendable {
        let calls: UnsafeMutableBufferPointer<LimitCall>
    }

    private let limiter: Mutex<Limiter>

    package init(settings: LimiterSettings, hasher: AdmissionHasher) throws {
        self.limiter = Mutex(try Limiter(settings: settings, hasher: hasher))
    }

    package func decide(_ subject: AdmissionSubject, nowMilliseconds: Int64) -> LimitDecision {
        self.limiter.withLock { $0.decide(subject, nowMilliseconds: nowMilliseconds) }
    }

    /// Decides calls that are the caller's alone, all at `nowMilliseconds`, under one taking of the lock.
    package func decide(
        _ calls: UnsafeMutableBufferPointer<LimitCall>, nowMilliseconds: Int64
    ) {
        let batch = Batch(calls: calls)
        self.limiter.withLock { $0.decide(batch.calls, nowMilliseconds: nowMilliseconds) }
    }

    package func peek(_ subject: AdmissionSubject, nowMilliseconds: Int64) -> LimitDecision {
        self.limiter.withLock { $0.peek(subject, nowMilliseconds: nowMilliseconds) }
    }

    package func restore(_ subject: AdmissionSubject, atMilliseconds: Int64) {
        self.limiter.withLock { $0.restore(subject, atMilliseconds: atMilliseconds) }
    }

    package func apply(_ settings: LimiterSettings) throws(LimiterSettingsError) {
        try self.limiter.withLock { (limiter) throws(LimiterSettingsError) in
            try limiter.apply(settings)
        }
    }

    package var counters: LimitCounters { self.limiter.withLock { $0.counters } }

    package var usedPerThousand: (buckets: Int, windows: Int) {
        self.limiter.withLock { $0.usedPerThousand() }
    }
}
