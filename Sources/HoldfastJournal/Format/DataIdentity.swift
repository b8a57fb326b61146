internal import CIntrinsics

/// `identity`: one page that says what a data directory is. Written once, under another name first.
///
///     0 magic "HFDATA_1" · 8 version u16 · 10 zero u16 · 12 CRC-32C u32 of the page with this field zero ·
///     16 instance 16 · 32 shard count u32 · 36 zero u32 · 40 created i64 (Unix ms) · 48 zeros
package struct DataIdentity: Sendable, Equatable {
    package var instance: InstanceID
    /// Shards that hold sales: which shard a sale lives in follows from it, so it never changes.
    package var shardCount: UInt32
    package var createdMilliseconds: Int64

    package init(instance: InstanceID, shardCount: UInt32, createdMilliseconds: Int64) {
        self.instance = instance
        self.shardCount = shardCount
        self.createdMilliseconds = createdMilliseconds
    }

    static let magic: UInt64 = 0x315f_4154_4144_4648  // "HFDATA_1"

    package func encode(to page: UnsafeMutableRawPointer) {
        page.initializeMemory(as: UInt8.self, repeating: 0, count: JournalLayout.pageBytes)
        let writer = FieldWriter(base: page)
        writer.put(Self.magic, at: 0)
        writer.put(JournalLayout.version, at: 8)
        writer.put(self.instance, at: 16)
        writer.put(self.shardCount, at: 32)
        writer.put(self.createdMilliseconds, at: 40)
        writer.put(holdfast_crc32c(0, page, JournalLayout.pageBytes), at: 12)
    }

    package static func decode(_ page: UnsafeRawPointer) -> HeaderVerdict<DataIdentity> {
        switch PageCheck.check(page, byteCount: JournalLayout.pageBytes, magic: Self.magic) {
        case .zero: return .zero
        case .damaged: return .damaged
        case .unknownVersion(let version): return .unknownVersion(version)
        case .sound: break
        }
        let reader = FieldReader(base: page)
        return .valid(
            DataIdentity(
                instance: reader.instance(at: 16), shardCount: reader.get(at: 32),
                createdMilliseconds: reader.get(at: 40)))
    }
}
