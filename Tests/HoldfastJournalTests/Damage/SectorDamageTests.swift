import HoldfastJournal
import Testing

/// A power cut may leave any part of the last write on disk and any other bytes in the rest of it.
@Suite struct SectorDamageTests {
    /// What is where a sector did not get on disk.
    enum Content: CaseIterable {
        /// What was there before: the segment was filled with zeros.
        case zeros
        case random
        /// The same part of the group before.
        case olderGroup
    }

    @Test(arguments: Content.allCases)
    func anySubsetOfTheLastGroupsSectorsIsCut(_ content: Content) {
        self.loseParts(of: 512, padding: 12 * 512 - 128 - 29, content)
    }

    @Test(arguments: Content.allCases)
    func anySubsetOfTheLastGroupsPagesIsCut(_ content: Content) {
        self.loseParts(of: 4_096, padding: 12 * 4_096 - 128 - 29, content)
    }

    private func loseParts(of partBytes: Int, padding: Int, _ content: Content) {
        var builder = JournalBuilder()
        builder.segment(
            generation: 1, byteCount: 8_192 + 2 * JournalLayout.roundedUp(12 * partBytes))
        builder.group(events: 2)
        let older = builder.group(events: 1, padding: padding)
        let last = builder.group(events: 1, padding: padding)
        let bytes = builder.files[last.path]!
        var random = SplitMix(seed: 42)
        let parts = (0..<12).map { part in
            let range = last.offset + part * partBytes..<last.offset + (part + 1) * partBytes
            let other: [UInt8] =
                switch content {
                case .zeros: Array(repeating: 0, count: partBytes)
                case .random: (0..<partBytes).map { _ in UInt8(truncatingIfNeeded: random.next()) }
                case .olderGroup:
                    Array(
                        bytes[
                            older.offset + part * partBytes..<older.offset + (part + 1) * partBytes]
                    )
                }
            return (range: range, other: other)
        }
        let files = builder.memory()
        var cuts = 0
        var lost = 0
        for number in 0..<4_096 {
            // One part changes from one subset to the next (Gray code).
            let subset = number ^ number >> 1
            let changed = (subset ^ lost).trailingZeroBitCount
            lost = subset
            var isWhole = true
            var used = 0
            files.change(last.path) { file in
                if number > 0 {
                    let part = parts[changed]
                    let isLost = subset >> changed & 1 == 1
                    file.replaceSubrange(
                        part.range, with: isLost ? part.other[...] : bytes[part.range])
                }
                isWhole = file[last.range] == bytes[last.range]
                if !isWhole { used = JournalBuilder.used(file, from: last.offset) }
            }
            let expected: Verdict =
                isWhole ? .sound(end: last.end, cut: 0) : .sound(end: last.before, cut: used)
            if !isWhole { cuts += 1 }
            let verdict = builder.verdict(files)
            guard verdict == expected else {
                Issue.record("subset \(subset): \(verdict), expected \(expected)")
                return
            }
        }
        #expect(cuts > 2_000)
    }
}

/// Random numbers from a seed.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { self.state = seed }

    mutating func next() -> UInt64 {
        self.state &+= 0x9e37_79b9_7f4a_7c15
        var value = self.state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}
