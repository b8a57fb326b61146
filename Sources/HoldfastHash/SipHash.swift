/// SipHash-1-3 (Aumasson and Bernstein) over a sequence of 64-bit little-endian words: the one hash of the server. Who
/// uses it brings the key: a fixed one for what is written down, a random one for tables in memory.
///
/// Byte strings go in as one word with their length, then their bytes in words, the last one filled with zeros;
/// with the length in front this stays unambiguous and needs no buffer for odd ends. Everything is inlined into its
/// callers, across modules too, where a call would cost as much as a round. For that it is public, as nothing else here is:
/// the compiler (6.3.1) does not inline what is `package` and `@inlinable` from another module.
@frozen
public struct SipHash {
    /// A word of the state.
    public var v0: UInt64
    /// A word of the state.
    public var v1: UInt64
    /// A word of the state.
    public var v2: UInt64
    /// A word of the state.
    public var v3: UInt64

    /// How much comes out: it goes into the state first, so that one is no part of the other. What is written down
    /// (`StableHash`) was frozen without it.
    @frozen
    public enum Width: UInt64 {
        /// 64 bits.
        case bits64 = 0
        /// 128 bits.
        case bits128 = 0xee
    }

    /// A state under a key of 128 bits.
    @inlinable
    @inline(__always)
    public init(key0: UInt64, key1: UInt64, width: Width = .bits64) {
        self.v0 = key0 ^ 0x736f_6d65_7073_6575
        self.v1 = key1 ^ 0x646f_7261_6e64_6f6d ^ width.rawValue
        self.v2 = key0 ^ 0x6c79_6765_6e65_7261
        self.v3 = key1 ^ 0x7465_6462_7974_6573
    }

    /// To the left.
    @inlinable
    @inline(__always)
    public static func rotate(_ value: UInt64, _ bits: UInt64) -> UInt64 {
        (value &<< bits) | (value &>> (64 &- bits))
    }

    /// One SipRound.
    @inlinable
    @inline(__always)
    public mutating func round() {
        self.v0 = self.v0 &+ self.v1
        self.v1 = Self.rotate(self.v1, 13) ^ self.v0
        self.v0 = Self.rotate(self.v0, 32)
        self.v2 = self.v2 &+ self.v3
        self.v3 = Self.rotate(self.v3, 16) ^ self.v2
        self.v0 = self.v0 &+ self.v3
        self.v3 = Self.rotate(self.v3, 21) ^ self.v0
        self.v2 = self.v2 &+ self.v1
        self.v1 = Self.rotate(self.v1, 17) ^ self.v2
        self.v2 = Self.rotate(self.v2, 32)
    }

    /// One word of the message.
    @inlinable
    @inline(__always)
    public mutating func add(_ word: UInt64) {
        self.v3 ^= word
        self.round()
        self.v0 ^= word
    }

    /// A byte string, with its length in front.
    @inlinable
    @inline(__always)
    public mutating func add(_ base: UnsafeRawPointer, byteCount: Int) {
        self.add(UInt64(truncatingIfNeeded: byteCount))
        self.addWords(of: base, byteCount: byteCount)
    }

    /// The bytes without their length, which the caller has added in a word of its own.
    @inlinable
    @inline(__always)
    public mutating func addWords(of base: UnsafeRawPointer, byteCount: Int) {
        var offset = 0
        while offset &+ 8 <= byteCount {
            self.add(
                UInt64(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
            offset &+= 8
        }
        let left = byteCount &- offset
        if left == 0 { return }
        if offset > 0 {
            // The last eight bytes, of which the first ones were in the word before.
            let word = UInt64(
                littleEndian: base.loadUnaligned(
                    fromByteOffset: byteCount &- 8, as: UInt64.self))
            self.add(word &>> UInt64(truncatingIfNeeded: 64 &- left &* 8))
            return
        }
        var word: UInt64 = 0
        while offset < byteCount {
            word |=
                UInt64(base.load(fromByteOffset: offset, as: UInt8.self))
                &<< UInt64(truncatingIfNeeded: offset &* 8)
            offset &+= 1
        }
        self.add(word)
    }

    /// The hash; the state is used up.
    @inlinable
    @inline(__always)
    public mutating func finish64() -> UInt64 {
        self.v2 ^= 0xff
        self.round()
        self.round()
        self.round()
        return self.v0 ^ self.v1 ^ self.v2 ^ self.v3
    }

    /// The 128-bit variant: 0xee instead of 0xff, then a second word after three more rounds.
    @inlinable
    @inline(__always)
    public mutating func finish128() -> (UInt64, UInt64) {
        self.v2 ^= 0xee
        self.round()
        self.round()
        self.round()
        let first = self.v0 ^ self.v1 ^ self.v2 ^ self.v3
        self.v1 ^= 0xdd
        self.round()
        self.round()
        self.round()
        return (first, self.v0 ^ self.v1 ^ self.v2 ^ self.v3)
    }
}
