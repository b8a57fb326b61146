internal import Glibc

/// An IPv6 address, or an IPv4 one in its mapped form (::ffff:a.b.c.d). Trivial: 16 bytes.
package struct IPAddress: Sendable, Hashable, CustomStringConvertible {
    /// The first and the last eight bytes in network order: the first byte is the most significant.
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The mapped form of an IPv4 address given as a number (127.0.0.1 is 0x7F000001).
    package init(ipv4: UInt32) {
        self.init(high: 0, low: 0xFFFF_0000_0000 | UInt64(ipv4))
    }

    package var isIPv4: Bool { self.high == 0 && self.low &>> 32 == 0xFFFF }

    /// Meaningful only when `isIPv4`.
    package var ipv4: UInt32 { UInt32(truncatingIfNeeded: self.low) }

    /// What limits count: an IPv4 address by itself, an IPv6 one with its whole /64.
    package var network: IPAddress {
        self.isIPv4 ? self : IPAddress(high: self.high, low: 0)
    }

    /// Writes the 16 bytes in network order.
    package func write(to target: UnsafeMutableRawPointer) {
        target.storeBytes(of: self.high.bigEndian, as: UInt64.self)
        target.storeBytes(of: self.low.bigEndian, toByteOffset: 8, as: UInt64.self)
    }

    /// Dotted for IPv4, the short form of RFC 5952 for IPv6.
    package var text: String {
        if self.isIPv4 {
            let number = self.ipv4
            return "\(number >> 24).\(number >> 16 & 255).\(number >> 8 & 255).\(number & 255)"
        }
        var address = in6_addr()
        withUnsafeMutableBytes(of: &address) { self.write(to: $0.baseAddress!) }
        return withUnsafeTemporaryAllocation(
            of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)
        ) { buffer in
            let text = inet_ntop(
                AF_INET6, &address, buffer.baseAddress!, socklen_t(INET6_ADDRSTRLEN))
            return text.map { String(cString: $0) } ?? "?"
        }
    }

    package var description: String { self.text }
}

extension IPAddress {
    /// The address and port of a peer or of a bound socket; nil for a family that is not IP.
    static func read(_ storage: inout sockaddr_storage) -> (address: IPAddress, port: UInt16)? {
        switch Int32(storage.ss_family) {
        case AF_INET:
            return withUnsafeBytes(of: &storage) { bytes in
                let socket = bytes.loadUnaligned(as: sockaddr_in.self)
                let number = UInt32(bigEndian: socket.sin_addr.s_addr)
                return (IPAddress(ipv4: number), UInt16(bigEndian: socket.sin_port))
            }
        case AF_INET6:
            return withUnsafeBytes(of: &storage) { bytes in
                let socket = bytes.loadUnaligned(as: sockaddr_in6.self)
                var address = socket.sin6_addr
                return withUnsafeBytes(of: &address) { raw in
                    let high = UInt64(bigEndian: raw.loadUnaligned(as: UInt64.self))
                    let low = UInt64(
                        bigEndian: raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
                    return (
                        IPAddress(high: high, low: low), UInt16(bigEndian: socket.sin6_port)
                    )
                }
            }
        default:
            return nil
        }
    }
}
