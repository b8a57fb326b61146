internal import HoldfastHash

extension SipHash {
    @inline(__always)
    mutating func add(_ bytes: ByteView) {
        self.add(UnsafeRawPointer(bytes.base), byteCount: bytes.count)
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
