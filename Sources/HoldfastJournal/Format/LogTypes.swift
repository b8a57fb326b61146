internal import HoldfastEngine

/// 16 random bytes, made with the data directory: what belongs together.
package struct InstanceID: Sendable, Hashable, CustomStringConvertible {
    package let first: UInt64
    package let second: UInt64

    package init(first: UInt64, second: UInt64) {
        self.first = first
        self.second = second
    }

    package static func random() -> InstanceID {
        var source = SystemRandomNumberGenerator()
        return InstanceID(first: source.next(), second: source.next() | 1)
    }

    /// As they lie on disk.
    package var bytes: [UInt8] {
        [self.first, self.second].flatMap { word in
            (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * UInt64($0))) }
        }
    }

    /// 32 hexadecimal digits.
    package var description: String { Hexadecimal.text(self.bytes) }
}

/// The hash over a group's header, which holds the one before it and the checksum of its body: two logs with the same
/// chain hash hold the same groups from the first on.
package struct ChainHash: Sendable, Hashable, CustomStringConvertible {
    package let first: UInt64
    package let second: UInt64

    package init(first: UInt64, second: UInt64) {
        self.first = first
        self.second = second
    }

    /// What stands before an instance's first group.
    package static func start(of instance: InstanceID) -> ChainHash {
        instance.bytes.withUnsafeBytes { ChainHash(of: $0) }
    }

    package init(of bytes: UnsafeRawBufferPointer) {
        let hash = StableHash.hash128(
            ByteView(
                base: bytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: UInt8.self),
                count: bytes.count))
        self.init(first: hash.0, second: hash.1)
    }

    package var description: String {
        Hexadecimal.text(self.first) + Hexadecimal.text(self.second)
    }
}

/// Where a log ends: its last event and the chain up to there. LSN n is the instance's n-th event; 0 is before the
/// first.
package struct LogEnd: Sendable, Hashable, CustomStringConvertible {
    package var lsn: UInt64
    package var chain: ChainHash

    package init(lsn: UInt64, chain: ChainHash) {
        self.lsn = lsn
        self.chain = chain
    }

    package var description: String { "LSN \(self.lsn), chain \(self.chain)" }
}

/// Numbers and bytes as hexadecimal digits.
package enum Hexadecimal {
    /// 16 digits.
    package static func text(_ value: UInt64) -> String { self.text(value, digits: 16) }

    package static func text(_ value: UInt64, digits: Int) -> String {
        let plain = String(value, radix: 16)
        return String(repeating: "0", count: max(0, digits - plain.utf8.count)) + plain
    }

    package static func text(_ bytes: [UInt8]) -> String {
        bytes.map { self.text(UInt64($0), digits: 2) }.joined()
    }
}
