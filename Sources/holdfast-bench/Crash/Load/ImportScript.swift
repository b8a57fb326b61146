import HoldfastClient

/// Somebody who imports one sale after the other in small chunks, every second time into the sale that is there, and
/// goes on with the chunk that has no answer.
actor ImportScript {
    private struct Import: Sendable {
        var plan: ImportPlan
        var saleID: String
        /// What this import brings that was not there.
        var newTotals: [String: Int]
        /// Chunks with an answer.
        var answered = 0
        /// The next chunk was sent and has no answer.
        var isPending = false

        var isOver: Bool { self.answered == self.plan.requests.count }
        var isCommitting: Bool { self.answered == self.plan.requests.count - 1 }
    }

    private let checks: CrashChecks
    private let tally: CrashTally
    private var imports: [Import] = []
    /// Totals of the sales that were committed.
    private var totals: [String: [String: Int]] = [:]

    /// More are made as long as the load goes on, but a server keeps only so many sales.
    private static let importsMax = 60

    init(checks: CrashChecks, tally: CrashTally) {
        self.checks = checks
        self.tally = tally
    }

    func run(_ client: HoldfastClient, nowMilliseconds: Int, _ gate: LoadGate) async {
        while !gate.isStopped {
            await gate.waitWhilePaused()
            if self.imports.last?.isOver ?? true {
                if self.imports.count == Self.importsMax { return }
                self.imports.append(self.next(nowMilliseconds))
            }
            if await !self.sendChunk(client) { return }
            try? await Task.sleep(for: .milliseconds(4))
        }
    }

    private func next(_ now: Int) -> Import {
        let number = self.imports.count
        let saleID = "crash-import-\(number / 2)"
        let isSecond = number % 2 == 1
        // The second time asks for other totals, which must not count, and brings one product more.
        var totals = (0..<5).map { ("p-\($0)", isSecond ? 999 : 10 + $0) }
        if isSecond { totals.append(("q-\(number)", 7)) }
        let sale = Sale(
            saleID: saleID, name: "import \(number)", state: .open,
            startsAtMilliseconds: now - 60_000, endsAtMilliseconds: now + 7_200_000,
            currency: "EUR", holdMilliseconds: 600_000,
            products: totals.map { Product(productID: $0.0, total: $0.1, priceMinor: 100) },
            purchases: [Purchase(userID: "buyer-1", productID: "p-0", quantity: 1)])
        return Import(
            plan: ImportPlan(sale, importID: RequestID(), validateOnly: false, chunkRowsMax: 2),
            saleID: saleID,
            newTotals: Dictionary(uniqueKeysWithValues: isSecond ? totals.suffix(1) : totals))
    }

    /// False: no answer.
    private func sendChunk(_ client: HoldfastClient) async -> Bool {
        let place = self.imports.count - 1
        let current = self.imports[place]
        let request = current.plan.requests[current.answered]
        do throws(HoldfastError) {
            let answer = try await client.preload(request)
            self.tally.answered("Preload", answer.outcome.name)
            self.checks.expect(
                answer.outcome == (request.commit == nil ? .staged : .committed), .importWhole,
                "\(current.saleID) chunk \(request.chunk): \(answer)")
            self.imports[place].answered += 1
            self.imports[place].isPending = false
            if request.commit != nil {
                self.totals[current.saleID, default: [:]].merge(current.newTotals) { $1 }
            }
            return true
        } catch {
            if error.outcome == .unknown {
                self.tally.lost("Preload")
                self.imports[place].isPending = true
            } else {
                self.tally.answered("Preload", "\(error.code) \(error.reason)")
            }
            return false
        }
    }

    /// Chunks that were answered are known; a sale is there wholly, or not before its last chunk.
    func audit(_ callers: CrashCallers) async throws {
        for one in self.imports.suffix(6) {
            for request in one.plan.requests.prefix(one.answered) {
                do throws(HoldfastError) {
                    let answer = try await callers.admin.preload(request)
                    self.checks.expect(
                        answer.replayed
                            && answer.outcome == (request.commit == nil ? .staged : .committed),
                        .importWhole, "\(one.saleID) chunk \(request.chunk) again: \(answer)")
                } catch {
                    self.checks.fail(
                        .importWhole, "\(one.saleID) chunk \(request.chunk) again: \(error)")
                }
            }
        }
        let last = self.imports.last
        for saleID in Set(self.imports.map(\.saleID)) {
            let stock = try await callers.gateways[0].getStock(GetStockRequest(saleID: saleID))
            let found = Dictionary(
                stock.products.map { ($0.productID, $0.total) }, uniquingKeysWith: { $1 })
            let told = self.totals[saleID] ?? [:]
            var allowed = [told]
            if let last, last.saleID == saleID, last.isCommitting, last.isPending {
                allowed.append(told.merging(last.newTotals) { $1 })
            }
            self.checks.expect(
                allowed.contains(found), .importWhole,
                "\(saleID): products \(found), told \(told), outcome \(stock.outcome)")
        }
    }

    /// Goes on to the end of the import under way.
    func settle(_ client: HoldfastClient) async {
        guard let last = self.imports.last, last.isPending else { return }
        var isAnswered = await self.sendChunk(client)
        // A server that has just started may not be ready for new work.
        for _ in 0..<200 where !isAnswered {
            try? await Task.sleep(for: .milliseconds(20))
            isAnswered = await self.sendChunk(client)
        }
        self.checks.expect(
            isAnswered, .allOrNothing, "\(last.saleID): the chunk under way cannot be settled")
    }
}
