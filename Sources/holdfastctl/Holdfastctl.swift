import ArgumentParser

/// The operator's tool: thin commands over HoldfastClient. Data goes to standard output, everything else to standard
/// error; the exit code says how it ended (`ExitReason`).
@main
struct Holdfastctl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "holdfastctl",
        abstract: "Loads sales into a Holdfast server, reads and changes them.",
        discussion: """
            Settings come from flags, then from the environment, then from defaults: --stock-endpoint \
            (HOLDFAST_STOCK_ENDPOINT, 127.0.0.1:7443), --admin-endpoint (HOLDFAST_ADMIN_ENDPOINT, 127.0.0.1:7444), \
            --ca (HOLDFAST_CA), --certificate (HOLDFAST_CERTIFICATE), --key (HOLDFAST_KEY), the last three by \
            default from ./holdfast-dev/certs, and --timeout-ms (HOLDFAST_TIMEOUT_MS, 1000).

            EXAMPLES
              holdfastctl preload sale.json
              holdfastctl reserve sale-1 sku-1:2 --user alice --ip 203.0.113.7
              holdfastctl stock sale-1 -o json

            EXIT CODES
              0 done · 1 the server's answer is no (SOLD_OUT, NOT_FOUND, HELD_BY_ANOTHER, FENCED, …) · 64 wrong usage · 65 bad input data · \
            69 no server to ask · 70 internal fault · 75 time was up or the outcome is unknown: ask again with the \
            request id · 77 certificate or role refused · 78 wrong settings or missing files
            """,
        version: "0.1.0",
        subcommands: [
            PreloadCommand.self, SaleCommand.self, StockCommand.self, ProductCommand.self,
            ReserveCommand.self, ConfirmCommand.self, CancelCommand.self, ExtendCommand.self,
            RefundCommand.self, GetCommand.self, LeaseCommand.self, PingCommand.self,
            InfoCommand.self, SnapshotCommand.self, RiskCommand.self, BlacklistCommand.self,
        ])
}
