/// Streams the groups of live segments in order and checks each again: checksums, chain, and that each segment ends where
/// the scan said. One thread; memory for one window, or the largest group.
package struct GroupReader: ~Copyable {
    /// A group with its body's memory, valid until the next call.
    package struct Group {
        package var header: GroupHeader
        /// Events, one behind the other, without padding; empty for seals and clean stops.
        package var body: UnsafeRawBufferPointer
        package var path: String
        package var offset: Int
        /// The log's end with this group.
        package var end: LogEnd
    }

    private let instance: InstanceID
    private let files: any FileSystem
    private let segments: [LiveSegment]
    private let fromLSN: UInt64
    private var index = 0
    private var file: SegmentFile?
    private var offset = 0
    /// The end of what was handed out or skipped.
    package private(set) var end: LogEnd

    /// - Parameters:
    ///   - segments: As a scan found them, without gaps.
    ///   - fromLSN: Groups whose events all lie before it are skipped.
    package init(
        _ segments: [LiveSegment], instance: InstanceID, fromLSN: UInt64 = 0,
        files: any FileSystem
    ) {
        self.segments = segments
        self.instance = instance
        self.fromLSN = fromLSN
        self.files = files
        self.end = segments.first?.preceding ?? LogEnd(lsn: 0, chain: .start(of: instance))
        while self.index < segments.count, segments[self.index].end.lsn < fromLSN {
            self.end = segments[self.index].end
            self.index += 1
        }
    }

    /// The next group, or nil at the end of the last segment.
    ///
    /// - Throws: `damaged` where a group is not as the scan found it, `file` if it cannot be read.
    package mutating func next() throws(ScanFailure) -> Group? {
        while self.index < self.segments.count {
            let segment = self.segments[self.index]
            if self.file == nil {
                guard segment.preceding == self.end else {
                    throw self.damage(.brokenChain, segment, at: 0)
                }
                do throws(FileError) {
                    self.file = try SegmentFile(segment.path, files: self.files)
                } catch {
                    throw .file(error)
                }
                self.offset = JournalLayout.pageBytes
            }
            if self.end == segment.end {
                self.file = nil
                self.index += 1
                continue
            }
            if let group = try self.read(segment) { return group }
        }
        return nil
    }

    /// Nil if the group was skipped.
    private mutating func read(_ segment: LiveSegment) throws(ScanFailure) -> Group? {
        let place = SegmentPlace(self.instance, segment.name)
        let offset = self.offset
        let step: GroupStep
        do throws(FileError) {
            step = try self.file!.step(
                at: offset, behind: self.end, in: place, readsWhole: true)
        } catch {
            throw .file(error)
        }
        switch step {
        case .group(let header, let chain):
            guard header.lastLSN <= segment.end.lsn else {
                throw self.damage(.brokenChain, segment, at: offset)
            }
            self.end = LogEnd(lsn: header.lastLSN, chain: chain)
            self.offset += Int(header.byteCount)
            if header.lastLSN < self.fromLSN { return nil }
            return Group(
                header: header, body: try self.body(header, segment, at: offset),
                path: segment.path, offset: offset, end: self.end)
        case .unknownVersion(let version):
            throw .newerVersion(file: segment.path, version: version)
        case .nothing: throw self.damage(.missingGroup, segment, at: offset)
        case .damaged, .tornBody: throw self.damage(.group, segment, at: offset)
        case .notFollowing: throw self.damage(.brokenChain, segment, at: offset)
        }
    }

    private mutating func body(
        _ header: GroupHeader, _ segment: LiveSegment, at offset: Int
    ) throws(ScanFailure) -> UnsafeRawBufferPointer {
        let count = Int(header.bodyByteCount)
        guard count > 0 else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        do throws(FileError) {
            let bytes = try self.file!.bytes(
                at: offset + JournalLayout.groupHeaderBytes, count: count)
            if bytes.count == count { return bytes }
        } catch {
            throw .file(error)
        }
        throw self.damage(.group, segment, at: offset)
    }

    private func damage(
        _ kind: DamageReport.Kind, _ segment: LiveSegment, at offset: Int
    ) -> ScanFailure {
        .damaged(
            DamageReport(
                kind, file: segment.path, offset: offset, firstLSN: self.end.lsn + 1,
                evidence: [
                    Evidence(.segmentHeader, segment.path, offset: 0, lsn: segment.end.lsn)
                ], lastGood: self.end))
    }
}
