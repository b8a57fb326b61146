import ArgumentParser
import HoldfastClient

struct ProductCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "product", abstract: "Opens and pauses one product of a sale.",
        subcommands: [ProductOpenCommand.self, ProductPauseCommand.self])
}

/// What the two commands share.
struct ProductStateArguments: ParsableArguments {
    @Argument(help: "The sale.") var sale: String
    @Argument(help: "The product.") var product: String
    @Option(name: .customLong("request-id"), help: "The idempotency key; a new one if absent.")
    var requestID: String?
    @Flag(name: .customLong("dry-run"), help: "Full check; nothing changes.") var dryRun = false
    @OptionGroup var lease: LeaseOptions
    @OptionGroup var common: CommonOptions

    func set(_ state: ProductState) async throws {
        let request = SetProductStateRequest(
            saleID: self.sale, productID: self.product, state: state,
            requestID: try Parsing.requestID(orUsage: self.requestID), validateOnly: self.dryRun,
            lease: try self.lease.proof())
        try await self.common.withClient(.admin) { server throws(HoldfastError) in
            let response = try await server.setProductState(request)
            self.common.show(response.json) {
                [
                    Table(pairs: [
                        ("outcome", response.outcome.name), ("state", response.state.name),
                        ("replayed", String(response.replayed)),
                    ])
                ]
            }
            return response.outcome == .set ? .ok : .negative
        }
    }
}

struct ProductOpenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "open", abstract: "Lets a product sell while its sale does.")
    @OptionGroup var arguments: ProductStateArguments
    func run() async throws { try await self.arguments.set(.open) }
}

struct ProductPauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Takes no new holds of a product for now.")
    @OptionGroup var arguments: ProductStateArguments
    func run() async throws { try await self.arguments.set(.paused) }
}
