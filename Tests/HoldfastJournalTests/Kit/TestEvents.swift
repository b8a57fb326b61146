import Glibc
import HoldfastJournal

/// Events as the journal sees them: a length in front, then the head of docs/JOURNAL.md, then bytes that follow from shard
/// and sequence.
struct TestEvent: Hashable {
    var shard: UInt16
    var sequence: UInt64
    var byteCount: Int

    static let headByteCount = 24

    var bytes: [UInt8] {
        precondition(self.byteCount >= Self.headByteCount)
        // One value throughout: a byte by byte pattern costs minutes in debug builds.
        var bytes = [UInt8](
            repeating: UInt8(truncatingIfNeeded: self.sequence &* 31 &+ 7), count: self.byteCount)
        for index in 0..<4 {
            bytes[index] = UInt8(truncatingIfNeeded: self.byteCount >> (8 * index))
        }
        bytes[4] = 7
        bytes[5] = 1
        bytes[6] = UInt8(truncatingIfNeeded: self.shard)
        bytes[7] = UInt8(truncatingIfNeeded: self.shard >> 8)
        for index in 0..<8 {
            bytes[8 + index] = UInt8(truncatingIfNeeded: self.sequence >> UInt64(8 * index))
        }
        for index in 16..<Self.headByteCount { bytes[index] = 0 }
        return bytes
    }

    /// Nil unless the bytes are exactly those of such events, one behind the other.
    static func all(in body: [UInt8]) -> [TestEvent]? {
        var events: [TestEvent] = []
        var offset = 0
        while offset < body.count {
            guard offset + self.headByteCount <= body.count else { return nil }
            var length = 0
            for index in 0..<4 { length |= Int(body[offset + index]) << (8 * index) }
            guard length >= self.headByteCount, offset + length <= body.count else { return nil }
            var sequence: UInt64 = 0
            for index in 0..<8 { sequence |= UInt64(body[offset + 8 + index]) << UInt64(8 * index) }
            let event = TestEvent(
                shard: UInt16(body[offset + 6]) | UInt16(body[offset + 7]) << 8,
                sequence: sequence, byteCount: length)
            let isEqual = body.withUnsafeBytes { body in
                event.bytes.withUnsafeBytes {
                    memcmp(body.baseAddress! + offset, $0.baseAddress!, length) == 0
                }
            }
            guard isEqual else { return nil }
            events.append(event)
            offset += length
        }
        return events
    }
}

extension EventLog {
    /// Appends one batch.
    @discardableResult
    func append(_ events: [TestEvent]) -> LogPosition {
        events.flatMap(\.bytes).withUnsafeBytes {
            self.append(
                shard: Int(events[0].shard), events: $0, count: events.count,
                lastSequence: events[events.count - 1].sequence)
        }
    }
}
