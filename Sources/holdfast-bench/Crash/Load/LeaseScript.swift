import HoldfastClient

/// A service at work with leases, of free names and of sales: takes, renews, gives back, and writes with their proof.
/// One call after the other, so that every fencing token must be greater than all before.
actor LeaseScript {
    private struct Held: Sendable {
        var request: AcquireLeaseRequest
        var fencingToken: UInt64
        var deadlineMilliseconds: Int

        var proof: LeaseProof {
            LeaseProof(ownerToken: self.request.ownerToken, fencingToken: self.fencingToken)
        }
    }

    private enum Pending: Sendable {
        case acquire(Int, AcquireLeaseRequest)
        case renew(Int)
        case release(Int)
        case adjust(AdjustStockRequest)
    }

    private static let patienceCount = 500
    private static let patience = Duration.milliseconds(20)
    private static let names = ["crash-name-0", "crash-name-1", "crash-name-2"]
    private let targets: [LeaseTarget] =
        LeaseScript.names.map { .name($0) } + CrashStock.leaseSales.map { .sale($0) }
    private let checks: CrashChecks
    private let tally: CrashTally
    private var random: RandomSource
    private var held: [Int: Held] = [:]
    private var pending: Pending?
    /// The newest call was refused for now.
    private var mustWait = false
    /// The greatest token that was told, by target. All free names live in one shard, with one counter.
    private var tokenMax: [Int: UInt64] = [:]
    /// Proof that was overtaken, by target.
    private var overtaken: [Int: LeaseProof] = [:]
    private(set) var addedUnits: [StockKey: Int] = [:]

    init(checks: CrashChecks, tally: CrashTally, seed: UInt64) {
        self.checks = checks
        self.tally = tally
        self.random = RandomSource(seed: seed)
    }

    func run(_ callers: CrashCallers, _ gate: LoadGate) async {
        while !gate.isStopped && self.pending == nil {
            await gate.waitWhilePaused()
            let target = Int(self.random.next(below: UInt64(self.targets.count)))
            await self.step(target, callers)
            try? await Task.sleep(for: .milliseconds(2 + Int(self.random.next(below: 10))))
        }
    }

    private func step(_ target: Int, _ callers: CrashCallers) async {
        guard let held = self.held[target] else {
            let ttls = [200, 800, 60_000]
            let request = AcquireLeaseRequest(
                target: self.targets[target],
                ttlMilliseconds: ttls[Int(self.random.next(below: 3))], holder: "crash")
            return await self.acquire(target, request, callers.service)
        }
        switch self.random.next(below: 4) {
        case 0: await self.renew(target, callers.service)
        case 1: await self.release(target, callers.service)
        case 2:
            guard case .sale(let saleID) = self.targets[target] else { return }
            await self.adjust(
                AdjustStockRequest(
                    saleID: saleID, productID: "p-0", delta: 1, lease: held.proof),
                callers.admin)
        // Another service wants it.
        default:
            await self.acquire(
                target, AcquireLeaseRequest(target: self.targets[target], ttlMilliseconds: 500),
                callers.service)
        }
    }

    // MARK: Calls

    private func acquire(
        _ target: Int, _ request: AcquireLeaseRequest, _ client: HoldfastClient
    ) async {
        do throws(HoldfastError) {
            let answer = try await client.acquireLease(request)
            self.tally.answered("AcquireLease", answer.outcome.name)
            guard answer.outcome == .held else {
                self.checks.expect(
                    answer.outcome == .heldByAnother && self.held[target] != nil, .leaseKept,
                    "\(request): \(answer), and nobody was told to hold it")
                return
            }
            // Asked again after a restart, the owner has the token of its first, lost answer: others may have newer ones.
            if !answer.replayed { self.grew(target, answer.fencingToken, "\(request)") }
            if let old = self.held[target] { self.overtaken[target] = old.proof }
            self.held[target] = Held(
                request: request, fencingToken: answer.fencingToken,
                deadlineMilliseconds: answer.deadlineMilliseconds)
        } catch {
            self.note(error, "AcquireLease", .acquire(target, request))
        }
    }

    private func grew(_ target: Int, _ token: UInt64, _ what: String) {
        let isName = target < Self.names.count
        let before =
            isName
            ? (0..<Self.names.count).map { self.tokenMax[$0] ?? 0 }.max() ?? 0
            : self.tokenMax[target] ?? 0
        self.checks.expect(
            token > before, .fencingGrows, "\(what): token \(token) after \(before)")
        self.tokenMax[target] = max(token, before)
    }

    private func renew(_ target: Int, _ client: HoldfastClient) async {
        guard let held = self.held[target] else { return }
        do throws(HoldfastError) {
            let answer = try await client.renewLease(
                RenewLeaseRequest(
                    target: held.request.target, ownerToken: held.request.ownerToken))
            self.tally.answered("RenewLease", answer.outcome.name)
            if answer.outcome == .held {
                self.checks.expect(
                    answer.fencingToken == held.fencingToken, .leaseKept,
                    "\(held.request): token \(held.fencingToken), renewed with \(answer)")
                self.held[target]?.deadlineMilliseconds = answer.deadlineMilliseconds
            } else {
                self.overtaken[target] = held.proof
                self.held[target] = nil
            }
        } catch {
            self.note(error, "RenewLease", .renew(target))
        }
    }

    private func release(_ target: Int, _ client: HoldfastClient) async {
        guard let held = self.held[target] else { return }
        do throws(HoldfastError) {
            let answer = try await client.releaseLease(
                ReleaseLeaseRequest(
                    target: held.request.target, ownerToken: held.request.ownerToken))
            self.tally.answered("ReleaseLease", answer.outcome.name)
            self.checks.expect(
                answer.outcome == .released, .leaseKept, "\(held.request): \(answer)")
            self.held[target] = nil
        } catch {
            self.note(error, "ReleaseLease", .release(target))
        }
    }

    private func adjust(_ request: AdjustStockRequest, _ client: HoldfastClient) async {
        do throws(HoldfastError) {
            let answer = try await client.adjustStock(request)
            self.tally.answered("AdjustStock", "\(answer.outcome.name) with proof")
            if answer.outcome == .adjusted {
                self.addedUnits[StockKey(request.saleID, request.productID), default: 0] +=
                    request.delta
            }
        } catch {
            self.note(error, "AdjustStock", .adjust(request))
        }
    }

    private func note(_ error: HoldfastError, _ method: String, _ action: Pending) {
        if error.outcome == .unknown {
            self.tally.lost(method)
            self.pending = action
        } else {
            self.tally.answered(method, "\(error.code) \(error.reason)")
            self.mustWait = error.code == .unavailable
        }
    }

    // MARK: After a restart

    /// Before anything is settled: who held a lease holds it still, and nobody else got it.
    func audit(_ callers: CrashCallers) async throws {
        for (target, held) in self.held.sorted(by: { $0.key < $1.key })
        where !self.isPending(target) {
            let before = try await callers.service.ping().serverTimeMilliseconds
            let answer = try await self.acquirePatiently(held.request, callers.service)
            let after = try await callers.service.ping().serverTimeMilliseconds
            let isReplay =
                answer.outcome == .held && answer.replayed
                && answer.fencingToken == held.fencingToken
                && answer.deadlineMilliseconds == held.deadlineMilliseconds
            let isNew = answer.outcome == .held && !answer.replayed
            self.checks.expect(
                held.deadlineMilliseconds > after
                    ? isReplay : held.deadlineMilliseconds > before ? isReplay || isNew : isNew,
                .leaseKept,
                "\(held.request): token \(held.fencingToken) until \(held.deadlineMilliseconds), "
                    + "now (\(before) to \(after)) \(answer)")
            if isNew {
                self.grew(target, answer.fencingToken, "\(held.request) after a restart")
                self.overtaken[target] = held.proof
                self.held[target]?.fencingToken = answer.fencingToken
                self.held[target]?.deadlineMilliseconds = answer.deadlineMilliseconds
            }
        }
        for (target, proof) in self.overtaken where !self.isPending(target) {
            guard case .sale(let saleID) = self.targets[target] else { continue }
            let request = AdjustStockRequest(
                saleID: saleID, productID: "p-0", delta: 1, lease: proof)
            // A proof is only old once a greater token has been granted.
            guard proof.fencingToken < self.tokenMax[target] ?? 0 else { continue }
            do throws(HoldfastError) {
                let answer = try await callers.admin.adjustStock(request)
                self.checks.fail(.fencingGrows, "an overtaken proof still writes: \(answer)")
                self.addedUnits[StockKey(saleID, "p-0"), default: 0] += 1
            } catch {
                self.checks.expect(
                    error.reason == "FENCED", .fencingGrows, "overtaken proof: \(error)")
            }
        }
    }

    private func isPending(_ target: Int) -> Bool {
        switch self.pending {
        case .acquire(let other, _), .renew(let other), .release(let other): other == target
        case .adjust(let request): self.targets[target] == .sale(request.saleID)
        case nil: false
        }
    }

    func settle(_ callers: CrashCallers) async {
        guard let action = self.pending else { return }
        self.pending = nil
        await self.send(action, callers)
        // A server that has just started may not be ready for new work.
        for _ in 0..<Self.patienceCount where self.mustWait && self.pending == nil {
            try? await Task.sleep(for: Self.patience)
            await self.send(action, callers)
        }
        self.checks.expect(
            self.pending == nil && !self.mustWait, .allOrNothing,
            "a lease call cannot be settled: \(action)")
    }

    private func send(_ action: Pending, _ callers: CrashCallers) async {
        self.mustWait = false
        switch action {
        case .acquire(let target, let request):
            await self.acquire(target, request, callers.service)
        case .renew(let target): await self.renew(target, callers.service)
        case .release(let target): await self.release(target, callers.service)
        case .adjust(let request): await self.adjust(request, callers.admin)
        }
    }

    private func acquirePatiently(
        _ request: AcquireLeaseRequest, _ client: HoldfastClient
    ) async throws -> AcquireLeaseResponse {
        for _ in 0..<Self.patienceCount {
            do throws(HoldfastError) {
                return try await client.acquireLease(request)
            } catch {
                if error.code != .unavailable { throw error }
            }
            try await Task.sleep(for: Self.patience)
        }
        return try await client.acquireLease(request)
    }
}
