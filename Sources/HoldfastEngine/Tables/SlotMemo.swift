/// Where the records of a few ids were found last, so that the ids of a sale and of its products, which come again with
/// each call, need not be hashed with a key each time: comparing an id with its record's costs a fifth of that.
///
/// Only a guess, by a mix that anybody can foresee: who asks compares the full bytes, and goes to the index when they differ.
/// Ids chosen to share a place make it useless and nothing worse. Records never move and slots are never handed out
/// twice (those of sales and products), so a guess cannot go stale.
struct SlotMemo: ~Copyable {
    private static var placeBits: UInt64 { 7 }
    private let slots: UnsafeMutablePointer<UInt32>

    init() {
        self.slots = .allocate(capacity: 1 << Int(Self.placeBits))
        self.slots.initialize(repeating: 0, count: 1 << Int(Self.placeBits))
    }

    deinit { self.slots.deallocate() }

    /// The place of an id inside a scope, which holds a slot, 0: none yet.
    @inline(__always)
    func place(scope: UInt32, _ id: ByteView) -> UnsafeMutablePointer<UInt32> {
        self.slots + Int(truncatingIfNeeded: id.ends(scope) &>> (64 &- Self.placeBits))
    }
}

extension ByteView {
    /// A mix of the length and of what stands at both ends, which is where ids differ: good enough to guess by, no hash.
    /// At most 16 bytes are looked at.
    @inlinable
    @inline(__always)
    package func ends(_ seed: UInt32) -> UInt64 {
        let bytes = UnsafeRawPointer(self.base)
        var front: UInt64 = 0
        var back: UInt64 = 0
        if self.count >= 8 {
            front = bytes.loadUnaligned(as: UInt64.self)
            back = bytes.loadUnaligned(fromByteOffset: self.count &- 8, as: UInt64.self)
        } else if self.count >= 4 {
            front = UInt64(bytes.loadUnaligned(as: UInt32.self))
            back = UInt64(bytes.loadUnaligned(fromByteOffset: self.count &- 4, as: UInt32.self))
        } else if self.count > 0 {
            front = UInt64(self.base[0])
            back = UInt64(self.base[self.count &- 1]) | UInt64(self.base[self.count &>> 1]) &<< 8
        }
        // Multiplicative mixing (Knuth): odd constants of 2^64 over the golden ratio and over its square.
        let word =
            (front &+ UInt64(seed) &<< 7 &+ UInt64(truncatingIfNeeded: self.count))
            &* 0x9e37_79b9_7f4a_7c15
        return (word ^ back) &* 0x61c8_8646_80b5_83eb
    }
}
