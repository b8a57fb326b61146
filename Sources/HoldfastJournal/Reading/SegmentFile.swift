internal import Glibc

/// A file read front to back through one window of memory. One owner, one thread.
struct SegmentFile: ~Copyable {
    /// Read at once when going on from what was read.
    static let windowBytes = 1 << 20

    let path: String
    /// As the file was when it was opened.
    let byteCount: Int
    private let files: any FileSystem
    private let descriptor: Int32
    private var window: AlignedBuffer
    private var start = 0
    private var count = 0

    init(_ path: String, files: any FileSystem) throws(FileError) {
        let descriptor = try files.open(path, .read)
        do throws(FileError) {
            self.byteCount = try files.byteCount(descriptor, path)
        } catch {
            files.close(descriptor, path)
            throw error
        }
        self.descriptor = descriptor
        self.path = path
        self.files = files
        self.window = AlignedBuffer(capacity: JournalLayout.pageBytes)
    }

    deinit { self.files.close(self.descriptor, self.path) }

    /// Bytes at an offset, fewer where the file ends; valid until the next call.
    ///
    /// - Parameter readsAhead: Fills the whole window, for whoever goes on behind.
    mutating func bytes(
        at offset: Int, count wanted: Int, readsAhead: Bool = true
    ) throws(FileError) -> UnsafeRawBufferPointer {
        let wanted = max(0, min(wanted, self.byteCount - offset))
        if offset < self.start || offset + wanted > self.start + self.count {
            let size = min(
                readsAhead ? max(wanted, Self.windowBytes) : wanted, self.byteCount - offset)
            self.window.grow(to: size, keeping: 0)
            self.start = offset
            self.count = 0
            self.count = try self.files.readAll(
                self.descriptor, self.path,
                into: UnsafeMutableRawBufferPointer(start: self.window.base, count: size),
                at: offset)
        }
        // The file may have become shorter since.
        let have = min(wanted, self.start + self.count - offset)
        return UnsafeRawBufferPointer(
            start: UnsafeRawPointer(self.window.base) + (offset - self.start), count: max(0, have))
    }

    /// The next bytes of a longer run: what the window has of it, or a window full.
    mutating func piece(at offset: Int, of rest: Int) throws(FileError) -> UnsafeRawBufferPointer {
        let inWindow = self.start + self.count - offset
        let wanted = offset >= self.start && inWindow > 0 ? inWindow : Self.windowBytes
        return try self.bytes(at: offset, count: min(rest, wanted))
    }

    static func isZero(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let base = bytes.baseAddress, bytes.count > 0 else { return true }
        // Each byte equals the one before it, and the first is zero: the C library compares words.
        return bytes[0] == 0 && memcmp(base, base + 1, bytes.count - 1) == 0
    }

    /// Bytes up to the last one that is not zero.
    static func usedCount(_ bytes: UnsafeRawBufferPointer) -> Int {
        var count = bytes.count
        while count >= 256,
            self.isZero(UnsafeRawBufferPointer(rebasing: bytes[(count - 256)..<count]))
        {
            count -= 256
        }
        while count > 0, bytes[count - 1] == 0 { count -= 1 }
        return count
    }
}
