@testable import HoldfastEngine

/// What the images of a run had in them: an image of a state that never came shows nothing.
struct ImageCoverage {
    private var seen: Set<String> = []

    private static let all: Set<String> = [
        "sales", "products", "buyers", "limitEntries", "holds", "lines", "tombstones",
        "operations", "references", "leases", "imports", "blacklist", "long id", "sale name",
        "product name",
        "sealed sale", "queue", "second queue", "extended", "late", "refund due", "refunded lines",
        "blacklisted", "lapses", "imported", "tombstone with a refund", "order", "payment",
        "open import", "committed import", "free lease", "held lease", "sale's lease",
        "two in the heap", "chain of holds",
    ]

    var missing: [String] { Self.all.subtracting(self.seen).sorted() }

    private mutating func note(_ name: String, _ isThere: Bool) {
        if isThere { self.seen.insert(name) }
    }

    mutating func add(_ harness: EngineHarness) {
        self.addTables(harness)
        self.note("two in the heap", harness.shard.productHeap.count > 2)
        self.note("free lease", harness.shard.freeLease != 0)
        self.note("held lease", harness.shard.leaseHeap.count > 1)
        for staged in harness.shard.imports.values {
            self.note(staged.committed == nil ? "open import" : "committed import", true)
        }
        for slot in 1..<harness.shard.sales.end {
            let sale = harness.shard.sales[slot].pointee
            self.note("sale name", sale.nameCount > 0)
            self.note("sealed sale", sale.stateCode == .sealed)
            self.note("sale's lease", sale.lease != 0)
        }
        for slot in 1..<harness.shard.products.end {
            let product = harness.shard.products[slot].pointee
            self.note("product name", product.nameCount > 0)
            self.note("queue", (0..<4).contains { product.queues.heads[$0] != 0 })
            self.note("second queue", (1..<4).contains { product.queues.heads[$0] != 0 })
        }
        for slot in 1..<harness.shard.buyers.end {
            let buyer = harness.shard.buyers[slot].pointee
            self.note("long id", buyer.hasLongID)
            self.note("blacklisted", buyer.isBlacklisted)
            self.note("lapses", buyer.lapses > 0)
        }
        for slot in 1..<harness.shard.limitEntries.end {
            self.note("imported", harness.shard.limitEntries[slot].pointee.imported > 0)
        }
        for slot in 1..<harness.shard.holds.end {
            let hold = harness.shard.holds[slot].pointee
            self.note("extended", hold.extensionMilliseconds > 0)
            self.note("late", hold.isLate)
            self.note("refund due", hold.cause != .none)
            self.note("chain of holds", hold.buyerNext != 0)
        }
        for slot in 1..<harness.shard.tombstones.end {
            self.note(
                "tombstone with a refund", harness.shard.tombstones[slot].pointee.refundDue)
        }
        for slot in 1..<harness.shard.operations.end {
            self.note("refunded lines", harness.shard.operations[slot].pointee.lineCount > 0)
        }
        for slot in 1..<harness.shard.references.end {
            self.note("order", harness.shard.references[slot].pointee.orderCount > 0)
            self.note("payment", harness.shard.references[slot].pointee.paymentCount > 0)
        }
    }

    private mutating func addTables(_ harness: EngineHarness) {
        let image = harness.image()
        for section in ImageSection.allCases {
            let offset = ImageHead.countsOffset + 8 * (Int(section.rawValue) - 1)
            self.note(section.name, image[offset..<offset + 8].contains { $0 != 0 })
        }
    }
}

/// Leases of free names come and go beside a model run, which knows nothing of them.
struct RandomLeases {
    private var random: SplitMix64
    private static let names = (0..<6).map { "lock-\($0)" }

    init(seed: UInt64) { self.random = SplitMix64(seed: seed &+ 99) }

    mutating func step(_ harnesses: [EngineHarness]) {
        let name = self.random.pick(Self.names)
        let owner = 1 + self.random.below(3)
        let ttl = Int64(100 + self.random.below(20_000))
        let what = self.random.below(12)
        for harness in harnesses {
            harness.now = harnesses[0].now
            switch what {
            case 0, 1: _ = harness.acquire(.name(harness.arena.view(name)), owner, ttl)
            case 2:
                _ = harness.run(
                    .renewLease(
                        RenewLeaseCommand(
                            target: .name(harness.arena.view(name)),
                            owner: CommandBuilder.requestID(owner), ttlMilliseconds: ttl)))
            case 3: harness.release(.name(harness.arena.view(name)), owner)
            default: break
            }
        }
    }

    /// Takes the lease of the newest sale; its id.
    func holdSale(_ harness: EngineHarness) -> String {
        let sale = harness.sales(limit: 1_000).last?.sale ?? ""
        _ = harness.acquire(.sale(harness.arena.view(sale)), 1, 5_000)
        return sale
    }

    func releaseSale(_ harness: EngineHarness, _ sale: String) {
        harness.release(.sale(harness.arena.view(sale)), 1)
    }
}

extension EngineHarness {
    func acquire(_ name: String, _ owner: Int) {
        _ = self.acquire(.name(self.arena.view(name)), owner, 60_000)
    }

    func releaseLease(_ name: String, _ owner: Int) {
        self.release(.name(self.arena.view(name)), owner)
    }

    fileprivate func acquire(_ target: LeaseTarget, _ owner: Int, _ ttl: Int64) -> Outcome {
        self.run(
            .acquireLease(
                AcquireLeaseCommand(
                    target: target, owner: CommandBuilder.requestID(owner), ttlMilliseconds: ttl,
                    waitMilliseconds: 0, holder: self.arena.view("h\(owner)"), origin: 0,
                    holderRoom: self.arena.allocate(UInt8.self, 64))))
    }

    fileprivate func release(_ target: LeaseTarget, _ owner: Int) {
        _ = self.run(
            .releaseLease(
                ReleaseLeaseCommand(
                    target: target, owner: CommandBuilder.requestID(owner), breaks: false,
                    holderRoom: self.arena.allocate(UInt8.self, 64))))
    }
}
