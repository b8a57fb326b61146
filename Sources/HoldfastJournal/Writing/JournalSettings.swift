/// How the journal writes. Set once, from the configuration.
package struct JournalSettings: Sendable {
    package enum Sync: String, Sendable, CaseIterable {
        /// A group is on disk before anything that it says is told.
        case group
        /// Written, not synced: a power cut loses what was answered. Unsafe, and named so.
        case none
    }

    package var sync = Sync.group
    /// A multiple of a page, 64 KiB at least. A group that is larger gets a segment of its own size.
    package var segmentBytes = 64 << 20
    /// A group ends here unless one batch is larger.
    package var groupBytesSoftMax = 4 << 20
    /// Behind a group nothing followed for so long, a seal is written.
    package var sealAfterMicroseconds: UInt64 = 10_000
    /// Files kept ready, at least.
    package var segmentsAhead = 2
    /// Room kept for the end of each live hold: a Confirm of one line with a long reference.
    package var endEventBytes = 112
    /// Room kept beside that.
    package var marginBytes = 16 << 20

    package init() {}
}
