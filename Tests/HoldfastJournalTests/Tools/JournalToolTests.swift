import HoldfastJournal
import Testing

/// The tools on real files.
@Suite struct JournalToolTests {
    private func put(_ files: [String: [UInt8]]) throws -> TemporaryDirectory {
        let place = TemporaryDirectory()
        let system = LinuxFileSystem()
        try system.makeDirectory(place.path + "/journal")
        try system.makeDirectory(place.path + "/snapshots")
        for (path, bytes) in files {
            try system.writeFile(place.path + path.dropFirst("/data".count), bytes)
        }
        return place
    }

    private func contents(_ place: TemporaryDirectory) throws -> [String: [UInt8]] {
        let system = LinuxFileSystem()
        var all: [String: [UInt8]] = [:]
        for folder in ["", "/journal", "/snapshots"] {
            for name in try system.list(place.path + folder) {
                let path = place.path + folder + "/" + name
                if try system.status(path).isDirectory || name == "lock" { continue }
                all[folder + "/" + name] = try system.contents(of: path, byteCountMax: 1 << 24)
            }
        }
        return all
    }

    private func repair(
        _ place: TemporaryDirectory, acceptsLoss: Bool
    ) throws -> (status: ToolStatus, text: String) {
        var repair = JournalRepair()
        repair.acceptsLoss = acceptsLoss
        var text = ""
        let status = try repair.run(
            place.path, files: LinuxFileSystem(), nowMilliseconds: 1_800_000_000_000
        ) { text += $0 }
        return (status, text)
    }

    @Test func verifyReportsASoundJournal() throws {
        let stage = DamageStage()
        let place = try self.put(stage.builder.files)
        let report = try JournalVerify.run(place.path, files: LinuxFileSystem())
        #expect(report.status == .good)
        #expect(report.eventCount == 100)
        #expect(report.scan?.end == stage.builder.end)
        let text = report.printed(as: .text)
        #expect(text.contains("00000003-0000000000000051.seg") && text.hasSuffix("sound\n"))
        #expect(report.printed(as: .json).contains("\"end_lsn\":100,"))
    }

    @Test func verifyNotesATornTailAndFailsOnDamage() throws {
        var torn = DamageStage()
        torn.zero(4, 8_192..<8_300)
        let tornPlace = try self.put(torn.builder.files)
        let report = try JournalVerify.run(tornPlace.path, files: LinuxFileSystem())
        #expect(report.status == .good)
        #expect(report.printed(as: .text).contains("note: torn tail"))

        var damaged = DamageStage()
        damaged.flip(2, 9_000)
        let place = try self.put(damaged.builder.files)
        let bad = try JournalVerify.run(place.path, files: LinuxFileSystem())
        #expect(bad.status == .damaged)
        #expect(bad.printed(as: .text).contains("LSN 51 to 60"))
        #expect(bad.printed(as: .json).contains("\"first_lsn\":51,\"last_lsn\":60"))
        let empty = TemporaryDirectory()
        #expect(throws: JournalFailure.self) {
            try JournalVerify.run(empty.path, files: LinuxFileSystem())
        }
    }

    @Test func verifyFindsEventsThatReplayWouldRefuse() throws {
        var builder = JournalBuilder()
        builder.segment(generation: 1)
        builder.group(.events, count: 2, JournalBuilder.event(sequence: 1, time: 1, bytes: 29))
        builder.group(.events, count: 1, JournalBuilder.event(sequence: 9, time: 1, bytes: 29))
        builder.group(.events, count: 1, [1, 2, 3])
        let place = try self.put(builder.files)
        let report = try JournalVerify.run(place.path, files: LinuxFileSystem())
        #expect(report.status == .damaged)
        #expect(report.problems.count == 3)
    }

    @Test func inspectShowsGroupsAndEventsOfARange() throws {
        let stage = DamageStage()
        let place = try self.put(stage.builder.files)
        var inspect = JournalInspect()
        inspect.showsGroups = true
        inspect.showsEvents = true
        inspect.fromLSN = 58
        inspect.toLSN = 62
        var text = ""
        try inspect.run(place.path, files: LinuxFileSystem()) { text += $0 }
        #expect(text.contains("    58 expired shard=0 sequence=58 "))
        #expect(text.contains("    62 expired ") && !text.contains("    63 expired "))
        #expect(text.contains("group kind=\"seal\""))
        inspect.output = .json
        text = ""
        try inspect.run(
            place.path + "/journal/" + DamageStage.names[3].fileName, files: LinuxFileSystem()
        ) { text += $0 }
        #expect(
            text.contains("\"type\":\"event\",\"lsn\":61,\"kind\":\"expired\",\"kind_number\":12"))
        #expect(!text.contains("\"lsn\":60,"))
    }

    @Test func repairChangesNothingUnlessLossIsAccepted() throws {
        var stage = DamageStage()
        stage.flip(2, 9_000)
        let place = try self.put(stage.builder.files)
        let before = try self.contents(place)
        let asked = try self.repair(place, acceptsLoss: false)
        #expect(asked.status == .damaged)
        #expect(asked.text.contains("sound up to LSN 50"))
        #expect(asked.text.contains("LSN 51 to 100, 50 events, 40 of them readable: expired 40"))
        #expect(try self.contents(place) == before)

        let done = try self.repair(place, acceptsLoss: true)
        #expect(done.status == .good)
        let report = try JournalVerify.run(place.path, files: LinuxFileSystem())
        #expect(report.status == .good)
        #expect(report.scan?.end == stage.end(50))
        // The copies are as the files were.
        let files = LinuxFileSystem()
        for name in try files.list(place.path + "/repair-1") {
            let copy = try files.contents(
                of: place.path + "/repair-1/" + name, byteCountMax: 1 << 24)
            #expect(copy == before["/journal/" + name])
        }
        #expect(try files.list(place.path + "/repair-1").count >= 4)
        // Again: nothing to do.
        #expect(try self.repair(place, acceptsLoss: true).text.contains("nothing to repair"))
    }

    /// Every refused case that is this instance's to repair ends in a journal that a start accepts.
    @Test(
        arguments: NamedCases.all.filter { if case .refused = $0.expected { true } else { false } })
    func repairMakesEveryRefusedJournalUsable(_ damage: DamageCase) throws {
        var files = damage.files
        var page = [UInt8](repeating: 0, count: JournalLayout.pageBytes)
        page.withUnsafeMutableBytes { damage.identity.encode(to: $0.baseAddress!) }
        files["/data/identity"] = page
        let place = try self.put(files)
        let known = damage.knownEnds.filter { $0.source == .snapshot }
        var ends: [KnownEnd] = []
        for end in known {
            let path = place.path + "/snapshots/s.snap"
            try LinuxFileSystem().writeFile(path, [1])
            ends.append(KnownEnd(.snapshot, path, end.end, generation: end.generation))
        }
        let survey: SnapshotSurvey.Reader = { [ends] directory, _, _ throws(JournalFailure) in
            let isThere = (try? directory.files.list(directory.snapshotPath).isEmpty) == false
            return SnapshotSurvey(ends: isThere ? ends : [])
        }
        var repair = JournalRepair()
        repair.acceptsLoss = true
        let status = try repair.run(
            place.path, files: LinuxFileSystem(), nowMilliseconds: 1, snapshots: survey
        ) { _ in }
        #expect(status == .good)
        let directory = try DataDirectory.look(place.path, files: LinuxFileSystem())
        let left = try survey(directory, damage.identity, true).ends
        let scan = try JournalScan.run(
            journalPath: directory.journalPath, identity: damage.identity,
            files: directory.files, knownEnds: left, fromLSN: left.map(\.end.lsn).max() ?? 0)
        #expect(scan.tail.isClean)
    }
}
