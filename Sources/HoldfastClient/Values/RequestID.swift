import Glibc
import Synchronization

/// The idempotency key of a changing call: 16 bytes, made by the caller **before** it sends, so that the same call can
/// be sent again without taking effect twice. Keep it with the order; a lost answer is resolved with it.
///
/// `RequestID()` makes a UUID of version 7: Unix milliseconds first, then a counter and randomness, so that ids of one
/// process only grow. Any thread.
public struct RequestID: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Bytes of an id.
    public static let byteCount = 16
    /// All bytes zero: no valid id.
    public static let zero = RequestID(high: 0, low: 0)

    private let high: UInt64
    private let low: UInt64

    /// A new UUIDv7, greater than every one that this process made before.
    public init() {
        let (high, low) = Self.generator.withLock {
            $0.next(atMilliseconds: Self.unixMilliseconds())
        }
        self.init(high: high, low: low)
    }

    /// Takes 16 bytes as they are; nil for any other count.
    public init?(bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.init(
            high: bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) },
            low: bytes[8...].reduce(0) { $0 << 8 | UInt64($1) })
    }

    /// Reads 32 hexadecimal digits, with or without the four hyphens of a UUID; nil for anything else.
    public init?(_ text: String) {
        let characters = Array(text.utf8)
        let hyphen = UInt8(ascii: "-")
        if characters.count == 36 {
            guard [8, 13, 18, 23].allSatisfy({ characters[$0] == hyphen }) else { return nil }
        }
        let digits = characters.count == 36 ? characters.filter { $0 != hyphen } : characters
        guard digits.count == 32 else { return nil }
        var halves: [UInt64] = [0, 0]
        for (index, digit) in digits.enumerated() {
            guard let value = Character(Unicode.Scalar(digit)).hexDigitValue else { return nil }
            halves[index / 16] = halves[index / 16] << 4 | UInt64(value)
        }
        self.init(high: halves[0], low: halves[1])
    }

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The 16 bytes, as they travel.
    public var bytes: [UInt8] {
        [self.high, self.low].flatMap { half in
            (0..<8).map { UInt8(truncatingIfNeeded: half >> (56 - 8 * UInt64($0))) }
        }
    }

    /// 32 lower-case hexadecimal digits.
    public var hex: String { ProtobufReader.hex(self.bytes) }

    /// The text of a UUID, like `0192f0c1-…`.
    public var description: String {
        let digits = Array(self.hex)
        return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }
            .joined(separator: "-")
    }

    /// Order of the bytes, which is the order of making within one process.
    public static func < (left: Self, right: Self) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }

    private static let generator = Mutex(RequestIDGenerator())

    private static func unixMilliseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return UInt64(time.tv_sec) * 1_000 + UInt64(time.tv_nsec) / 1_000_000
    }
}

/// The state behind `RequestID()`: a millisecond and a counter of 18 bits that starts low at random in each
/// millisecond (RFC 9562, section 6.2). A clock that steps back, or more ids than the counter holds, borrow from the
/// next millisecond, so that ids only grow.
package struct RequestIDGenerator {
    private var milliseconds: UInt64 = 0
    private var counter: UInt64 = 0

    private static let counterBits: UInt64 = 18
    private static let counterEnd: UInt64 = 1 << counterBits

    package init() {}

    /// The two halves of the next id.
    package mutating func next(atMilliseconds now: UInt64) -> (high: UInt64, low: UInt64) {
        if now > self.milliseconds {
            self.milliseconds = now
            self.counter = UInt64.random(in: 0..<Self.counterEnd / 2)
        } else {
            self.counter += 1
            if self.counter == Self.counterEnd {
                self.milliseconds += 1
                self.counter = 0
            }
        }
        // 48 bits of time, version 7, 12 bits of the counter; variant 2, 6 bits of it, 56 random bits.
        let high =
            (self.milliseconds & 0xFFFF_FFFF_FFFF) << 16 | 0x7000 | (self.counter >> 6)
        let low =
            1 << 63 | (self.counter & 0x3F) << 56 | UInt64.random(in: 0..<(1 << 56))
        return (high, low)
    }
}
