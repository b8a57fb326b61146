@testable import HoldfastEngine

/// One shard spoken to in lease calls, with its clock, its events and the ends of its waiting calls.
final class LeaseHarness {
    var now = EngineHarness.epoch
    private(set) var log = EventLog()
    /// Ends of waiting calls since the last look.
    private var ends: [SettledWaiter] = []

    private let arena = TestArena()
    private let blocks = TestBlockSource()
    private let settings: ShardSettings
    private var shard: Shard
    private var events = EventBuffer()

    init(settings: ShardSettings = ShardSettings()) {
        self.settings = settings
        self.shard = Shard(index: 3, settings: settings, blocks: self.blocks)
    }

    /// A sale `sale-1` with product `a` of 10 units.
    static func withSale() -> LeaseHarness {
        let harness = LeaseHarness()
        let chunk = ImportRequest.whole(
            1, sale: "sale-1", configuration: SaleInput(),
            products: [ProductInput("a", 10, price: 100)], purchases: [])
        let command = CommandBuilder(arena: harness.arena).command(.load(chunk))
        guard case .importChunk(let outcome) = harness.run(command).outcome,
            outcome.result == .committed
        else { preconditionFailure("a sale that does not load") }
        return harness
    }

    func owner(_ number: Int) -> RequestID { CommandBuilder.requestID(number) }

    func target(_ name: String) -> LeaseTarget {
        name.hasPrefix("sale-") ? .sale(self.arena.view(name)) : .name(self.arena.view(name))
    }

    /// The outcome in a few words: `held 1`, `held 1 replayed`, `heldByAnother by h1`, `waiting 1`.
    @discardableResult
    func acquire(
        _ name: String, _ owner: Int, ttl: Int64 = 5_000, wait: Int64 = 0, origin: UInt16 = 0
    ) -> String {
        let call = self.run(
            .acquireLease(
                AcquireLeaseCommand(
                    target: self.target(name), owner: self.owner(owner), ttlMilliseconds: ttl,
                    waitMilliseconds: wait, holder: self.arena.view("h\(owner)"), origin: origin,
                    holderRoom: self.arena.allocate(UInt8.self, 64))))
        switch call.outcome {
        case .leaseWaiting(let ticket): return "waiting \(ticket)"
        case .acquireLease(let outcome):
            let other = AnswerReader.text(outcome.holder)
            let token = outcome.fencingToken == 0 ? "" : " \(outcome.fencingToken)"
            return "\(outcome.result)\(token)\(outcome.replayed ? " replayed" : "")"
                + (other.isEmpty ? "" : " by \(other)")
        case .refused(let refusal): return "refused \(refusal)"
        default: return "\(call.outcome)"
        }
    }

    @discardableResult
    func renew(_ name: String, _ owner: Int, ttl: Int64 = 0) -> String {
        let call = self.run(
            .renewLease(
                RenewLeaseCommand(
                    target: self.target(name), owner: self.owner(owner), ttlMilliseconds: ttl)))
        guard case .renewLease(let outcome) = call.outcome else { return "\(call.outcome)" }
        if outcome.result != .held { return "\(outcome.result)" }
        return "held \(outcome.fencingToken) +\(outcome.deadlineMilliseconds - self.now)"
    }

    @discardableResult
    func release(_ name: String, _ owner: Int, breaks: Bool = false) -> String {
        let call = self.run(
            .releaseLease(
                ReleaseLeaseCommand(
                    target: self.target(name), owner: self.owner(owner), breaks: breaks,
                    holderRoom: self.arena.allocate(UInt8.self, 64))))
        guard case .releaseLease(let outcome) = call.outcome else { return "\(call.outcome)" }
        let holder = AnswerReader.text(outcome.holder)
        return "\(outcome.result)\(holder.isEmpty ? "" : " from \(holder)")"
    }

    /// An AdjustStock of `sale-1`, with a proof or without.
    func adjust(_ request: Int, proof: (owner: Int, token: UInt64)? = nil) -> String {
        self.words(
            .adjustStock(
                AdjustStockCommand(
                    requestID: CommandBuilder.requestID(request),
                    saleID: self.arena.view("sale-1"), productID: self.arena.view("a"), delta: 1,
                    validateOnly: false, lease: self.proof(proof))))
    }

    func setSaleState(_ request: Int, proof: (owner: Int, token: UInt64)? = nil) -> String {
        self.words(
            .setSaleState(
                SetSaleStateCommand(
                    requestID: CommandBuilder.requestID(request),
                    saleID: self.arena.view("sale-1"), state: .paused, validateOnly: false,
                    lease: self.proof(proof))))
    }

    func setProductState(_ request: Int, proof: (owner: Int, token: UInt64)? = nil) -> String {
        self.words(
            .setProductState(
                SetProductStateCommand(
                    requestID: CommandBuilder.requestID(request),
                    saleID: self.arena.view("sale-1"), productID: self.arena.view("a"),
                    state: .paused, validateOnly: false, lease: self.proof(proof))))
    }

    /// A Preload of one chunk.
    func load(
        _ importID: Int, into sale: String = "sale-1", proof: (owner: Int, token: UInt64)? = nil
    ) -> String {
        let chunk = ImportRequest.whole(
            importID, sale: sale, configuration: SaleInput(),
            products: [ProductInput("b\(importID)", 1, price: 1)], purchases: [])
        guard
            case .importChunk(var command) = CommandBuilder(arena: self.arena).command(.load(chunk))
        else { preconditionFailure("a chunk is an import") }
        command.lease = self.proof(proof)
        return self.words(.importChunk(command))
    }

    private func words(_ command: Command) -> String {
        switch self.run(command).outcome {
        case .refused(let refusal): "refused \(refusal)"
        case .adjustStock(let outcome):
            "\(outcome.result) \(outcome.total)\(outcome.replayed ? " replayed" : "")"
        case .setSaleState(let outcome):
            "\(outcome.result)\(outcome.replayed ? " replayed" : "")"
        case .setProductState(let outcome):
            "\(outcome.result)\(outcome.replayed ? " replayed" : "")"
        case .importChunk(let outcome):
            "\(outcome.result)\(outcome.replayed ? " replayed" : "")"
        case let other: "\(other)"
        }
    }

    private func proof(_ proof: (owner: Int, token: UInt64)?) -> LeaseProofReference? {
        guard let proof else { return nil }
        let room = self.arena.allocate(LeaseProof.self, 1)
        room.initialize(
            to: LeaseProof(owner: self.owner(proof.owner), fencingToken: proof.token))
        return LeaseProofReference(room)
    }

    func withdraw(_ ticket: UInt64) -> Bool { self.shard.withdrawWaiter(ticket) }

    /// Lets time pass; returns the ends of waiting calls that came of it and of the calls before.
    @discardableResult
    func pass(_ milliseconds: Int64) -> [String] {
        self.now += milliseconds
        for _ in 0..<10_000 {
            let count = self.shard.expireDue(
                now: self.now, limit: EngineLimits.expiriesPerTurnMax, events: &self.events)
            self.collect()
            if count == 0 { break }
        }
        return self.settled()
    }

    /// `2 held 5`: ticket, result, token.
    func settled() -> [String] {
        defer { self.ends.removeAll() }
        return self.ends.map { end in
            let token = end.fencingToken == 0 ? "" : " \(end.fencingToken)"
            let holder = end.holder.text.isEmpty ? "" : " by \(end.holder.text)"
            return "\(end.ticket) \(end.result)\(token)\(holder)"
        }
    }

    func settledWaiters() -> [SettledWaiter] {
        defer { self.ends.removeAll() }
        return self.ends
    }

    var tableBytes: UInt64 { self.shard.counts.tableBytes }
    var nextDeadline: Int64 { self.shard.nextDeadlineMilliseconds }
    var waiterCount: Int { self.shard.waiters.count }
    var indexCount: Int { self.shard.leaseIndex.count }
    var violations: [String] { self.shard.checkInvariants() }

    /// Another shard, with other tables, that has applied every event of this one.
    func replayed() -> LeaseHarness {
        var settings = self.settings
        settings.tableKey = (0x1111_2222_3333_4444, 0x5555_6666_7777_8888)
        let copy = LeaseHarness(settings: settings)
        copy.now = self.now
        self.log.forEach { copy.shard.apply(encoded: $0) }
        return copy
    }

    private func run(_ command: Command) -> Call {
        let call = self.arena.allocate(Call.self, 1)
        call.initialize(to: Call(command: command))
        let pointers = self.arena.allocate(UnsafeMutablePointer<Call>.self, 1)
        pointers.initialize(to: call)
        self.shard.execute(
            CallBatch(calls: pointers, count: 1), now: self.now, events: &self.events)
        self.collect()
        return call.pointee
    }

    private func collect() {
        self.shard.takeSettledWaiters { self.ends.append($0) }
        if self.keepsEvents { self.log.append(self.events.bytes, count: self.events.eventCount) }
        self.events.removeAll()
    }

    /// A run of a million calls keeps no record.
    var keepsEvents = true

    /// Gives back what the calls so far took for their bytes.
    func forgetBytes() { self.arena.reset() }
}
