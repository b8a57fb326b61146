/// What stands where the next group of a segment belongs.
enum GroupStep {
    /// The next group, whole; the chain with it.
    case group(GroupHeader, ChainHash)
    /// Zeros, or the file's end.
    case nothing
    /// Neither zeros nor a group that belongs here.
    case damaged
    /// The next group's header, but its body is not whole.
    case tornBody(GroupHeader, ChainHash)
    /// A header that was written here, but not behind what stands before it.
    case notFollowing(GroupHeader)
    case unknownVersion(UInt16)
}

/// Where groups of a segment belong.
struct SegmentPlace: Sendable, Equatable {
    var instance: InstanceID
    var generation: UInt32
    var firstLSN: UInt64

    init(_ instance: InstanceID, _ name: SegmentName) {
        self.instance = instance
        self.generation = name.generation
        self.firstLSN = name.firstLSN
    }

    /// Whether a group's header says that it stands in this segment at this offset.
    func holds(_ header: GroupHeader, at offset: Int) -> Bool {
        header.instance == self.instance && header.generation == self.generation
            && header.segmentFirstLSN == self.firstLSN && header.offset == UInt64(offset)
    }
}

extension SegmentFile {
    /// Reads the group at an offset and checks everything about it.
    ///
    /// - Parameters:
    ///   - end: What the group must follow.
    ///   - readsWhole: Has the whole group in memory at once, for whoever reads its body next.
    mutating func step(
        at offset: Int, behind end: LogEnd, in place: SegmentPlace, readsWhole: Bool = false
    ) throws(FileError) -> GroupStep {
        let head = try self.bytes(at: offset, count: JournalLayout.groupHeaderBytes)
        guard head.count == JournalLayout.groupHeaderBytes, let base = head.baseAddress else {
            return Self.isZero(head) ? .nothing : .damaged
        }
        let header: GroupHeader
        switch GroupHeader.decode(base) {
        case .zero: return .nothing
        case .damaged: return .damaged
        case .unknownVersion(let version): return .unknownVersion(version)
        case .valid(let valid): header = valid
        }
        guard place.holds(header, at: offset), header.lastLSN < .max else { return .damaged }
        guard header.previousChain == end.chain, header.firstLSN == end.lsn &+ 1 else {
            return .notFollowing(header)
        }
        let chain = GroupHeader.chain(base)
        if readsWhole { _ = try self.bytes(at: offset, count: Int(header.byteCount)) }
        return try self.isBodyGood(of: header, at: offset)
            ? .group(header, chain) : .tornBody(header, chain)
    }

    private mutating func isBodyGood(
        of header: GroupHeader, at offset: Int
    ) throws(FileError) -> Bool {
        let end = offset + Int(header.byteCount)
        guard end <= self.byteCount else { return false }
        var crc: UInt32 = 0
        var cursor = offset + JournalLayout.groupHeaderBytes
        while cursor < end {
            let piece = try self.piece(at: cursor, of: end - cursor)
            guard piece.count > 0 else { return false }
            crc = JournalLayout.crc32c(piece, from: crc)
            cursor += piece.count
        }
        return crc == header.bodyChecksum
    }
}

/// What lies from an offset to a segment's end.
struct RestOfSegment {
    /// Headers of groups on later pages that were written just there.
    var headers: [(header: GroupHeader, offset: Int)] = []
    /// Behind the last byte that is not zero; the offset itself if all are.
    var usedEnd: Int
}

extension SegmentFile {
    /// Searches from a page on. The page at `offset` itself gives no evidence for what stands on it.
    ///
    /// - Parameter headersMax: The newest so many are kept beside the first.
    mutating func rest(
        from offset: Int, in place: SegmentPlace, headersMax: Int = 8
    ) throws(FileError) -> RestOfSegment {
        var rest = RestOfSegment(usedEnd: offset)
        var cursor = offset
        while cursor < self.byteCount {
            let piece = try self.bytes(at: cursor, count: Self.windowBytes)
            guard piece.count > 0 else { break }
            // Most of a segment's rest is zeros: one comparison for the whole window.
            if !Self.isZero(piece) {
                self.search(piece, at: cursor, from: offset, place, headersMax, &rest)
            }
            cursor += piece.count
        }
        return rest
    }

    private func search(
        _ piece: UnsafeRawBufferPointer, at start: Int, from offset: Int, _ place: SegmentPlace,
        _ headersMax: Int, _ rest: inout RestOfSegment
    ) {
        var at = 0
        var lastUsed = 0..<0
        while at < piece.count {
            let page = UnsafeRawBufferPointer(
                rebasing: piece[at..<min(piece.count, at + JournalLayout.pageBytes)])
            defer { at += JournalLayout.pageBytes }
            guard !Self.isZero(page), let base = page.baseAddress else { continue }
            lastUsed = at..<at + page.count
            guard start + at > offset, page.count >= JournalLayout.groupHeaderBytes,
                case .valid(let header) = GroupHeader.decode(base),
                place.holds(header, at: start + at), header.lastLSN < .max
            else { continue }
            if rest.headers.count > headersMax { rest.headers.remove(at: 1) }
            rest.headers.append((header, start + at))
        }
        if !lastUsed.isEmpty {
            rest.usedEnd =
                start + lastUsed.lowerBound
                + Self.usedCount(UnsafeRawBufferPointer(rebasing: piece[lastUsed]))
        }
    }
}
