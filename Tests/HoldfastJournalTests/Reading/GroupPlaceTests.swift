import HoldfastJournal
import Testing

/// A group whose checksums are right and that says it stands elsewhere is none: docs/JOURNAL.md, "A group".
@Suite struct GroupPlaceTests {
    /// One field of the header, so that it is another place's.
    enum Field: CaseIterable, Sendable {
        case instance, generation, laterGeneration, segment, offset

        func change(_ header: inout GroupHeader) {
            switch self {
            case .instance:
                header.instance = InstanceID(
                    first: header.instance.first ^ 1, second: header.instance.second)
            case .generation: header.generation -= 1
            case .laterGeneration: header.generation += 1
            case .segment: header.segmentFirstLSN += 1
            case .offset: header.offset += UInt64(JournalLayout.pageBytes)
            }
        }
    }

    /// A journal of generation 2 with three groups.
    private struct Stage {
        var builder = JournalBuilder()
        let groups: [JournalBuilder.BuiltGroup]

        init() {
            self.builder.segment(generation: 2)
            var groups: [JournalBuilder.BuiltGroup] = []
            for _ in 0..<3 { groups.append(self.builder.group(events: 2)) }
            self.groups = groups
        }

        /// The files with a group whose header is encoded anew, with the checksum that belongs to it.
        func changed(_ index: Int, _ field: Field?) -> MemoryFileSystem {
            let group = self.groups[index]
            var header = group.header
            field?.change(&header)
            let files = self.builder.memory()
            files.change(group.path) { bytes in
                bytes.withUnsafeMutableBytes {
                    _ = header.encode(to: $0.baseAddress! + group.offset)
                }
            }
            return files
        }
    }

    @Test func allOfTheStageCounts() {
        let stage = Stage()
        #expect(
            stage.builder.verdict(stage.changed(2, nil))
                == .sound(end: stage.groups[2].end, cut: 0))
    }

    @Test(arguments: Field.allCases) func asTheLastGroupItIsCut(_ field: Field) {
        let stage = Stage()
        let files = stage.changed(2, field)
        let last = stage.groups[2]
        let used = JournalBuilder.used(files[last.path]!, from: last.offset)
        #expect(
            stage.builder.verdict(files) == .sound(end: stage.groups[1].end, cut: used))
    }

    @Test(arguments: Field.allCases) func withAGroupBehindItItIsDamage(_ field: Field) {
        let stage = Stage()
        #expect(
            stage.builder.verdict(stage.changed(1, field))
                == .refused(stage.groups[1], last: stage.groups[2].header.lastLSN))
    }

    /// What lay in the file before, or was copied there, proves nothing of what is missing before it.
    @Test(arguments: Field.allCases) func behindAHoleItIsNoEvidence(_ field: Field) {
        let stage = Stage()
        let hole = stage.groups[1]
        for (changed, isEvidence) in [(field, false), (nil, true)] as [(Field?, Bool)] {
            let files = stage.changed(2, changed)
            files.change(hole.path) { bytes in
                bytes.replaceSubrange(hole.range, with: repeatElement(0, count: hole.range.count))
            }
            let used = JournalBuilder.used(files[hole.path]!, from: hole.offset)
            #expect(
                stage.builder.verdict(files)
                    == (isEvidence
                        ? .refused(hole, last: stage.groups[2].header.lastLSN)
                        : .sound(end: stage.groups[0].end, cut: used)))
        }
    }
}
