import HoldfastEngine
import Testing

/// One shard with a clock, memory and a record of its events, spoken to in Strings and integers.
///
/// The clock is the test's own: `now` moves only when a test moves it. Every event that the shard decides is kept in
/// order, so that a test can replay all of them into another shard and compare.
final class EngineHarness {
    /// The start of every test, in Unix milliseconds: 2026-06-18 00:00 UTC.
    static let epoch: Int64 = 1_781_740_800_000

    let settings: ShardSettings
    let index: Int
    private(set) var log = EventLog()
    /// `visibleAfter` of each call of the last batch.
    private(set) var visibleAfter: [UInt64] = []
    var now: Int64
    /// Numbers for the requests and imports that a test does not care to number.
    private var nextNumber = 1_000_000

    /// What the owner of the shard sets of the journal's room.
    var storageRoomBytes: Int {
        get { self.shard.storageRoomBytes }
        set { self.shard.storageRoomBytes = newValue }
    }

    private let blocks = TestBlockSource()
    let arena = TestArena()
    var shard: Shard
    private var events = EventBuffer()

    init(settings: ShardSettings = ShardSettings(), index: Int = 0, now: Int64 = epoch) {
        self.settings = settings
        self.index = index
        self.now = now
        self.shard = Shard(index: index, settings: settings, blocks: self.blocks)
    }

    /// Executes one batch at the test's time.
    func run(_ requests: [EngineRequest]) -> [Answer] {
        let builder = CommandBuilder(arena: self.arena)
        let calls = self.arena.allocate(Call.self, requests.count)
        let pointers = self.arena.allocate(UnsafeMutablePointer<Call>.self, requests.count)
        for (index, request) in requests.enumerated() {
            (calls + index).initialize(to: Call(command: builder.command(request)))
            (pointers + index).initialize(to: calls + index)
        }
        let batch = CallBatch(calls: pointers, count: requests.count)
        self.shard.execute(batch, now: self.now, events: &self.events)
        self.recordEvents()
        self.visibleAfter = (0..<requests.count).map { calls[$0].visibleAfter }
        let answers = (0..<requests.count).map { AnswerReader.answer(calls[$0]) }
        self.arena.reset()
        return answers
    }

    func run(_ request: EngineRequest) -> Answer { self.run([request])[0] }

    /// A command that has no request of its own here; its views are good until the next run.
    func run(_ command: Command) -> Outcome {
        let call = self.arena.allocate(Call.self, 1)
        let pointer = self.arena.allocate(UnsafeMutablePointer<Call>.self, 1)
        call.initialize(to: Call(command: command))
        pointer.initialize(to: call)
        self.shard.execute(
            CallBatch(calls: pointer, count: 1), now: self.now, events: &self.events)
        self.recordEvents()
        let outcome = call.pointee.outcome
        self.arena.reset()
        return outcome
    }

    /// What the reactor does between batches. Returns how many events came of it.
    @discardableResult
    func expire(limit: Int = EngineLimits.expiriesPerTurnMax) -> Int {
        let count = self.shard.expireDue(now: self.now, limit: limit, events: &self.events)
        self.recordEvents()
        return count
    }

    /// Lets time pass and everything that is due happen.
    func wait(_ milliseconds: Int64) {
        self.now += milliseconds
        self.expireAll()
    }

    func expireAll() {
        // A shard has at most this many turns of work in these tests; the bound catches an expiry that never ends.
        for _ in 0..<10_000 where self.expire() == 0 { return }
        Issue.record("expiry does not come to an end")
    }

    var sequence: UInt64 { self.shard.sequence }
    var nextDeadline: Int64 { self.shard.nextDeadlineMilliseconds }
    var counts: ShardCounts { self.shard.counts }
    var blockCount: Int { self.blocks.blockCount }
    func violations() -> [String] { self.shard.checkInvariants() }

    func newNumber() -> Int {
        self.nextNumber += 1
        return self.nextNumber
    }

    /// A fresh shard that has applied every event of this one, with other in-memory tables.
    func replayed() -> EngineHarness {
        var settings = self.settings
        settings.tableKey = (0x1111_2222_3333_4444, 0x5555_6666_7777_8888)
        let copy = EngineHarness(settings: settings, index: self.index, now: self.now)
        self.log.forEach { copy.shard.apply(encoded: $0) }
        copy.log = self.log
        return copy
    }

    /// A shard that goes on from this one's image, under another key, with no events of its own yet.
    func restored(_ image: [UInt8]) throws(ImageError) -> EngineHarness {
        var settings = self.settings
        settings.tableKey = (0x9999_2222_3333_4444, UInt64(image.count))
        let copy = EngineHarness(settings: settings, index: self.index, now: self.now)
        try copy.shard.loadImage(from: BytesSource(image))
        return copy
    }

    /// The shard's image.
    func image() -> [UInt8] {
        let sink = BytesSink()
        guard self.shard.encodeImage(into: sink) else {
            Issue.record("a sink of bytes takes all")
            return []
        }
        return sink.bytes
    }

    /// Sales after an id, in byte order, with their sums.
    func sales(after: String = "", limit: Int = 200) -> [SaleListing] {
        let rows = self.arena.allocate(SaleSummary.self, limit)
        let count = self.shard.saleSummaries(
            after: self.arena.view(after), limit: limit, into: rows)
        let listings = (0..<count).map { SaleListing(rows[$0]) }
        self.arena.reset()
        return listings
    }

    func forgetLog() { self.log = EventLog() }

    private func recordEvents() {
        self.log.append(self.events.bytes, count: self.events.eventCount)
        self.events.removeAll()
    }
}

/// A sale as ListSales shows it, copied out.
struct SaleListing: Equatable, Sendable {
    let sale: String
    let name: String
    let state: SaleStateCode
    let startsAt: Int64
    let endsAt: Int64
    let currency: String
    let hold: Int64
    let limit: Int64
    let productCount: UInt32
    let counts: String
    let liveHolds: Int64

    init(_ summary: SaleSummary) {
        self.sale = AnswerReader.text(summary.saleID)
        self.name = AnswerReader.text(summary.name)
        self.state = summary.state
        self.startsAt = summary.startsAtMilliseconds
        self.endsAt = summary.endsAtMilliseconds
        self.currency = AnswerReader.text(summary.currency)
        self.hold = summary.holdMilliseconds
        self.limit = summary.limitPerUser
        self.productCount = summary.productCount
        self.counts =
            "\(summary.total)=\(summary.available)+\(summary.held)+\(summary.sold)"
        self.liveHolds = summary.liveHolds
    }
}
