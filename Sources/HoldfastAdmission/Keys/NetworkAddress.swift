/// An IP address as 128 bits. IPv4 is kept in its IPv4-mapped form (`::ffff:a.b.c.d`), so the mapped and the plain
/// spelling of one address are one value.
package struct NetworkAddress: Hashable, Sendable, BitwiseCopyable {
    /// Most significant byte first, as on the wire.
    package var bits: UInt128

    @inline(__always)
    package init(bits: UInt128) { self.bits = bits }

    /// `bytes`: 16 in network order; IPv4 as IPv4-mapped.
    @inline(__always)
    package init(bytes: UnsafeRawPointer) {
        let high = UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self))
        let low = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        self.bits = UInt128(high) &<< 64 | UInt128(low)
    }

    @inline(__always)
    package init(ipv4: UInt32) { self.bits = Self.mappedPrefix | UInt128(ipv4) }

    /// `::`, which nobody comes from.
    package static let unspecified = NetworkAddress(bits: 0)

    /// `::ffff:0:0`, under which all of IPv4 lies.
    static let mappedPrefix: UInt128 = 0xffff_0000_0000
    /// The length of that prefix: an IPv4 prefix of n bits has 96 + n here.
    static let mappedPrefixLength = 96

    @inline(__always)
    package var isIPv4: Bool { self.bits &>> 32 == 0xffff }

    /// What limits and counts see: the address itself for IPv4, the /64 for IPv6.
    @inline(__always)
    package var limited: NetworkAddress {
        self.isIPv4 ? self : NetworkAddress(bits: self.bits & ~UInt128(UInt64.max))
    }

    /// The first `length` of the 128 bits, the rest zero.
    @inline(__always)
    package func masked(to length: Int) -> NetworkAddress {
        assert(length >= 0 && length <= 128)
        return length == 0 ? .unspecified : NetworkAddress(bits: self.bits & ~Self.hostMask(length))
    }

    /// The bits behind a prefix of 1 … 128 bits.
    @inline(__always)
    static func hostMask(_ length: Int) -> UInt128 {
        length == 128 ? 0 : UInt128.max &>> UInt128(length)
    }
}
