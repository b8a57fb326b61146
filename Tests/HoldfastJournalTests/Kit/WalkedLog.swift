import HoldfastJournal

/// A journal's files read by the format alone, apart from the reader that the product uses: walks headers and trusts
/// nothing else. Stops at the first place that is no group.
struct WalkedLog {
    struct Group: Equatable {
        var segment: SegmentName
        var offset: Int
        var byteCount: Int
        var kind: GroupHeader.Kind
        var firstLSN: UInt64
        var lastLSN: UInt64
        var body: [UInt8]
        var chain: ChainHash
    }

    struct Segment: Equatable {
        var name: SegmentName
        var header: SegmentHeader
        var byteCount: Int
    }

    struct Broken: Error, CustomStringConvertible {
        var description: String
    }

    /// Sorted by name; those with a sound header.
    var segments: [Segment] = []
    /// What is live, in order.
    var groups: [Group] = []
    var end: LogEnd
    var manifest: Manifest?

    /// - Throws: `Broken` if what is there does not fit together.
    init(_ directory: String) throws {
        let files = LinuxFileSystem()
        let folder = directory + "/journal"
        var walked: [(Segment, [Group])] = []
        for fileName in try files.list(folder) {
            guard let name = SegmentName(fileName: fileName) else { continue }
            let bytes = try files.contents(of: folder + "/" + fileName, byteCountMax: 1 << 30)
            let found = try Self.segment(name, bytes)
            walked.append(found)
            self.segments.append(found.0)
        }
        guard let first = self.segments.first else { throw Broken(description: "no segment") }
        self.end = first.header.preceding
        for (index, (segment, groups)) in walked.enumerated() {
            let liveEnd = self.segments[(index + 1)...].map(\.header.preceding.lsn).min() ?? .max
            // Wholly past the end of what a later generation keeps: dead.
            if segment.header.preceding.lsn > liveEnd { continue }
            guard segment.header.preceding == self.end else {
                throw Broken(
                    description: "\(segment.name.fileName) is preceded by "
                        + "\(segment.header.preceding), the log ends at \(self.end)")
            }
            for group in groups where group.lastLSN <= liveEnd {
                guard group.firstLSN == self.end.lsn + 1 else {
                    throw Broken(description: "LSN \(group.firstLSN) behind \(self.end.lsn)")
                }
                // A seal past the end of what a later generation keeps is dead as well.
                if group.lastLSN == liveEnd && group.kind != .events
                    && self.segments[(index + 1)...].contains(where: {
                        $0.header.preceding == self.end
                    })
                {
                    continue
                }
                self.groups.append(group)
                self.end = LogEnd(lsn: group.lastLSN, chain: group.chain)
            }
        }
        if let bytes = try? files.contents(of: folder + "/manifest", byteCountMax: 8_192) {
            self.manifest = Self.manifest(bytes)
        }
    }

    private static func segment(
        _ name: SegmentName, _ bytes: [UInt8]
    ) throws -> (Segment, [Group]) {
        try bytes.withUnsafeBytes { buffer in
            let base = buffer.baseAddress.unsafelyUnwrapped
            guard buffer.count >= 4_096, case .valid(let header) = SegmentHeader.decode(base),
                header.name == name, Int(header.segmentByteCount) == buffer.count
            else { throw Broken(description: "\(name.fileName) has no sound header") }
            var groups: [Group] = []
            var chain = header.preceding.chain
            var offset = 4_096
            while offset + 4_096 <= buffer.count {
                guard case .valid(let group) = GroupHeader.decode(base + offset),
                    group.instance == header.instance, group.generation == name.generation,
                    group.segmentFirstLSN == name.firstLSN, Int(group.offset) == offset,
                    group.previousChain == chain, offset + Int(group.byteCount) <= buffer.count,
                    group.bodyChecksum
                        == GroupHeader.bodyChecksum(
                            of: base + offset, byteCount: Int(group.byteCount))
                else { break }
                chain = GroupHeader.chain(base + offset)
                let body = offset + 128..<offset + 128 + Int(group.bodyByteCount)
                groups.append(
                    Group(
                        segment: name, offset: offset, byteCount: Int(group.byteCount),
                        kind: group.kind, firstLSN: group.firstLSN, lastLSN: group.lastLSN,
                        body: Array(buffer[body]), chain: chain))
                offset += Int(group.byteCount)
            }
            let segment = Segment(name: name, header: header, byteCount: buffer.count)
            return (segment, groups)
        }
    }

    private static func manifest(_ bytes: [UInt8]) -> Manifest? {
        bytes.withUnsafeBytes { buffer in
            stride(from: 0, to: buffer.count - 4_095, by: 4_096).compactMap {
                offset -> Manifest? in
                guard
                    case .valid(let manifest) = Manifest.decode(
                        buffer.baseAddress.unsafelyUnwrapped + offset)
                else { return nil }
                return manifest
            }.max { $0.number < $1.number }
        }
    }

    /// All live events in LSN order.
    var events: [TestEvent] {
        get throws {
            var events: [TestEvent] = []
            for group in self.groups {
                guard let some = TestEvent.all(in: group.body),
                    UInt64(some.count) == group.lastLSN + 1 - group.firstLSN
                else { throw Broken(description: "a group's body at \(group.offset)") }
                events.append(contentsOf: some)
            }
            return events
        }
    }
}
