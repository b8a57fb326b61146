import Glibc
import HoldfastEngine
import Synchronization
import Testing

@testable import HoldfastServer

@Suite struct BlockPoolTests {
    @Test func blocksAreZeroedAlignedAndApart() {
        let pool = BlockPool(regionsAhead: 2)
        var seen: Set<UInt> = []
        for _ in 0..<100 {
            let block = pool.takeBlock()
            let address = UInt(bitPattern: block)
            #expect(address % UInt(TableBlock.byteCount) == 0)
            #expect(seen.insert(address).inserted)
            let words = UnsafeRawBufferPointer(start: block, count: TableBlock.byteCount)
            #expect(words.allSatisfy { $0 == 0 })
            memset(block, 0xFF, TableBlock.byteCount)
        }
        // 100 blocks of 64 KiB need four regions of 2 MiB; without the thread the later ones are late.
        #expect(pool.mappedBytes == 4 * BlockPool.regionBytes)
        #expect(pool.lateRegionCount == 2)
    }

    @Test func theThreadKeepsRegionsReady() {
        let pool = BlockPool(regionsAhead: 4)
        pool.start()
        for round in 1...20 {
            for _ in 0..<BlockPool.regionBytes / TableBlock.byteCount { _ = pool.takeBlock() }
            for _ in 0..<2_000 where pool.readyRegionCount < 4 { usleep(1_000) }
            #expect(pool.readyRegionCount >= 4, "round \(round)")
        }
        pool.stop()
        #expect(pool.lateRegionCount == 0)
    }

    @Test func threadsNeverGetTheSameBlock() {
        let pool = BlockPool(regionsAhead: 2)
        pool.start()
        let taken = Mutex<[UInt]>([])
        let threads = (0..<4).map { _ in NativeThread(name: "taker") }
        for thread in threads {
            thread.start {
                for _ in 0..<200 {
                    let address = UInt(bitPattern: pool.takeBlock())
                    taken.withLock { $0.append(address) }
                }
            }
        }
        for thread in threads { thread.join() }
        pool.stop()
        let all = taken.withLock { $0 }
        #expect(all.count == 800)
        #expect(Set(all).count == 800)
    }
}
