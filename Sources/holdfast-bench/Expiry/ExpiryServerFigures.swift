import HoldfastClient

/// What the server itself says of a drill: an estimate of how long a lapse can have kept a Reserve by the server's own doing,
/// whatever the machine did meanwhile. The server should be a new one, since its longest values are those since its start.
struct ExpiryServerFigures: Encodable {
    var lapsed: UInt64
    var bites: UInt64
    /// Processor time.
    var biteMicrosecondsMax: UInt64
    /// Processor time of a reactor's turn between two bites.
    var turnMicrosecondsMax: UInt64
    var bytesAheadMax: UInt64
    /// What the journal wrote a second while it wrote, syncs included, over the drill; 0: there is no journal.
    var journalBytesPerSecond: Double

    init(from before: GetServerInfoResponse, to after: GetServerInfoResponse) {
        self.lapsed = after.expiry.lapsed - before.expiry.lapsed
        self.bites = after.expiry.bites - before.expiry.bites
        self.biteMicrosecondsMax = after.expiry.biteMicrosecondsMax
        self.turnMicrosecondsMax = after.expiry.turnMicrosecondsMax
        self.bytesAheadMax = after.expiry.bytesAheadMax
        let microseconds =
            after.journal.syncMicrosecondsTotal - before.journal.syncMicrosecondsTotal
        let bytes = after.journal.bytes - before.journal.bytes
        self.journalBytesPerSecond =
            microseconds == 0 ? 0 : (Double(bytes) * 1e6 / Double(microseconds)).rounded()
    }

    /// How long a Reserve can have waited for lapses: it comes at the beginning of the longest turn, is decided in another such
    /// turn, and its event goes to disk behind the most bytes that were seen ahead. An estimate and no bound: the disk is taken
    /// at its mean rate, bytes are looked at behind bites only, and waiting for another reactor's lock is not in it.
    var reserveWaitMillisecondsMax: Double {
        let disk =
            self.journalBytesPerSecond == 0
            ? 0 : Double(self.bytesAheadMax) / self.journalBytesPerSecond * 1_000
        return 2 * Double(self.turnMicrosecondsMax) / 1_000 + disk
    }

    var lines: [String] {
        [
            "the server: \(self.lapsed) lapses in \(self.bites) bites, the longest \(self.biteMicrosecondsMax) µs of processor time; "
                + "longest turn meanwhile \(self.turnMicrosecondsMax) µs; at most \(self.bytesAheadMax) bytes ahead of others "
                + "on a disk that takes \(Int(self.journalBytesPerSecond / 1e6)) MB/s"
        ]
    }
}
