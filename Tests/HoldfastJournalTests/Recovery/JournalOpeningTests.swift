import FaultKit
import Glibc
import HoldfastJournal
import Testing

@Suite struct JournalOpeningTests {
    private typealias Landing = FaultyFileSystem.Landing

    /// What of a write that is under way can be on the disk when the process ends.
    private static let landings = FaultyFileSystem.Landing.samples

    private static func opened(
        _ folder: TemporaryDirectory, _ files: any FileSystem = LinuxFileSystem()
    ) throws(JournalFailure) -> DataDirectory {
        try DataDirectory.open(folder.path, files: files, nowMilliseconds: JournalBench.now)
    }

    /// What recovery would do with a log of which all that is sound counts, written anew from the tests' own reader.
    private static func openNext(
        _ directory: DataDirectory, copiesLastGroup: Bool
    ) throws -> JournalStart {
        let identity = try #require(try directory.readIdentity())
        try directory.removeTemporaryFiles()
        let log = try WalkedLog(directory.path)
        let last = log.groups.last { $0.kind == .events }
        var preceding = log.end
        var body: [UInt8] = []
        if copiesLastGroup, let last {
            body = last.body
            let index = log.groups.firstIndex(of: last)!
            let segment = log.segments.first { $0.name == last.segment }!
            preceding =
                index > 0 && log.groups[index - 1].segment == last.segment
                ? LogEnd(lsn: last.firstLSN - 1, chain: log.groups[index - 1].chain)
                : segment.header.preceding
        }
        return try body.withUnsafeBytes { bytes in
            let copied =
                bytes.isEmpty
                ? nil
                : CopiedGroup(body: bytes, eventCount: last!.lastLSN + 1 - last!.firstLSN)
            return try JournalOpening.open(
                in: directory,
                GenerationPlan(
                    identity: identity,
                    generation: log.segments.map(\.name.generation).max()! + 1,
                    preceding: preceding, copied: copied, manifestNumber: log.manifest?.number,
                    newestTimeMilliseconds: 5),
                settings: JournalBench.tinySettings, nowMilliseconds: JournalBench.now + 1)
        }
    }

    private static func write(_ journal: Journal, _ sequences: ClosedRange<Int>) throws {
        try journal.start()
        for sequence in sequences {
            journal.append([TestEvent(shard: 0, sequence: UInt64(sequence), byteCount: 900)])
            journal.kick()
            #expect(
                JournalBench.waits { journal.syncedPosition == journal.appendedPosition })
        }
        journal.stop()
    }

    private static func journal(_ directory: DataDirectory, _ start: JournalStart) -> Journal {
        Journal(
            directory: directory, start: start, settings: JournalBench.tinySettings,
            now: { JournalBench.now }, onSynced: {},
            onFailure: { preconditionFailure("no failure was asked for: \($0)") })
    }

    @Test func theNextGenerationGoesOnWhereTheLastEnded() throws {
        let folder = TemporaryDirectory()
        let directory = try Self.opened(folder)
        defer { directory.close() }
        let first = try JournalOpening.create(
            in: directory, shardCount: 4, settings: JournalBench.tinySettings,
            nowMilliseconds: JournalBench.now)
        #expect(first.generation == 1 && first.end.lsn == 0 && first.manifestNumber == 1)
        try Self.write(Self.journal(directory, first), 1...3)
        for (generation, copies) in [(2, true), (3, false), (4, true)] {
            let before = try WalkedLog(folder.path)
            let start = try Self.openNext(directory, copiesLastGroup: copies)
            #expect(start.generation == UInt32(generation))
            #expect(start.end.lsn == before.end.lsn)
            #expect(start.manifestNumber == UInt64(generation))
            #expect(start.segment.writeOffset == (copies ? 2 : 1) * 4_096)
            #expect(start.newestTimeMilliseconds == 5)
            let opened = try WalkedLog(folder.path)
            #expect(opened.end == start.end)
            #expect(try opened.events == before.events)
            #expect(opened.manifest?.newestSegment == start.segment.name)
            let next = Int(start.end.lsn) + 1
            try Self.write(Self.journal(directory, start), next...next + 2)
        }
        let log = try WalkedLog(folder.path)
        #expect(try log.events.map(\.sequence) == Array(1...12))
    }

    @Test func theCopiedGroupIsSealedBeforeAnythingComes() throws {
        var settings = JournalBench.tinySettings
        settings.sealAfterMicroseconds = 1_000
        let folder = TemporaryDirectory()
        let directory = try Self.opened(folder)
        defer { directory.close() }
        let first = try JournalOpening.create(
            in: directory, shardCount: 4, settings: settings, nowMilliseconds: JournalBench.now)
        try Self.write(Self.journal(directory, first), 1...1)
        let start = try Self.openNext(directory, copiesLastGroup: true)
        let journal = Journal(
            directory: directory, start: start, settings: settings, now: { 0 }, onSynced: {},
            onFailure: { preconditionFailure("\($0)") })
        try journal.start()
        #expect(JournalBench.waits { journal.statistics.seals == 1 })
        journal.stop()
        #expect(
            try WalkedLog(folder.path).groups.map(\.kind) == [.events, .seal, .cleanStop])
    }

    @Test func aGroupLargerThanASegmentIsCopiedWhole() throws {
        let folder = TemporaryDirectory()
        let directory = try Self.opened(folder)
        defer { directory.close() }
        let first = try JournalOpening.create(
            in: directory, shardCount: 4, settings: JournalBench.tinySettings,
            nowMilliseconds: JournalBench.now)
        let journal = Self.journal(directory, first)
        try journal.start()
        journal.append((1...9).map { TestEvent(shard: 0, sequence: $0, byteCount: 20_000) })
        journal.stop()
        let start = try Self.openNext(directory, copiesLastGroup: true)
        #expect(start.segment.byteCount == start.segment.writeOffset)
        #expect(try WalkedLog(folder.path).events.count == 9)
        try Self.write(Self.journal(directory, start), 10...11)
        #expect(try WalkedLog(folder.path).events.count == 11)
    }

    @Test(arguments: 0..<landings.count)
    func aFirstStartMayBeKilledAtEveryCall(landing: Int) throws {
        var callNumber = 1
        while true {
            let folder = TemporaryDirectory()
            let files = FaultyFileSystem(
                .init(callNumber: callNumber, fault: .kill(Self.landings[landing])))
            let place = Comment(rawValue: "killed at call \(callNumber)")
            var killed: DataDirectory?
            do throws(JournalFailure) {
                let directory = try Self.opened(folder, files)
                killed = directory
                _ = try JournalOpening.create(
                    in: directory, shardCount: 4, settings: JournalBench.tinySettings,
                    nowMilliseconds: JournalBench.now)
            } catch {
                #expect(files.isKilled, place)
            }
            // The kernel gives a dead process's lock back.
            killed?.close()
            let directory = try Self.opened(folder)
            defer { directory.close() }
            try directory.removeTemporaryFiles()
            if try directory.readIdentity() == nil {
                _ = try JournalOpening.create(
                    in: directory, shardCount: 4, settings: JournalBench.tinySettings,
                    nowMilliseconds: JournalBench.now)
            }
            let start = try Self.openNext(directory, copiesLastGroup: true)
            try Self.write(Self.journal(directory, start), 1...2)
            let log = try WalkedLog(folder.path)
            #expect(try log.events.map(\.sequence) == [1, 2], place)
            #expect(log.segments.count == 2, place)
            #expect(log.manifest?.number == 2, place)
            let names = try LinuxFileSystem().list(folder.path)
            #expect(names == ["identity", "journal", "lock", "snapshots"], place)
            if !files.isKilled { break }
            callNumber += 1
        }
        #expect(callNumber > 20)
    }

    @Test(arguments: 0..<landings.count)
    func aLaterStartMayBeKilledAtEveryCall(landing: Int) throws {
        // The log as a kill left it.
        let base = TemporaryDirectory()
        let directory = try Self.opened(base)
        let first = try JournalOpening.create(
            in: directory, shardCount: 4, settings: JournalBench.tinySettings,
            nowMilliseconds: JournalBench.now)
        try Self.write(Self.journal(directory, first), 1...20)
        directory.close()
        let expected = try WalkedLog(base.path).events
        for copies in [true, false] {
            var callNumber = 1
            while true {
                let folder = TemporaryDirectory()
                try Self.copy(base.path, folder.path)
                let files = FaultyFileSystem(
                    .init(callNumber: callNumber, fault: .kill(Self.landings[landing])))
                let place = Comment(rawValue: "killed at call \(callNumber)")
                var killed: DataDirectory?
                do {
                    let directory = try Self.opened(folder, files)
                    killed = directory
                    _ = try Self.openNext(directory, copiesLastGroup: copies)
                } catch {
                    #expect(files.isKilled, place)
                }
                killed?.close()
                let directory = try Self.opened(folder)
                defer { directory.close() }
                let start = try Self.openNext(directory, copiesLastGroup: copies)
                let log = try WalkedLog(folder.path)
                #expect(try log.events == expected, place)
                #expect(log.end == start.end, place)
                #expect(log.manifest?.newestSegment == start.segment.name, place)
                if !files.isKilled { break }
                callNumber += 1
            }
            #expect(callNumber > 20)
        }
    }

    private static func copy(_ source: String, _ target: String) throws {
        let files = LinuxFileSystem()
        for folder in ["journal", "snapshots"] {
            try files.makeDirectory(target + "/" + folder)
            for name in try files.list(source + "/" + folder) {
                let path = folder + "/" + name
                try files.writeFile(
                    target + "/" + path,
                    try files.contents(of: source + "/" + path, byteCountMax: 1 << 30))
            }
        }
        try files.writeFile(
            target + "/identity",
            try files.contents(of: source + "/identity", byteCountMax: 8_192))
    }
}
