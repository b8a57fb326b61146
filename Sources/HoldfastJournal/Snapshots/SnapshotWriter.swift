package import HoldfastEngine

/// Writes one snapshot. It has its name only when it is whole, on disk, and was read again and found good: whoever looks
/// into the directory sees the old snapshots or the new one with them. One thread; holds 1 MiB.
///
/// Written past the page cache where the file system has that, so that a snapshot of many gigabytes neither evicts what
/// is in use nor makes a journal's sync wait for it.
package final class SnapshotWriter: ImageSink {
    private let subject: SnapshotSubject
    private let files: any FileSystem
    private let folder: String
    private let path: String
    private let temporary: String
    private var file: Int32 = -1
    private var buffer = AlignedBuffer(capacity: SnapshotChunk.byteCountMax)
    /// Image bytes in the buffer, behind the room for the chunk's header.
    private var used = 0
    private var offset = JournalLayout.pageBytes
    private var shard: UInt32 = 0
    private var chunkCount: UInt32 = 0
    private var chunkChecksum: UInt32 = 0
    private var failure: FileError?

    private init(_ subject: SnapshotSubject, folder: String, files: any FileSystem) {
        self.subject = subject
        self.files = files
        self.folder = folder
        self.path = folder + "/" + SnapshotName.fileName(lsn: subject.end.lsn)
        self.temporary = self.path + DataDirectory.temporarySuffix
    }

    /// Writes, reads again, gives the name.
    ///
    /// - Parameter encode: Puts a shard's image into the sink and says whether all of it was taken; called for each
    ///   shard in order.
    /// - Returns: The snapshot.
    /// - Throws: `io`, `outOfSpace`; `damaged` if what was read is not what was written. Nothing is left of it then.
    @discardableResult
    package static func write(
        _ subject: SnapshotSubject, folder: String, files: any FileSystem,
        encode: (_ shard: Int, _ sink: any ImageSink) -> Bool
    ) throws(JournalFailure) -> SnapshotFooterInfo {
        let writer = SnapshotWriter(subject, folder: folder, files: files)
        do throws(JournalFailure) {
            return try writer.run(encode)
        } catch {
            writer.close()
            try? files.unlink(writer.temporary)
            throw error
        }
    }

    private func run(
        _ encode: (Int, any ImageSink) -> Bool
    ) throws(JournalFailure) -> SnapshotFooterInfo {
        do throws(FileError) {
            try self.create()
            SnapshotHeader.encode(self.subject, to: self.buffer.base)
            try self.files.writeAll(
                self.file, self.temporary, self.buffer.bytes(JournalLayout.pageBytes), at: 0,
                isSynchronous: false)
            for shard in 0..<self.subject.shardCount {
                self.shard = shard
                let isWhole = encode(Int(shard), self)
                if let failure = self.failure { throw failure }
                precondition(isWhole, "an image stopped although its sink took all")
                try self.writeChunk(isLast: true)
            }
            try self.writeFooter()
            try self.files.synchronize(self.file, self.temporary)
            self.close()
        } catch {
            throw JournalFailure(error, during: "write a snapshot")
        }
        try self.verify()
        do throws(FileError) {
            try self.files.rename(self.temporary, to: self.path)
            try self.files.synchronizeDirectory(self.folder)
        } catch {
            // The name may be there and not last: whole in any case.
            throw JournalFailure(error, during: "give a snapshot its name")
        }
        return SnapshotFooterInfo(
            lsn: self.subject.end.lsn, chain: self.subject.end.chain, path: self.path,
            generation: self.subject.generation, byteCount: self.offset,
            createdMilliseconds: self.subject.createdMilliseconds,
            newestTimeMilliseconds: self.subject.newestTimeMilliseconds,
            shardCount: self.subject.shardCount)
    }

    private func create() throws(FileError) {
        do { try self.files.unlink(self.temporary) } catch {
            guard error.isMissing else { throw error }
        }
        do throws(FileError) {
            self.file = try self.files.open(self.temporary, .createDirect)
        } catch {
            // No O_DIRECT here; the failed call may have made the file all the same.
            do { try self.files.unlink(self.temporary) } catch {
                guard error.isMissing else { throw error }
            }
            self.file = try self.files.open(self.temporary, .create)
        }
    }

    private func close() {
        if self.file >= 0 { self.files.close(self.file, self.temporary) }
        self.file = -1
    }

    package func put(_ piece: UnsafeRawBufferPointer) -> Bool {
        var done = 0
        while done < piece.count {
            if self.used == SnapshotChunk.imageBytesMax {
                do throws(FileError) {
                    try self.writeChunk(isLast: false)
                } catch {
                    self.failure = error
                    return false
                }
            }
            let count = min(piece.count - done, SnapshotChunk.imageBytesMax - self.used)
            (self.buffer.base + SnapshotChunk.headerBytes + self.used).copyMemory(
                from: piece.baseAddress.unsafelyUnwrapped + done, byteCount: count)
            self.used += count
            done += count
        }
        return true
    }

    private func writeChunk(isLast: Bool) throws(FileError) {
        let byteCount = JournalLayout.roundedUp(SnapshotChunk.headerBytes + self.used)
        let chunk = SnapshotChunk(
            instance: self.subject.instance, lsn: self.subject.end.lsn, shard: self.shard,
            number: self.chunkCount, byteCount: UInt32(byteCount),
            imageByteCount: UInt32(self.used), isLast: isLast)
        let checksum = chunk.encode(to: self.buffer.base).littleEndian
        self.chunkChecksum = withUnsafeBytes(of: checksum) {
            JournalLayout.crc32c($0, from: self.chunkChecksum)
        }
        try self.files.writeAll(
            self.file, self.temporary, self.buffer.bytes(byteCount), at: self.offset,
            isSynchronous: false)
        self.offset += byteCount
        self.chunkCount += 1
        self.used = 0
    }

    private func writeFooter() throws(FileError) {
        let end = self.offset + JournalLayout.pageBytes
        SnapshotFooter(
            subject: self.subject, chunkCount: UInt64(self.chunkCount), byteCount: UInt64(end),
            chunkChecksum: self.chunkChecksum
        ).encode(to: self.buffer.base)
        try self.files.writeAll(
            self.file, self.temporary, self.buffer.bytes(JournalLayout.pageBytes), at: self.offset,
            isSynchronous: false)
        self.offset = end
    }

    /// From the disk itself where the file system lets us past the page cache.
    private func verify() throws(JournalFailure) {
        let reader = try SnapshotReader(
            self.temporary, instance: self.subject.instance, files: self.files, isDirect: true)
        defer { reader.close() }
        guard reader.info.end == self.subject.end, reader.info.byteCount == self.offset else {
            throw JournalFailure(
                .damaged, "\(self.temporary) is not what was written",
                hint: "check the device and the kernel's log; the older snapshots still count")
        }
        try reader.verify()
    }
}
