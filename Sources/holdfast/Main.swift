import ArgumentParser
import Glibc
import HoldfastServer

/// The server's executable: everything of substance is in HoldfastServer.
@main
struct Holdfast: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "holdfast",
        abstract: "Purchase-limited stock for flash sales, over TLS.",
        discussion: """
            First steps: holdfast init, then holdfast serve --config holdfast-dev/holdfast.yaml.

            Exit statuses: 0 done, 64 unknown flag or command, 65 bad sale file or damaged journal (journal verify), 66 missing sale \
            file, 69 port in use or no resources, 70 internal error, 73 a file cannot be made, \
            74 the disk failed, 75 data directory in use, 77 not allowed, 78 bad setting, \
            certificate or key, 80 damaged journal.
            """,
        version: HoldfastVersion.software,
        subcommands: [
            ServeCommand.self, CheckConfigCommand.self, InitCommand.self, JournalCommand.self,
        ])
}

/// Ends the process with a failure's one line and status.
enum Exit {
    static func fail(_ failure: StartupFailure) -> Never {
        Self.write("holdfast: \(failure.message)\n", to: STDERR_FILENO)
        exit(failure.status.rawValue)
    }

    static func write(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0 {
                if errno == EINTR { continue }
                return
            }
            bytes = bytes.dropFirst(count)
        }
    }
}

/// What `serve` and `check-config` share.
struct SettingArguments: ParsableArguments {
    @Option(help: "YAML file with settings; without it, flags, variables and defaults count.")
    var config: String?

    @Argument(
        parsing: .allUnrecognized,
        help: ArgumentHelp(
            "Settings as flags, like --stock-port 0; see below.", valueName: "setting"))
    var settings: [String] = []

    static var table: String {
        var text = "Settings (flag, default, meaning; the variable of --stock-port is "
        text += "HOLDFAST_STOCK_PORT, its place in the file stock: port:):\n"
        for setting in SettingsTable.all {
            let shown = setting.defaultText.isEmpty ? "none" : setting.defaultText
            text += "  \(setting.flag) (\(shown))\n      \(setting.documentation)\n"
        }
        return text
    }

    func load() -> ServerConfiguration {
        do {
            return try ServerConfiguration.load(
                file: self.config, flags: self.settings, environment: Environment.variables())
        } catch {
            Exit.fail(StartupFailure(error))
        }
    }
}

/// The process's variables.
enum Environment {
    static func variables() -> [String: String] {
        var result: [String: String] = [:]
        var entry = environ
        while let pointer = entry.pointee {
            let text = String(cString: pointer)
            if let equals = text.firstIndex(of: "=") {
                result[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            entry += 1
        }
        return result
    }
}
