internal import Glibc
internal import HoldfastAdmission
internal import HoldfastEngine

/// The key of the sale that was asked for last: in a flash sale that is the next call's too, and comparing a few bytes is
/// a tenth of hashing them. Owner: the reactor's thread.
struct SaleKeyMemo: ~Copyable {
    private let bytes: UnsafeMutablePointer<UInt8> = .allocate(capacity: EngineLimits.idBytesMax)
    private var byteCount = 0
    private var key = AdmissionKey(high: 0, low: 0)

    deinit { self.bytes.deallocate() }

    /// What the hasher says of a sale's id; it is the same one each time.
    @inline(__always)
    mutating func key(of saleID: ByteView, _ hasher: AdmissionHasher) -> AdmissionKey {
        let id = UnsafeRawBufferPointer(saleID.buffer)
        if let base = id.baseAddress, id.count == self.byteCount,
            memcmp(base, self.bytes, id.count) == 0
        {
            return self.key
        }
        let key = hasher.key(.sale, id)
        if let base = id.baseAddress, id.count <= EngineLimits.idBytesMax {
            memcpy(self.bytes, base, id.count)
            self.byteCount = id.count
            self.key = key
        }
        return key
    }
}
