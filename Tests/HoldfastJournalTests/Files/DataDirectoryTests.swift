import FaultKit
import Glibc
import HoldfastJournal
import Testing

@Suite struct DataDirectoryTests {
    private let folder = TemporaryDirectory()
    private var path: String { self.folder.path + "/data" }
    private let files = LinuxFileSystem()

    private func open(_ path: String? = nil) throws(JournalFailure) -> DataDirectory {
        try DataDirectory.open(
            path ?? self.path, files: self.files, nowMilliseconds: 1_763_866_800_123)
    }

    private func failure(_ body: () throws -> Void) -> JournalFailure? {
        do {
            try body()
            return nil
        } catch {
            return error as? JournalFailure
        }
    }

    private func create(_ directory: DataDirectory, shardCount: UInt32 = 4) throws -> JournalStart {
        try JournalOpening.create(
            in: directory, shardCount: shardCount, settings: JournalBench.tinySettings,
            nowMilliseconds: JournalBench.now)
    }

    private func write(_ name: String, _ bytes: [UInt8]) throws {
        try self.files.writeFile(self.path + "/" + name, bytes)
    }

    @Test func whatIsMissingIsMadeForTheOwnerAlone() throws {
        let directory = try self.open(self.path + "//")
        defer { directory.close() }
        #expect(directory.path == self.path)
        for path in [self.path, directory.journalPath, directory.snapshotPath] {
            let status = try self.files.status(path)
            #expect(status.isDirectory && status.permissions == 0o700)
            #expect(status.ownerID == geteuid())
        }
        #expect(try self.files.status(self.path + "/lock").permissions == 0o600)
        #expect(try directory.readIdentity() == nil)
    }

    @Test func aMissingParentIsNotMade() {
        let failure = self.failure { _ = try self.open(self.folder.path + "/no/data") }
        #expect(failure?.code == .io)
        #expect(failure?.message.contains("No such file") == true)
    }

    @Test func aSecondStartIsToldWhoHoldsTheDirectory() throws {
        let first = try self.open()
        let failure = self.failure { _ = try self.open() }
        #expect(failure?.code == .locked)
        #expect(
            failure?.message
                == "data directory \(self.path) is in use by process \(getpid()) "
                + "since 2025-11-23T03:00:00Z")
        // Who only reads is not kept out.
        #expect(try DataDirectory.look(self.path, files: self.files).readIdentity() == nil)
        first.close()
        try self.open().close()
    }

    @Test func aHolderThatCouldNotWriteItsNameStaysUnnamed() throws {
        let full = FaultyFileSystem(
            .init(callNumber: 1, kinds: [.write], fault: .fail(ENOSPC), isForEver: true))
        let first = try DataDirectory.open(self.path, files: full, nowMilliseconds: 0)
        let failure = self.failure { _ = try self.open() }
        #expect(failure?.message.hasSuffix("is in use by another process") == true)
        first.close()
    }

    @Test(arguments: ["", "/journal", "/snapshots", "/journal/x.seg", "/lock", "/identity"])
    func whatOthersMayWriteIsRefused(suffix: String) throws {
        let made = try self.open()
        try self.write("identity", [])
        try self.write("journal/x.seg", [])
        made.close()
        try self.open().close()
        for mode in [0o720, 0o702] {
            #expect(chmod(self.path + suffix, mode_t(mode)) == 0)
            let failure = self.failure { _ = try self.open() }
            #expect(failure?.code == .permissions)
            #expect(failure?.message.contains(self.path + suffix + " ") == true)
            #expect(failure?.hint.contains("chmod") == true)
        }
        #expect(chmod(self.path + suffix, 0o750) == 0)
        try self.open().close()
    }

    /// Only root can give files away.
    @Test(.enabled(if: geteuid() == 0), arguments: ["", "/journal", "/lock"])
    func whatBelongsToAnotherIsRefused(suffix: String) throws {
        try self.open().close()
        #expect(chown(self.path + suffix, 12_345, 0) == 0)
        let failure = self.failure { _ = try self.open() }
        #expect(failure?.code == .permissions)
        #expect(failure?.message.contains("belongs to user 12345, the server runs as 0") == true)
    }

    @Test func aFileInThePlaceOfAFolderIsRefused() throws {
        try self.files.writeFile(self.path, [])
        #expect(self.failure { _ = try self.open() }?.code == .notOurs)
    }

    @Test func theIdentityStays() throws {
        let directory = try self.open()
        let start = try self.create(directory, shardCount: 4)
        directory.close()
        let again = try self.open()
        defer { again.close() }
        let identity = try #require(try again.readIdentity(expectingShardCount: 4))
        #expect(identity.instance == start.instance)
        #expect(identity.createdMilliseconds == JournalBench.now)
        let failure = self.failure { _ = try again.readIdentity(expectingShardCount: 64) }
        #expect(failure?.code == .shardCountMismatch)
        #expect(failure?.message.contains("made with 4 shards, the configuration says 64") == true)
    }

    @Test func aDirectoryThatLostItsIdentityIsRefused() throws {
        let directory = try self.open()
        _ = try self.create(directory)
        try self.files.unlink(directory.identityPath)
        defer { directory.close() }
        let failure = self.failure { _ = try directory.readIdentity() }
        #expect(failure?.code == .notOurs)
        #expect(failure?.message.contains("has no identity") == true)
        // And cannot be made anew over what is there.
        #expect(self.failure { _ = try self.create(directory) }?.code == .notOurs)
        #expect(try self.files.list(directory.journalPath).count == 2)
    }

    @Test func aDirectoryOfSomethingElseIsRefused() throws {
        let directory = try self.open()
        defer { directory.close() }
        try self.write("photos.zip", [1])
        let failure = self.failure { _ = try directory.readIdentity() }
        #expect(failure?.code == .notOurs)
        #expect(failure?.message.contains("photos.zip") == true)
    }

    @Test func aDamagedOrNewerIdentityIsRefused() throws {
        let directory = try self.open()
        _ = try self.create(directory)
        defer { directory.close() }
        let sound = try self.files.contents(of: directory.identityPath, byteCountMax: 1 << 20)
        #expect(sound.count == 4_096)
        // All bits of the used part, then some of the rest.
        for bit in Array(0..<64 * 8) + [4_095 * 8, 2_000 * 8 + 3] {
            var bytes = sound
            bytes[bit / 8] ^= 1 << (bit % 8)
            try self.files.replace(directory.identityPath, in: directory.path, with: bytes)
            #expect(self.failure { _ = try directory.readIdentity() }?.code == .notOurs)
        }
        for bytes in [
            [], Array(sound.dropLast()), sound + [0], [UInt8](repeating: 0, count: 4_096),
        ] {
            try self.files.replace(directory.identityPath, in: directory.path, with: bytes)
            #expect(self.failure { _ = try directory.readIdentity() }?.code == .notOurs)
        }
        var newer = sound
        newer[8] = 2
        for index in 12..<16 { newer[index] = 0 }
        let crc = newer.withUnsafeBytes { JournalLayout.crc32c($0) }
        for index in 0..<4 {
            newer[12 + index] = UInt8(truncatingIfNeeded: crc >> UInt32(8 * index))
        }
        try self.files.replace(directory.identityPath, in: directory.path, with: newer)
        let failure = self.failure { _ = try directory.readIdentity() }
        #expect(failure?.code == .newerVersion)
        try self.files.replace(directory.identityPath, in: directory.path, with: sound)
        #expect(try directory.readIdentity() != nil)
    }

    @Test func whatWasBeingMadeGoesAndNothingElse() throws {
        let directory = try self.open()
        _ = try self.create(directory)
        defer { directory.close() }
        let before = try self.files.list(directory.journalPath)
        try self.write("journal/ready-3.tmp", [1])
        try self.write("snapshots/0000000000000007.snap.tmp", [1])
        try self.write("snapshots/0000000000000007.snap", [1])
        try directory.removeTemporaryFiles()
        #expect(try self.files.list(directory.journalPath) == before)
        #expect(try self.files.list(directory.snapshotPath) == ["0000000000000007.snap"])
    }
}

@Suite struct PatientFileSystemTests {
    @Test func interruptedCallsAreRepeatedWithinABound() throws {
        let folder = TemporaryDirectory()
        let faulty = FaultyFileSystem(.init(callNumber: 1, fault: .fail(EINTR)))
        let files = PatientFileSystem(faulty)
        try files.writeFile(folder.path + "/a", [1, 2, 3])
        #expect(faulty.calls.map(\.kind) == [.open, .open, .write, .synchronize])
        faulty.set(.init(callNumber: 1, fault: .fail(EINTR), isForEver: true))
        #expect(throws: FileError(operation: "unlink", path: folder.path + "/a", code: EINTR)) {
            try files.unlink(folder.path + "/a")
        }
        #expect(faulty.faultCount == 101)
        faulty.set(.init(callNumber: 1, fault: .fail(EIO)))
        #expect(throws: FileError.self) { try files.unlink(folder.path + "/a") }
        try files.unlink(folder.path + "/a")
    }

    @Test func shortTransfersGoOn() throws {
        let folder = TemporaryDirectory()
        let files = FaultyFileSystem(.init(callNumber: 1, fault: .short, isForEver: true))
        let bytes = (0..<10_000).map { UInt8(truncatingIfNeeded: $0) }
        try files.writeFile(folder.path + "/a", bytes)
        #expect(try files.contents(of: folder.path + "/a", byteCountMax: 20_000) == bytes)
        #expect(files.calls.count { $0.kind == .write } > 5)
    }
}
