/// Ranges so wide that a slip of the hand would bar a country: they need a second word from the operator.
package enum WideRange {
    /// IPv4 `/0` … `/8`; IPv6 `/0` … `/32`, since a `/32` is what a whole provider gets.
    package static func needsConfirmation(_ range: NetworkRange) -> Bool {
        range.prefixLength <= (range.isIPv4 ? 8 : 32)
    }

    /// How many of the addresses seen lately a range would bar. Each address counts as often as it is given.
    package static func hitCount(
        of range: NetworkRange, among addresses: some Sequence<NetworkAddress>
    ) -> Int {
        addresses.reduce(0) { $0 + (range.contains($1) ? 1 : 0) }
    }
}
