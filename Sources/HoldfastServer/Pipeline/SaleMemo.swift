internal import HoldfastAdmission
internal import HoldfastEngine

/// What is worked out of a sale's id for each of its calls: its shard and admission's key. Both are hashes, and in a flash
/// sale the next call's sale is most likely one of the last few: comparing its bytes is a tenth of hashing them.
/// Owner: the reactor's thread.
struct SaleMemo: ~Copyable {
    struct Entry {
        /// -1: none yet.
        fileprivate var byteCount = -1
        fileprivate(set) var shard: Int32 = 0
        fileprivate(set) var key = AdmissionKey.none
    }

    private static var placeBits: UInt64 { 6 }
    private let entries: UnsafeMutablePointer<Entry>
    /// `EngineLimits.idBytesMax` bytes for each.
    private let ids: UnsafeMutablePointer<UInt8>
    private let shardCount: Int
    private let hasher: AdmissionHasher

    /// - Parameter hasher: what makes keys of ids; without admission nobody looks at them.
    init(shardCount: Int, hasher: AdmissionHasher?) {
        self.shardCount = shardCount
        self.hasher = hasher ?? AdmissionHasher(key0: 0, key1: 0)
        let count = 1 << Int(Self.placeBits)
        self.entries = .allocate(capacity: count)
        self.entries.initialize(repeating: Entry(), count: count)
        self.ids = .allocate(capacity: count * EngineLimits.idBytesMax)
    }

    deinit {
        self.entries.deallocate()
        self.ids.deallocate()
    }

    /// Good until the next call.
    /// - Parameter saleID: at most `EngineLimits.idBytesMax` bytes.
    @inline(__always)
    func entry(of saleID: ByteView) -> UnsafePointer<Entry> {
        let place = Int(truncatingIfNeeded: saleID.ends(0) &>> (64 &- Self.placeBits))
        let entry = self.entries + place
        let id = self.ids + place &* EngineLimits.idBytesMax
        if ByteView(base: id, count: entry.pointee.byteCount).equals(saleID) {
            return UnsafePointer(entry)
        }
        self.fill(entry, id, saleID)
        return UnsafePointer(entry)
    }

    @inline(never)
    private func fill(
        _ entry: UnsafeMutablePointer<Entry>, _ id: UnsafeMutablePointer<UInt8>, _ saleID: ByteView
    ) {
        precondition(saleID.count <= EngineLimits.idBytesMax, "an id that the wire layer refuses")
        let shard = Shard.index(ofSale: saleID, shardCount: self.shardCount)
        entry.pointee.shard = Int32(truncatingIfNeeded: shard)
        entry.pointee.key = self.hasher.key(.sale, UnsafeRawBufferPointer(saleID.buffer))
        entry.pointee.byteCount = saleID.count
        id.update(from: saleID.base, count: saleID.count)
    }
}
