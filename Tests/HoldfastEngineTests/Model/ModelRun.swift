import Glibc
import HoldfastEngine

/// One seed: an engine and a model side by side, every answer compared.
final class ModelRun {
    let seed: UInt64
    let harness: EngineHarness
    let model: ReferenceModel
    private var commands: RandomCommands
    private(set) var commandCount = 0
    /// How often each outcome came, by its words.
    private(set) var outcomes: [String: Int] = [:]
    /// The model's reservation ids by the engine's, and the other way round.
    private var modelIDs: [UInt64: UInt64] = [:]
    private(set) var engineIDs: [UInt64: UInt64] = [:]
    private var history: [String] = []
    /// A shard that is told the same as the engine and must say and decide the same, from when it was set on.
    var follower: EngineHarness? {
        didSet { self.followedFrom = self.harness.log.bytes.count }
    }
    private var followedFrom = 0

    init(seed: UInt64) {
        self.seed = seed
        var settings = ShardSettings()
        settings.lapsesMax = [0, 3, 25][Int(seed % 3)]
        settings.retentionMilliseconds = RandomCommands.retention
        settings.tableKey = (seed, ~seed)
        self.harness = EngineHarness(settings: settings, index: Int(seed % 64))
        self.model = ReferenceModel(settings: settings, now: EngineHarness.epoch)
        self.commands = RandomCommands(seed: seed, now: EngineHarness.epoch)
    }

    /// Runs one batch. Nil while engine and model agree, else what a person needs to see.
    func step() -> String? {
        let batch = self.commands.batch(reservations: self.model.reservations.count)
        self.harness.now = self.commands.now
        self.model.advance(to: self.commands.now)
        // Expiry has its own turn before every second batch; the others find what is due themselves.
        if self.commandCount % 2 == 0 || !self.model.overdueSales.isEmpty {
            self.harness.expireAll()
            if let follower {
                follower.now = self.harness.now
                follower.expireAll()
            }
            if self.harness.nextDeadline <= self.model.now {
                return "seed \(self.seed): something is still due after everything due was done"
            }
        }
        if let problem = self.followSeals() { return problem }
        let forEngine = batch.map { self.forEngine($0) }
        let answers = self.harness.run(forEngine)
        if let problem = self.follow(forEngine, answers) { return problem }
        for (request, engine) in zip(batch, answers) {
            self.commandCount += 1
            let model = self.model.answer(request)
            let translated = self.forModel(engine, expecting: model)
            self.outcomes["\(Self.method(request)) \(model.brief)", default: 0] += 1
            self.note(request, model)
            if translated != model { return self.difference(request, translated, model) }
        }
        return nil
    }

    private func follow(_ batch: [EngineRequest], _ answers: [Answer]) -> String? {
        guard let follower else { return nil }
        follower.now = self.harness.now
        let others = follower.run(batch)
        if others != answers {
            return "seed \(self.seed): asked \(batch)\n engine \(answers)\n follower \(others)"
        }
        if follower.log.tail(from: 0) != self.harness.log.tail(from: self.followedFrom) {
            return "seed \(self.seed): other events of \(batch)"
        }
        // What agreed is not compared again.
        follower.forgetLog()
        self.followedFrom = self.harness.log.bytes.count
        return nil
    }

    /// Sealing is the shard's own work. It may come up to a second after nothing stands against it any more, so the
    /// model follows the engine here and checks that it was allowed and in time.
    private func followSeals() -> String? {
        let overdue = self.model.overdueSales
        if overdue.isEmpty { return nil }
        let listings = self.harness.sales(limit: 1_000)
        for sale in overdue {
            let isSealed = listings.contains { $0.sale == sale.id && $0.state == .sealed }
            if isSealed {
                if sale.liveHolds > 0 { return "seed \(self.seed): sealed with live holds" }
                sale.sealed = true
                self.outcomes["seal", default: 0] += 1
            } else if sale.liveHolds == 0 {
                let since = sale.sealableSince ?? self.model.now
                sale.sealableSince = since
                if self.model.now > since + 1_000 {
                    return "seed \(self.seed): \(sale.id) is not sealed after all it waits for"
                }
            } else {
                sale.sealableSince = nil
            }
        }
        return nil
    }

    /// Everything that can be read, engine against model.
    func compareAll() -> String? {
        for request in self.reads() {
            let engine = self.harness.run(self.forEngine(request))
            let model = self.model.answer(request)
            if self.forModel(engine, expecting: model) != model {
                return self.difference(request, engine, model)
            }
        }
        if Int(self.harness.counts.liveHolds) != self.model.live.count {
            return "seed \(self.seed): the shard counts \(self.harness.counts.liveHolds) live holds"
        }
        return nil
    }

    /// Everything that can be read, the live shard against one that was made of its events alone.
    func compareReplay() -> String? {
        let copy = self.harness.replayed()
        if copy.sequence != self.harness.sequence { return "seed \(self.seed): another sequence" }
        if copy.sales() != self.harness.sales() { return "seed \(self.seed): other sales" }
        let reads = self.reads().map { self.forEngine($0) }
        var index = 0
        while index < reads.count {
            let batch = Array(reads[index..<min(index + 64, reads.count)])
            let live = self.harness.run(batch)
            let replayed = copy.run(batch)
            for (request, pair) in zip(batch, zip(live, replayed)) where pair.0 != pair.1 {
                return "seed \(self.seed): \(request)\n live   \(pair.0)\n replay \(pair.1)"
            }
            index += batch.count
        }
        let violations = copy.violations()
        return violations.isEmpty ? nil : "seed \(self.seed): after replay \(violations)"
    }

    /// Reads of every sale by every buyer, every request id and every reservation.
    private func reads() -> [EngineRequest] {
        var reads: [EngineRequest] = []
        for sale in self.model.sales.values.sorted(by: { $0.id < $1.id }) {
            reads.append(.stock(in: sale.id))
            for user in sale.buyers.keys.sorted() { reads.append(.stock(user: user, in: sale.id)) }
            for number in sale.known.keys.sorted() {
                reads.append(.get(.request(number), in: sale.id))
            }
        }
        for id in self.model.reservations.keys.sorted() {
            guard let sale = self.model.reservations[id]?.sale else { continue }
            reads.append(.get(.id(id), in: sale.id))
        }
        return reads
    }

    /// The same request with the engine's reservation ids.
    private func forEngine(_ request: EngineRequest) -> EngineRequest {
        switch request {
        case .confirm(var request):
            request.target = self.target(request.target)
            return .confirm(request)
        case .cancel(var request):
            request.target = self.target(request.target)
            return .cancel(request)
        case .extend(var request):
            request.target = self.target(request.target)
            return .extend(request)
        case .get(var request):
            request.target = self.target(request.target)
            return .get(request)
        case .refund(var request):
            request.reservation = self.engineID(request.reservation)
            return .refund(request)
        default: return request
        }
    }

    private func target(_ target: Target) -> Target {
        guard case .id(let id) = target else { return target }
        return .id(self.engineID(id))
    }

    /// An id that the model never gave becomes one that the engine never gave: a slot beyond all, a generation beyond all.
    private func engineID(_ id: UInt64) -> UInt64 {
        if let known = self.engineIDs[id] { return known }
        let any = self.engineIDs[id % UInt64(self.engineIDs.count + 1)] ?? 1
        return id % 2 == 0 ? any ^ 1 << 50 : any | 0x7FFF_0000
    }

    /// The same answer with the model's reservation ids; a new id is learnt from the Reserve that made it.
    private func forModel(_ answer: Answer, expecting model: Answer) -> Answer {
        switch answer {
        case .reserve(var reserve):
            if reserve.reservation != 0, case .reserve(let expected) = model, !expected.replayed,
                expected.reservation != 0, self.modelIDs[reserve.reservation] == nil
            {
                self.modelIDs[reserve.reservation] = expected.reservation
                self.engineIDs[expected.reservation] = reserve.reservation
            }
            reserve.reservation = self.modelID(reserve.reservation)
            return .reserve(reserve)
        case .confirm(var confirm):
            confirm.reservation = self.modelID(confirm.reservation)
            return .confirm(confirm)
        case .cancel(var cancel):
            cancel.reservation = self.modelID(cancel.reservation)
            return .cancel(cancel)
        case .extend(var extend):
            extend.reservation = self.modelID(extend.reservation)
            return .extend(extend)
        case .refund(var refund):
            refund.reservation = self.modelID(refund.reservation)
            return .refund(refund)
        case .get(var get):
            get.reservation = self.modelID(get.reservation)
            return .get(get)
        default: return answer
        }
    }

    private func modelID(_ id: UInt64) -> UInt64 {
        id == 0 ? 0 : self.modelIDs[id] ?? UInt64.max
    }

    private func note(_ request: EngineRequest, _ answer: Answer) {
        if self.history.count > 200 { self.history.removeFirst(100) }
        self.history.append("\(self.model.now) \(request)\n   → \(answer)")
    }

    private func difference(_ request: EngineRequest, _ engine: Answer, _ model: Answer) -> String {
        """
        seed \(self.seed), command \(self.commandCount), time \(self.model.now)
        HOLDFAST_SEED=\(self.seed) runs it again
        asked  \(request)
        engine \(engine)
        model  \(model)
        before it:
        \(self.history.suffix(60).joined(separator: "\n"))
        """
    }

    private static func method(_ request: EngineRequest) -> String {
        switch request {
        case .reserve: return "reserve"
        case .confirm: return "confirm"
        case .cancel: return "cancel"
        case .extend: return "extend"
        case .refund: return "refund"
        case .get: return "get"
        case .stock: return "stock"
        case .load: return "load"
        case .adjust: return "adjust"
        case .saleState: return "saleState"
        case .productState: return "productState"
        case .release: return "release"
        }
    }

    /// The seeds of a run: those of the test, or the one that the environment names.
    static let seeds: [UInt64] = {
        if let text = getenv("HOLDFAST_SEED"), let seed = UInt64(String(cString: text)) {
            return [seed]
        }
        return [1, 2, 3, 20_260_618, 0xC0FFEE, 0xBADD_CAFE, 77, 1_111_111, 424_242, .max]
    }()

    static let commandsPerSeed = 100_000
}
