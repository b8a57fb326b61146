import Glibc
import HoldfastEngine
import Synchronization

/// One shard, full of stock and driven in real time the way a reactor drives it: a batch of Reserves, then at most one
/// turn's share of expiry.
final class DrillShard {
    struct Run {
        var lateMaxMilliseconds: Int64 = 0
        var allBackMilliseconds: Int64 = -1
        var executeMaxMicroseconds: UInt64 = 0
        var expireMaxMicroseconds: UInt64 = 0
        var executeCount = 0
        var reservedCount = 0
        var backlogCount = 0
        /// Sold out although due holds were left: never.
        var wrongCount = 0
    }

    private static let batchSize = 16

    private let productCount: Int
    private let arena = TestArena()
    private var shard: Shard
    private var events = EventBuffer()
    private var nextNumber = 1

    init(productCount: Int) {
        self.productCount = productCount
        self.shard = Shard(
            index: 0, settings: ShardSettings(), blocks: TouchedBlocks(count: 10_000))
    }

    var liveHolds: Int { Int(self.shard.counts.liveHolds) }

    /// Loads a sale of which every unit is then held. Deadlines lie `spreadMilliseconds` apart.
    func fill(_ holdCount: Int, spreadMilliseconds: Int64, hold: Int64) {
        var sale = SaleInput()
        sale.hold = hold
        let units = Int64((holdCount + self.productCount - 1) / self.productCount)
        let products = (0..<self.productCount).map { ProductInput("sku-\($0)", units) }
        let loaded = self.execute(
            [
                .load(
                    ImportRequest.whole(
                        0, sale: EngineRequest.sale, configuration: sale, products: products))
            ], at: EngineHarness.epoch)
        guard case .load(let answer) = loaded.answers[0], answer.result == .committed else {
            preconditionFailure("the sale was not loaded")
        }
        var made = 0
        while made < holdCount {
            let count = min(Self.batchSize, holdCount - made)
            let time = EngineHarness.epoch + spreadMilliseconds * Int64(made) / Int64(holdCount)
            let batch = (0..<count).map { self.reserve(product: made + $0) }
            let outcome = self.execute(batch, at: time)
            precondition(outcome.answers.allSatisfy { Self.result($0) == .reserved }, "not held")
            made += count
        }
    }

    /// Lets real time pass from `offset` after the epoch on, under a stream of Reserves.
    func lapse(from offset: Int64, seconds: UInt64) -> Run {
        var run = Run()
        let before = self.liveHolds
        let start = Self.nanoseconds()
        // The clock starts shortly before the first deadline.
        let base = EngineHarness.epoch + offset - 20
        while true {
            let elapsed = Self.nanoseconds() - start
            if elapsed > seconds * 1_000_000_000 { break }
            let now = base + Int64(elapsed / 1_000_000)
            let batch = (0..<Self.batchSize).map { self.reserve(product: $0) }
            if now < EngineHarness.epoch + offset { continue }
            let outcome = self.execute(batch, at: now)
            run.executeCount += 1
            run.executeMaxMicroseconds = max(
                run.executeMaxMicroseconds, outcome.nanoseconds / 1_000)
            for answer in outcome.answers {
                switch Self.result(answer) {
                case .reserved: run.reservedCount += 1
                case nil: run.backlogCount += 1
                default: if self.shard.nextDeadlineMilliseconds <= now { run.wrongCount += 1 }
                }
            }
            if self.shard.nextDeadlineMilliseconds <= now {
                let begin = Self.nanoseconds(CLOCK_THREAD_CPUTIME_ID)
                _ = self.shard.expireDue(
                    now: now, limit: EngineLimits.expiriesPerTurnMax, events: &self.events)
                let end = Self.nanoseconds(CLOCK_THREAD_CPUTIME_ID)
                run.expireMaxMicroseconds = max(run.expireMaxMicroseconds, (end - begin) / 1_000)
                self.events.removeAll()
                let late =
                    base + Int64((Self.nanoseconds() - start) / 1_000_000)
                    - self.shard.nextDeadlineMilliseconds
                run.lateMaxMilliseconds = max(run.lateMaxMilliseconds, late)
            }
            if run.allBackMilliseconds < 0 && self.liveHolds == run.reservedCount && before > 0 {
                run.allBackMilliseconds = Int64((Self.nanoseconds() - start) / 1_000_000) - 20
                break
            }
        }
        return run
    }

    /// Nil: refused, as EXPIRY_BACKLOG does.
    private static func result(_ answer: Answer) -> ReserveResult? {
        guard case .reserve(let reserve) = answer else { return nil }
        return reserve.result
    }

    private func reserve(product: Int) -> EngineRequest {
        let number = self.nextNumber
        self.nextNumber += 1
        return .reserve(
            "buyer-\(number)", ["sku-\(product % self.productCount)": 1], request: number)
    }

    /// Decides a batch; the time is the processor's in `execute` alone, so that a busy machine does not show in it.
    private func execute(
        _ requests: [EngineRequest], at now: Int64
    ) -> (answers: [Answer], nanoseconds: UInt64) {
        let builder = CommandBuilder(arena: self.arena)
        let calls = self.arena.allocate(Call.self, requests.count)
        let pointers = self.arena.allocate(UnsafeMutablePointer<Call>.self, requests.count)
        for (index, request) in requests.enumerated() {
            (calls + index).initialize(to: Call(command: builder.command(request)))
            (pointers + index).initialize(to: calls + index)
        }
        let start = Self.nanoseconds(CLOCK_THREAD_CPUTIME_ID)
        self.shard.execute(
            CallBatch(calls: pointers, count: requests.count), now: now, events: &self.events)
        let end = Self.nanoseconds(CLOCK_THREAD_CPUTIME_ID)
        self.events.removeAll()
        let answers = (0..<requests.count).map { AnswerReader.answer(calls[$0]) }
        self.arena.reset()
        return (answers, end - start)
    }

    private static func nanoseconds(_ clock: clockid_t = CLOCK_MONOTONIC) -> UInt64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

/// Blocks that were touched before the start, as the server's pool has them: page faults are not measured.
private final class TouchedBlocks: BlockSource {
    private struct Memory: @unchecked Sendable {
        let base: UnsafeMutableRawPointer
    }

    private let memory: Memory
    private let count: Int
    private let taken = Atomic(0)

    init(count: Int) {
        let byteCount = count * TableBlock.byteCount
        let base = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 1 << 21)
        madvise(base, byteCount, MADV_HUGEPAGE)
        base.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
        self.memory = Memory(base: base)
        self.count = count
    }

    deinit { self.memory.base.deallocate() }

    func takeBlock() -> UnsafeMutableRawPointer {
        let number = self.taken.add(1, ordering: .relaxed).oldValue
        precondition(number < self.count, "the drill needs more blocks")
        return self.memory.base + number * TableBlock.byteCount
    }
}
