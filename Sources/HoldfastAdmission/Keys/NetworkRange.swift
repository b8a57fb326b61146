/// All addresses with a common prefix (CIDR). Of one family: `::/0` holds no IPv4 address, `0.0.0.0/0` no other.
package struct NetworkRange: Hashable, Sendable, BitwiseCopyable {
    /// The first address; its bits behind the prefix are zero.
    package let first: NetworkAddress
    /// How many of the 128 bits are fixed: 96 + n for an IPv4 range of n bits.
    package let depth: Int

    /// The range of `depth` bits (of 128) that `address` lies in.
    package init(containing address: NetworkAddress, depth: Int) {
        precondition(depth >= 0 && depth <= 128, "a prefix has 0 to 128 bits")
        self.depth = depth
        self.first = address.masked(to: depth)
    }

    /// One address.
    package init(_ address: NetworkAddress) {
        self.init(containing: address, depth: 128)
    }

    package var isIPv4: Bool {
        self.depth >= NetworkAddress.mappedPrefixLength && self.first.isIPv4
    }

    /// The prefix length as people write it: 0 … 32 for IPv4, 0 … 128 for IPv6.
    package var prefixLength: Int {
        self.isIPv4 ? self.depth - NetworkAddress.mappedPrefixLength : self.depth
    }

    package var last: NetworkAddress {
        self.depth == 0
            ? NetworkAddress(bits: .max)
            : NetworkAddress(bits: self.first.bits | NetworkAddress.hostMask(self.depth))
    }

    package func contains(_ address: NetworkAddress) -> Bool {
        address.isIPv4 == self.isIPv4 && address.masked(to: self.depth) == self.first
    }

    /// Whether all of `other` lies in this range; a range holds itself.
    package func contains(_ other: NetworkRange) -> Bool {
        other.depth >= self.depth && other.isIPv4 == self.isIPv4
            && other.first.masked(to: self.depth) == self.first
    }
}
