/// Gathers the small parts of an image into pieces and passes whole blocks on as they are. One thread.
struct ImageWriter: ~Copyable {
    private let sink: any ImageSink
    private let buffer: UnsafeMutableRawPointer
    private var used = 0
    /// The sink refused a piece: nothing more is passed on.
    private(set) var isStopped = false

    init(_ sink: any ImageSink) {
        self.sink = sink
        self.buffer = .allocate(byteCount: ImageFormat.pieceBytesMax, alignment: 16)
    }

    deinit { self.buffer.deallocate() }

    mutating func flush() {
        if self.used == 0 { return }
        self.pass(UnsafeRawBufferPointer(start: self.buffer, count: self.used))
        self.used = 0
    }

    private mutating func pass(_ piece: UnsafeRawBufferPointer) {
        if !self.isStopped { self.isStopped = !self.sink.put(piece) }
    }

    /// Room for so many bytes at the end, at most one piece; valid until the next call. The caller fills all of it.
    mutating func room(_ byteCount: Int) -> UnsafeMutableRawPointer {
        precondition(byteCount <= ImageFormat.pieceBytesMax, "a part is larger than a piece")
        if self.used + byteCount > ImageFormat.pieceBytesMax { self.flush() }
        defer { self.used += byteCount }
        return self.buffer + self.used
    }

    mutating func put<Value: FixedWidthInteger>(_ value: Value) {
        self.room(MemoryLayout<Value>.size).storeBytes(of: value.littleEndian, as: Value.self)
    }

    mutating func put(_ request: RequestID) {
        self.put(request.first)
        self.put(request.second)
    }

    /// Bytes of any number.
    mutating func put(_ bytes: UnsafeRawBufferPointer) {
        var done = 0
        while done < bytes.count {
            let count = min(bytes.count - done, ImageFormat.pieceBytesMax)
            let part = UnsafeRawBufferPointer(rebasing: bytes[done..<(done + count)])
            if let base = part.baseAddress {
                self.room(count).copyMemory(from: base, byteCount: count)
            }
            done += count
        }
    }

    mutating func put(_ text: ByteView) { self.put(UnsafeRawBufferPointer(text.buffer)) }

    /// Whole records without addresses, as they lie: not copied.
    mutating func putBlock(_ bytes: UnsafeRawBufferPointer) {
        if bytes.count < 4_096 {
            self.put(bytes)
            return
        }
        self.flush()
        self.pass(bytes)
    }
}
