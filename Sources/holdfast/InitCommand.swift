import ArgumentParser
import Glibc
import HoldfastServer

struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Makes a development CA, certificates, a configuration and a sample sale.",
        discussion: """
            Files that are there are kept, so it can be run again. Keys are readable by their owner \
            alone. Not for production: see certs/README.md.
            """)

    @Option(help: "Where to put the files.")
    var directory = "./holdfast-dev"

    func run() {
        let place = DevelopmentDirectory(path: self.directory)
        do {
            let changes = try place.populate(nowMilliseconds: Int64(time(nil)) * 1_000)
            for change in changes {
                switch change {
                case .made(let path): Exit.write("made    \(path)\n", to: STDOUT_FILENO)
                case .kept(let path): Exit.write("kept    \(path)\n", to: STDOUT_FILENO)
                case .expired(let path):
                    Exit.write(
                        "expired \(path): remove the pair and run init again\n", to: STDOUT_FILENO)
                }
            }
        } catch {
            Exit.fail(StartupFailure(error))
        }
        Exit.write(
            "next: holdfast serve --config \(place.configurationFile)\n", to: STDOUT_FILENO)
    }
}
