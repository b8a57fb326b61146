/// When an answer may leave.
package enum SyncMode: String, Sendable, CaseIterable {
    /// Once the group with its event is on disk.
    case group
    /// Once the kernel has it: a crash of the machine, not of the process, loses acknowledged data. Named unsafe.
    case none
}

/// What the configuration says of the journal.
package struct JournalSettings: Sendable, Equatable {
    /// Of an ordinary segment: whole pages, at least 64 KiB.
    package var segmentBytes = 64 << 20
    package var sync = SyncMode.group
    /// A group ends here unless one batch alone is larger.
    package var groupBytesSoftMax = 4 << 20
    /// How long nothing must come behind a group until it is sealed.
    package var sealAfterMicroseconds = 10_000
    /// Ready files kept, at least.
    package var segmentsAhead = 2
    /// Space that is kept for the end of each live hold.
    package var endEventBytes = 112
    /// And beside.
    package var marginBytes = 16 << 20
    /// How long a full segment waits for the next one until the journal fails.
    package var segmentWaitMicroseconds = 5_000_000
    /// Between attempts to make a ready file after one failed.
    package var allocationRetryMicroseconds = 1_000_000

    package init() {}

    /// With tiny segments the margin may not ask for more than what is kept ready.
    var effectiveMarginBytes: Int { min(self.marginBytes, self.segmentBytes) }

    /// Traps if the numbers make no sense; the configuration has checked them.
    func check() {
        precondition(
            self.segmentBytes >= 64 << 10 && self.segmentBytes % JournalLayout.pageBytes == 0,
            "a segment is whole pages and at least 64 KiB")
        precondition(self.segmentsAhead >= 1, "one segment must be ready at least")
        precondition(
            self.groupBytesSoftMax >= JournalLayout.pageBytes, "a group is a page at least")
        precondition(self.endEventBytes >= 0 && self.marginBytes >= 0, "space is not negative")
        precondition(
            self.sealAfterMicroseconds > 0 && self.allocationRetryMicroseconds > 0,
            "a wait without a length would be one for ever")
    }
}
