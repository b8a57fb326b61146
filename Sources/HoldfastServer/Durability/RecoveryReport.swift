/// What a start found in the data directory, for the log.
package struct RecoveryReport: Sendable, Equatable {
    package var isNew = false
    package var generation: UInt32 = 0
    /// 0: none was used.
    package var snapshotLSN: UInt64 = 0
    package var lastLSN: UInt64 = 0
    /// Read from the journal, behind the snapshot.
    package var eventCount: UInt64 = 0
    package var milliseconds: Int64 = 0
    /// Bytes of a torn tail that were cut.
    package var cutByteCount = 0
    package var hasStoppedInOrder = false
    package var newestTimeMilliseconds: Int64 = 0
    /// What an operator should read.
    package var notes: [String] = []
}
