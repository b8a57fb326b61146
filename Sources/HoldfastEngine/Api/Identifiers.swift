/// The caller's idempotency key: 16 bytes, kept as two words in memory order. All zero is invalid.
package struct RequestID: Equatable, Hashable, Sendable {
    package let first: UInt64
    package let second: UInt64

    @inlinable
    package init(first: UInt64, second: UInt64) {
        self.first = first
        self.second = second
    }

    /// Reads 16 bytes.
    @inlinable
    package init(reading bytes: UnsafePointer<UInt8>) {
        let raw = UnsafeRawPointer(bytes)
        self.first = raw.loadUnaligned(as: UInt64.self)
        self.second = raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
    }

    /// Writes 16 bytes.
    @inlinable
    package func write(to bytes: UnsafeMutablePointer<UInt8>) {
        let raw = UnsafeMutableRawPointer(bytes)
        raw.storeBytes(of: self.first, as: UInt64.self)
        raw.storeBytes(of: self.second, toByteOffset: 8, as: UInt64.self)
    }

    @inlinable
    package var isZero: Bool { self.first == 0 && self.second == 0 }
}

/// 128 bits of the one fixed hash (`StableHash`): compares payloads, never secret.
package struct PayloadHash: Equatable, Hashable, Sendable {
    package let first: UInt64
    package let second: UInt64

    @inlinable
    package init(first: UInt64, second: UInt64) {
        self.first = first
        self.second = second
    }
}

/// The id that the server gives a reservation: shard, generation and slot in one word, never 0.
///
/// Callers treat it as opaque. Bits 63…52 shard, 51…32 generation (starts at 1), 31…0 slot; this
/// needs no third index (swift-performance notes) and stays unique while a slot is not reused 2^20 times.
package struct ReservationID: Equatable, Hashable, Sendable {
    package let rawValue: UInt64

    @inlinable
    package init(rawValue: UInt64) { self.rawValue = rawValue }

    @inlinable
    package init(shard: Int, generation: UInt32, slot: UInt32) {
        self.rawValue = UInt64(shard) << 52 | UInt64(generation) << 32 | UInt64(slot)
    }

    @inlinable
    package var shard: Int { Int(self.rawValue >> 52) }
    @inlinable
    package var generation: UInt32 { UInt32(truncatingIfNeeded: self.rawValue >> 32) & 0xF_FFFF }
    @inlinable
    package var slot: UInt32 { UInt32(truncatingIfNeeded: self.rawValue) }
}

/// Which reservation a call means.
package enum ReservationTarget: Equatable, Sendable {
    case reservation(ReservationID)
    case request(RequestID)
}
