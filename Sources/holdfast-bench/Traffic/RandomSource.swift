/// Fast random numbers for ids and choices (xoshiro256**, Blackman and Vigna 2018, seeded by SplitMix64).
/// Not for secrets.
struct RandomSource {
    private var a: UInt64
    private var b: UInt64
    private var c: UInt64
    private var d: UInt64

    init(seed: UInt64) {
        var state = seed
        self.a = Self.splitMix(&state)
        self.b = Self.splitMix(&state)
        self.c = Self.splitMix(&state)
        self.d = Self.splitMix(&state)
    }

    mutating func next() -> UInt64 {
        let scrambled = Self.rotate(self.b &* 5, by: 7) &* 9
        let shifted = self.b << 17
        self.c ^= self.a
        self.d ^= self.b
        self.b ^= self.c
        self.a ^= self.d
        self.c ^= shifted
        self.d = Self.rotate(self.d, by: 45)
        return scrambled
    }

    /// A number below `bound`; its bias is below bound / 2^64.
    mutating func next(below bound: UInt64) -> UInt64 {
        self.next().multipliedFullWidth(by: bound).high
    }

    /// One step of SplitMix64; also a good mix of a small number.
    static func splitMix(_ state: inout UInt64) -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    private static func rotate(_ value: UInt64, by count: UInt64) -> UInt64 {
        (value << count) | (value >> (64 - count))
    }
}
