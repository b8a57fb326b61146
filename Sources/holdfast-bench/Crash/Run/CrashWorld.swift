import Glibc
import HoldfastClient

/// One server under attack with everything that is known of it: its directory, the ledger, and those who call it.
final class CrashWorld: Sendable {
    let plan: CrashPlan
    let home: CrashHome
    let checks: CrashChecks
    let tally: CrashTally
    let book = CrashBook()
    let sales: [Sale]
    let admin: AdminScript
    let bans: BanScript
    let leases: LeaseScript
    let imports: ImportScript
    let startedAtMilliseconds: Int

    init(plan: CrashPlan, home: CrashHome, checks: CrashChecks, tally: CrashTally, seed: UInt64) {
        self.plan = plan
        self.home = home
        self.checks = checks
        self.tally = tally
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        self.startedAtMilliseconds = Int(now.tv_sec) * 1_000
        self.sales = CrashStock.sales(
            nowMilliseconds: self.startedAtMilliseconds, roundCount: plan.roundsPerServer)
        self.admin = AdminScript(checks: checks, tally: tally, seed: seed ^ 1)
        self.bans = BanScript(checks: checks, tally: tally, seed: seed ^ 3)
        self.leases = LeaseScript(checks: checks, tally: tally, seed: seed ^ 2)
        self.imports = ImportScript(checks: checks, tally: tally)
    }

    func connect(_ server: CrashServer) async throws -> CrashCallers {
        let callers = try CrashCallers(
            home: self.home, server: server, count: self.plan.connectionCount)
        do {
            try await callers.connect()
        } catch {
            throw LoadError("\(error); the server's threads: \(server.process.threadStates())")
        }
        return callers
    }

    /// Loads the sales that the run is played on.
    func loadSales(_ callers: CrashCallers) async throws {
        for sale in self.sales {
            let plan = ImportPlan(sale, importID: RequestID(), validateOnly: false)
            for request in plan.requests {
                let answer = try await callers.admin.preload(request)
                guard answer.outcome != .rejected else {
                    throw LoadError("\(sale.saleID) is refused: \(answer.rejects)")
                }
            }
        }
    }

    /// The load of one round: returns when the gate has closed and every caller has come home.
    func load(_ callers: CrashCallers, _ gate: LoadGate, seed: UInt64) async {
        await withTaskGroup(of: Void.self) { group in
            let clients = callers.gateways
            for number in 0..<clients.count * self.plan.callersPerConnection {
                let caller = RecordCaller(
                    client: clients[number % clients.count], book: self.book,
                    checks: self.checks, tally: self.tally)
                let worker = LoadWorker(
                    caller: caller, otherClient: clients[(number + 1) % clients.count],
                    buyerCount: self.plan.buyerCount,
                    random: RandomSource(seed: seed &+ UInt64(number)))
                group.addTask {
                    var worker = worker
                    await worker.run(gate)
                }
            }
            group.addTask { await self.admin.run(callers.admin, gate) }
            group.addTask { await self.bans.run(callers.admin, gate) }
            group.addTask { await self.leases.run(callers, gate) }
            group.addTask {
                await self.imports.run(
                    callers.admin, nowMilliseconds: self.startedAtMilliseconds, gate)
            }
        }
    }

    /// Compares everything with the ledger and settles what is open. Returns how many reservations there are and how
    /// many calls were open.
    func audit(
        _ callers: CrashCallers, rush: Rush?, buyersMax: Int
    ) async throws -> (reservations: Int, openCalls: Int) {
        let openCalls = self.book.records.reduce(0) { $0 + $1.pending.count }
        try await rush?.audit(callers.gateways[0], self.checks)
        try await self.imports.audit(callers)
        try await self.leases.audit(callers)
        let readings = try await RecordAudit(
            callers: callers, book: self.book, checks: self.checks, tally: self.tally
        ).run()
        await self.admin.settle(callers.admin)
        await self.admin.audit(callers.admin)
        await self.bans.settle(callers.admin)
        await self.bans.audit(callers.admin)
        await self.leases.settle(callers)
        await self.imports.settle(callers.admin)
        try await StockAudit(
            callers: callers, checks: self.checks, readings: readings, sales: self.sales,
            addedUnits: await self.admin.addedUnits.merging(
                self.leases.addedUnits, uniquingKeysWith: +),
            pauseState: (await self.admin.saleState, await self.admin.productState)
        ).run(buyersMax: buyersMax)
        let time = try await callers.gateways[0].ping().serverTimeMilliseconds
        self.book.saw(serverTimeMilliseconds: time)
        return (readings.count { $0.record.first != nil }, openCalls)
    }
}
