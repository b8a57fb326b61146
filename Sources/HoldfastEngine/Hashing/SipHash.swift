/// SipHash-1-3 (Aumasson and Bernstein) over a sequence of 64-bit little-endian words.
///
/// Byte strings go in as one word with their length, then their bytes in words, the last one filled with zeros;
/// with the length in front this stays unambiguous and needs no buffer for odd ends. One algorithm, two uses:
/// `TableHash` under a per-boot key for tables in memory, `StableHash` under a fixed key for what is written down.
@usableFromInline
struct SipHash {
    @usableFromInline var v0: UInt64
    @usableFromInline var v1: UInt64
    @usableFromInline var v2: UInt64
    @usableFromInline var v3: UInt64

    @inline(__always)
    init(key0: UInt64, key1: UInt64) {
        self.v0 = key0 ^ 0x736f_6d65_7073_6575
        self.v1 = key1 ^ 0x646f_7261_6e64_6f6d
        self.v2 = key0 ^ 0x6c79_6765_6e65_7261
        self.v3 = key1 ^ 0x7465_6462_7974_6573
    }

    @inline(__always)
    private static func rotate(_ value: UInt64, _ bits: UInt64) -> UInt64 {
        (value &<< bits) | (value &>> (64 &- bits))
    }

    @inline(__always)
    private mutating func round() {
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

    @inline(__always)
    mutating func add(_ word: UInt64) {
        self.v3 ^= word
        self.round()
        self.v0 ^= word
    }

    @inline(__always)
    mutating func add(_ bytes: ByteView) {
        self.add(UInt64(truncatingIfNeeded: bytes.count))
        let raw = UnsafeRawPointer(bytes.base)
        var offset = 0
        while offset &+ 8 <= bytes.count {
            self.add(raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            offset &+= 8
        }
        if offset < bytes.count {
            var word: UInt64 = 0
            var shift: UInt64 = 0
            while offset < bytes.count {
                word |= UInt64(bytes.base[offset]) &<< shift
                shift &+= 8
                offset &+= 1
            }
            self.add(word)
        }
    }

    @inline(__always)
    mutating func finish64() -> UInt64 {
        self.v2 ^= 0xff
        self.round()
        self.round()
        self.round()
        return self.v0 ^ self.v1 ^ self.v2 ^ self.v3
    }

    /// The 128-bit variant: 0xee instead of 0xff, then a second word after three more rounds.
    @inline(__always)
    mutating func finish128() -> (UInt64, UInt64) {
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

/// The hash of tables in memory. Its key is random per boot, so that nobody can choose ids that collide; no answer,
/// event order or snapshot byte depends on it.
struct TableHash {
    let key0: UInt64
    let key1: UInt64

    /// An id inside a scope: a buyer or a product of a sale, a sale of a shard (scope 0).
    @inline(__always)
    func hash(scope: UInt32, _ bytes: ByteView) -> UInt64 {
        var state = SipHash(key0: self.key0, key1: self.key1)
        state.add(UInt64(scope))
        state.add(bytes)
        return state.finish64()
    }

    /// A request id of a sale.
    @inline(__always)
    func hash(scope: UInt32, _ request: RequestID) -> UInt64 {
        var state = SipHash(key0: self.key0, key1: self.key1)
        state.add(UInt64(scope) | 1 << 32)
        state.add(request.first)
        state.add(request.second)
        return state.finish64()
    }

    /// A slot number.
    @inline(__always)
    func hash(slot: UInt32) -> UInt64 {
        var state = SipHash(key0: self.key0, key1: self.key1)
        state.add(UInt64(slot) | 2 << 32)
        return state.finish64()
    }
}

/// The one fixed hash of everything that is written down or must agree between machines: which shard a sale lives in
/// and whether two payloads are the same. SipHash-1-3-128 over words under the key "holdfast/1 hash!".
/// Frozen: a change makes every data directory unreadable (a test holds its values).
package enum StableHash {
    // "holdfast" and "/1 hash!" as little-endian words.
    static let key0: UInt64 = 0x7473_6166_646c_6f68
    static let key1: UInt64 = 0x2168_7361_6820_312f

    @inline(__always)
    static func begin() -> SipHash { SipHash(key0: self.key0, key1: self.key1) }

    /// 128 bits of a byte string.
    package static func hash128(_ bytes: ByteView) -> (UInt64, UInt64) {
        var state = self.begin()
        state.add(bytes)
        return state.finish128()
    }
}
