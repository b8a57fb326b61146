import ArgumentParser
import HoldfastClient

/// The sale and the reservation that a command means.
struct ReservationArguments: ParsableArguments {
    @Argument(help: "The sale.") var sale: String
    @Argument(help: "Its reservation id, or the request id of its Reserve.") var reservation: String
}

struct ConfirmCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "confirm", abstract: "Says that the buyer has paid.")

    @OptionGroup var which: ReservationArguments
    @Option(
        name: .customLong("line"), parsing: .singleValue,
        help: "PRODUCT:QUANTITY that was paid for; all if absent. The rest is given back.")
    var lines: [String] = []
    @Option(name: .customLong("payment-ref"), help: "The payment's reference.")
    var paymentReference = ""
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let request = ConfirmRequest(
            saleID: self.which.sale, target: try Parsing.target(orUsage: self.which.reservation),
            lines: self.lines.map { Parsing.line($0) }, paymentReference: self.paymentReference)
        try await self.common.withClient(.stock) { server throws(HoldfastError) in
            let response = try await server.confirm(request)
            self.common.show(response.json) {
                var pairs = [
                    ("outcome", response.outcome.name),
                    ("reservation", response.reservationID.description),
                    ("state", response.state.name), ("replayed", String(response.replayed)),
                ]
                if response.outcome == .refundDue { pairs.append(("cause", response.cause.name)) }
                if response.late { pairs.append(("late", "true")) }
                return [Table(pairs: pairs)] + SoldLines.tables(response.lines)
            }
            return response.outcome == .confirmed ? .ok : .negative
        }
    }
}

struct CancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Gives a hold back.",
        discussion: "By request id it also bars a Reserve that has not arrived yet (REMEMBERED).")

    @OptionGroup var which: ReservationArguments
    @Option(help: "Why: buyer, payment_failed, timeout, fraud or other.") var reason: String?
    @OptionGroup var common: CommonOptions

    func run() async throws {
        var reason = CancelReason.unspecified
        if let text = self.reason {
            guard let known = CancelReason(name: text) else {
                throw ValidationError("\"\(text)\" is no reason for a cancel.")
            }
            reason = known
        }
        let request = CancelRequest(
            saleID: self.which.sale, target: try Parsing.target(orUsage: self.which.reservation),
            reason: reason)
        try await self.common.withClient(.stock) { server throws(HoldfastError) in
            let response = try await server.cancel(request)
            self.common.show(response.json) {
                [
                    Table(pairs: [
                        ("outcome", response.outcome.name),
                        ("reservation", response.reservationID.description),
                        ("state", response.state.name), ("replayed", String(response.replayed)),
                    ])
                ]
            }
            switch response.outcome {
            case .cancelled, .remembered: return .ok
            default: return .negative
            }
        }
    }
}

struct ExtendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "extend", abstract: "Moves a hold's deadline, once a reservation.")

    @OptionGroup var which: ReservationArguments
    @Option(
        name: .customLong("by-ms"), help: "Added to the deadline; the sale's hold time if absent.")
    var milliseconds = 0
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let request = ExtendRequest(
            saleID: self.which.sale, target: try Parsing.target(orUsage: self.which.reservation),
            extendMilliseconds: self.milliseconds)
        try await self.common.withClient(.stock) { server throws(HoldfastError) in
            let response = try await server.extend(request)
            self.common.show(response.json) {
                [
                    Table(pairs: [
                        ("outcome", response.outcome.name),
                        ("reservation", response.reservationID.description),
                        ("deadline", TimeText.text(response.deadlineMilliseconds)),
                        ("state", response.state.name), ("replayed", String(response.replayed)),
                    ])
                ]
            }
            return response.outcome == .extended ? .ok : .negative
        }
    }
}

struct RefundCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "refund", abstract: "Gives a sale back, whole or in part.")

    @Argument(help: "The sale.") var sale: String
    @Argument(help: "The reservation id.") var reservation: String
    @Option(
        name: .customLong("line"), parsing: .singleValue,
        help: "PRODUCT:QUANTITY to give back; all that is left if absent.")
    var lines: [String] = []
    @Flag(help: "Put the units back on sale; else they leave the product's total.")
    var restock = false
    @Option(name: .customLong("refund-ref"), help: "The refund's reference.")
    var refundReference = ""
    @Option(name: .customLong("request-id"), help: "The idempotency key; a new one if absent.")
    var requestID: String?
    @OptionGroup var common: CommonOptions

    func run() async throws {
        guard let reservationID = ReservationID(self.reservation) else {
            throw ValidationError("\"\(self.reservation)\" is no reservation id (decimal digits).")
        }
        let request = RefundRequest(
            saleID: self.sale, reservationID: reservationID,
            requestID: try Parsing.requestID(orUsage: self.requestID),
            lines: self.lines.map { Parsing.line($0) }, restock: self.restock,
            refundReference: self.refundReference)
        Terminal.note("request id \(request.requestID)")
        try await self.common.withClient(.stock) { server throws(HoldfastError) in
            let response = try await server.refund(request)
            self.common.show(response.json) {
                [
                    Table(pairs: [
                        ("outcome", response.outcome.name),
                        ("reservation", response.reservationID.description),
                        ("state", response.state.name), ("replayed", String(response.replayed)),
                    ])
                ] + SoldLines.tables(response.lines)
            }
            return response.outcome == .refunded ? .ok : .negative
        }
    }
}

/// Quantities at their frozen prices.
enum SoldLines {
    static func tables(_ lines: [SoldLine]) -> [Table] {
        guard !lines.isEmpty else { return [] }
        var table = Table("PRODUCT", ">QUANTITY", ">PRICE")
        for line in lines {
            table.add(line.productID, String(line.quantity), String(line.priceMinor))
        }
        return [table]
    }
}
