import ArgumentParser
import Glibc
import Synchronization

/// `holdfast-bench crash`: the real server under kill -9, failing system calls and full disks, and the proof that it
/// kept what it had said.
struct CrashCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "crash",
        abstract: "Kills a server under load again and again and checks that it kept its word.",
        discussion: """
            Starts the server itself, on free ports of the loopback interface and in a directory of its own, and ends \
            it. Every call and answer goes into a ledger; after each restart the server is compared with it. \
            The exit code is 1 when something does not hold; the data is then kept and the command to repeat printed.
            """)

    enum Ending: String, CaseIterable, ExpressibleByArgument {
        case kill, terminate, quiesce
        case fillDisk = "fill-disk"
    }

    @Option(help: "The server's binary.")
    var server: String

    @Option(help: "Rounds of load, end and restart.")
    var runs = 20

    @Option(help: "Rounds on the same data before a new server is made.")
    var runsPerServer = 5

    @Option(name: [.customShort("c"), .long], help: "Connections.")
    var connections = 32

    @Option(help: "Callers a connection.")
    var callers = 4

    @Option(help: "Buyers.")
    var buyers = 2_000

    @Option(help: "The end of a round comes at random within so many milliseconds.")
    var loadMs = 1_200

    @Option(help: "Jobs that are begun in one round at most.")
    var jobs = 6_000

    @Option(help: "How many of a hundred restarts are killed while they recover.")
    var recoveryKills = 30

    @Option(help: "How many of a hundred kills come right after a snapshot was asked for.")
    var snapshots = 0

    @Option(help: "Seed of all choices (default: a new one each time).")
    var seed: UInt64?

    @Option(name: .customLong("set"), help: "A setting of the server, like journal.sync=none.")
    var settings: [String] = []

    @Option(help: "How a round ends: kill, terminate, fill-disk, or quiesce (not at all).")
    var ending = Ending.kill

    @Option(
        help:
            "End a round by failing system calls, as strace takes them: pwritev2:error=EIO:when=3. May be repeated."
    )
    var inject: [String] = []

    @Flag(
        help: "With --inject: they fail from the server's first call on, not only under load.")
    var fromStart = false

    @Option(help: "With --inject: the status with which the server must end; without: it goes on.")
    var expectExit: Int32?

    @Option(
        help:
            "Spoil the data behind the server's back, so that the run must fail: wipe, rewind, tail, flip."
    )
    var sabotage = CrashSabotage.none

    @Option(help: "Where the servers' directories are made (default: a new temporary directory).")
    var directory: String?

    @Option(help: "Where the data is kept, if not in the server's directory; must not exist.")
    var data: String?

    @Option(name: .shortAndLong, help: "text or json.")
    var output = LoadCommand.Output.text

    func validate() throws {
        func require(_ condition: Bool, _ message: String) throws {
            if !condition { throw ValidationError(message) }
        }
        try require((1...100_000).contains(self.runs), "--runs: 1 to 100000")
        try require((1...1_000).contains(self.runsPerServer), "--runs-per-server: 1 to 1000")
        try require((1...1_000).contains(self.connections), "--connections: 1 to 1000")
        try require((1...64).contains(self.callers), "--callers: 1 to 64")
        try require((1...1_000_000).contains(self.buyers), "--buyers: 1 to 1000000")
        try require(
            (CrashPlan.loadMillisecondsMin...60_000).contains(self.loadMs),
            "--load-ms: \(CrashPlan.loadMillisecondsMin) to 60000")
        try require((1...1_000_000).contains(self.jobs), "--jobs: 1 to 1000000")
        try require((0...100).contains(self.recoveryKills), "--recovery-kills: 0 to 100")
        try require((0...100).contains(self.snapshots), "--snapshots: 0 to 100")
        try require(
            self.settings.allSatisfy { $0.contains("=") }, "--set takes name=value")
        try require(
            self.expectExit == nil || !self.inject.isEmpty, "--expect-exit goes with --inject")
        try require(
            !self.fromStart || !self.inject.isEmpty && self.runs == 1,
            "--from-start goes with --inject and one round")
    }

    func run() async throws {
        let plan = try self.plan()
        ChildProcess.endTogether()
        var director = CrashDirector(plan: plan)
        var trouble: (any Error)?
        var skipped = ""
        if case .inject = plan.ending, let obstacle = try await FaultInjection.obstacle() {
            skipped = obstacle
        } else {
            do { try await director.run() } catch { trouble = error }
        }
        if let trouble { director.checks.fail(.exit, "the run broke off: \(trouble)") }
        var report = CrashReport(
            plan: plan, command: self.command(plan.seed), statistics: director.statistics,
            tally: director.tally, checks: director.checks, kept: director.kept)
        report.skipped = skipped
        if report.isGood && self.directory == nil { rmdir(plan.directory) }
        switch self.output {
        case .text: print(report.text())
        case .json: print(try report.json())
        }
        if !report.isGood { throw ExitCode(1) }
    }

    private func plan() throws -> CrashPlan {
        let ending: CrashEnding =
            if !self.inject.isEmpty {
                .inject(
                    FaultInjection(
                        expressions: self.inject, expectedExit: self.expectExit,
                        isFromStart: self.fromStart))
            } else {
                switch self.ending {
                case .kill: .kill
                case .terminate: .terminate
                case .quiesce: .quiesce
                case .fillDisk: .fillDisk
                }
            }
        let settings = self.settings.map { $0.split(separator: "=", maxSplits: 1) }
        return CrashPlan(
            binary: self.server, directory: try self.makeDirectory(), dataPath: self.data,
            roundCount: self.runs, roundsPerServer: self.runsPerServer,
            connectionCount: self.connections, callersPerConnection: self.callers,
            buyerCount: self.buyers, loadMillisecondsMax: self.loadMs, jobsPerRoundMax: self.jobs,
            recoveryKillPercent: self.recoveryKills, snapshotPercent: self.snapshots,
            seed: self.seed ?? UInt64.random(in: 0...UInt64.max),
            settings: Dictionary(
                settings.map { (String($0[0]), $0.count > 1 ? String($0[1]) : "") },
                uniquingKeysWith: { $1 }),
            ending: ending, sabotage: self.sabotage)
    }

    private func makeDirectory() throws -> String {
        if let directory = self.directory { return directory }
        var template = Array("/tmp/holdfast-crash-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw LoadError("no temporary directory: \(String(cString: strerror(errno)))")
        }
        return String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// What was typed, with the seed that was drawn.
    private func command(_ seed: UInt64) -> String {
        let typed = CommandLine.arguments.joined(separator: " ")
        return self.seed == nil ? "\(typed) --seed \(seed)" : typed
    }
}

extension CrashSabotage: ExpressibleByArgument {}
