import ArgumentParser
import HoldfastClient

struct ReserveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reserve", abstract: "Holds stock for a buyer.",
        discussion: """
            All lines or none, unless --partial. The request id is printed on standard error before \
            anything is sent; the same command with --request-id gives the first answer again.
            """)

    @Argument(help: "The sale.") var sale: String
    @Argument(help: "PRODUCT or PRODUCT:QUANTITY, up to 16.") var lines: [String]
    @Option(help: "The buyer whose limit counts.") var user: String
    @Option(name: .customLong("hold-ms"), help: "How long to hold; the sale's if absent.")
    var holdMilliseconds = 0
    @Flag(help: "Take what is there instead of all or nothing.") var partial = false
    @Option(name: .customLong("request-id"), help: "The idempotency key; a new one if absent.")
    var requestID: String?
    @Option(name: .customLong("order-ref"), help: "The shop's reference.") var orderReference = ""
    @Option(help: "The buyer's address (a gateway must give one).") var ip = ""
    @Option(help: "The buyer's device.") var device = ""
    @Option(
        name: .customLong("account-created-ms"),
        help: "When the buyer's account was made, Unix milliseconds.")
    var accountCreatedMilliseconds = 0
    @Option(help: "Identity document or its hash.") var identity = ""
    @Option(name: .customLong("challenge-solution"), help: "The solution of a challenge.")
    var challengeSolution = ""
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let requestID = try Parsing.requestID(orUsage: self.requestID)
        let hasClient =
            !self.ip.isEmpty || !self.device.isEmpty || !self.identity.isEmpty
            || self.accountCreatedMilliseconds != 0
        let client = BuyerClient(
            ip: self.ip, deviceID: self.device,
            accountCreatedMilliseconds: self.accountCreatedMilliseconds, identity: self.identity)
        let request = ReserveRequest(
            saleID: self.sale, userID: self.user, lines: self.lines.map { Parsing.line($0) },
            requestID: requestID, holdMilliseconds: self.holdMilliseconds,
            client: hasClient ? client : nil, challengeSolution: self.challengeSolution,
            allowPartial: self.partial, orderReference: self.orderReference)
        Terminal.note("request id \(requestID)")
        try await self.common.withClient(.stock) { server throws(HoldfastError) in
            let response = try await server.reserve(request)
            self.common.show(response.json) { Self.tables(response) }
            return response.outcome == .reserved ? .ok : .negative
        }
    }

    private static func tables(_ response: ReserveResponse) -> [Table] {
        var pairs = [("outcome", response.outcome.name)]
        if response.reservationID.rawValue != 0 {
            pairs += [
                ("reservation", response.reservationID.description),
                ("state", response.state.name),
                ("deadline", TimeText.text(response.deadlineMilliseconds)),
                ("replayed", String(response.replayed)),
            ]
        }
        if response.outcome == .notStarted {
            pairs.append(("starts in", "\(response.startsInMilliseconds) ms"))
        }
        if response.saleLimit > 0 {
            pairs.append(("sale limit", "\(response.saleUsed) of \(response.saleLimit) used"))
        }
        var lines = Table("PRODUCT", "OUTCOME", ">GRANTED", ">LEFT", ">USED", ">LIMIT", ">PRICE")
        for line in response.lines {
            lines.add(
                line.productID, line.outcome.name, String(line.granted), String(line.left),
                String(line.used), String(line.limit), String(line.priceMinor))
        }
        return response.lines.isEmpty ? [Table(pairs: pairs)] : [Table(pairs: pairs), lines]
    }
}
