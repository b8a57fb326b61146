import Glibc
import HoldfastEngine
import Testing

@testable import HoldfastJournal

/// Snapshot files: what is written is what is read, and nothing else is taken for a snapshot.
@Suite struct SnapshotFileTests {
    static let instance = InstanceID(first: 0xABCD, second: 0x1235)

    static func subject(lsn: UInt64 = 77, shards: Int = 4) -> SnapshotSubject {
        SnapshotSubject(
            instance: self.instance, generation: 3, shardCount: UInt32(shards),
            end: LogEnd(lsn: lsn, chain: ChainHash(first: lsn, second: ~lsn)),
            createdMilliseconds: 1_700_000_000_123, newestTimeMilliseconds: 1_700_000_000_100)
    }

    static func shards(_ count: Int = 4, holds: Int = 40) -> SaleShards {
        let shards = SaleShards(shardCount: count)
        shards.open()
        for number in 0..<holds { shards.reserve(in: number % count) }
        return shards
    }

    /// A snapshot's bytes and its path, for loops in memory.
    static func file() throws -> (bytes: [UInt8], path: String) {
        let directory = TemporaryDirectory()
        let files = LinuxFileSystem()
        let info = try self.shards().write(self.subject(), directory.path, files)
        let bytes = try files.contents(of: info.path, byteCountMax: 1 << 24)
        return (bytes, "/data/snapshots/" + SnapshotName.fileName(lsn: 77))
    }

    static func load(
        _ path: String, _ files: any FileSystem, shardCount: Int = 4, threads: Int = 1
    ) throws(JournalFailure) -> ShadowShards {
        let reader = try SnapshotReader(path, instance: self.instance, files: files)
        defer { reader.close() }
        let shards = ShadowShards(count: shardCount)
        try reader.load(threadCount: threads) { shard, source throws(ImageError) in
            try shards.load(shard, from: source)
        }
        return shards
    }

    /// The first shard's image is of several chunks.
    @Test(arguments: [1, 2]) func whatIsWrittenIsRead(threads: Int) throws {
        let directory = TemporaryDirectory()
        let files = LinuxFileSystem()
        let shards = Self.shards()
        for _ in 0..<6_000 { shards.reserve(in: 0) }
        let info = try shards.write(Self.subject(), directory.path, files)
        #expect(info.byteCount > 1 << 20)
        let list = try SnapshotList.read(directory.path, instance: Self.instance, files: files)
        #expect(list.sound == [info])
        #expect(list.damaged.isEmpty)
        #expect(try files.list(directory.path) == ["000000000000004d.snap"])
        let loaded = try Self.load(info.path, files, threads: threads)
        for shard in 0..<4 {
            #expect(SaleShards.image(loaded, shard) == shards.image(shard))
        }
    }

    @Test func namesAreReadAsWritten() {
        #expect(SnapshotName.fileName(lsn: 0x2a) == "000000000000002a.snap")
        #expect(SnapshotName.lsn(ofFile: "000000000000002a.snap") == 42)
        for wrong in [
            "000000000000002A.snap", "2a.snap", "000000000000002a.snap.tmp",
            "+00000000000002a.snap",
        ] {
            #expect(SnapshotName.lsn(ofFile: wrong) == nil)
        }
    }

    /// Frozen: docs/JOURNAL.md has these offsets.
    @Test func headerAndFooterLieAsTheFormatSays() throws {
        let (bytes, _) = try Self.file()
        func text(_ range: Range<Int>) -> String {
            Hexadecimal.text(Array(bytes[range]))
        }
        #expect(String(decoding: bytes[0..<8], as: UTF8.self) == "HFSNAPS1")
        #expect(text(8..<12) == "01000000")
        #expect(
            text(16..<48) == "cdab0000000000003512000000000000" + "03000000" + "04000000"
                + "4d00000000000000")
        #expect(text(48..<64) == "4d00000000000000b2ffffffffffffff")
        #expect(text(64..<80) == "7b68e5cf8b010000" + "6468e5cf8b010000")
        #expect(bytes[80..<4_096].allSatisfy { $0 == 0 })
        #expect(String(decoding: bytes[4_096..<4_104], as: UTF8.self) == "HFCHUNK1")
        #expect(text(4_128..<4_144) == "4d00000000000000" + "00000000" + "00000000")
        #expect(text(4_144..<4_148) == "00100000")
        #expect(text(4_152..<4_160) == "01000000" + "00000000")
        #expect(String(decoding: bytes[4_160..<4_168], as: UTF8.self) == "HFSHARD1")
        let footer = bytes.count - 4_096
        #expect(String(decoding: bytes[footer..<footer + 8], as: UTF8.self) == "HFSNAPE1")
        #expect(bytes[footer + 16..<footer + 80] == bytes[16..<80])
        #expect(text(footer + 80..<footer + 88) == "0400000000000000")
        #expect(bytes[(footer + 100)...].allSatisfy { $0 == 0 })
    }

    @Test func everyFlippedBitOfHeaderAndFooterIsRefused() throws {
        var (bytes, path) = try Self.file()
        let files = MemoryFileSystem([path: bytes])
        let ends = [0..<4_096, bytes.count - 4_096..<bytes.count]
        bytes.removeAll()
        for range in ends {
            for index in range {
                for bit in 0..<8 {
                    files.change(path) { $0[index] ^= 1 << bit }
                    do {
                        try SnapshotReader(path, instance: Self.instance, files: files).close()
                        Issue.record("byte \(index), bit \(bit): taken for a snapshot")
                    } catch {}
                    files.change(path) { $0[index] ^= 1 << bit }
                }
            }
        }
        try SnapshotReader(path, instance: Self.instance, files: files).close()
    }

    /// One bit of every byte between header and footer, by turns.
    @Test func everyFlippedByteOfAChunkIsRefused() throws {
        let (bytes, path) = try Self.file()
        let files = MemoryFileSystem([path: bytes])
        let reader = try SnapshotReader(path, instance: Self.instance, files: files)
        for index in 4_096..<bytes.count - 4_096 {
            files.change(path) { $0[index] ^= 1 << (index % 8) }
            do {
                try reader.verify()
                Issue.record("byte \(index): taken for good")
            } catch {
                if error.code != .damaged && error.code != .newerVersion {
                    Issue.record("byte \(index): \(error)")
                }
            }
            files.change(path) { $0[index] ^= 1 << (index % 8) }
        }
        try reader.verify()
        files.change(path) { $0[5_000] ^= 4 }
        #expect(throws: JournalFailure.self) { _ = try Self.load(path, files) }
    }

    @Test func everyTruncationIsRefused() throws {
        let (bytes, path) = try Self.file()
        var lengths = Array(stride(from: 0, to: bytes.count, by: 97))
        lengths += stride(from: 0, to: bytes.count, by: 4_096)
        for length in lengths {
            let files = MemoryFileSystem([path: Array(bytes[..<length])])
            do {
                try SnapshotReader(path, instance: Self.instance, files: files).close()
                Issue.record("\(length) of \(bytes.count) bytes: taken for a snapshot")
            } catch {}
        }
    }

    @Test func anotherInstancesOrLSNsSnapshotIsRefused() throws {
        let (bytes, path) = try Self.file()
        let files = MemoryFileSystem([path: bytes])
        let other = #expect(throws: JournalFailure.self) {
            _ = try SnapshotReader(
                path, instance: InstanceID(first: 1, second: 1), files: files)
        }
        #expect(other?.code == .notOurs)
        let renamed = "/data/snapshots/" + SnapshotName.fileName(lsn: 78)
        files[renamed] = bytes
        #expect(throws: JournalFailure.self) {
            _ = try SnapshotReader(renamed, instance: Self.instance, files: files)
        }
    }

    /// Chunks in another order, doubled or left out, each with a good checksum of its own.
    @Test func chunksElsewhereAreRefused() throws {
        let (bytes, path) = try Self.file()
        let size = try #require(
            bytes.withUnsafeBytes { SnapshotChunk.head($0.baseAddress! + 4_096) }
        ).byteCount
        let first = 4_096..<4_096 + Int(size)
        let next = try #require(
            bytes.withUnsafeBytes { SnapshotChunk.head($0.baseAddress! + first.upperBound) }
        ).byteCount
        let second = first.upperBound..<first.upperBound + Int(next)
        try #require(first.count == second.count)
        var cases: [[UInt8]] = []
        var swapped = bytes
        swapped.replaceSubrange(first, with: bytes[second])
        swapped.replaceSubrange(second, with: bytes[first])
        cases.append(swapped)
        var doubled = bytes
        doubled.replaceSubrange(second, with: bytes[first])
        cases.append(doubled)
        var missing = bytes
        missing.removeSubrange(second)
        cases.append(missing)
        for bytes in cases {
            let files = MemoryFileSystem([path: bytes])
            #expect(throws: JournalFailure.self) { _ = try Self.load(path, files) }
        }
    }
}
