/// Encoded events of one batch, in the order in which a shard decided them. Grows to the largest batch and then
/// allocates no more. One thread at a time.
package struct EventBuffer: ~Copyable {
    private var storage: UnsafeMutableRawPointer
    private var capacity: Int
    private var used: Int
    package private(set) var eventCount: Int

    package init() {
        self.capacity = 64 * 1_024
        self.storage = .allocate(byteCount: self.capacity, alignment: 16)
        self.used = 0
        self.eventCount = 0
    }

    deinit { self.storage.deallocate() }

    /// Whole events, one behind the other; each starts with its length.
    package var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: self.storage, count: self.used)
    }

    package mutating func removeAll() {
        self.used = 0
        self.eventCount = 0
    }

    /// Room for one event of at most `byteCountMax` bytes behind its head; `finish` gives back what is not used.
    @inline(__always)
    mutating func begin(
        _ kind: EventKind, shard: UInt16, sequence: UInt64, time: Int64, byteCountMax: Int
    ) -> EventWriter {
        let needed = self.used &+ EventHead.byteCount &+ byteCountMax
        if needed > self.capacity { self.grow(to: needed) }
        let start = self.storage + self.used
        start.storeBytes(of: kind.rawValue, toByteOffset: 4, as: UInt8.self)
        start.storeBytes(of: EventHead.version, toByteOffset: 5, as: UInt8.self)
        start.storeBytes(of: shard.littleEndian, toByteOffset: 6, as: UInt16.self)
        start.storeBytes(of: sequence.littleEndian, toByteOffset: 8, as: UInt64.self)
        start.storeBytes(of: time.littleEndian, toByteOffset: 16, as: Int64.self)
        return EventWriter(start: start, end: start + EventHead.byteCount + byteCountMax)
    }

    @inline(__always)
    mutating func finish(_ writer: EventWriter) {
        let length = writer.cursor - writer.start
        precondition(writer.cursor <= writer.end, "an event passed its room")
        writer.start.storeBytes(of: UInt32(length).littleEndian, as: UInt32.self)
        self.used &+= length
        self.eventCount &+= 1
    }

    @inline(never)
    private mutating func grow(to needed: Int) {
        var larger = self.capacity
        while larger < needed { larger *= 2 }
        let storage = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
        storage.copyMemory(from: self.storage, byteCount: self.used)
        self.storage.deallocate()
        self.storage = storage
        self.capacity = larger
    }
}

/// Writes the fields of one event, little-endian, unaligned.
struct EventWriter {
    let start: UnsafeMutableRawPointer
    let end: UnsafeMutableRawPointer
    var cursor: UnsafeMutableRawPointer

    @inline(__always)
    init(start: UnsafeMutableRawPointer, end: UnsafeMutableRawPointer) {
        self.start = start
        self.end = end
        self.cursor = start + EventHead.byteCount
    }

    @inline(__always)
    mutating func put<Value: FixedWidthInteger>(_ value: Value) {
        self.cursor.storeBytes(of: value.littleEndian, as: Value.self)
        self.cursor += MemoryLayout<Value>.size
    }

    @inline(__always)
    mutating func put(_ request: RequestID) {
        self.put(request.first)
        self.put(request.second)
    }

    @inline(__always)
    mutating func put(_ hash: PayloadHash) {
        self.put(hash.first)
        self.put(hash.second)
    }

    /// A length (u16), then the bytes.
    @inline(__always)
    mutating func put(_ bytes: ByteView) {
        self.put(UInt16(bytes.count))
        self.cursor.copyMemory(from: bytes.base, byteCount: bytes.count)
        self.cursor += bytes.count
    }
}

/// Reads the fields of one event. The journal has checked the bytes: running over the end is our own bug.
struct EventReader {
    private var cursor: UnsafeRawPointer
    private let end: UnsafeRawPointer
    let kind: EventKind
    let sequence: UInt64
    let time: Int64

    init(_ event: UnsafeRawBufferPointer) {
        guard let base = event.baseAddress, event.count >= EventHead.byteCount else {
            preconditionFailure("an event without a head")
        }
        precondition(
            Int(UInt32(littleEndian: base.loadUnaligned(as: UInt32.self))) == event.count,
            "an event's length")
        precondition(
            base.load(fromByteOffset: 5, as: UInt8.self) == EventHead.version, "an event's version")
        guard let kind = EventKind(rawValue: base.load(fromByteOffset: 4, as: UInt8.self)) else {
            preconditionFailure("an unknown kind of event")
        }
        self.kind = kind
        self.sequence = UInt64(
            littleEndian: base.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        self.time = Int64(littleEndian: base.loadUnaligned(fromByteOffset: 16, as: Int64.self))
        self.cursor = base + EventHead.byteCount
        self.end = base + event.count
    }

    /// Reads fields without a head: a staged chunk's body.
    init(body: UnsafeRawBufferPointer) {
        self.kind = .importStaged
        self.sequence = 0
        self.time = 0
        self.cursor = body.baseAddress ?? UnsafeRawPointer(ByteView.empty.base)
        self.end = self.cursor + body.count
    }

    mutating func get<Value: FixedWidthInteger>(_ type: Value.Type = Value.self) -> Value {
        precondition(self.end - self.cursor >= MemoryLayout<Value>.size, "an event is too short")
        let value = Value(littleEndian: self.cursor.loadUnaligned(as: Value.self))
        self.cursor += MemoryLayout<Value>.size
        return value
    }

    mutating func request() -> RequestID { RequestID(first: self.get(), second: self.get()) }

    mutating func payload() -> PayloadHash { PayloadHash(first: self.get(), second: self.get()) }

    mutating func bytes() -> ByteView {
        let count = Int(self.get(UInt16.self))
        return self.raw(count)
    }

    mutating func raw(_ count: Int) -> ByteView {
        precondition(self.end - self.cursor >= count, "an event is too short")
        let view = ByteView(
            base: self.cursor.assumingMemoryBound(to: UInt8.self), count: count)
        self.cursor += count
        return view
    }

    var rest: Int { self.end - self.cursor }
}
