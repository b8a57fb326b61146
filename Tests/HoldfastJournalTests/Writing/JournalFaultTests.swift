import FaultKit
import Glibc
import HoldfastJournal
import Testing

/// One fault of the product that is tried at every system call of a journal's life.
struct FaultCase: Sendable, CustomStringConvertible {
    var name: String
    var fault: FaultyFileSystem.Fault
    var isForEver: Bool

    var description: String { "\(self.name), \(self.isForEver ? "for ever" : "once")" }

    static let all: [FaultCase] = [
        ("EIO", .fail(EIO)), ("ENOSPC", .fail(ENOSPC)), ("EINTR", .fail(EINTR)),
        ("EDQUOT", .fail(EDQUOT)), ("short", FaultyFileSystem.Fault.short),
    ].flatMap { name, fault in
        [false, true].map { FaultCase(name: name, fault: fault, isForEver: $0) }
    }

    /// Whether nobody may notice it.
    var isHarmless: Bool { self.name == "short" || (self.name == "EINTR" && !self.isForEver) }
}

@Suite(.serialized) struct JournalFaultTests {
    /// What one life came to.
    struct Outcome {
        var appended: [TestEvent] = []
        var acknowledged: UInt64 = 0
        var hasStarted = false
    }

    private static func settings(_ fault: FaultCase) -> JournalSettings {
        var settings = JournalBench.tinySettings
        settings.sealAfterMicroseconds = 300
        // Where no segment may fail to come, patience; elsewhere a test that waits would take minutes.
        settings.segmentWaitMicroseconds = fault.isForEver && !fault.isHarmless ? 5_000 : 5_000_000
        settings.allocationRetryMicroseconds = 500
        settings.segmentsAhead = 1
        return settings
    }

    /// Start, groups, a seal, a roll by request, one by fullness, a group larger than a segment, stop.
    private static func live(_ bench: JournalBench) -> Outcome {
        var outcome = Outcome()
        do throws(JournalFailure) {
            try bench.journal.start()
            outcome.hasStarted = true
        } catch {
            return outcome
        }
        var sequence: UInt64 = 0
        func append(_ count: Int, byteCount: Int) {
            let batch = (0..<count).map { _ in
                sequence += 1
                return TestEvent(shard: 1, sequence: sequence, byteCount: byteCount)
            }
            outcome.appended.append(contentsOf: batch)
            bench.journal.append(batch)
            bench.journal.kick()
        }
        append(1, byteCount: 100)
        _ = bench.waitUntilSynced()
        append(3, byteCount: 1_000)
        append(2, byteCount: 5_000)
        _ = bench.waitUntilSynced()
        _ = JournalBench.waits {
            bench.journal.statistics.seals > 0 || !bench.failures.all.isEmpty
        }
        append(1, byteCount: 200)
        _ = bench.journal.roll()
        for _ in 0..<3 { append(2, byteCount: 14_000) }
        _ = bench.waitUntilSynced()
        append(3, byteCount: 30_000)
        _ = bench.waitUntilSynced()
        append(1, byteCount: 50)
        bench.journal.stop()
        outcome.acknowledged = bench.journal.syncedPosition.rawValue
        return outcome
    }

    /// - Returns: Whether the fault was met.
    private static func run(_ fault: FaultCase, at callNumber: Int) throws -> Bool {
        let plan = FaultyFileSystem.Plan(
            callNumber: callNumber, fault: fault.fault, isForEver: fault.isForEver)
        let place = Comment(rawValue: "\(fault) from call \(callNumber)")
        let bench: JournalBench
        do throws(JournalFailure) {
            bench = try JournalBench(self.settings(fault), plan: plan)
        } catch {
            #expect(!fault.isHarmless, place)
            #expect(
                error.code == (fault.name == "EIO" || fault.name == "EINTR" ? .io : .outOfSpace))
            return true
        }
        let outcome = self.live(bench)
        if fault.isHarmless {
            #expect(outcome.hasStarted && bench.failures.all.isEmpty, place)
            #expect(outcome.acknowledged == UInt64(outcome.appended.count), place)
        }
        #expect(bench.failures.all.count <= 1, place)
        if outcome.hasStarted && bench.failures.all.isEmpty {
            #expect(outcome.acknowledged == UInt64(outcome.appended.count), place)
        }
        // Everything acknowledged is there, in order; what is there beside was appended.
        let log = try bench.walked
        let events = try log.events
        #expect(events.count >= Int(outcome.acknowledged), place)
        #expect(events == Array(outcome.appended.prefix(events.count)), place)
        self.checkCalls(bench.files.calls, bench, place)
        return bench.files.faultCount > 0
    }

    /// After the first write or sync of the writer that failed, it calls nothing more on a segment.
    private static func checkCalls(
        _ calls: [FaultyFileSystem.Call], _ bench: JournalBench, _ place: Comment
    ) {
        guard !bench.failures.all.isEmpty else { return }
        let own = calls.filter {
            $0.path.hasSuffix(".seg") && ($0.kind == .write || $0.kind == .synchronizeData)
        }
        // Interrupted calls are repeated; all others that failed are the last.
        guard let failed = own.firstIndex(where: { !$0.hasSucceeded }) else { return }
        let first = own[failed]
        #expect(
            own[failed...].allSatisfy {
                $0.kind == first.kind && $0.path == first.path && $0.offset == first.offset
            }, place)
    }

    @Test(arguments: FaultCase.all)
    func whateverCallFailsWhatWasAcknowledgedIsThere(fault: FaultCase) throws {
        var callNumber = 1
        var callNumbersMissed = 0
        // Threads share the calls, so that their number differs from run to run.
        while callNumbersMissed < 5 {
            if try !Self.run(fault, at: callNumber) { callNumbersMissed += 1 }
            callNumber += 1
            if callNumber > 1_000 { break }
        }
        #expect(callNumber > 60, "a life makes more calls than that")
        #expect(callNumber < 1_000)
    }
}
