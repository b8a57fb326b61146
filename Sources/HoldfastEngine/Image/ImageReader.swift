/// Reads the parts of an image out of pieces that end anywhere. One thread.
struct ImageReader: ~Copyable {
    private let source: any ImageSource
    private var cursor: UnsafeRawPointer
    private var left = 0
    /// Bytes read.
    private(set) var offset: UInt64 = 0

    init(_ source: any ImageSource) {
        self.source = source
        self.cursor = UnsafeRawPointer(ByteView.empty.base)
    }

    func error(_ problem: ImageError.Problem) -> ImageError {
        ImageError(problem: problem, offset: self.offset)
    }

    func damaged(_ words: String) -> ImageError { self.error(.damaged(words)) }

    private mutating func refill() -> Bool {
        while self.left == 0 {
            guard let piece = self.source.next() else { return false }
            guard let base = piece.baseAddress else { continue }
            self.cursor = base
            self.left = piece.count
        }
        return true
    }

    mutating func read(
        into target: UnsafeMutableRawPointer, _ byteCount: Int
    ) throws(ImageError) {
        var done = 0
        while done < byteCount {
            guard self.refill() else { throw self.error(.truncated) }
            let count = min(byteCount - done, self.left)
            (target + done).copyMemory(from: self.cursor, byteCount: count)
            self.cursor += count
            self.left -= count
            self.offset += UInt64(count)
            done += count
        }
    }

    mutating func get<Value: FixedWidthInteger>(
        _ type: Value.Type = Value.self
    ) throws(ImageError) -> Value {
        var value: Value = 0
        try self.read(into: &value, MemoryLayout<Value>.size)
        return Value(littleEndian: value)
    }

    mutating func request() throws(ImageError) -> RequestID {
        RequestID(first: try self.get(), second: try self.get())
    }

    mutating func payload() throws(ImageError) -> PayloadHash {
        PayloadHash(first: try self.get(), second: try self.get())
    }

    /// The image is over: nothing follows.
    mutating func finish() throws(ImageError) {
        if self.refill() { throw self.damaged("bytes behind the end") }
    }

    // MARK: - Heads

    mutating func head(ofShard shard: Int) throws(ImageError) -> ImageHead {
        guard try self.get(UInt64.self) == ImageFormat.magic else {
            throw self.error(.notAnImage)
        }
        let version = try self.get(UInt16.self)
        guard version == ImageFormat.version || version == ImageFormat.blacklistVersion else {
            throw self.error(.newerVersion(version))
        }
        var head = ImageHead()
        head.hasBlacklist = version == ImageFormat.blacklistVersion
        guard
            try Int(self.get(UInt16.self))
                == ImageSection.baseCount + (head.hasBlacklist ? 1 : 0)
        else { throw self.damaged("another number of sections") }
        head.shard = try self.get()
        guard Int(head.shard) == shard else { throw self.error(.otherShard(head.shard)) }
        head.sequence = try self.get()
        head.lastTime = try self.get()
        head.nextSeal = try self.get()
        head.liveHolds = try self.get()
        head.fencingCounter = try self.get()
        head.freeLease = try self.get()
        guard try self.get(UInt32.self) == 0 else { throw self.damaged("the head's padding") }
        for section in ImageSection.allCases {
            let count = try self.get(UInt64.self)
            let most =
                section == .sales ? UInt64(EngineLimits.salesPerShardMax) : (1 << 30) - 1
            guard count <= most else { throw self.damaged("\(section.name): too many records") }
            head[section] = Int(count)
        }
        guard head.hasBlacklist || head[.blacklist] == 0 else {
            throw self.damaged("the head's padding")
        }
        guard head.liveHolds >= 0, head.liveHolds <= head[.holds] else {
            throw self.damaged("the number of live holds")
        }
        return head
    }

    /// Returns the bytes of the section's texts.
    mutating func sectionHead(
        _ section: ImageSection, _ head: ImageHead
    ) throws(ImageError) -> UInt64 {
        let kind = try self.get(UInt16.self)
        let version = try self.get(UInt16.self)
        guard kind == section.rawValue else { throw self.damaged("\(section.name): missing") }
        guard version == ImageFormat.sectionVersion else {
            throw self.error(.newerVersion(version))
        }
        guard try Int(self.get(UInt32.self)) == section.recordBytes,
            try self.get(UInt64.self) == UInt64(head[section])
        else { throw self.damaged("\(section.name): other sizes than the head says") }
        let texts = try self.get(UInt64.self)
        guard try self.get(UInt64.self) == 0 else {
            throw self.damaged("\(section.name): the padding")
        }
        return texts
    }
}
