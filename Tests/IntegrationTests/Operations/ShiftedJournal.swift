import Foundation
import HoldfastJournal
import Testing

/// The events of a data directory written once more by the journal itself, under a clock that shows another time.
enum ShiftedJournal {
    /// - Parameter milliseconds: By how much the clock goes forward; negative: back.
    static func write(_ source: String, to target: String, shiftedBy milliseconds: Int64) throws {
        let now = Int64(Date().timeIntervalSince1970 * 1_000) + milliseconds
        let from = try DataDirectory.look(source, files: LinuxFileSystem())
        let identity = try #require(try from.readIdentity())
        let scan = try JournalScan(directory: from, identity: identity)
        let directory = try DataDirectory.open(
            target, files: LinuxFileSystem(), nowMilliseconds: now)
        defer { directory.close() }
        var settings = JournalSettings()
        settings.segmentBytes = OperatedSite.segmentBytes
        let start = try JournalOpening.create(
            in: directory, shardCount: identity.shardCount, settings: settings,
            nowMilliseconds: now)
        let journal = Journal(
            directory: directory, start: start, settings: settings, now: { now }, onSynced: {},
            onFailure: { failure in preconditionFailure("the journal failed: \(failure)") })
        try journal.start()
        var reader = GroupReader(
            scan.segments, instance: identity.instance, files: directory.files)
        while let group = try reader.next() {
            if group.body.isEmpty { continue }
            _ = journal.append(
                shard: 0, events: group.body, count: Int(group.header.eventCount), lastSequence: 0)
            journal.kick()
        }
        journal.stop()
    }
}
