/// One held lease, 256 bytes. A lease that ended leaves a free slot, nothing else.
struct LeaseRecord {
    var owner: RequestID
    var fencingToken: UInt64
    var deadline: Int64
    /// What Acquire asked for.
    var ttlMilliseconds: Int64
    /// 0: a free name.
    var sale: UInt32
    /// Position in the heap of deadlines; 0: the slot is free.
    var heapPosition: UInt32
    /// In a free slot: the next one, 0 none.
    var nextFree: UInt32
    /// Empty when a sale is leased.
    var name: ShortText
    var holder: ShortText
    private var padding: InlineArray<9, UInt64>

    /// Offsets of the texts; a test holds the layout.
    static var nameOffset: Int { 52 }
    static var holderOffset: Int { 117 }
    /// Behind them the record is zero.
    static var usedBytes: Int { 182 }

    static func name(_ record: UnsafeMutablePointer<LeaseRecord>) -> ByteView {
        let bytes = UnsafeRawPointer(record) + Self.nameOffset + ShortText.bytesOffset
        return ByteView(
            base: bytes.assumingMemoryBound(to: UInt8.self), count: record.pointee.name.count)
    }
}
