/// SipHash-1-3 with 128 bits of output (Aumasson and Bernstein) over 64-bit little-endian words: the hash behind every
/// `AdmissionKey`. Byte strings go in as one word with their length, then their bytes in words, the last one filled
/// with zeros. It is the engine's hash over again, since admission does not import the engine; nothing that either
/// of them writes down depends on the other.
struct KeyedHash {
    private var v0: UInt64
    private var v1: UInt64
    private var v2: UInt64
    private var v3: UInt64

    @inline(__always)
    init(key0: UInt64, key1: UInt64) {
        self.v0 = key0 ^ 0x736f_6d65_7073_6575
        self.v1 = key1 ^ 0x646f_7261_6e64_6f6d ^ 0xee
        self.v2 = key0 ^ 0x6c79_6765_6e65_7261
        self.v3 = key1 ^ 0x7465_6462_7974_6573
    }

    @inline(__always)
    private static func rotate(_ value: UInt64, _ bits: UInt64) -> UInt64 {
        (value &<< bits) | (value &>> (64 &- bits))
    }

    @inline(__always)
    private mutating func round() {
        self.v0 = self.v0 &+ self.v1
        self.v1 = Self.rotate(self.v1, 13) ^ self.v0
        self.v0 = Self.rotate(self.v0, 32)
        self.v2 = self.v2 &+ self.v3
        self.v3 = Self.rotate(self.v3, 16) ^ self.v2
        self.v0 = self.v0 &+ self.v3
        self.v3 = Self.rotate(self.v3, 21) ^ self.v0
        self.v2 = self.v2 &+ self.v1
        self.v1 = Self.rotate(self.v1, 17) ^ self.v2
        self.v2 = Self.rotate(self.v2, 32)
    }

    @inline(__always)
    mutating func add(_ word: UInt64) {
        self.v3 ^= word
        self.round()
        self.v0 ^= word
    }

    @inline(__always)
    mutating func add(_ bytes: UnsafeRawBufferPointer) {
        self.add(UInt64(truncatingIfNeeded: bytes.count))
        guard let base = bytes.baseAddress else { return }
        var offset = 0
        while offset &+ 8 <= bytes.count {
            self.add(
                UInt64(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
            offset &+= 8
        }
        if offset < bytes.count {
            var word: UInt64 = 0
            var shift: UInt64 = 0
            while offset < bytes.count {
                word |= UInt64(base.load(fromByteOffset: offset, as: UInt8.self)) &<< shift
                shift &+= 8
                offset &+= 1
            }
            self.add(word)
        }
    }

    @inline(__always)
    mutating func finish() -> (UInt64, UInt64) {
        self.v2 ^= 0xee
        self.round()
        self.round()
        self.round()
        let first = self.v0 ^ self.v1 ^ self.v2 ^ self.v3
        self.v1 ^= 0xdd
        self.round()
        self.round()
        self.round()
        return (first, self.v0 ^ self.v1 ^ self.v2 ^ self.v3)
    }
}
