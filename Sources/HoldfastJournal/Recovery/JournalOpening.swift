/// The last group that has no evidence behind it: written once more as the first of the next generation.
package struct CopiedGroup {
    /// Whole events; valid during the call.
    package var body: UnsafeRawBufferPointer
    package var eventCount: UInt64

    package init(body: UnsafeRawBufferPointer, eventCount: UInt64) {
        self.body = body
        self.eventCount = eventCount
    }
}

/// What a generation begins with; recovery finds it out.
package struct GenerationPlan {
    package var identity: DataIdentity
    /// Above that of every file there is.
    package var generation: UInt32
    /// The end of what stays. Before the copied group, if there is one.
    package var preceding: LogEnd
    package var copied: CopiedGroup?
    /// Of the newest sound manifest page; nil if there is none, and the file is made.
    package var manifestNumber: UInt64?
    package var newestTimeMilliseconds: Int64

    package init(
        identity: DataIdentity, generation: UInt32, preceding: LogEnd, copied: CopiedGroup?,
        manifestNumber: UInt64?, newestTimeMilliseconds: Int64
    ) {
        self.identity = identity
        self.generation = generation
        self.preceding = preceding
        self.copied = copied
        self.manifestNumber = manifestNumber
        self.newestTimeMilliseconds = newestTimeMilliseconds
    }
}

/// Opens a generation: makes its first segment under a temporary name and lets it be seen only whole. May be killed at any
/// system call and run again: until the rename nothing has changed, and after it the new segment holds the same events.
package enum JournalOpening {
    /// The first generation of a directory that has no identity.
    ///
    /// The identity gets its name last. Until then whatever lies in the journal's folder was served to nobody, and is
    /// removed by the next attempt.
    package static func create(
        in directory: DataDirectory, shardCount: UInt32, settings: JournalSettings,
        nowMilliseconds: Int64
    ) throws(JournalFailure) -> JournalStart {
        // What follows removes files: only where nothing was ever kept.
        let present = try directory.readIdentity()
        precondition(present == nil, "a data directory with an identity is not made anew")
        let files = directory.files
        let identity = DataIdentity(
            instance: .random(), shardCount: shardCount, createdMilliseconds: nowMilliseconds)
        let temporary = directory.newIdentityPath
        do throws(FileError) {
            // Files of an attempt that was cut off. The new identity's name stays while they are there.
            for folder in [directory.journalPath, directory.snapshotPath] {
                let names = try files.list(folder)
                for name in names { try files.unlink(folder + "/" + name) }
                if !names.isEmpty { try files.synchronizeDirectory(folder) }
            }
            do { try files.unlink(temporary) } catch { guard error.isMissing else { throw error } }
            try files.writeFile(temporary, self.page { identity.encode(to: $0) })
            try files.synchronizeDirectory(directory.path)
        } catch {
            throw JournalFailure(error, during: "write the data directory's identity")
        }
        let start = try self.open(
            in: directory,
            GenerationPlan(
                identity: identity, generation: 1,
                preceding: LogEnd(lsn: 0, chain: .start(of: identity.instance)), copied: nil,
                manifestNumber: nil, newestTimeMilliseconds: 0),
            settings: settings, nowMilliseconds: nowMilliseconds)
        do throws(FileError) {
            try files.rename(temporary, to: directory.identityPath)
            try files.synchronizeDirectory(directory.path)
        } catch {
            throw JournalFailure(error, during: "write the data directory's identity")
        }
        return start
    }

    /// Any later generation.
    package static func open(
        in directory: DataDirectory, _ plan: GenerationPlan, settings: JournalSettings,
        nowMilliseconds: Int64
    ) throws(JournalFailure) -> JournalStart {
        settings.check()
        let files = directory.files
        let method = WriteMethod.probe(directory.journalPath, sync: settings.sync, files: files)
        do throws(FileError) {
            let segment = try self.makeSegment(
                in: directory, plan, segmentBytes: settings.segmentBytes, method: method,
                nowMilliseconds: nowMilliseconds)
            let number = try self.writeManifest(in: directory, plan, method: method)
            return JournalStart(
                instance: plan.identity.instance, shardCount: plan.identity.shardCount,
                generation: plan.generation, end: segment.end, segment: segment.segment,
                manifestNumber: number, newestTimeMilliseconds: plan.newestTimeMilliseconds)
        } catch {
            throw JournalFailure(error, during: "begin generation \(plan.generation)")
        }
    }

    // MARK: The segment

    private static func makeSegment(
        in directory: DataDirectory, _ plan: GenerationPlan, segmentBytes: Int,
        method: WriteMethod, nowMilliseconds: Int64
    ) throws(FileError) -> (segment: OpenSegment, end: LogEnd) {
        let files = directory.files
        let group = plan.copied.map { SegmentWriter.wholeByteCount(body: $0.body.count) } ?? 0
        let used = JournalLayout.pageBytes + group
        let header = SegmentHeader(
            instance: plan.identity.instance, generation: plan.generation,
            shardCount: plan.identity.shardCount, preceding: plan.preceding,
            segmentByteCount: UInt64(max(segmentBytes, used)),
            createdMilliseconds: nowMilliseconds)
        let buffer = AlignedBuffer(capacity: used)
        header.encode(to: buffer.base)
        var end = plan.preceding
        if let copied = plan.copied {
            end = self.encode(
                copied, header, to: buffer.base + JournalLayout.pageBytes, byteCount: group,
                nowMilliseconds: nowMilliseconds)
        }
        let path = directory.journalPath + "/" + header.name.fileName
        let byteCount = Int(header.segmentByteCount)
        let file = try JournalFile.createAnew(
            path + DataDirectory.temporarySuffix, method, files)
        do throws(FileError) {
            try file.write(buffer.bytes(used), at: 0, files)
            _ = try file.fillWithZeros(from: used, to: byteCount, files)
            try file.synchronize(files)
        } catch {
            file.close(files)
            throw error
        }
        file.close(files)
        try files.rename(file.path, to: path)
        try files.synchronizeDirectory(directory.journalPath)
        return (
            OpenSegment(
                name: header.name, path: path, byteCount: byteCount, writeOffset: used,
                preceding: plan.preceding), end
        )
    }

    private static func encode(
        _ copied: CopiedGroup, _ segment: SegmentHeader, to base: UnsafeMutableRawPointer,
        byteCount: Int, nowMilliseconds: Int64
    ) -> LogEnd {
        precondition(
            copied.eventCount > 0 && copied.body.count > 0, "a copied group without events")
        base.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
        (base + JournalLayout.groupHeaderBytes).copyMemory(
            from: copied.body.baseAddress.unsafelyUnwrapped, byteCount: copied.body.count)
        let header = GroupHeader(
            kind: .events, instance: segment.instance, generation: segment.generation,
            segmentFirstLSN: segment.firstLSN, offset: UInt64(JournalLayout.pageBytes),
            firstLSN: segment.firstLSN, lastLSN: segment.preceding.lsn + copied.eventCount,
            epoch: UInt64(segment.generation), bodyByteCount: UInt32(copied.body.count),
            byteCount: UInt32(byteCount),
            bodyChecksum: GroupHeader.bodyChecksum(
                of: UnsafeRawPointer(base), byteCount: byteCount),
            previousChain: segment.preceding.chain, writtenMilliseconds: nowMilliseconds)
        let chain = header.encode(to: base)
        return LogEnd(lsn: header.lastLSN, chain: chain)
    }

    // MARK: The manifest

    /// - Returns: The number of the page written.
    private static func writeManifest(
        in directory: DataDirectory, _ plan: GenerationPlan, method: WriteMethod
    ) throws(FileError) -> UInt64 {
        let files = directory.files
        guard let number = plan.manifestNumber else {
            let manifest = Manifest(
                instance: plan.identity.instance, generation: plan.generation, number: 1,
                preceding: plan.preceding)
            var bytes = [UInt8](repeating: 0, count: 2 * JournalLayout.pageBytes)
            let page = self.page { manifest.encode(to: $0) }
            bytes.replaceSubrange(manifest.offset..<manifest.offset + page.count, with: page)
            try files.replace(directory.manifestPath, in: directory.journalPath, with: bytes)
            return manifest.number
        }
        let file = try JournalFile.open(directory.manifestPath, method, files)
        var manifest = ManifestFile(file, instance: plan.identity.instance, number: number)
        defer { manifest.close(files) }
        try manifest.write(generation: plan.generation, preceding: plan.preceding, files)
        return manifest.number
    }

    private static func page(_ encode: (UnsafeMutableRawPointer) -> Void) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: JournalLayout.pageBytes)
        bytes.withUnsafeMutableBytes { encode($0.baseAddress.unsafelyUnwrapped) }
        return bytes
    }
}
