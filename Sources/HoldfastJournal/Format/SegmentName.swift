/// `<generation>-<first lsn>.seg`: 8 and 16 lower-case hexadecimal digits. A generation begins at each start of the
/// server; within it, segments follow each other by LSN.
package struct SegmentName: Sendable, Hashable, Comparable {
    package let generation: UInt32
    package let firstLSN: UInt64

    package static let suffix = ".seg"

    package init(generation: UInt32, firstLSN: UInt64) {
        self.generation = generation
        self.firstLSN = firstLSN
    }

    /// Nil unless the name is exactly as `fileName` writes it.
    package init?(fileName: String) {
        let bytes = Array(fileName.utf8)
        // No generation could follow the last number.
        guard bytes.count == 29, !fileName.hasPrefix("ffffffff"), bytes[8] == UInt8(ascii: "-"),
            fileName.hasSuffix(Self.suffix),
            let generation = UInt32(fileName.prefix(8), radix: 16),
            let firstLSN = UInt64(fileName.dropFirst(9).prefix(16), radix: 16)
        else { return nil }
        self.init(generation: generation, firstLSN: firstLSN)
        guard self.fileName == fileName else { return nil }
    }

    package var fileName: String {
        Hexadecimal.text(UInt64(self.generation), digits: 8) + "-" + Hexadecimal.text(self.firstLSN)
            + Self.suffix
    }

    package static func < (left: Self, right: Self) -> Bool {
        (left.generation, left.firstLSN) < (right.generation, right.firstLSN)
    }
}
