import Glibc
import HoldfastEngine

/// Every encoded event of a shard, back to back, as a journal would hold them.
struct EventLog {
    private(set) var bytes: [UInt8] = []
    private(set) var count = 0

    mutating func append(_ events: UnsafeRawBufferPointer, count: Int) {
        self.bytes.append(contentsOf: events)
        self.count += count
    }

    /// Each event with its length field, in order, in memory that is overwritten before the next one: whoever keeps
    /// a view into a journal's buffer is found out.
    func forEach(_ body: (UnsafeRawBufferPointer) -> Void) {
        var scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 16)
        defer { scratch.deallocate() }
        self.bytes.withUnsafeBytes { all in
            var offset = 0
            var seen = 0
            while offset < all.count {
                let field = all.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
                let byteCount = Int(UInt32(littleEndian: field))
                precondition(byteCount > 4 && offset + byteCount <= all.count, "a torn event")
                if byteCount > scratch.count {
                    scratch.deallocate()
                    scratch = .allocate(byteCount: byteCount * 2, alignment: 16)
                }
                let event = UnsafeMutableRawBufferPointer(rebasing: scratch[0..<byteCount])
                event.copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: all[offset..<offset + byteCount]))
                body(UnsafeRawBufferPointer(event))
                memset(scratch.baseAddress!, 0xDB, byteCount)
                offset += byteCount
                seen += 1
            }
            precondition(seen == self.count, "the buffer's count is not the number of its events")
        }
    }

    /// The events from a byte on.
    func tail(from offset: Int) -> ArraySlice<UInt8> { self.bytes[offset...] }
}
