import ArgumentParser
import HoldfastClient

struct SnapshotCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot",
        abstract: "Has the server write a snapshot, and waits until it is there.",
        discussion: """
            The snapshot holds everything that was acknowledged before the command began. It is made in the background: \
            sales go on. With --no-wait the command only asks, and `holdfastctl info` shows what becomes of it.

            EXIT CODES
              0 the snapshot is there; with --no-wait: it was begun, or one is being made · 1 the server keeps nothing on \
            disk · 70 the server could not make it · 75 the time was up, or the server was restarted meanwhile: ask \
            again · the others as for every command
            """)

    @Flag(
        name: .customLong("wait"), inversion: .prefixedNo,
        help: "Wait until the snapshot is there.")
    var waits = true
    @Option(
        name: .customLong("timeout"),
        help: ArgumentHelp("How long to wait, 1 to 86400.", valueName: "seconds"))
    var timeoutSeconds = 600
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard (1...86_400).contains(self.timeoutSeconds) else {
            throw ValidationError("--timeout must be from 1 to 86400 seconds.")
        }
    }

    func run() async throws {
        try await self.common.withClient(.admin) { server throws(HoldfastError) in
            var run = SnapshotRun(server: server, timeoutSeconds: self.timeoutSeconds)
            let (end, response) = try await run.run(waits: self.waits)
            self.common.show(response.json) { [Self.table(response)] }
            switch end {
            case .done: return .ok
            case .asked:
                Terminal.note(
                    "holdfastctl: it is made in the background; holdfastctl info shows it")
                return .ok
            case .ended(let reason, let text):
                Terminal.note("holdfastctl: \(text)")
                return reason
            }
        }
    }

    private static func table(_ response: SnapshotResponse) -> Table {
        Table(
            pairs: [
                ("outcome", response.outcome.name), ("target LSN", String(response.targetLSN)),
            ] + response.newest.pairs)
    }
}

extension SnapshotInfo {
    /// Lines for people.
    var pairs: [(String, String)] {
        var pairs: [(String, String)] = []
        if self.lsn == 0 {
            pairs.append(("newest snapshot", "none"))
        } else {
            pairs += [
                ("newest snapshot", "up to LSN \(self.lsn), \(self.byteCount) bytes"),
                (
                    "finished",
                    "\(TimeText.text(self.madeMilliseconds)), took \(self.durationMilliseconds) ms"
                ),
                ("kept", String(self.kept)),
            ]
        }
        if self.isRunning { pairs.append(("being made", "yes")) }
        if !self.lastError.isEmpty { pairs.append(("last attempt failed", self.lastError)) }
        return pairs
    }
}
