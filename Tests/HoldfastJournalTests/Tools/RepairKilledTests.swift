import FaultKit
import HoldfastJournal
import Testing

/// A repair that is killed at any of its system calls, and run again.
@Suite struct RepairKilledTests {
    @Test(arguments: [FaultyFileSystem.Landing.nothing, .prefix(700), .everything])
    func canBeRunAgain(_ landing: FaultyFileSystem.Landing) throws {
        var stage = DamageStage()
        stage.flip(2, 9_000)
        // A stranger that must go as well.
        stage.builder.files["/data/journal/copy.seg"] = [1, 2, 3]
        var call = 1
        var wasKilled = true
        while wasKilled {
            let place = TemporaryDirectory()
            let system = LinuxFileSystem()
            try system.makeDirectory(place.path + "/journal")
            try system.makeDirectory(place.path + "/snapshots")
            for (path, bytes) in stage.builder.files {
                try system.writeFile(place.path + path.dropFirst("/data".count), bytes)
            }
            let faulty = FaultyFileSystem(
                FaultyFileSystem.Plan(callNumber: call, fault: .kill(landing)))
            var repair = JournalRepair()
            repair.acceptsLoss = true
            _ = try? repair.run(place.path, files: faulty, nowMilliseconds: 1) { _ in }
            wasKilled = faulty.isKilled
            let status = try repair.run(place.path, files: system, nowMilliseconds: 2) { _ in }
            #expect(status == .good)
            let report = try JournalVerify.run(place.path, files: system)
            guard report.status == .good, report.scan?.end == stage.end(50) else {
                Issue.record("killed at call \(call): \(report.printed(as: .text))")
                return
            }
            // Whatever was given up is in a copy.
            let kept = try system.list(place.path).filter {
                $0.hasPrefix("repair-") && !$0.hasSuffix(".tmp")
            }
            let copies = try kept.flatMap { try system.list(place.path + "/" + $0) }
            #expect(copies.contains("copy.seg") && copies.contains(DamageStage.names[4].fileName))
            call += 1
        }
        #expect(call > 60, "\(call) calls")
    }
}
