package import HoldfastEngine

/// Reads one snapshot and trusts nothing in it. `verify` and `load` may be called from several threads.
package final class SnapshotReader: Sendable {
    package let info: SnapshotFooterInfo
    private let footer: SnapshotFooter
    private let files: any FileSystem
    private let file: Int32
    private let path: String

    /// Opens it and checks first and last page. The caller closes it.
    ///
    /// - Parameter isDirect: Past the page cache if that can be had: for whoever wants to know what is on the disk.
    /// - Throws: `damaged`, `newerVersion`, `notOurs`, `io`.
    package init(
        _ path: String, instance: InstanceID, files: any FileSystem, isDirect: Bool = false
    ) throws(JournalFailure) {
        self.path = path
        self.files = files
        let file: Int32
        do throws(FileError) {
            file = try Self.open(path, files, isDirect)
        } catch {
            throw JournalFailure(error, during: "open a snapshot")
        }
        self.file = file
        do throws(JournalFailure) {
            (self.info, self.footer) = try Self.ends(file, path, instance, files)
        } catch {
            files.close(file, path)
            throw error
        }
    }

    package func close() { self.files.close(self.file, self.path) }

    private static func open(
        _ path: String, _ files: any FileSystem, _ isDirect: Bool
    ) throws(FileError) -> Int32 {
        if isDirect, let file = try? files.open(path, .writeDirect) { return file }
        return try files.open(path, .read)
    }

    private static func damage(_ path: String, _ words: String) -> JournalFailure {
        JournalFailure(
            .damaged, "snapshot \(path) is damaged: \(words)",
            hint: "an older snapshot or the journal may still have everything; else restore a "
                + "backup")
    }

    private func damage(_ words: String) -> JournalFailure { Self.damage(self.path, words) }

    private static func ends(
        _ file: Int32, _ path: String, _ instance: InstanceID, _ files: any FileSystem
    ) throws(JournalFailure) -> (SnapshotFooterInfo, SnapshotFooter) {
        let page = AlignedBuffer(capacity: JournalLayout.pageBytes)
        let size: Int
        do throws(FileError) {
            size = try files.byteCount(file, path)
        } catch {
            throw JournalFailure(error, during: "read a snapshot")
        }
        guard size >= 3 * JournalLayout.pageBytes, size % JournalLayout.pageBytes == 0 else {
            throw self.damage(path, "it has \(size) bytes")
        }
        try self.read(file, path, page, at: 0, files)
        let subject = try self.valid(SnapshotHeader.decode(page.base), path, "header")
        try self.read(file, path, page, at: size - JournalLayout.pageBytes, files)
        let footer = try self.valid(SnapshotFooter.decode(page.base), path, "footer")
        guard footer.subject == subject, footer.byteCount == UInt64(size) else {
            throw self.damage(path, "its footer is another's")
        }
        guard subject.instance == instance else {
            throw JournalFailure(
                .notOurs, "snapshot \(path) is of instance \(subject.instance), not \(instance)",
                hint: "move it away: it belongs to another data directory")
        }
        // While it is being written it has the temporary name behind its own.
        let name = path.split(separator: "/").last.map(String.init) ?? path
        guard name.hasPrefix(SnapshotName.fileName(lsn: subject.end.lsn)) else {
            throw self.damage(path, "its name says another LSN than its header")
        }
        let info = SnapshotFooterInfo(
            lsn: subject.end.lsn, chain: subject.end.chain, path: path,
            generation: subject.generation, byteCount: size,
            createdMilliseconds: subject.createdMilliseconds,
            newestTimeMilliseconds: subject.newestTimeMilliseconds,
            shardCount: subject.shardCount)
        return (info, footer)
    }

    private static func read(
        _ file: Int32, _ path: String, _ page: borrowing AlignedBuffer, at offset: Int,
        _ files: any FileSystem
    ) throws(JournalFailure) {
        do throws(FileError) {
            let target = UnsafeMutableRawBufferPointer(
                start: page.base, count: JournalLayout.pageBytes)
            guard try files.readAll(file, path, into: target, at: offset) == target.count else {
                throw FileError(operation: "read (ended early)", path: path, code: 5)
            }
        } catch {
            throw JournalFailure(error, during: "read a snapshot")
        }
    }

    private static func valid<Header>(
        _ verdict: HeaderVerdict<Header>, _ path: String, _ what: String
    ) throws(JournalFailure) -> Header {
        switch verdict {
        case .valid(let header): return header
        case .zero: throw self.damage(path, "its \(what) is zero")
        case .damaged: throw self.damage(path, "its \(what)")
        case .unknownVersion(let version):
            throw JournalFailure(
                .newerVersion, "snapshot \(path) has format \(version)",
                hint: "start the version that wrote it, or a newer one")
        }
    }

    // MARK: - Chunks

    /// Where a shard's chunks lie.
    struct Extent: Sendable, Equatable {
        var shard: Int
        var offset: Int
        var end: Int
        var firstChunk: UInt32
    }

    /// Walks the chunks' headers: every shard is there, once and whole, and the checksums are those that the footer sums.
    /// What the chunks hold is checked when they are read.
    func extents() throws(JournalFailure) -> [Extent] {
        let page = AlignedBuffer(capacity: JournalLayout.pageBytes)
        let end = self.info.byteCount - JournalLayout.pageBytes
        var extents: [Extent] = []
        var offset = JournalLayout.pageBytes
        var begins = true
        var number: UInt32 = 0
        var checksum: UInt32 = 0
        while offset < end {
            try Self.read(self.file, self.path, page, at: offset, self.files)
            guard let chunk = SnapshotChunk.head(page.base), chunk.number == number,
                chunk.instance == self.footer.subject.instance, chunk.lsn == self.info.lsn,
                offset + Int(chunk.byteCount) <= end
            else { throw self.damage("its chunk \(number)") }
            if begins {
                extents.append(
                    Extent(
                        shard: extents.count, offset: offset, end: offset, firstChunk: number))
            }
            guard Int(chunk.shard) == extents.count - 1 else {
                throw self.damage("its chunk \(number) is of shard \(chunk.shard)")
            }
            offset += Int(chunk.byteCount)
            extents[extents.count - 1].end = offset
            begins = chunk.isLast
            let sum = SnapshotChunk.checksum(page.base).littleEndian
            checksum = withUnsafeBytes(of: sum) { JournalLayout.crc32c($0, from: checksum) }
            number += 1
        }
        guard offset == end, begins, extents.count == Int(self.info.shardCount),
            UInt64(number) == self.footer.chunkCount, checksum == self.footer.chunkChecksum
        else { throw self.damage("its chunks are not those that its footer sums") }
        return extents
    }

    /// Reads and checks every byte.
    package func verify() throws(JournalFailure) {
        for extent in try self.extents() {
            let chunks = ChunkSource(self, extent)
            while chunks.next() != nil {}
            if let failure = chunks.failure { throw failure }
        }
    }

    /// Reads every shard's image, on so many threads. The whole file is checked on the way.
    ///
    /// - Parameter load: Fills a shard from the source; called once for each shard, from any of the threads.
    package func load(
        threadCount: Int = 1,
        into load:
            @escaping @Sendable (_ shard: Int, _ source: any ImageSource) throws(ImageError)
            -> Void
    ) throws(JournalFailure) {
        let extents = try self.extents()
        let work = SnapshotLoad(self, extents, load)
        let others = (1..<max(1, threadCount)).map { number in
            JournalThread(name: "hf-load-\(number)") { work.run() }
        }
        work.run()
        for thread in others { thread.join() }
        if let failure = work.failure { throw failure }
    }

    /// One shard's image out of its chunks, each of which is checked before a byte of it is given out.
    final class ChunkSource: ImageSource {
        private let reader: SnapshotReader
        private let extent: Extent
        private let buffer = AlignedBuffer(capacity: SnapshotChunk.byteCountMax)
        private var offset: Int
        private var number: UInt32
        /// Why there is no next piece; nil at the end.
        private(set) var failure: JournalFailure?

        init(_ reader: SnapshotReader, _ extent: Extent) {
            self.reader = reader
            self.extent = extent
            self.offset = extent.offset
            self.number = extent.firstChunk
        }

        func next() -> UnsafeRawBufferPointer? {
            guard self.failure == nil, self.offset < self.extent.end else { return nil }
            do throws(JournalFailure) {
                let image = try self.read()
                if image.count > 0 { return image }
                return self.next()
            } catch {
                self.failure = error
                return nil
            }
        }

        private func read() throws(JournalFailure) -> UnsafeRawBufferPointer {
            let count = min(SnapshotChunk.byteCountMax, self.extent.end - self.offset)
            let read: Int
            do throws(FileError) {
                read = try self.reader.files.readAll(
                    self.reader.file, self.reader.path,
                    into: UnsafeMutableRawBufferPointer(start: self.buffer.base, count: count),
                    at: self.offset)
            } catch {
                throw JournalFailure(error, during: "read a snapshot")
            }
            guard read == count, let chunk = SnapshotChunk.head(self.buffer.base),
                Int(chunk.byteCount) <= count, chunk.number == self.number,
                Int(chunk.shard) == self.extent.shard,
                chunk.isLast == (self.offset + Int(chunk.byteCount) == self.extent.end)
            else { throw self.reader.damage("its chunk \(self.number)") }
            switch PageCheck.check(
                self.buffer.base, byteCount: Int(chunk.byteCount), magic: SnapshotChunk.magic)
            {
            case .sound: break
            case .zero, .damaged: throw self.reader.damage("its chunk \(self.number)")
            case .unknownVersion(let version):
                throw JournalFailure(
                    .newerVersion, "snapshot \(self.reader.path) has chunks of format \(version)",
                    hint: "start the version that wrote it, or a newer one")
            }
            self.offset += Int(chunk.byteCount)
            self.number += 1
            return UnsafeRawBufferPointer(
                start: self.buffer.base + SnapshotChunk.headerBytes,
                count: Int(chunk.imageByteCount))
        }
    }
}
