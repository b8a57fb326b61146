import HoldfastEngine

/// An image in memory.
final class BytesSink: ImageSink {
    private(set) var bytes: [UInt8] = []
    private(set) var pieceBytesMax = 0

    func put(_ piece: UnsafeRawBufferPointer) -> Bool {
        self.pieceBytesMax = max(self.pieceBytesMax, piece.count)
        self.bytes.append(contentsOf: piece)
        return true
    }
}

/// Gives an image out in pieces of one size, each in memory that is overwritten before the next.
final class BytesSource: ImageSource {
    private let bytes: ArraySlice<UInt8>
    private var offset: Int
    private let piece: UnsafeMutableRawBufferPointer

    init(_ bytes: some Collection<UInt8>, pieceBytes: Int = 4_096) {
        self.bytes = ArraySlice(bytes)
        self.offset = self.bytes.startIndex
        self.piece = .allocate(byteCount: pieceBytes, alignment: 16)
    }

    deinit { self.piece.deallocate() }

    func next() -> UnsafeRawBufferPointer? {
        let count = min(self.piece.count, self.bytes.endIndex - self.offset)
        if count == 0 { return nil }
        self.bytes.withUnsafeBytes { all in
            let start = self.offset - self.bytes.startIndex
            self.piece.copyMemory(
                from: UnsafeRawBufferPointer(rebasing: all[start..<(start + count)]))
        }
        self.offset += count
        return UnsafeRawBufferPointer(rebasing: self.piece[0..<count])
    }
}
