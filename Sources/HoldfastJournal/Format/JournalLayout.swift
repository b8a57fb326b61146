internal import CIntrinsics

/// Sizes that the files of a data directory are made of. Frozen: docs/JOURNAL.md.
package enum JournalLayout {
    /// Groups, headers and snapshot parts begin at multiples of this: a write never touches a page that was acknowledged.
    package static let pageBytes = 4_096
    package static let groupHeaderBytes = 128
    package static let version: UInt16 = 1

    package static let journalFolder = "journal"
    package static let snapshotFolder = "snapshots"
    package static let identityFile = "identity"
    package static let lockFile = "lock"
    package static let manifestFile = "manifest"

    package static func roundedUp(_ byteCount: Int) -> Int {
        (byteCount + self.pageBytes - 1) & ~(self.pageBytes - 1)
    }

    /// CRC-32C, as in iSCSI and ext4; processors have an instruction for it.
    package static func crc32c(_ bytes: UnsafeRawBufferPointer, from crc: UInt32 = 0) -> UInt32 {
        holdfast_crc32c(crc, bytes.baseAddress, bytes.count)
    }
}
