import Glibc
import HoldfastJournal
import Testing

/// By hand, in release, on a quiet machine: HOLDFAST_DRILLS=1. HOLDFAST_DRILL_DIRECTORY names where; a disk, not memory.
@Suite(.serialized, .enabled(if: getenv("HOLDFAST_DRILLS") != nil))
struct JournalDrill {
    private static let eventBytes = 130

    private final class Run {
        let folder: String
        let directory: DataDirectory
        let journal: Journal

        init(_ settings: JournalSettings = JournalSettings()) throws {
            let parent = getenv("HOLDFAST_DRILL_DIRECTORY").map { String(cString: $0) } ?? "/tmp"
            self.folder = parent + "/holdfast-drill-\(getpid())"
            self.directory = try DataDirectory.open(
                self.folder, files: LinuxFileSystem(), nowMilliseconds: 0)
            let start = try JournalOpening.create(
                in: self.directory, shardCount: 64, settings: settings, nowMilliseconds: 0)
            self.journal = Journal(
                directory: self.directory, start: start, settings: settings, now: { 0 },
                onSynced: {}, onFailure: { preconditionFailure("\($0)") })
            try self.journal.start()
            // What is made ready must not disturb what is measured.
            while self.journal.statistics.readySegments < settings.segmentsAhead { usleep(1_000) }
        }

        deinit {
            self.journal.stop()
            self.directory.close()
            TemporaryDirectory.remove(self.folder)
        }

        func waitUntilSynced() {
            while self.journal.syncedPosition != self.journal.appendedPosition { usleep(100) }
        }
    }

    private static func nanoseconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
    }

    private static func batch(_ count: Int) -> [UInt8] {
        (0..<count).flatMap {
            TestEvent(shard: 1, sequence: UInt64($0), byteCount: self.eventBytes).bytes
        }
    }

    /// What an append costs the shard that makes it, while the writer works behind.
    @Test(arguments: [1, 16, 200])
    func appendCost(batchCount: Int) throws {
        let run = try Run()
        let batch = Self.batch(batchCount)
        let turnEvents = 200
        var spent = 0.0
        var eventCount = 0
        for _ in 0..<2_000 {
            let begin = Self.nanoseconds(CLOCK_THREAD_CPUTIME_ID)
            batch.withUnsafeBytes { bytes in
                for _ in 0..<max(1, turnEvents / batchCount) {
                    _ = run.journal.append(
                        shard: 1, events: bytes, count: batchCount, lastSequence: 0)
                }
            }
            run.journal.kick()
            spent += Self.nanoseconds(CLOCK_THREAD_CPUTIME_ID) - begin
            eventCount += max(1, turnEvents / batchCount) * batchCount
            usleep(200)
        }
        run.waitUntilSynced()
        let perEvent = Int(spent / Double(eventCount))
        print(
            "drill: append \(batchCount) events a batch: \(perEvent) ns an event of "
                + "\(Self.eventBytes) bytes, kick included")
        #expect(run.journal.statistics.events == UInt64(eventCount))
    }

    /// Groups as fast as they go, one waited for before the next is appended.
    @Test func groups() throws {
        let run = try Run()
        let batch = Self.batch(200)
        let count = 2_000
        let begin = Self.nanoseconds(CLOCK_MONOTONIC)
        batch.withUnsafeBytes { bytes in
            for _ in 0..<count {
                let position = run.journal.append(
                    shard: 1, events: bytes, count: 200, lastSequence: 0)
                run.journal.kick()
                while run.journal.syncedPosition < position { sched_yield() }
            }
        }
        let elapsed = Self.nanoseconds(CLOCK_MONOTONIC) - begin
        let statistics = run.journal.statistics
        print(
            "drill: \(Int(Double(count) / elapsed * 1e9)) groups/s of 200 events, one behind the other; "
                + "sync mean \(statistics.syncNanosecondsSum / statistics.syncs / 1_000) us, "
                + "max \(statistics.syncNanosecondsMax / 1_000) us, method \(statistics.method)")
        #expect(statistics.groups == UInt64(count))
    }

    /// The steady load of a full core: what the journal's threads take of the processor for it.
    @Test func steadyLoad() throws {
        let run = try Run()
        let batch = Self.batch(10)
        let eventsPerSecond = 650_000
        let seconds = 5
        var sleeping = 0.0
        let own = Self.nanoseconds(CLOCK_THREAD_CPUTIME_ID)
        let all = Self.nanoseconds(CLOCK_PROCESS_CPUTIME_ID)
        let begin = Self.nanoseconds(CLOCK_MONOTONIC)
        var appended = 0
        batch.withUnsafeBytes { bytes in
            while Self.nanoseconds(CLOCK_MONOTONIC) - begin < Double(seconds) * 1e9 {
                let due = Int(
                    (Self.nanoseconds(CLOCK_MONOTONIC) - begin) / 1e9 * Double(eventsPerSecond))
                while appended < due {
                    _ = run.journal.append(shard: 1, events: bytes, count: 10, lastSequence: 0)
                    appended += 10
                }
                run.journal.kick()
                let before = Self.nanoseconds(CLOCK_MONOTONIC)
                usleep(150)
                sleeping += Self.nanoseconds(CLOCK_MONOTONIC) - before
            }
        }
        let ownSpent = Self.nanoseconds(CLOCK_THREAD_CPUTIME_ID) - own
        let behind = run.journal.backlogBytes
        run.waitUntilSynced()
        let allSpent = Self.nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - all
        let statistics = run.journal.statistics
        print(
            "drill: \(appended / seconds) events/s for \(seconds) s: \(statistics.groups) groups, "
                + "sync mean \(statistics.syncNanosecondsSum / statistics.syncs / 1_000) us, "
                + "writer and allocator \(Int((allSpent - ownSpent) / Double(statistics.syncs) / 1e3)) us "
                + "of the processor a sync, \(Int((allSpent - ownSpent) / Double(appended))) ns an event; "
                + "appender \(Int(ownSpent / Double(appended))) ns an event with its clock and sleeps; "
                + "backlog at the end \(behind) bytes, room \(run.journal.hasRoom)")
        #expect(statistics.events == UInt64(appended))
    }
}
