/// A moment or a length of time as the limiter counts it: whole milliseconds in the upper 40 bits, and below them 24 bits
/// with the rest as a number of *parts*. How many parts make a millisecond is the policy's business: 7 calls a second
/// lie 142 and 6/7 ms apart, so there a part is a seventh of a millisecond, and the sum of seven is a second exactly.
///
/// Moments of different policies compare rightly by their milliseconds, so one table holds them all.
enum LimitTime {
    static let partBits: UInt64 = 24
    static let partMask: UInt64 = 1 << 24 - 1

    @inline(__always)
    static func milliseconds(_ value: UInt64) -> UInt64 { value &<< Self.partBits }

    @inline(__always)
    static func wholeMilliseconds(_ value: UInt64) -> UInt64 { value &>> Self.partBits }

    /// `length` whole milliseconds and `parts` of `divisor` (both from one division, so `parts` < `divisor`).
    @inline(__always)
    static func make(_ length: UInt64, parts: UInt64) -> UInt64 {
        length &<< Self.partBits | parts
    }

    @inline(__always)
    static func add(_ left: UInt64, _ right: UInt64, divisor: UInt64) -> UInt64 {
        let sum = left &+ right
        // The parts of both together fit their 25 bits; 24 would run over into the milliseconds, so they go apart.
        let parts = (left & Self.partMask) &+ (right & Self.partMask)
        if parts < divisor { return sum }
        return (sum &- parts) &+ (1 &<< Self.partBits) &+ (parts &- divisor)
    }

    /// The milliseconds from `from`, rounded up, that `to` (not earlier) lies behind it.
    @inline(__always)
    static func millisecondsUp(from: UInt64, to: UInt64) -> Int64 {
        let whole = (to &>> Self.partBits) &- (from &>> Self.partBits)
        let rest = (to & Self.partMask) > (from & Self.partMask) ? 1 as UInt64 : 0
        return Int64(whole &+ rest)
    }
}
