/// What a server says of ending what is over (proto `ExpiryInfo`). Since the start of the process.
package struct ExpiryFacts: Sendable, Equatable {
    /// Holds, leases and blacklist entries that were ended in bites.
    package var lapsedCount: UInt64 = 0
    /// Bites that ended any.
    package var biteCount: UInt64 = 0
    /// Processor time.
    package var biteMicrosecondsTotal: UInt64 = 0
    package var biteMicrosecondsMax: UInt64 = 0
    /// Of a reactor's turn between two bites with holds left.
    package var turnMicrosecondsMax: UInt64 = 0
    /// Bytes of events on their way to the disk right behind a bite.
    package var bytesAheadMax: UInt64 = 0

    package init() {}
}
