/// How a group gets on disk.
package enum WriteMethod: Sendable, Equatable {
    /// Past the page cache, on disk when the write returns (O_DIRECT and RWF_DSYNC): one system call.
    case direct
    /// A write, then fdatasync.
    case flushed
    /// A write alone: `SyncMode.none`.
    case unsynced

    var openMode: FileMode { self == .direct ? .writeDirect : .write }
    var createMode: FileMode { self == .direct ? .createDirect : .create }

    /// What the directory's file system has, found with a scratch file. That something fails here says only that the
    /// plain way must do: if the disk is ill, the first real write says so.
    static func probe(
        _ folder: String, sync: SyncMode, files: any FileSystem
    ) -> WriteMethod {
        if sync == .none { return .unsynced }
        let path = folder + "/probe" + DataDirectory.temporarySuffix
        try? files.unlink(path)
        guard let file = try? files.open(path, .createDirect) else { return .flushed }
        defer {
            files.close(file, path)
            try? files.unlink(path)
        }
        let page = AlignedBuffer(capacity: JournalLayout.pageBytes)
        page.base.initializeMemory(as: UInt8.self, repeating: 0, count: JournalLayout.pageBytes)
        let count = try? files.write(
            file, path, page.bytes(JournalLayout.pageBytes), at: 0, isSynchronous: true)
        return count == JournalLayout.pageBytes ? .direct : .flushed
    }
}

/// A file of the journal that is open to be written. One thread at a time; whoever holds it last closes it.
struct JournalFile: Sendable {
    let file: Int32
    /// Its present name.
    var path: String
    let method: WriteMethod

    static func open(
        _ path: String, _ method: WriteMethod, _ files: any FileSystem
    ) throws(FileError) -> JournalFile {
        JournalFile(file: try files.open(path, method.openMode), path: path, method: method)
    }

    static func create(
        _ path: String, _ method: WriteMethod, _ files: any FileSystem
    ) throws(FileError) -> JournalFile {
        JournalFile(file: try files.open(path, method.createMode), path: path, method: method)
    }

    func close(_ files: any FileSystem) { files.close(self.file, self.path) }

    /// Whole pages; safe when this returns, as the method has it.
    func writeDurably(
        _ bytes: UnsafeRawBufferPointer, at offset: Int, _ files: any FileSystem
    ) throws(FileError) {
        try self.write(bytes, at: offset, isSynchronous: self.method == .direct, files)
        if self.method == .flushed { try files.synchronizeData(self.file, self.path) }
    }

    /// Whole pages, to be synced by the caller.
    func write(
        _ bytes: UnsafeRawBufferPointer, at offset: Int, isSynchronous: Bool = false,
        _ files: any FileSystem
    ) throws(FileError) {
        // Behind a short write, O_DIRECT goes on at a sector: the rest of a half written one is written again.
        let mask = self.method == .direct ? ~(Self.sectorBytes - 1) : ~0
        var done = 0
        var fruitless = 0
        while done < bytes.count {
            let count = try files.write(
                self.file, self.path, UnsafeRawBufferPointer(rebasing: bytes[done...]),
                at: offset + done, isSynchronous: isSynchronous)
            let reached = done + count == bytes.count ? bytes.count : (done + count) & mask
            fruitless = reached > done ? 0 : fruitless + 1
            // A device that takes nothing and says nothing would keep us here for ever.
            if fruitless == Self.fruitlessMax {
                throw FileError(operation: "write (no progress)", path: self.path, code: 5)
            }
            done = max(done, reached)
        }
    }

    /// Zeros from `start` to `end`, 1 MiB a write; not synced. `pause` is called between them and stops it with false.
    ///
    /// - Returns: Whether it was not stopped.
    func fillWithZeros(
        from start: Int, to end: Int, _ files: any FileSystem, pause: () -> Bool = { true }
    ) throws(FileError) -> Bool {
        guard start < end else { return true }
        let zeros = AlignedBuffer(capacity: min(Self.fillBytes, end - start))
        zeros.base.initializeMemory(as: UInt8.self, repeating: 0, count: zeros.capacity)
        var offset = start
        while offset < end {
            let count = min(zeros.capacity, end - offset)
            try self.write(zeros.bytes(count), at: offset, files)
            offset += count
            if offset < end && !pause() { return false }
        }
        return true
    }

    func synchronize(_ files: any FileSystem) throws(FileError) {
        try files.synchronize(self.file, self.path)
    }

    private static let sectorBytes = 512
    private static let fruitlessMax = 100
    private static let fillBytes = 1 << 20
}
