import HoldfastJournal
import Testing

/// The bytes of everything that lies in a data directory, written out. A change here is a change of the format: files
/// that are in use could no longer be read. It needs a new version number and a second pair of eyes.
@Suite struct FrozenFormatTests {
    private static let instance = InstanceID(
        first: 0x0807_0605_0403_0201, second: 0x100f_0e0d_0c0b_0a09)
    private static let time: Int64 = 0x0000_019a_ae00_0000

    private func page(_ encode: (UnsafeMutableRawPointer) -> Void) -> [UInt8] {
        // Dirty: an encoder must write every byte.
        var bytes = [UInt8](repeating: 0xee, count: 4_096)
        bytes.withUnsafeMutableBytes { encode($0.baseAddress!) }
        return bytes
    }

    @Test func identity() {
        let identity = DataIdentity(
            instance: Self.instance, shardCount: 64, createdMilliseconds: Self.time)
        let bytes = self.page { identity.encode(to: $0) }
        #expect(HexDump.text(bytes) == Self.frozenIdentity)
        guard
            case .valid(identity) = bytes.withUnsafeBytes({ DataIdentity.decode($0.baseAddress!) })
        else {
            Issue.record("not read as written")
            return
        }
    }

    @Test func segmentHeader() {
        let header = SegmentHeader(
            instance: Self.instance, generation: 0x1122_3344, shardCount: 64,
            preceding: LogEnd(
                lsn: 0x0102_0304_0506_0707, chain: ChainHash(first: 0xa1a2, second: 0xb1b2)),
            segmentByteCount: 64 << 20, createdMilliseconds: Self.time)
        let bytes = self.page { header.encode(to: $0) }
        #expect(HexDump.text(bytes) == Self.frozenSegmentHeader)
        guard case .valid(header) = bytes.withUnsafeBytes({ SegmentHeader.decode($0.baseAddress!) })
        else {
            Issue.record("not read as written")
            return
        }
    }

    @Test func groupHeader() {
        let header = GroupHeader(
            kind: .events, instance: Self.instance, generation: 0x1122_3344,
            segmentFirstLSN: 0x51, offset: 0x3000, firstLSN: 0x61, lastLSN: 0x64,
            epoch: 0x1122_3344, bodyByteCount: 5_000, byteCount: 8_192, bodyChecksum: 0xc0de_cafe,
            previousChain: ChainHash(first: 0xa1a2, second: 0xb1b2), writtenMilliseconds: Self.time)
        var chain = ChainHash(first: 0, second: 0)
        let bytes = Array(self.page { chain = header.encode(to: $0) }[..<128])
        #expect(HexDump.text(bytes) == Self.frozenGroupHeader)
        #expect(chain.description == Self.frozenChain)
        guard case .valid(header) = bytes.withUnsafeBytes({ GroupHeader.decode($0.baseAddress!) })
        else {
            Issue.record("not read as written")
            return
        }
    }

    @Test func manifest() {
        let manifest = Manifest(
            instance: Self.instance, generation: 0x1122_3344, number: 9,
            preceding: LogEnd(lsn: 0x50, chain: ChainHash(first: 0xa1a2, second: 0xb1b2)))
        #expect(manifest.offset == 4_096)
        let bytes = self.page { manifest.encode(to: $0) }
        #expect(HexDump.text(bytes) == Self.frozenManifest)
        guard case .valid(manifest) = bytes.withUnsafeBytes({ Manifest.decode($0.baseAddress!) })
        else {
            Issue.record("not read as written")
            return
        }
    }

    /// Two groups, a seal and a clean stop, behind a group that recovery copied: a whole file.
    @Test func aTinyJournal() throws {
        var settings = JournalBench.tinySettings
        settings.sealAfterMicroseconds = 1_000
        let folder = TemporaryDirectory()
        let directory = try DataDirectory.open(
            folder.path, files: LinuxFileSystem(), nowMilliseconds: Self.time)
        defer { directory.close() }
        let copied = [
            TestEvent(shard: 1, sequence: 1, byteCount: 40),
            TestEvent(shard: 2, sequence: 1, byteCount: 32),
        ].flatMap(\.bytes)
        let start = try copied.withUnsafeBytes { bytes in
            try JournalOpening.open(
                in: directory,
                GenerationPlan(
                    identity: DataIdentity(
                        instance: Self.instance, shardCount: 64, createdMilliseconds: Self.time),
                    generation: 2,
                    preceding: LogEnd(lsn: 6, chain: .start(of: Self.instance)),
                    copied: CopiedGroup(body: bytes, eventCount: 2), manifestNumber: nil,
                    newestTimeMilliseconds: 0),
                settings: settings, nowMilliseconds: Self.time)
        }
        let journal = Journal(
            directory: directory, start: start, settings: settings, now: { Self.time },
            onSynced: {}, onFailure: { preconditionFailure("\($0)") })
        try journal.start()
        #expect(JournalBench.waits { journal.statistics.seals == 1 })
        journal.append([TestEvent(shard: 63, sequence: 0x0102_0304_0506, byteCount: 48)])
        journal.stop()
        let bytes = try LinuxFileSystem().contents(
            of: directory.journalPath + "/00000002-0000000000000007.seg", byteCountMax: 1 << 20)
        #expect(bytes.count == 65_536)
        #expect(HexDump.text(bytes) == Self.frozenJournal)
    }
}
