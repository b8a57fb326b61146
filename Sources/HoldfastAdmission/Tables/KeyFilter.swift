internal import CIntrinsics

/// Says of nearly every key that is not in a table that it is not, with one read of a small memory: a Bloom filter of one 64-bit
/// word a key, four bits each, 16 bits for each key there may be (2 MiB for a million; about one key in 200 is sent on for
/// nothing). Its cost does not depend on how many keys are in it.
///
/// Keys cannot be taken out. So that those gone do not add up, the owner builds a second one beside it as it sweeps its
/// table, and swaps the two at the end of each round (`Blacklist.removeExpired`).
struct KeyFilter: ~Copyable {
    private let memory: ReservedMemory
    private let words: UnsafeMutablePointer<UInt64>
    private let mask: Int

    init(keyCountMax: Int) throws(MemoryReservationError) {
        var count = 64
        while count * 4 < keyCountMax { count *= 2 }
        self.memory = try ReservedMemory(byteCount: count * 8, populate: true)
        self.words = self.memory.base.bindMemory(to: UInt64.self, capacity: count)
        self.mask = count - 1
    }

    @inline(__always)
    private func word(_ key: AdmissionKey) -> UnsafeMutablePointer<UInt64> {
        self.words + (Int(truncatingIfNeeded: key.high) & self.mask)
    }

    @inline(__always)
    private static func bits(_ key: AdmissionKey) -> UInt64 {
        // Shifts take the lowest six bits of each part.
        let one = 1 &<< key.low | 1 &<< (key.low &>> 6)
        return one | 1 &<< (key.low &>> 12) | 1 &<< (key.low &>> 18)
    }

    @inline(__always)
    func prefetch(_ key: AdmissionKey) { holdfast_prefetch_read(self.word(key)) }

    /// False: the key was never inserted.
    @inline(__always)
    func mayHold(_ key: AdmissionKey) -> Bool {
        let bits = Self.bits(key)
        return self.word(key).pointee & bits == bits
    }

    func insert(_ key: AdmissionKey) { self.word(key).pointee |= Self.bits(key) }

    func removeAll() { self.words.update(repeating: 0, count: self.mask + 1) }
}
