import HoldfastJournal
import Testing

/// Every case of a kind, in memory.
@Suite struct ExhaustiveDamageTests {
    /// A segment whose groups fill 64 KiB.
    private func tail() -> JournalBuilder {
        var builder = JournalBuilder()
        builder.segment(generation: 1)
        builder.group(events: 40)
        builder.segment(generation: 1, byteCount: JournalLayout.pageBytes + 65_536)
        for size in [100, 3_600, 9_000, 20_000, 4_000, 12_000, 30] {
            builder.group(events: 3, padding: size / 3)
        }
        return builder
    }

    @Test(arguments: 0..<4)
    func whatIsLostBehindAnyByteIsCutExactly(_ quarter: Int) {
        let builder = self.tail()
        let files = builder.memory()
        let path = builder.segmentPath
        let bytes = builder.files[path]!
        let last = builder.groups.last!
        #expect(last.range.upperBound > 65_536 - 8_192, "the tail is not 64 KiB long")
        let groups = builder.groups.filter { $0.path == path }
        let ends = groups.map {
            $0.offset
                + JournalBuilder.used(
                    Array(bytes[..<$0.range.upperBound]), from: $0.offset)
        }
        // From the back, so that each step only clears one byte.
        let range = quarter * 16_384..<(quarter + 1) * 16_384
        files.change(path) { file in
            for index in JournalLayout.pageBytes + range.upperBound..<file.count { file[index] = 0 }
        }
        for kept in range.reversed() {
            let cut = JournalLayout.pageBytes + kept
            files.change(path) { $0[cut] = 0 }
            let whole = ends.prefix { $0 <= cut }.count
            let end = whole > 0 ? groups[whole - 1].end : builder.header!.preceding
            let offset = whole > 0 ? groups[whole - 1].range.upperBound : JournalLayout.pageBytes
            var used = max(cut, offset)
            while used > offset && bytes[used - 1] == 0 { used -= 1 }
            let expected = Verdict.sound(end: end, cut: used - offset)
            let verdict = builder.verdict(files)
            guard verdict == expected else {
                Issue.record("zeros from \(cut): \(verdict), expected \(expected)")
                return
            }
        }
    }

    /// A crash makes no file shorter: somebody else did, and nobody knows what was behind.
    @Test(arguments: 0..<4)
    func aFileCutAtAnyByteIsRefused(_ quarter: Int) throws {
        let builder = self.tail()
        let files = builder.memory()
        let path = builder.segmentPath
        let groups = builder.groups.filter { $0.path == path }
        let bytes = builder.files[path]!
        files.change(path) { $0.removeLast(65_536 - (quarter + 1) * 16_384) }
        for kept in (quarter * 16_384..<(quarter + 1) * 16_384).reversed() {
            let cut = JournalLayout.pageBytes + kept
            files.change(path) { $0.removeLast() }
            // The checksum covers the padding: a group must be there whole.
            let whole = groups.prefix { $0.range.upperBound <= cut }.count
            let end = whole > 0 ? groups[whole - 1].end : builder.header!.preceding
            let offset = whole > 0 ? groups[whole - 1].range.upperBound : JournalLayout.pageBytes
            let expected = Verdict.refused(
                file: Verdict.name(path), offset: offset, first: end.lsn + 1, last: nil)
            let verdict = builder.verdict(files)
            guard verdict == expected else {
                Issue.record("cut to \(cut) of \(bytes.count): \(verdict), expected \(expected)")
                return
            }
        }
    }

    /// 28 KiB: manifest, a segment with one group, the newest with two.
    private func small(sealed: Bool) -> JournalBuilder {
        var builder = JournalBuilder()
        builder.segment(generation: 1, byteCount: 8_192)
        builder.group(events: 5)
        builder.segment(generation: 1, byteCount: sealed ? 16_384 : 12_288)
        builder.group(events: 3)
        builder.group(events: 7)
        if sealed { builder.seal() }
        return builder
    }

    /// Flips every bit of a range and compares.
    private func flip(
        _ builder: JournalBuilder, _ path: String, _ range: Range<Int>,
        _ expected: (_ offset: Int, _ bytes: [UInt8]) -> Verdict
    ) {
        let files = builder.memory()
        for offset in range {
            for bit in 0..<8 {
                var expectation = Verdict.sound(end: builder.end, cut: 0)
                files.change(path) {
                    $0[offset] ^= 1 << UInt8(bit)
                    expectation = expected(offset, $0)
                }
                let verdict = builder.verdict(files)
                files.change(path) { $0[offset] ^= 1 << UInt8(bit) }
                let expected = expectation
                guard verdict == expected else {
                    Issue.record(
                        "\(path) bit \(bit) of byte \(offset): \(verdict), expected \(expected)")
                    return
                }
            }
        }
    }

    @Test func aBitInTheLastGroupIsCutAndReported() {
        let builder = self.small(sealed: false)
        let last = builder.groups.last!
        self.flip(builder, last.path, last.range) { _, bytes in
            .sound(end: last.before, cut: JournalBuilder.used(bytes, from: last.offset))
        }
    }

    @Test func aBitInASealIsCutAndReported() {
        let builder = self.small(sealed: true)
        let last = builder.groups.last!
        self.flip(builder, last.path, last.range) { _, bytes in
            .sound(end: last.before, cut: JournalBuilder.used(bytes, from: last.offset))
        }
    }

    @Test(arguments: 0..<3)
    func aBitInAnyOtherGroupIsRefused(_ index: Int) {
        let builder = self.small(sealed: true)
        let group = builder.groups[index]
        // Known by the next group's header, or for the first segment by the next header's preceding end.
        let last: UInt64 = [5, 15, 15][index]
        self.flip(builder, group.path, group.range) { _, _ in .refused(group, last: last) }
    }

    @Test func aBitInAnySegmentHeaderIsRefused() {
        let builder = self.small(sealed: false)
        let first = builder.groups[0].path
        self.flip(builder, first, 0..<4_096) { _, _ in
            .refused(file: Verdict.name(first), offset: 0, first: 1, last: 5)
        }
        let second = builder.segmentPath
        self.flip(builder, second, 0..<4_096) { _, _ in
            .refused(file: Verdict.name(second), offset: 0, first: 6, last: 15)
        }
    }

    /// The other page still counts, and everything that it must name is there.
    @Test func aBitInOnePageOfTheManifestIsNotedAndLosesNothing() throws {
        let builder = self.small(sealed: false)
        self.flip(builder, builder.manifestPath, 0..<8_192) { _, _ in
            .sound(end: builder.end, cut: 0)
        }
        let files = builder.memory()
        files.change(builder.manifestPath) { $0[100] ^= 1 }
        #expect(try builder.scan(files).notes.count == 1)
        files.change(builder.manifestPath) { $0[5_000] ^= 1 }
        #expect(
            builder.verdict(files)
                == .refused(file: "manifest", offset: 0, first: 16, last: nil))
    }

    @Test func aBitInTheIdentityIsNoIdentity() {
        let builder = self.small(sealed: false)
        var page = builder.files[builder.root + "/identity"]!
        for offset in page.indices {
            for bit in 0..<8 {
                page[offset] ^= 1 << UInt8(bit)
                let verdict = page.withUnsafeBytes { DataIdentity.decode($0.baseAddress!) }
                page[offset] ^= 1 << UInt8(bit)
                guard case .damaged = verdict else {
                    Issue.record("bit \(bit) of byte \(offset): \(verdict)")
                    return
                }
            }
        }
    }
}
