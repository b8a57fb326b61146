import HoldfastJournal
import Testing

@Suite struct NamedCaseTests {
    @Test func thereAreEnough() {
        #expect(NamedCases.all.count >= 60)
        #expect(Set(NamedCases.all.map(\.name)).count == NamedCases.all.count)
    }

    @Test(arguments: NamedCases.all)
    func isJudged(_ damage: DamageCase) {
        let files = MemoryFileSystem(damage.files)
        let verdict = Verdict { () throws(ScanFailure) in
            try JournalScan.run(
                journalPath: "/data/journal", identity: damage.identity, files: files,
                knownEnds: damage.knownEnds, fromLSN: damage.fromLSN)
        }
        #expect(verdict == damage.expected)
    }

    /// The same on real files.
    @Test(arguments: NamedCases.all)
    func isJudgedTheSameOnRealFiles(_ damage: DamageCase) throws {
        let place = TemporaryDirectory()
        let files = LinuxFileSystem()
        try files.makeDirectory(place.path + "/journal")
        for (path, bytes) in damage.files {
            try files.writeFile(place.path + path.dropFirst("/data".count), bytes)
        }
        let verdict = Verdict { () throws(ScanFailure) in
            try JournalScan.run(
                journalPath: place.path + "/journal", identity: damage.identity, files: files,
                knownEnds: damage.knownEnds, fromLSN: damage.fromLSN)
        }
        #expect(verdict == damage.expected)
    }
}
