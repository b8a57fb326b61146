/// How a server ends what is over: in bites, between which calls are served. Since the start of the process; holds that a
/// call itself finds lapsed are not counted here.
public struct ExpiryInfo: Sendable, Hashable {
    /// Holds, leases and blacklist entries that were ended in bites.
    public var lapsed: UInt64
    /// Bites that ended any.
    public var bites: UInt64
    /// Processor time of all bites, in microseconds.
    public var biteMicrosecondsTotal: UInt64
    /// Of the longest one.
    public var biteMicrosecondsMax: UInt64
    /// Processor time of the longest turn of a thread between two bites with holds left: bite, calls, answers and sockets.
    public var turnMicrosecondsMax: UInt64
    /// Most bytes of events, of lapses and of others, that were on their way to the disk right behind a bite: a change decided
    /// next waits for so many.
    public var bytesAheadMax: UInt64

    /// Makes one; the fields are described above.
    public init(
        lapsed: UInt64 = 0, bites: UInt64 = 0, biteMicrosecondsTotal: UInt64 = 0,
        biteMicrosecondsMax: UInt64 = 0, turnMicrosecondsMax: UInt64 = 0, bytesAheadMax: UInt64 = 0
    ) {
        self.lapsed = lapsed
        self.bites = bites
        self.biteMicrosecondsTotal = biteMicrosecondsTotal
        self.biteMicrosecondsMax = biteMicrosecondsMax
        self.turnMicrosecondsMax = turnMicrosecondsMax
        self.bytesAheadMax = bytesAheadMax
    }
}
