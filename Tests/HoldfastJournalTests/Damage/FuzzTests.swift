import HoldfastJournal
import Testing

/// Random damage to a journal of several segments and generations, judged by an oracle that knows where each thing was
/// written and parses nothing.
@Suite struct FuzzTests {
    private static let path = "/data/journal/"

    @Test(arguments: 0..<4)
    func aScanAcceptsAPrefixOrRefusesWithReason(_ part: Int) {
        let stage = DamageStage()
        let builder = stage.builder
        var random = SplitMix(seed: 0xDA7A + UInt64(part))
        let paths = builder.files.keys.filter { $0.hasSuffix(".seg") }.sorted()
        var accepted = 0
        var cut = 0
        var refused = 0
        for run in 0..<5_000 {
            let files = builder.memory()
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                self.mutate(files, paths, &random)
            }
            let verdict = builder.verdict(files)
            switch verdict {
            case .sound(let end, _):
                guard
                    let index = builder.groups.firstIndex(where: { $0.end == end })
                else {
                    Issue.record(
                        "part \(part) run \(run): accepted a log that never was: \(verdict)")
                    return
                }
                if index == builder.groups.count - 1 { accepted += 1 } else { cut += 1 }
                guard self.mayEnd(behind: index, builder, files) else {
                    Issue.record("part \(part) run \(run): \(verdict), against evidence")
                    return
                }
                guard self.isRead(builder, files, to: index) else {
                    Issue.record("part \(part) run \(run): \(verdict), but not its own events")
                    return
                }
            case .refused:
                refused += 1
                if self.isUnharmed(builder, files) {
                    Issue.record("part \(part) run \(run): \(verdict) without damage")
                    return
                }
            case .other(let failure):
                Issue.record("part \(part) run \(run): \(failure)")
                return
            }
        }
        #expect(accepted > 100 && cut > 50 && refused > 1_000, "\(accepted) \(cut) \(refused)")
    }

    private func mutate(
        _ files: MemoryFileSystem, _ paths: [String], _ random: inout SplitMix
    ) {
        let path = paths.randomElement(using: &random)!
        let other = paths.randomElement(using: &random)!
        guard let size = files[path]?.count, size > 0 else { return }
        let page = Int.random(in: 0...(size - 1) / 4_096, using: &random) * 4_096
        let offset = Int.random(in: 0..<size, using: &random)
        let count = min(size - offset, Int.random(in: 1...6_000, using: &random))
        switch Int.random(in: 0..<10, using: &random) {
        case 0...2:
            files.change(path) { $0[offset] ^= 1 << UInt8.random(in: 0..<8, using: &random) }
        case 3: files.change(path) { for index in offset..<offset + count { $0[index] = 0 } }
        case 4:
            files.change(path) {
                for index in offset..<offset + count {
                    $0[index] = .random(in: 0...255, using: &random)
                }
            }
        case 5:
            // A page of one file in another's place.
            guard let source = files[other], source.count >= page + 4_096, size >= page + 4_096
            else { return }
            let from = Int.random(in: 0..<source.count / 4_096, using: &random) * 4_096
            files.change(path) {
                $0.replaceSubrange(page..<page + 4_096, with: source[from..<from + 4_096])
            }
        case 6: files.change(path) { $0.removeLast($0.count - offset) }
        case 7: files[path] = nil
        case 8:
            let manifest = Self.path + "manifest"
            guard let bytes = files[manifest] else { return }
            files.change(manifest) {
                $0[Int.random(in: 0..<bytes.count, using: &random)] ^=
                    1 << UInt8.random(in: 0..<8, using: &random)
            }
        default:
            // The end of the newest segment: what a crash does.
            let newest = paths.last!
            guard let bytes = files[newest], bytes.count == 20_480 else { return }
            let start = Int.random(in: 8_192..<12_288, using: &random)
            files.change(newest) { for index in start..<12_288 { $0[index] = 0 } }
        }
    }

    // MARK: The oracle

    private func same(
        _ builder: JournalBuilder, _ files: MemoryFileSystem, _ path: String, _ range: Range<Int>
    ) -> Bool {
        guard let now = files[path], now.count >= range.upperBound else { return false }
        return now[range] == builder.files[path]![range]
    }

    /// Every byte that a log needs is as it was.
    private func isUnharmed(_ builder: JournalBuilder, _ files: MemoryFileSystem) -> Bool {
        let live = Set(builder.groups.map(\.path))
        for path in live where !self.same(builder, files, path, 0..<4_096) { return false }
        for group in builder.groups where !self.same(builder, files, group.path, group.range) {
            return false
        }
        let newest = builder.segmentPath
        // What stands behind the last group may say anything, if it says it of its own place; nothing here does.
        return files[newest]!.count == builder.files[newest]!.count
            && (self.same(builder, files, builder.manifestPath, 0..<4_096)
                || self.same(builder, files, builder.manifestPath, 4_096..<8_192))
    }

    /// Nothing that proves a later group is left as it was written.
    private func mayEnd(
        behind index: Int, _ builder: JournalBuilder, _ files: MemoryFileSystem
    ) -> Bool {
        let lost = builder.groups[(index + 1)...]
        guard let first = lost.first else { return true }
        // The first lost one's own header may be there, its body not.
        if self.same(builder, files, first.path, first.range) { return false }
        for group in lost.dropFirst()
        where self.same(builder, files, group.path, group.offset..<group.offset + 128) {
            return false
        }
        for path in Set(lost.map(\.path)) where path != builder.groups[index].path {
            // A segment behind: its header would prove what precedes it.
            if self.same(builder, files, path, 0..<4_096),
                path != first.path || path != builder.segmentPath
            {
                return false
            }
        }
        return true
    }

    /// Everything up to there is read as it was written.
    private func isRead(
        _ builder: JournalBuilder, _ files: MemoryFileSystem, to index: Int
    ) -> Bool {
        guard let scan = try? builder.scan(files) else { return false }
        var reader = GroupReader(
            scan.segments, instance: builder.identity.instance, files: files)
        var count = 0
        while let group = try? reader.next() {
            let built = builder.groups[count]
            let body = built.offset + JournalLayout.groupHeaderBytes
            guard group.header == built.header,
                group.body.elementsEqual(
                    builder.files[built.path]![body..<body + group.body.count])
            else { return false }
            count += 1
        }
        return count == index + 1
    }
}
