import ArgumentParser
import Glibc
import HoldfastServer

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serves until SIGTERM or SIGINT, then drains.",
        discussion: """
            The first line on standard output is JSON with the bound addresses:
              {"event":"listening","stock":"127.0.0.1:7443","admin":"127.0.0.1:7444",…}
            Logs go to standard error.

            \(SettingArguments.table)
            """)

    @OptionGroup var arguments: SettingArguments

    func run() async {
        let configuration = self.arguments.load()
        do {
            try await ServerProcess.run(configuration) { bound in
                Exit.write(bound.announcement + "\n", to: STDOUT_FILENO)
            }
        } catch {
            Exit.fail(error)
        }
    }
}

struct CheckConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-config",
        abstract: "Checks settings, certificates, keys and sale files, and binds no port.",
        discussion: SettingArguments.table)

    @OptionGroup var arguments: SettingArguments

    func run() {
        let configuration = self.arguments.load()
        do {
            try ServerProcess.check(configuration)
        } catch {
            Exit.fail(error)
        }
        for name in configuration.unsafeSettings {
            Exit.write("unsafe setting: \(name)\n", to: STDOUT_FILENO)
        }
        Exit.write("the configuration is good\n", to: STDOUT_FILENO)
    }
}
