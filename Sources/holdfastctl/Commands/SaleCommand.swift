import ArgumentParser
import HoldfastClient

struct SaleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sale", abstract: "Lists, opens, pauses and closes sales.",
        subcommands: [
            SaleListCommand.self, SaleOpenCommand.self, SalePauseCommand.self,
            SaleCloseCommand.self,
        ])
}

struct SaleListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists all sales.")

    @OptionGroup var common: CommonOptions

    func run() async throws {
        try await self.common.withClient(.admin) { server throws(HoldfastError) in
            let sales = try await server.allSales()
            self.common.show(
                .object([("sales", .array(sales.map(\.json)))])
            ) {
                var table = Table(
                    "SALE", "NAME", "STATE", "FROM", "TO", "CURRENCY", ">PRODUCTS", ">TOTAL",
                    ">AVAILABLE", ">HELD", ">SOLD")
                for sale in sales {
                    table.add(
                        sale.saleID, sale.name, sale.state.name,
                        TimeText.text(sale.startsAtMilliseconds),
                        TimeText.text(sale.endsAtMilliseconds), sale.currency,
                        String(sale.productCount), String(sale.total), String(sale.available),
                        String(sale.held), String(sale.sold))
                }
                return [table]
            }
            return .ok
        }
    }
}

extension HoldfastClient {
    /// Every sale, page by page.
    func allSales() async throws(HoldfastError) -> [SaleSummary] {
        var sales: [SaleSummary] = []
        var request = ListSalesRequest()
        while true {
            let page = try await self.listSales(request)
            sales += page.sales
            if page.nextPageToken.isEmpty || page.sales.isEmpty { return sales }
            request.pageToken = page.nextPageToken
        }
    }
}

/// What the three commands that set a sale's state share.
struct SaleStateArguments: ParsableArguments {
    @Argument(help: "The sale.") var sale: String
    @Option(name: .customLong("request-id"), help: "The idempotency key; a new one if absent.")
    var requestID: String?
    @Flag(name: .customLong("dry-run"), help: "Full check; nothing changes.") var dryRun = false
    @OptionGroup var lease: LeaseOptions
    @OptionGroup var common: CommonOptions

    func set(_ state: SaleState) async throws {
        let request = SetSaleStateRequest(
            saleID: self.sale, state: state,
            requestID: try Parsing.requestID(orUsage: self.requestID), validateOnly: self.dryRun,
            lease: try self.lease.proof())
        try await self.common.withClient(.admin) { server throws(HoldfastError) in
            let response = try await server.setSaleState(request)
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

struct SaleOpenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "open", abstract: "Lets a sale sell inside its window.")
    @OptionGroup var arguments: SaleStateArguments
    func run() async throws { try await self.arguments.set(.open) }
}

struct SalePauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Takes no new holds for now; live holds run on.")
    @OptionGroup var arguments: SaleStateArguments
    func run() async throws { try await self.arguments.set(.paused) }
}

struct SaleCloseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "close", abstract: "Takes no new holds any more; live holds run on.")
    @OptionGroup var arguments: SaleStateArguments
    func run() async throws { try await self.arguments.set(.closed) }
}
