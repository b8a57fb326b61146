internal import CIntrinsics

/// Which prefix lengths are worth a look for an address: one memory access instead of a probe per possible length.
///
/// For IPv4, a mask of lengths for each /16: of the ranges inside it and of those that cover it. For IPv6, a mask for each
/// hashed /32 of the ranges inside it, and one mask for all wider ranges. Bits are only ever set; a bit without an entry costs
/// one probe that finds nothing, and lengths with no entry at all are masked out. So a look-up costs as many probes as there
/// are lengths in use around the address, however many entries there are.
struct PrefixGuide: ~Copyable {
    private static var slotCount: Int { 1 << 16 }

    private let memory: ReservedMemory
    /// Bit n: a range of n + 96 bits.
    private let ipv4: UnsafeMutablePointer<UInt64>
    /// Bit n - 1: a range of n bits. Depth 0 is `holdsAll`.
    private let ipv6: UnsafeMutablePointer<UInt128>
    private var wideIPv6: UInt128 = 0
    private let key: UInt64
    private var ipv4Counts: InlineArray<33, Int> = InlineArray(repeating: 0)
    private var ipv6Counts: InlineArray<129, Int> = InlineArray(repeating: 0)
    /// Lengths that have entries.
    private(set) var ipv4Lengths: UInt64 = 0
    private(set) var ipv6Lengths: UInt128 = 0
    private(set) var holdsAllIPv6 = false

    init(key: UInt64) throws(MemoryReservationError) {
        let memory = try ReservedMemory(byteCount: Self.slotCount * 24, populate: true)
        self.memory = memory
        self.ipv6 = self.memory.base.bindMemory(to: UInt128.self, capacity: Self.slotCount)
        self.ipv4 = (self.memory.base + Self.slotCount * 16).bindMemory(
            to: UInt64.self, capacity: Self.slotCount)
        self.key = key
    }

    @inline(__always)
    private func slot6(_ address: NetworkAddress) -> Int {
        let first = UInt64(truncatingIfNeeded: address.bits &>> 96) ^ self.key
        return Int((first &* 0x9e37_79b9_7f4a_7c15) &>> 48)
    }

    @inline(__always)
    private func slot4(_ address: NetworkAddress) -> Int {
        Int(UInt32(truncatingIfNeeded: address.bits) &>> 16)
    }

    @inline(__always)
    func prefetch(_ address: NetworkAddress) {
        if address.isIPv4 {
            holdfast_prefetch_read(self.ipv4 + self.slot4(address))
        } else {
            holdfast_prefetch_read(self.ipv6 + self.slot6(address))
        }
    }

    /// Lengths to look at for an IPv4 address: bit n stands for n bits of 32.
    @inline(__always)
    func lengths4(_ address: NetworkAddress) -> UInt64 {
        self.ipv4[self.slot4(address)] & self.ipv4Lengths
    }

    /// Lengths to look at for an IPv6 address: bit n - 1 stands for n bits; `holdsAllIPv6` for 0.
    @inline(__always)
    func lengths6(_ address: NetworkAddress) -> UInt128 {
        (self.ipv6[self.slot6(address)] | self.wideIPv6) & self.ipv6Lengths
    }

    mutating func insert(_ range: NetworkRange) {
        if range.isIPv4 {
            let length = range.prefixLength
            self.ipv4Counts[length] += 1
            self.ipv4Lengths |= 1 << UInt64(length)
            let first = self.slot4(range.first)
            for slot in first...self.slot4(range.last) { self.ipv4[slot] |= 1 << UInt64(length) }
        } else {
            self.ipv6Counts[range.depth] += 1
            guard range.depth > 0 else {
                self.holdsAllIPv6 = true
                return
            }
            let bit: UInt128 = 1 << UInt128(range.depth - 1)
            self.ipv6Lengths |= bit
            if range.depth < 32 {
                self.wideIPv6 |= bit
            } else {
                self.ipv6[self.slot6(range.first)] |= bit
            }
        }
    }

    mutating func remove(_ range: NetworkRange) {
        if range.isIPv4 {
            let length = range.prefixLength
            self.ipv4Counts[length] -= 1
            precondition(self.ipv4Counts[length] >= 0, "a range that was never added is removed")
            if self.ipv4Counts[length] == 0 { self.ipv4Lengths &= ~(1 << UInt64(length)) }
        } else {
            self.ipv6Counts[range.depth] -= 1
            precondition(
                self.ipv6Counts[range.depth] >= 0, "a range that was never added is removed")
            guard self.ipv6Counts[range.depth] == 0 else { return }
            if range.depth == 0 {
                self.holdsAllIPv6 = false
            } else {
                self.ipv6Lengths &= ~(1 << UInt128(range.depth - 1))
            }
        }
    }
}
