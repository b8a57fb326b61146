import HoldfastEngine
import Synchronization

/// Zeroed blocks from the heap, given back when the harness ends: the engine itself never gives one back.
final class TestBlockSource: BlockSource {
    private struct Address: Sendable {
        let bits: UInt
    }

    private let taken = Mutex<[Address]>([])

    deinit {
        self.taken.withLock { addresses in
            for address in addresses {
                UnsafeMutableRawPointer(bitPattern: address.bits)?.deallocate()
            }
        }
    }

    var blockCount: Int { self.taken.withLock { $0.count } }

    func takeBlock() -> UnsafeMutableRawPointer {
        let block = UnsafeMutableRawPointer.allocate(
            byteCount: TableBlock.byteCount, alignment: 4_096)
        block.initializeMemory(as: UInt8.self, repeating: 0, count: TableBlock.byteCount)
        self.taken.withLock { $0.append(Address(bits: UInt(bitPattern: block))) }
        return block
    }
}
