import HoldfastJournal
import Testing

/// Reading what the real writer wrote, and while it writes.
@Suite struct LiveReadingTests {
    private func append(_ bench: JournalBench, _ sequences: Range<UInt64>) {
        for sequence in sequences {
            bench.journal.append([TestEvent(shard: 1, sequence: sequence, byteCount: 900)])
            if sequence % 8 == 0 { bench.journal.kick() }
        }
        bench.journal.kick()
    }

    @Test func whatAWriterLeftIsReadWhole() throws {
        let bench = try JournalBench()
        try bench.journal.start()
        self.append(bench, 1..<401)
        bench.journal.stop()
        let identity = try #require(try bench.directory.readIdentity())
        let scan = try JournalScan(directory: bench.directory, identity: identity)
        #expect(scan.end.lsn == 400)
        #expect(scan.hasStoppedInOrder && scan.tail.isClean && scan.segments.count > 3)
        var reader = GroupReader(
            scan.segments, instance: identity.instance, files: bench.directory.files)
        var events: [TestEvent] = []
        while let group = try reader.next() {
            events += try #require(TestEvent.all(in: Array(group.body)))
        }
        #expect(events.map(\.sequence) == Array(1...400))
        // The seal or clean stop is left behind; the events before it are proven by it.
        #expect(scan.continuation.lsn == 400)
    }

    @Test func aLiveDirectoryIsNeverCalledDamaged() throws {
        let bench = try JournalBench()
        try bench.journal.start()
        var last: UInt64 = 0
        for round in 0..<40 {
            self.append(bench, UInt64(round * 40 + 1)..<UInt64(round * 40 + 41))
            // Else the writer may not have had the processor once before the end; in the other rounds it writes meanwhile.
            if round % 4 == 3 { #expect(bench.waitUntilSynced()) }
            let report = try JournalVerify.run(bench.folder.path, files: LinuxFileSystem())
            #expect(report.status == .good, "\(report.printed(as: .text))")
            #expect(report.holder != nil)
            let end = try #require(report.scan?.end.lsn)
            #expect(end >= last)
            if round % 4 == 3 { #expect(end == UInt64(round * 40 + 40)) }
            last = end
        }
        bench.journal.stop()
        #expect(last == 1_600)
    }

    @Test func aGroupThatChangesAfterTheScanIsFound() throws {
        let stage = DamageStage()
        let files = stage.builder.memory()
        let scan = try stage.builder.scan(files)
        files.change(stage.path(2)) { $0[9_000] ^= 1 }
        var reader = GroupReader(
            scan.segments, instance: stage.builder.identity.instance, files: files)
        var failure: ScanFailure?
        do throws(ScanFailure) {
            while try reader.next() != nil {}
        } catch {
            failure = error
        }
        guard case .damaged(let report) = failure else {
            Issue.record("\(String(describing: failure))")
            return
        }
        #expect(report.offset == 8_192 && report.firstLSN == 51)
        #expect(reader.end == stage.end(50))
    }

    @Test func aHeaderAtTheEndOfTheNumbersIsDamagedAndNoTrap() {
        var builder = JournalBuilder()
        builder.segment(generation: 1)
        var group = builder.group(events: 1)
        group.header.firstLSN = .max
        group.header.lastLSN = .max
        let files = builder.memory()
        files.change(group.path) { bytes in
            bytes.withUnsafeMutableBytes {
                _ = group.header.encode(to: $0.baseAddress! + group.offset)
            }
        }
        guard case .sound(let end, _) = builder.verdict(files) else {
            Issue.record("\(builder.verdict(files))")
            return
        }
        #expect(end.lsn == 0)
    }
}
