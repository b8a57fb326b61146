import ArgumentParser

/// Measures a holdfast/1 server from outside: it knows the protocol and nothing of the server.
@main
struct HoldfastBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "holdfast-bench",
        abstract: "Measures a Holdfast server.",
        subcommands: [LoadCommand.self, SaleCommand.self, ExpiryCommand.self, CrashCommand.self])
}
