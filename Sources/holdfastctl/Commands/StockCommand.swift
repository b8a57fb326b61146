import ArgumentParser
import HoldfastClient

struct StockCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stock", abstract: "Shows or adjusts the stock of a sale.",
        subcommands: [StockShowCommand.self, StockAdjustCommand.self],
        defaultSubcommand: StockShowCommand.self)
}

struct StockShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows the stock of a sale (also without the word show).")

    @Argument(help: "The sale.") var sale: String
    @Argument(help: "Products, up to 16; all if absent.") var products: [String] = []
    @Option(help: "Also show what this buyer has.") var user = ""
    @OptionGroup var common: CommonOptions

    func run() async throws {
        var request = GetStockRequest(
            saleID: self.sale, productIDs: self.products, userID: self.user)
        try await self.common.withClient(.stock) { server throws(HoldfastError) in
            var response = try await server.getStock(request)
            while !response.nextPageToken.isEmpty && response.outcome == .found {
                request.pageToken = response.nextPageToken
                let page = try await server.getStock(request)
                guard page.outcome == .found && !page.products.isEmpty else { break }
                response.products += page.products
                response.nextPageToken = page.nextPageToken
            }
            let shown = response
            self.common.show(shown.json) { self.tables(shown) }
            return shown.outcome == .found ? .ok : .negative
        }
    }

    private func tables(_ response: GetStockResponse) -> [Table] {
        guard response.outcome == .found else {
            return [Table(pairs: [("outcome", response.outcome.name)])]
        }
        var pairs = [
            ("sale", "\(self.sale) (\(response.saleState.name))"),
            ("from", TimeText.text(response.startsAtMilliseconds)),
            ("to", TimeText.text(response.endsAtMilliseconds)),
            ("server time", TimeText.text(response.serverTimeMilliseconds)),
            ("currency", response.currency),
        ]
        let hasUser = !self.user.isEmpty
        if hasUser {
            let limit = response.saleLimit == 0 ? "no limit" : "limit \(response.saleLimit)"
            pairs.append(("buyer has", "\(response.saleUsed) in all, \(limit)"))
        }
        var table = Table(
            titles: [
                "PRODUCT", "NAME", "STATE", ">TOTAL", ">AVAILABLE", ">HELD", ">SOLD", ">PRICE",
                ">LIMIT",
            ] + (hasUser ? [">USED"] : []))
        for product in response.products {
            table.add(
                cells: [
                    product.productID, product.name, product.state.name, String(product.total),
                    String(product.available), String(product.held), String(product.sold),
                    String(product.priceMinor), String(product.limitPerUser),
                ] + (hasUser ? [String(product.used)] : []))
        }
        return [Table(pairs: pairs), table]
    }
}

struct StockAdjustCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adjust", abstract: "Adds or withdraws stock, once a request id.",
        usage: """
            holdfastctl stock adjust SALE PRODUCT +N|-N [--request-id ID] [--dry-run] \
            [--lease-owner TOKEN --lease-token N]
            """)

    // A bare -5 looks like an option, so whatever is not one is taken here and judged below.
    @Argument(parsing: .allUnrecognized, help: "SALE PRODUCT +N or -N.") var words: [String]
    @Option(name: .customLong("request-id"), help: "The idempotency key; a new one if absent.")
    var requestID: String?
    @Flag(name: .customLong("dry-run"), help: "Full check; nothing changes.") var dryRun = false
    @OptionGroup var lease: LeaseOptions
    @OptionGroup var common: CommonOptions

    func run() async throws {
        if let option = self.words.first(where: { $0.hasPrefix("--") }) {
            throw ValidationError("Unknown option \"\(option)\".")
        }
        guard self.words.count == 3, let delta = Parsing.delta(self.words[2]), delta != 0 else {
            throw ValidationError("Give SALE PRODUCT and +N or -N.")
        }
        let request = AdjustStockRequest(
            saleID: self.words[0], productID: self.words[1], delta: delta,
            requestID: try Parsing.requestID(orUsage: self.requestID), validateOnly: self.dryRun,
            lease: try self.lease.proof())
        Terminal.note("request id \(request.requestID)")
        try await self.common.withClient(.admin) { server throws(HoldfastError) in
            let response = try await server.adjustStock(request)
            self.common.show(response.json) {
                var table = Table(">TOTAL", ">AVAILABLE", ">HELD", ">SOLD")
                table.add(
                    String(response.total), String(response.available), String(response.held),
                    String(response.sold))
                return [
                    Table(pairs: [
                        ("outcome", response.outcome.name),
                        ("replayed", String(response.replayed)),
                    ]), table,
                ]
            }
            return response.outcome == .adjusted ? .ok : .negative
        }
    }
}
