import Glibc
import HoldfastClient

/// Plays rounds of load, end and restart against real servers, until the plan is done or something does not hold.
struct CrashDirector {
    let plan: CrashPlan
    let checks = CrashChecks()
    let tally = CrashTally()
    private(set) var statistics = CrashStatistics()
    /// Directories that are kept since something failed there.
    private(set) var kept: [String] = []
    private var random: RandomSource
    private var identity = IdentityAudit()

    /// Buyers of each sale that are asked about after a round, and at the end of a server.
    private static let buyersPerRound = 40
    private static let buyersAtEnd = 400
    /// A server that was told to stop is gone by then.
    private static let stopMilliseconds = 20_000
    /// After a server's death, until its callers have heard of it.
    private static let silence = Duration.milliseconds(100)

    init(plan: CrashPlan) {
        self.plan = plan
        self.random = RandomSource(seed: plan.seed)
    }

    mutating func run() async throws {
        var left = self.plan.roundCount
        while left > 0 && self.checks.failureCount == 0 {
            let count = min(left, self.plan.roundsPerServer)
            try await self.playServer(roundCount: count)
            left -= count
        }
    }

    /// One data directory from its first start to its end.
    private mutating func playServer(roundCount: Int) async throws {
        let path = "\(self.plan.directory)/server-\(self.statistics.servers)"
        self.statistics.servers += 1
        // Kept unless all went well, also when this throws.
        self.kept.append(path)
        let home = try await CrashHome(
            path: path, binary: self.plan.binary, dataPath: self.plan.dataPath)
        let world = CrashWorld(
            plan: self.plan, home: home, checks: self.checks, tally: self.tally,
            seed: self.random.next())
        self.identity = IdentityAudit()
        var server = try await self.startFirst(home)
        var callers = try await world.connect(server)
        self.identity.compare(callers, world.book, self.checks)
        try await world.loadSales(callers)
        for round in 0..<roundCount {
            self.checks.begin(round: self.statistics.rounds)
            self.statistics.rounds += 1
            let rush = try await self.playRound(world, server, callers, round)
            if case .quiesce = self.plan.ending {
                try await self.audit(world, callers, rush, isLast: round == roundCount - 1)
            } else {
                await callers.close()
                try await self.tamper(home)
                guard let next = try await self.restart(home) else { return }
                server = next
                callers = try await world.connect(server)
                self.identity.compare(callers, world.book, self.checks)
                try await self.audit(world, callers, rush, isLast: round == roundCount - 1)
            }
            if self.checks.failureCount > 0 { break }
        }
        await callers.close()
        await self.stop(server)
        if self.checks.failureCount == 0 {
            self.kept.removeLast()
            _ = try await CrashHome.run("rm", ["-rf", path])
            if let dataPath = self.plan.dataPath {
                _ = try await CrashHome.run("rm", ["-rf", dataPath])
            }
        }
    }

    private mutating func audit(
        _ world: CrashWorld, _ callers: CrashCallers, _ rush: Rush, isLast: Bool
    ) async throws {
        let found = try await world.audit(
            callers, rush: rush, buyersMax: isLast ? Self.buyersAtEnd : Self.buyersPerRound)
        self.statistics.reservations += found.reservations
        self.statistics.openCalls += found.openCalls
    }

    // MARK: Starting and stopping

    private mutating func startFirst(_ home: CrashHome) async throws -> CrashServer {
        var prefix: (program: String, arguments: [String])?
        if case .inject(let fault) = self.plan.ending, fault.isFromStart {
            prefix = fault.command(log: Self.traceLog(home))
        }
        switch try await CrashServer.start(home, settings: self.plan.settings, under: prefix) {
        case .ready(let server):
            self.statistics.restartMillisecondsMax = max(
                self.statistics.restartMillisecondsMax, server.startMilliseconds)
            return server
        case .ended(let end):
            throw LoadError("the server does not start: \(end); \(home.lastWords())")
        }
    }

    /// Starts again on the same data, now and then killed on the way. nil: it refuses to start, which is a failure.
    private mutating func restart(_ home: CrashHome) async throws -> CrashServer? {
        // Twice in a row at most, so that every round comes to its end.
        for _ in 0..<2 where self.random.next(below: 100) < UInt64(self.plan.recoveryKillPercent) {
            let usual = UInt64(max(20, self.statistics.restartMillisecondsMax)) * 1_000
            switch try await CrashServer.start(
                home, settings: self.plan.settings,
                killAfterMicroseconds: self.random.next(below: usual))
            {
            case .ended(.signalled(SIGKILL)):
                self.statistics.killsDuringRecovery += 1
            case .ended(let end):
                self.refused(end, home)
                return nil
            case .ready(let server):
                server.process.signal(SIGKILL)
                _ = await server.process.wait(milliseconds: Self.stopMilliseconds)
                self.statistics.kills += 1
            }
        }
        switch try await CrashServer.start(home, settings: self.plan.settings) {
        case .ready(let server):
            self.statistics.restartMillisecondsMax = max(
                self.statistics.restartMillisecondsMax, server.startMilliseconds)
            return server
        case .ended(let end):
            self.refused(end, home)
            return nil
        }
    }

    private func refused(_ end: ChildProcess.End, _ home: CrashHome) {
        self.checks.fail(.exit, "the server refuses to start: \(end); \(home.lastWords())")
    }

    private mutating func stop(_ server: CrashServer) async {
        server.process.signal(SIGTERM)
        let end = await server.process.wait(milliseconds: Self.stopMilliseconds)
        self.checks.expect(
            end == .exited(0), .exit, "after SIGTERM: \(end.map { "\($0)" } ?? "it still runs")")
        if end == nil { server.process.signal(SIGKILL) }
        self.statistics.terminations += 1
    }

    private mutating func tamper(_ home: CrashHome) async throws {
        let data = DataTampering(dataPath: home.dataPath)
        switch self.plan.sabotage {
        case .none: return
        case .wipe: try await data.wipe()
        case .rewind: try await data.rewind()
        case .tail:
            let count = try data.zeroTail(byteCount: 64 << 10)
            self.checks.expect(count > 0, .exit, "there is no journal whose tail could be lost")
        case .flip:
            let isDone = try data.flipBit(self.random.next())
            self.checks.expect(isDone, .exit, "there is no journal in which a bit could rot")
        }
        self.statistics.sabotages += 1
    }

    // MARK: A round

    private mutating func playRound(
        _ world: CrashWorld, _ server: CrashServer, _ callers: CrashCallers, _ round: Int
    ) async throws -> Rush {
        let gate = LoadGate(jobsMax: self.plan.jobsPerRoundMax)
        let rush = Rush(round: round)
        let seed = self.random.next()
        let span = UInt64(self.plan.loadMillisecondsMax - CrashPlan.loadMillisecondsMin)
        let loadMilliseconds =
            CrashPlan.loadMillisecondsMin + Int(self.random.next(below: span + 1))
        let leadMicroseconds = Int(self.random.next(below: CrashPlan.rushLeadMicrosecondsMax))
        let load = Task { await world.load(callers, gate, seed: seed) }
        if self.plan.sabotage == .rewind {
            try await Task.sleep(for: .milliseconds(loadMilliseconds / 2))
            try await self.copyData(world.home, server)
        }
        try await Task.sleep(for: .milliseconds(loadMilliseconds))
        let checks = self.checks
        let tally = self.tally
        let rushing = Task {
            await rush.run(callers, book: world.book, checks: checks, tally: tally)
        }
        try await Task.sleep(for: .microseconds(leadMicroseconds))
        var failure: (any Error)?
        do { try await self.end(world, server, callers, gate) } catch { failure = error }
        gate.stop()
        if failure != nil || server.process.poll() != nil {
            // Whoever waits for a connection waits in vain; lost answers have been heard of by then.
            server.process.signal(SIGKILL)
            try await Task.sleep(for: Self.silence)
            load.cancel()
            rushing.cancel()
        }
        await load.value
        await rushing.value
        if let failure { throw failure }
        return rush
    }

    /// A copy as a crash would leave it: the server stands still meanwhile.
    private func copyData(_ home: CrashHome, _ server: CrashServer) async throws {
        server.process.signal(SIGSTOP)
        defer { server.process.signal(SIGCONT) }
        try await DataTampering(dataPath: home.dataPath).copy()
    }

    private mutating func end(
        _ world: CrashWorld, _ server: CrashServer, _ callers: CrashCallers, _ gate: LoadGate
    ) async throws {
        switch self.plan.ending {
        case .quiesce: return
        case .terminate: await self.stop(server)
        case .kill: try await self.kill(world, server)
        case .inject(let fault): try await self.inject(fault, world, server)
        case .fillDisk:
            self.statistics.disksFilled += 1
            try await DiskFilling(world: world, callers: callers, gate: gate).run()
            try await self.kill(world, server)
        }
    }

    private mutating func kill(_ world: CrashWorld, _ server: CrashServer) async throws {
        var snapshot: ChildProcess?
        if self.random.next(below: 100) < UInt64(self.plan.snapshotPercent) {
            snapshot = try SnapshotCall(home: world.home).start(adminPort: server.adminPort)
            self.statistics.snapshotsAskedFor += 1
            await self.waitForHalfSnapshot(world.home)
            try await Task.sleep(for: .microseconds(Int(self.random.next(below: 3_000))))
        }
        server.process.signal(SIGKILL)
        let end = await server.process.wait(milliseconds: Self.stopMilliseconds)
        self.checks.expect(
            end == .signalled(SIGKILL), .exit,
            "before kill -9 came it ended by itself: \(end.map { "\($0)" } ?? "it still runs"); "
                + world.home.lastWords())
        self.statistics.kills += 1
        if world.home.hasHalfSnapshot { self.statistics.killsDuringSnapshot += 1 }
        snapshot?.signal(SIGKILL)
    }

    /// Until a snapshot is being written, or a moment has passed without one.
    private func waitForHalfSnapshot(_ home: CrashHome) async {
        let deadline = Clock.nowNanoseconds() + 1_000_000_000
        while !home.hasHalfSnapshot && Clock.nowNanoseconds() < deadline {
            try? await Task.sleep(for: .microseconds(200))
        }
    }

    private mutating func inject(
        _ fault: FaultInjection, _ world: CrashWorld, _ server: CrashServer
    ) async throws {
        self.statistics.faultsInjected += 1
        let log = Self.traceLog(world.home)
        let tracer = fault.isFromStart ? nil : try await fault.attach(to: server.process, log: log)
        if let status = fault.expectedExit {
            let end = await server.process.wait(milliseconds: FaultInjection.patienceMilliseconds)
            self.checks.expect(
                end == .exited(status), .exit,
                "\(fault.description) must end the server with status \(status): "
                    + "\(end.map { "\($0)" } ?? "it still runs"); \(world.home.lastWords())")
            server.process.signal(SIGKILL)
        } else {
            try await Task.sleep(for: .milliseconds(self.plan.loadMillisecondsMax))
            self.checks.expect(
                server.process.poll() == nil, .exit,
                "\(fault.description) must not end the server: \(world.home.lastWords())")
            try await self.kill(world, server)
        }
        _ = await server.process.wait(milliseconds: Self.stopMilliseconds)
        if let tracer {
            _ = await tracer.wait(milliseconds: Self.stopMilliseconds)
        } else {
            let isWhole = await FaultInjection.waitForEnd(of: server.process, log: log)
            self.checks.expect(isWhole, .exit, "strace says nothing of the server's end: \(log)")
        }
        self.statistics.tracedCalls.merge(fault.callCounts(in: log), uniquingKeysWith: +)
        let missing = fault.missing(in: log)
        self.checks.expect(missing == nil, .exit, "\(missing ?? "") never took place")
    }

    private static func traceLog(_ home: CrashHome) -> String { "\(home.path)/strace.log" }
}
