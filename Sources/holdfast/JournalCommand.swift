import ArgumentParser
import Glibc
import HoldfastJournal
import HoldfastServer

/// What can be asked of a data directory without a server: everything of substance is in HoldfastJournal/Tools.
struct JournalCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journal",
        abstract: "Checks, shows or repairs a data directory.",
        discussion: """
            What lies in a data directory: docs/JOURNAL.md. What to do when a server refuses to start: \
            verify first, then restore a backup if there is one, repair last.
            """,
        subcommands: [VerifyCommand.self, InspectCommand.self, RepairCommand.self])
}

extension ToolOutput: ExpressibleByArgument {}

struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Reads everything, checks every checksum, and says whether a server could start.",
        discussion: """
            Changes nothing, and may run beside a server. Exit status 0: sound, with a note if a torn \
            tail would be cut; 65: acknowledged events are missing or damaged.
            """)

    @Argument(help: "The data directory (setting data.directory).")
    var directory: String

    @Option(name: [.short, .long], help: "text or json.")
    var output = ToolOutput.text

    func run() {
        do {
            let report = try JournalVerify.run(self.directory, files: LinuxFileSystem())
            Exit.write(report.printed(as: self.output), to: STDOUT_FILENO)
            exit(report.status.rawValue)
        } catch {
            Exit.fail(StartupFailure(error))
        }
    }
}

struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Shows segments, their groups and events, as they lie there.",
        discussion: """
            Changes nothing. Shows also what is dead or behind damage. With -o json, one object a line.
            """)

    @Argument(help: "A data directory, or one segment's file.")
    var path: String

    @Flag(help: "A line for each group.")
    var groups = false

    @Flag(help: "A line for each event.")
    var events = false

    @Option(help: "Only groups and events from this LSN on.")
    var from: UInt64 = 0

    @Option(help: "Only groups and events up to this LSN.")
    var to: UInt64 = .max

    @Option(name: [.short, .long], help: "text or json.")
    var output = ToolOutput.text

    func run() {
        var inspect = JournalInspect()
        inspect.showsGroups = self.groups
        inspect.showsEvents = self.events
        inspect.fromLSN = self.from
        inspect.toLSN = self.to
        inspect.output = self.output
        do {
            try inspect.run(self.path, files: LinuxFileSystem()) {
                Exit.write($0, to: STDOUT_FILENO)
            }
        } catch {
            Exit.fail(StartupFailure(error))
        }
    }
}

struct RepairCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repair",
        abstract: "Gives up what lies behind damage, so that a server can start.",
        discussion: """
            Says what would be lost and changes nothing (exit status 65), unless --accept-loss is given. \
            Then every file that it touches is first copied to repair-<n> in the data directory. A \
            backup, or a snapshot that covers the damage, is better: events that are given up were \
            promised to somebody. May be killed and run again. The server must be stopped.
            """)

    @Argument(help: "The data directory (setting data.directory).")
    var directory: String

    @Flag(help: "Go on from the last good event and lose what is behind it.")
    var acceptLoss = false

    @Flag(help: "Change nothing, whatever else is given.")
    var validateOnly = false

    func run() {
        var repair = JournalRepair()
        repair.acceptsLoss = self.acceptLoss
        repair.validatesOnly = self.validateOnly
        do {
            let status = try repair.run(
                self.directory, files: LinuxFileSystem(),
                nowMilliseconds: Int64(time(nil)) * 1_000
            ) { Exit.write($0, to: STDOUT_FILENO) }
            exit(status.rawValue)
        } catch {
            Exit.fail(StartupFailure(error))
        }
    }
}
