/// Which of a few known ranges an address lies in: the most specific one. For settings (known shared networks), made anew
/// when they change; the blacklist has a table of its own.
///
/// The ranges are cut into sorted, disjoint pieces, so a look-up is one binary search: at most 12 steps for the 1,024
/// ranges that are allowed.
package struct NetworkMap: Sendable {
    package static let rangeCountMax = 1_024

    /// Where a piece begins, ascending; the first is 0. It ends where the next begins.
    private var starts: [UInt128]
    /// The place in the list of ranges that the map was made of; -1: none.
    private var values: [Int32]

    /// No range.
    package init() {
        self.starts = []
        self.values = []
    }

    /// Of two equal ranges the later one counts.
    package init(_ ranges: [NetworkRange]) {
        precondition(ranges.count <= Self.rangeCountMax, "at most 1,024 ranges")
        self.init()
        if ranges.isEmpty { return }
        // IPv4 lies inside the numbers of IPv6 and belongs to no IPv6 range: its borders cut, too.
        var edges: Set<UInt128> = [0]
        let ipv4 = NetworkRange(
            containing: NetworkAddress(ipv4: 0), depth: NetworkAddress.mappedPrefixLength)
        for range in ranges + [ipv4] {
            edges.insert(range.first.bits)
            let last = range.last.bits
            if last < .max { edges.insert(last + 1) }
        }
        for start in edges.sorted() {
            var best = -1
            for (index, range) in ranges.enumerated()
            where range.contains(NetworkAddress(bits: start)) {
                if best < 0 || range.depth >= ranges[best].depth { best = index }
            }
            if let last = self.values.last, last == Int32(best) { continue }
            self.starts.append(start)
            self.values.append(Int32(best))
        }
    }

    /// The place of the most specific range in the list that the map was made of; nil: none holds the address.
    @inline(__always)
    package func index(of address: NetworkAddress) -> Int? {
        if self.starts.isEmpty { return nil }
        var low = 0
        var high = self.starts.count
        while high &- low > 1 {
            let middle = (low &+ high) / 2
            if self.starts[middle] <= address.bits { low = middle } else { high = middle }
        }
        let value = self.values[low]
        return value < 0 ? nil : Int(value)
    }
}
