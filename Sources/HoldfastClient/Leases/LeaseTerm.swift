/// Until when a lease is held for certain, and when to renew it: nanoseconds of the monotonic clock. A value without clock
/// or I/O.
///
/// The server counts a lease's time from when it decides, which this side does not know; it is never before the moment
/// at which the call was sent. So all times count from that moment, and a term ends here before it ends there.
package struct LeaseTerm: Sendable, Equatable {
    package let ttlNanoseconds: UInt64
    /// Exclusive.
    package private(set) var heldUntilNanoseconds: UInt64
    package private(set) var renewAtNanoseconds: UInt64

    /// By how much of its time a lease ends earlier here: two clocks may run at rates that differ by as much.
    package static let clockRateDivisor: UInt64 = 100

    /// A lease that was granted in answer to a call sent at `sentAt`.
    package init(ttlNanoseconds: UInt64, sentAt: UInt64) {
        self.ttlNanoseconds = ttlNanoseconds
        self.heldUntilNanoseconds = 0
        self.renewAtNanoseconds = 0
        self.renewed(sentAt: sentAt)
    }

    /// Notes a grant or a renewal that was asked for at `sentAt`.
    package mutating func renewed(sentAt: UInt64) {
        let held = self.ttlNanoseconds - self.ttlNanoseconds / Self.clockRateDivisor
        // An older renewal whose answer came late takes nothing away.
        self.heldUntilNanoseconds = max(self.heldUntilNanoseconds, sentAt + held)
        self.renewAtNanoseconds = max(self.renewAtNanoseconds, sentAt + self.ttlNanoseconds / 3)
    }

    package func isHeld(at now: UInt64) -> Bool { now < self.heldUntilNanoseconds }

    /// How long one attempt to renew may take: there must be time for another one. A term that is over, since its owner
    /// stood in line for longer, bounds nothing.
    package func renewTimeoutNanoseconds(at now: UInt64) -> UInt64 {
        let third = self.ttlNanoseconds / 3
        guard self.isHeld(at: now) else { return third }
        return max(1_000_000, min(self.heldUntilNanoseconds - now, third))
    }

    /// The pause after a failed attempt to renew.
    package var pauseNanoseconds: UInt64 {
        min(max(self.ttlNanoseconds / 20, 5_000_000), 250_000_000)
    }
}
